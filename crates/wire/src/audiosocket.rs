//! Asterisk AudioSocket: what does a call over its TCP connection look like?
//!
//! Frames of a type byte, a length (16 bits, big-endian) and that many bytes. Asterisk connects and sends the call's
//! UUID first, then audio every 20 ms and keys. It neither paces nor buffers what it is sent, so there is nothing to
//! flush; it ends the call on a frame without audio and on a type it does not know, so neither is ever written.

use tom_base::Key;

use crate::WireError;
use crate::phone::{Coding, PhoneEvent, PhoneSession, PhoneSink, PhoneStart, bad, bad_audio};

/// Bytes before the payload.
pub const HEADER: usize = 3;

/// The frame that ends the call.
pub const HANG_UP: [u8; HEADER] = [0x00, 0, 0];

const UUID: u8 = 0x01;
const DTMF: u8 = 0x03;
const ERROR: u8 = 0xff;

/// Frame types of linear audio, with their rates. Asterisk also has 96 and 192 kHz, which no telephone speaks.
const RATES: [(u8, u32); 7] = [
    (0x10, 8_000),
    (0x11, 12_000),
    (0x12, 16_000),
    (0x13, 24_000),
    (0x14, 32_000),
    (0x15, 44_100),
    (0x16, 48_000),
];

/// The whole length of a frame with that header.
#[must_use]
pub const fn frame_len(header: [u8; HEADER]) -> usize {
    HEADER + u16::from_be_bytes([header[1], header[2]]) as usize
}

/// What a frame of Asterisk's says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AudioSocketIn<'a> {
    /// The call is over.
    HangUp,
    /// The call's name.
    Uuid([u8; 16]),
    /// A key.
    Key(Key),
    /// Caller audio: the rate in Hz, and the samples, little-endian.
    Audio(u32, &'a [u8]),
    /// Something went wrong in Asterisk.
    Error,
}

impl<'a> AudioSocketIn<'a> {
    /// Reads a whole frame.
    ///
    /// # Errors
    /// `BAD_EVENT` for an unknown type or a length that does not fit it, `BAD_AUDIO` for half a sample.
    pub fn read(frame: &'a [u8]) -> Result<Self, WireError> {
        let Some((&header, payload)) = frame.split_first_chunk::<HEADER>() else {
            return Err(bad("an AudioSocket frame has a header of three bytes"));
        };
        if frame_len(header) != frame.len() {
            return Err(bad("the length in an AudioSocket frame's header is not that of its payload"));
        }
        match (header[0], payload) {
            (0x00, _) => Ok(Self::HangUp),
            (UUID, _) => payload
                .try_into()
                .map(Self::Uuid)
                .map_err(|_| bad("the UUID of an AudioSocket call has 16 bytes")),
            (DTMF, &[face]) => Key::from_char(char::from(face))
                .map(Self::Key)
                .ok_or_else(|| bad("a key is one of 0 to 9, *, #, A to D")),
            (DTMF, _) => Err(bad("a key is one byte")),
            (ERROR, _) => Ok(Self::Error),
            (kind, _) => match RATES.iter().find(|rate| rate.0 == kind) {
                Some(_) if payload.len() % 2 != 0 => Err(bad_audio(format!(
                    "audio of {} bytes: 16-bit samples need an even number",
                    payload.len()
                ))),
                Some(&(_, rate)) => Ok(Self::Audio(rate, payload)),
                None => Err(bad_audio(format!(
                    "AudioSocket frames of type 0x{kind:02x} are not understood: choose slin, slin16 or another up to slin48"
                ))),
            },
        }
    }
}

/// One call.
#[derive(Clone, Debug, Default)]
pub struct AudioSocketSession {
    started: bool,
    /// Asterisk's own choice; it takes the same back. The dialplan application takes 8 kHz only.
    kind: Option<(u8, u32)>,
    frame: Vec<u8>,
}

impl AudioSocketSession {
    /// A call that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl PhoneSession for AudioSocketSession {
    fn text(&mut self, _: &str, _: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        Err(bad("AudioSocket has no text"))
    }

    /// Reads one whole frame, header included.
    fn binary(&mut self, bytes: &[u8], pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        match (AudioSocketIn::read(bytes)?, self.started) {
            (AudioSocketIn::HangUp, _) => Ok(PhoneEvent::Stopped),
            (AudioSocketIn::Uuid(uuid), false) => {
                self.started = true;
                Ok(PhoneEvent::Started(PhoneStart { call: hyphenated(uuid), ..PhoneStart::default() }))
            }
            (_, false) => Err(bad("an AudioSocket call begins with its UUID")),
            (AudioSocketIn::Uuid(_), true) => Err(bad("the call has its UUID already")),
            (AudioSocketIn::Key(key), true) => Ok(PhoneEvent::Key(key)),
            (AudioSocketIn::Error, true) => Err(bad("Asterisk reports an error of its own")),
            (AudioSocketIn::Audio(rate, samples), true) => {
                let first = *self.kind.get_or_insert((bytes[0], rate));
                if first.1 != rate {
                    return Err(bad_audio("the rate of a call's audio must stay what it was"));
                }
                Coding::Linear.decode_into(samples, pcm)?;
                Ok(PhoneEvent::Audio)
            }
        }
    }

    fn rate(&self) -> u32 {
        self.kind.map_or(8_000, |kind| kind.1)
    }

    fn audio(&mut self, pcm: &[i16], sink: &mut dyn PhoneSink) {
        let kind = self.kind.map_or(0x10, |kind| kind.0);
        // A length of 16 bits holds 32767 samples; a frame without any would end the call.
        for piece in pcm.chunks(32_767) {
            let bytes = u16::try_from(piece.len() * 2).unwrap_or(u16::MAX);
            let [high, low] = bytes.to_be_bytes();
            self.frame.clear();
            self.frame.extend([kind, high, low]);
            Coding::Linear.encode_into(piece, &mut self.frame);
            sink.audio_bytes(&self.frame);
        }
    }

    fn mark(&mut self, _: u64, _: &mut dyn PhoneSink) {}

    fn clear(&mut self, _: &mut dyn PhoneSink) {}
}

/// A UUID as people write it.
fn hyphenated(uuid: [u8; 16]) -> String {
    let hex = format!("{:032x}", u128::from_be_bytes(uuid));
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}
