//! What did the client send, and is it fit to use?

use serde_json::Value;
use tom_base::{Key, Rate};

use super::client::{ClientMessage, MAX_REASON, MAX_TEXT};
use super::dialect::Dialect;
use crate::{ErrorCode, WireError, base64_to_pcm, read_pcm};

/// A gap between two chunks of audio that is worth a line in the log.
const AUDIBLE_GAP_MS: f64 = 200.0;
/// Moments since 1970 above this are in milliseconds: as seconds they would lie in the year 5138.
const SECONDS_END: f64 = 1e11;

/// A checked message of a client.
#[derive(Clone, Debug, PartialEq)]
pub enum Received {
    /// Samples at the connection's rate.
    Audio(Vec<i16>),
    /// The microphone was closed.
    AudioEnd,
    /// Stop speaking.
    BargeIn {
        /// Why; `user_interrupted` unless the client says.
        reason: String,
    },
    /// Hang up.
    Stop {
        /// Why; `client_request` unless the client says.
        reason: String,
    },
    /// Answer with `pong`.
    Ping {
        /// The client's moment, as it wrote it.
        client_ts: Option<f64>,
    },
    /// A key.
    Dtmf(Key),
    /// Typed words, trimmed.
    Text(String),
    /// Which chain to use.
    SwitchMode(String),
    /// Nothing but a sign of life.
    Pong,
    /// Forget what was said.
    ClearHistory,
    /// How patient the agent is, in thousandths: 0 is fast, 1000 is slow.
    SetSpeed(u16),
    /// The token.
    Auth(String),
}

/// Reads the messages of one connection and remembers its dialect.
#[derive(Clone, Debug)]
pub struct Decoder {
    rate: Rate,
    dialect: Option<Dialect>,
    /// The capture time of the last chunk of audio, in milliseconds.
    captured: Option<f64>,
    gap: Option<f64>,
}

impl Decoder {
    /// A decoder for a connection whose audio has that rate. A dialect given here (by the query) is not
    /// changed by what the client sends.
    #[must_use]
    pub const fn new(rate: Rate, dialect: Option<Dialect>) -> Self {
        Self { rate, dialect, captured: None, gap: None }
    }

    /// The dialect to answer in.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        self.dialect.unwrap_or_default()
    }

    /// The gap between the capture times of the last two chunks of audio, in milliseconds, if the newer one
    /// left a gap that can be heard. Told once.
    pub fn gap(&mut self) -> Option<f64> {
        self.gap.take()
    }

    /// Reads a binary frame: raw PCM16LE at the connection's rate, any even number of bytes, into a buffer that is
    /// used again. A client that has shown no dialect by then speaks our own.
    ///
    /// # Errors
    /// [`ErrorCode::BadAudio`] for an odd number of bytes.
    pub fn binary(&mut self, bytes: &[u8], pcm: &mut Vec<i16>) -> Result<(), WireError> {
        read_pcm(bytes, pcm)?;
        self.dialect.get_or_insert(Dialect::Native);
        Ok(())
    }

    /// Reads a text frame.
    ///
    /// # Errors
    /// [`ErrorCode::BadEvent`] for what is no message of the protocol, [`ErrorCode::BadAudio`] for audio
    /// that cannot be read.
    pub fn text(&mut self, text: &str) -> Result<Received, WireError> {
        let value: Value = serde_json::from_str(text)
            .map_err(|e| bad(format!("not JSON (line {}, column {})", e.line(), e.column())))?;
        let Value::Object(mut object) = value else {
            return Err(bad("a message is a JSON object"));
        };
        let shown = Dialect::shown_by(&object);
        if !object.contains_key("type") {
            if object.contains_key("jwt") {
                object.insert("type".into(), "auth".into());
            } else {
                return Err(bad("the message has no \"type\""));
            }
        }
        let kind = match object.get("type") {
            Some(Value::String(kind)) => kind.clone(),
            _ => return Err(bad("\"type\" must be a string")),
        };
        if !ClientMessage::TYPES.contains(&kind.as_str()) {
            return Err(bad(format!("unknown type; a client may send: {}", ClientMessage::TYPES.join(", "))));
        }
        let same = [
            ("audio", "data"),
            ("audio", "audio_data"),
            ("data", "audio_data"),
            ("timestamp", "ts"),
            ("digit", "key"),
        ];
        for (one, other) in same {
            if object.contains_key(one) && object.contains_key(other) {
                return Err(bad(format!("\"{one}\" and \"{other}\" mean the same: send one of them")));
            }
        }
        let message: ClientMessage = serde_json::from_value(Value::Object(object))
            .map_err(|e| bad(format!("bad {kind}: {}", without_content(&e.to_string()))))?;
        let received = self.check(message)?;
        self.dialect = self.dialect.or(shown);
        Ok(received)
    }

    fn check(&mut self, message: ClientMessage) -> Result<Received, WireError> {
        Ok(match message {
            ClientMessage::AudioChunk { audio, ts, format, .. } => {
                moment(ts)?;
                self.format(format.as_deref())?;
                let pcm = base64_to_pcm(&audio)?;
                self.note_capture(ts);
                Received::Audio(pcm)
            }
            ClientMessage::AudioEnd {} => Received::AudioEnd,
            ClientMessage::BargeIn { reason, ts } => {
                moment(ts)?;
                Received::BargeIn { reason: self::reason(reason, "user_interrupted")? }
            }
            ClientMessage::Stop { reason, ts } => {
                moment(ts)?;
                Received::Stop { reason: self::reason(reason, "client_request")? }
            }
            ClientMessage::Ping { ts } => {
                moment(ts)?;
                Received::Ping { client_ts: ts }
            }
            ClientMessage::Pong {} => Received::Pong,
            ClientMessage::ClearHistory {} => Received::ClearHistory,
            ClientMessage::SetSpeed { speed } => Received::SetSpeed(thousandths(speed)?),
            ClientMessage::Dtmf { digit } => Received::Dtmf(key(&digit)?),
            ClientMessage::Text { text } => {
                let text = text.trim();
                if text.is_empty() || text.chars().count() > MAX_TEXT {
                    return Err(bad(format!("\"text\" must have 1 to {MAX_TEXT} characters")));
                }
                Received::Text(text.to_owned())
            }
            ClientMessage::SwitchMode { mode } => match mode.as_str() {
                "modular" => Received::SwitchMode(mode),
                _ => return Err(bad("the only \"mode\" here is \"modular\"")),
            },
            ClientMessage::Auth { jwt } => Received::Auth(jwt),
        })
    }

    /// Notes a jump of the client's own clock between two chunks of audio.
    fn note_capture(&mut self, ts: Option<f64>) {
        let Some(ts) = ts else { return };
        let ms = if ts > SECONDS_END { ts } else { ts * 1000.0 };
        if let Some(before) = self.captured.replace(ms) {
            let gap = ms - before;
            self.gap = (gap > AUDIBLE_GAP_MS).then_some(gap);
        }
    }

    fn format(&self, format: Option<&str>) -> Result<(), WireError> {
        let Some(format) = format else { return Ok(()) };
        let rate = match format {
            "pcm16_8k" => Rate::Hz8000,
            "pcm16_16k" => Rate::Hz16000,
            "pcm16_24k" => Rate::Hz24000,
            "pcm16_48k" => Rate::Hz48000,
            _ => {
                return Err(WireError::new(
                    ErrorCode::BadAudio,
                    "\"format\" must be pcm16_8k, pcm16_16k, pcm16_24k or pcm16_48k",
                ));
            }
        };
        if rate == self.rate {
            return Ok(());
        }
        Err(WireError::new(
            ErrorCode::BadAudio,
            format!(
                "the audio says {} Hz but the connection was opened for {} Hz: connect with ?rate={}",
                rate.hz(),
                self.rate.hz(),
                rate.hz()
            ),
        ))
    }
}

/// The key a text names.
pub(crate) fn key(digit: &str) -> Result<Key, WireError> {
    let mut chars = digit.chars();
    match (chars.next().and_then(Key::from_char), chars.next()) {
        (Some(key), None) => Ok(key),
        _ => Err(bad("a key is one of 0 to 9, *, # and A to D")),
    }
}

/// A slider of 0 to 100 in thousandths; beyond its ends it stands at them.
pub(crate) fn thousandths(speed: f64) -> Result<u16, WireError> {
    if speed.is_finite() {
        Ok((speed * 10.0).round().clamp(0.0, 1000.0) as u16)
    } else {
        Err(bad("\"speed\" must be a number from 0 to 100"))
    }
}

fn moment(ts: Option<f64>) -> Result<(), WireError> {
    match ts {
        Some(t) if !(t.is_finite() && t > 0.0) => {
            Err(bad("\"ts\" or \"timestamp\" must be a number above 0"))
        }
        _ => Ok(()),
    }
}

fn reason(given: Option<String>, default: &str) -> Result<String, WireError> {
    match given {
        None => Ok(default.to_owned()),
        Some(reason) if reason.len() <= MAX_REASON => Ok(reason),
        Some(_) => Err(bad(format!("\"reason\" is longer than {MAX_REASON} bytes"))),
    }
}

fn bad(message: impl Into<String>) -> WireError {
    WireError::new(ErrorCode::BadEvent, message)
}

/// A deserialiser's complaint without the value it quotes, which may be what a caller said.
fn without_content(complaint: &str) -> String {
    match complaint.find("invalid type: ") {
        Some(_) => match complaint.rfind("expected ") {
            Some(at) => format!("a field has the wrong type, {}", &complaint[at..]),
            None => "a field has the wrong type".into(),
        },
        None if complaint.starts_with("missing field") => complaint.to_owned(),
        None => "a field has a wrong value".into(),
    }
}
