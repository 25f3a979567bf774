//! Vonage's voice WebSocket: what does a call look like that an NCCO connects to it?
//!
//! The first message tells the audio's type and repeats what the NCCO had as headers. Audio is linear, 20 ms a binary
//! message both ways; Vonage queues what it is sent, clears it on demand, and tells when a notification has come to
//! the queue's head.

use serde_json::{Map, Value};

use crate::WireError;
use crate::browser::decode::key;
use crate::phone::{Coding, Marks, PhoneEvent, PhoneSession, PhoneSink, PhoneStart, bad, bad_audio};

/// One call.
#[derive(Debug, Default)]
pub struct VonageSession {
    rate: Option<u32>,
    marks: Marks,
    bytes: Vec<u8>,
}

impl VonageSession {
    /// A call that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn start(&mut self, message: Map<String, Value>) -> Result<PhoneEvent, WireError> {
        let kind = message.get("content-type").and_then(Value::as_str).unwrap_or_default();
        let rate = match kind.replace(' ', "").as_str() {
            "audio/l16;rate=8000" => 8_000,
            "audio/l16;rate=16000" => 16_000,
            "audio/l16;rate=24000" => 24_000,
            _ => {
                return Err(bad_audio(
                    "only audio/l16 at 8000, 16000 or 24000 Hz is understood here: set content-type of the NCCO's \
                     endpoint to audio/l16;rate=16000",
                ));
            }
        };
        self.rate = Some(rate);
        Ok(PhoneEvent::Started(PhoneStart::from_metadata(&message)))
    }

    fn name(message: &Map<String, Value>) -> &str {
        let payload = message.get("payload").and_then(|payload| payload.get("mark"));
        payload.and_then(Value::as_str).unwrap_or_default()
    }
}

impl PhoneSession for VonageSession {
    fn text(&mut self, text: &str, _: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        let message: Map<String, Value> = serde_json::from_str(text).map_err(|e| {
            bad(format!("not a message of Vonage (line {}, column {})", e.line(), e.column()))
        })?;
        let event = message.get("event").and_then(Value::as_str).unwrap_or_default();
        match (event, self.rate.is_some()) {
            ("websocket:connected", false) => self.start(message),
            (_, false) => Err(bad("a call of Vonage begins with websocket:connected")),
            ("websocket:dtmf", true) => {
                Ok(PhoneEvent::Key(key(message.get("digit").and_then(Value::as_str).unwrap_or_default())?))
            }
            ("websocket:notify", true) => {
                Ok(self.marks.echoed(Self::name(&message)).map_or(PhoneEvent::Nothing, PhoneEvent::Heard))
            }
            ("websocket:cleared", true) => Ok(PhoneEvent::Nothing),
            ("websocket:connected", true) => Err(bad("the call has begun already")),
            (_, true) => Err(bad("no event Vonage has")),
        }
    }

    fn binary(&mut self, bytes: &[u8], pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        if self.rate.is_none() {
            return Err(bad("a call of Vonage begins with websocket:connected"));
        }
        Coding::Linear.decode_into(bytes, pcm)?;
        Ok(PhoneEvent::Audio)
    }

    fn rate(&self) -> u32 {
        self.rate.unwrap_or(16_000)
    }

    fn audio(&mut self, pcm: &[i16], sink: &mut dyn PhoneSink) {
        self.bytes.clear();
        Coding::Linear.encode_into(pcm, &mut self.bytes);
        sink.audio_bytes(&self.bytes);
    }

    fn mark(&mut self, tag: u64, sink: &mut dyn PhoneSink) {
        let id = self.marks.add(tag);
        sink.text(&format!(r#"{{"action":"notify","payload":{{"mark":"tom-{id}"}}}}"#));
    }

    fn clear(&mut self, sink: &mut dyn PhoneSink) {
        self.marks.clear();
        sink.text(r#"{"action":"clear"}"#);
    }
}
