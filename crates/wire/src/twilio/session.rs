//! Where is a Twilio stream, and which of our audio has the caller heard?

use std::collections::{BTreeMap, VecDeque};

use tom_base::Key;

use super::message::{MarkBody, MediaOut, StartIn, TwilioIn, TwilioOut};
use crate::browser::decode::key;
use crate::pcm::{base64_bytes, bytes_base64};
use crate::{ErrorCode, WireError};

/// Marks that may be on their way at once: at one every 20 ms, more than 20 s of audio ahead.
const MAX_MARKS: usize = 1024;

/// What a message of Twilio's means.
#[derive(Clone, Debug, PartialEq)]
pub enum TwilioEvent {
    /// Nothing to do.
    Nothing,
    /// The call begins.
    Started {
        /// Twilio's id of the call.
        call_sid: String,
        /// The `<Parameter>`s of the TwiML.
        parameters: BTreeMap<String, String>,
    },
    /// Caller audio: mu-law bytes at 8 kHz.
    Audio(Vec<u8>),
    /// A key.
    Key(Key),
    /// The caller has heard everything up to this tag (the one given to [`TwilioSession::mark`]).
    Heard(u64),
    /// The call is over.
    Stopped,
}

/// Where the stream is.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Phase {
    /// Before `start`.
    Waiting,
    /// Audio flows.
    Running,
    /// After `stop`.
    Over,
}

/// One stream. It knows which marks are still on their way: Twilio echoes a mark when its audio was played
/// *or cleared*, so those that were on their way when we sent `clear` say nothing about what was heard.
#[derive(Clone, Debug)]
pub struct TwilioSession {
    phase: Phase,
    stream_sid: String,
    next: u64,
    outstanding: VecDeque<(u64, u64)>,
}

impl Default for TwilioSession {
    fn default() -> Self {
        Self::new()
    }
}

impl TwilioSession {
    /// A stream that has not begun.
    #[must_use]
    pub const fn new() -> Self {
        Self { phase: Phase::Waiting, stream_sid: String::new(), next: 0, outstanding: VecDeque::new() }
    }

    /// Reads a text frame.
    ///
    /// # Errors
    /// [`ErrorCode::BadEvent`] for what is no message of Twilio's or comes at the wrong time,
    /// [`ErrorCode::BadAudio`] for audio that is not base64 of mu-law at 8 kHz.
    pub fn receive(&mut self, text: &str) -> Result<TwilioEvent, WireError> {
        let message: TwilioIn = serde_json::from_str(text).map_err(|e| {
            bad(format!("not a Media Streams message (line {}, column {})", e.line(), e.column()))
        })?;
        match (message, &self.phase) {
            (TwilioIn::Connected { .. }, Phase::Waiting) => Ok(TwilioEvent::Nothing),
            (TwilioIn::Start { stream_sid, start }, Phase::Waiting) => self.start(stream_sid, start),
            (TwilioIn::Media { media }, Phase::Running) => {
                if media.track == "outbound" {
                    return Ok(TwilioEvent::Nothing);
                }
                Ok(TwilioEvent::Audio(base64_bytes(&media.payload)?))
            }
            (TwilioIn::Dtmf { dtmf }, Phase::Running) => Ok(TwilioEvent::Key(key(&dtmf.digit)?)),
            (TwilioIn::Mark { mark }, Phase::Running) => Ok(self.echoed(&mark.name)),
            (TwilioIn::Stop { .. }, Phase::Running | Phase::Waiting) => {
                self.phase = Phase::Over;
                Ok(TwilioEvent::Stopped)
            }
            (_, Phase::Waiting) => Err(bad("nothing may come before \"start\"")),
            (_, Phase::Running) => Err(bad("the stream has started already")),
            (_, Phase::Over) => Err(bad("nothing may come after \"stop\"")),
        }
    }

    /// Agent audio (mu-law bytes at 8 kHz) as a message.
    #[must_use]
    pub fn media(&self, mulaw: &[u8]) -> String {
        write(&TwilioOut::Media {
            stream_sid: self.stream_sid.clone(),
            media: MediaOut { payload: bytes_base64(mulaw) },
        })
    }

    /// A mark behind the audio sent so far; comes back as [`TwilioEvent::Heard`] with `tag`.
    #[must_use]
    pub fn mark(&mut self, tag: u64) -> String {
        let id = self.next;
        self.next += 1;
        if self.outstanding.len() == MAX_MARKS {
            self.outstanding.pop_front();
        }
        self.outstanding.push_back((id, tag));
        write(&TwilioOut::Mark {
            stream_sid: self.stream_sid.clone(),
            mark: MarkBody { name: format!("tom-{id}") },
        })
    }

    /// Makes Twilio throw away what is not played. Marks still on their way are void from here on.
    #[must_use]
    pub fn clear(&mut self) -> String {
        self.outstanding.clear();
        write(&TwilioOut::Clear { stream_sid: self.stream_sid.clone() })
    }

    fn start(&mut self, stream_sid: String, start: StartIn) -> Result<TwilioEvent, WireError> {
        let format = &start.media_format;
        if (format.encoding.as_str(), format.sample_rate, format.channels) != ("audio/x-mulaw", 8000, 1) {
            return Err(WireError::new(
                ErrorCode::BadAudio,
                "only audio/x-mulaw at 8000 Hz with one channel is understood here",
            ));
        }
        self.phase = Phase::Running;
        self.stream_sid = stream_sid;
        Ok(TwilioEvent::Started { call_sid: start.call_sid, parameters: start.custom_parameters })
    }

    /// A mark that was echoed also vouches for those before it.
    fn echoed(&mut self, name: &str) -> TwilioEvent {
        let id = name.strip_prefix("tom-").and_then(|id| id.parse().ok());
        let Some(at) = id.and_then(|id: u64| self.outstanding.iter().position(|m| m.0 == id)) else {
            return TwilioEvent::Nothing;
        };
        match self.outstanding.drain(..=at).next_back() {
            Some((_, tag)) => TwilioEvent::Heard(tag),
            None => TwilioEvent::Nothing,
        }
    }
}

fn write(message: &TwilioOut) -> String {
    serde_json::to_string(message).unwrap_or_default()
}

fn bad(message: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadEvent, message)
}
