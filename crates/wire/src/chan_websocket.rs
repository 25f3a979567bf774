//! Asterisk's chan_websocket: what does a call over its media WebSocket look like?
//!
//! Binary messages carry audio in the channel's own format, without a header. Text messages are events and commands,
//! as JSON or as plain words, one or the other for the whole call. Asterisk keeps up to 20 s and plays it in time;
//! `FLUSH_MEDIA` empties that, switches buffering off, and throws marks away without an answer. A command over 128
//! bytes is ignored.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};
use tom_audio::Law;

use crate::WireError;
use crate::browser::decode::key;
use crate::phone::{Coding, Marks, PhoneEvent, PhoneSession, PhoneSink, PhoneStart, bad, bad_audio};

/// The subprotocol that both sides name.
pub const PROTOCOL: &str = "media";

/// An event of Asterisk's, in either form.
#[derive(Debug, Default, Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow, default)]
    channel_id: Cow<'a, str>,
    #[serde(borrow, default)]
    format: Cow<'a, str>,
    #[serde(borrow, default)]
    digit: Cow<'a, str>,
    #[serde(borrow, default)]
    correlation_id: Cow<'a, str>,
    #[serde(default)]
    channel_variables: Option<Map<String, Value>>,
}

impl<'a> Event<'a> {
    fn read(text: &'a str, json: bool) -> Result<Self, WireError> {
        if json {
            return serde_json::from_str(text).map_err(|e| {
                bad(format!("not an event of chan_websocket (line {}, column {})", e.line(), e.column()))
            });
        }
        let mut words = text.split_ascii_whitespace();
        let mut event = Self { event: words.next().unwrap_or_default().into(), ..Self::default() };
        for word in words {
            match word.split_once(':') {
                Some(("channel_id", value)) => event.channel_id = value.into(),
                Some(("format", value)) => event.format = value.into(),
                Some(("digit", value)) => event.digit = value.into(),
                Some(("correlation_id", value)) => event.correlation_id = value.into(),
                Some(_) => {}
                None => event.correlation_id = word.into(),
            }
        }
        Ok(event)
    }
}

/// One call.
#[derive(Debug, Default)]
pub struct ChanWebSocketSession {
    /// What the first message was: from then on it stays.
    json: Option<bool>,
    format: Option<(Coding, u32)>,
    /// Asterisk takes pieces of any size, until it is told to stop or to flush.
    buffering: bool,
    marks: Marks,
    bytes: Vec<u8>,
}

impl ChanWebSocketSession {
    /// A call that has not begun.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn start(&mut self, event: Event<'_>) -> Result<PhoneEvent, WireError> {
        let linear = |rate| Ok((Coding::Linear, rate));
        let format = match &*event.format {
            "ulaw" => Ok((Coding::Law(Law::Mu), 8_000)),
            "alaw" => Ok((Coding::Law(Law::A), 8_000)),
            "slin" => linear(8_000),
            "slin12" => linear(12_000),
            "slin16" => linear(16_000),
            "slin24" => linear(24_000),
            "slin32" => linear(32_000),
            "slin44" => linear(44_100),
            "slin48" => linear(48_000),
            _ => Err(bad_audio(
                "the channel's codec is not understood here: dial with c(slin16), or with c(ulaw) or c(alaw)",
            )),
        }?;
        self.format = Some(format);
        let mut start = PhoneStart::from_metadata(&event.channel_variables.unwrap_or_default());
        if start.call.is_empty() {
            start.call = event.channel_id.into_owned();
        }
        Ok(PhoneEvent::Started(start))
    }

    /// Writes a command, with an id where it takes one.
    fn command(&self, command: &str, id: Option<&str>, sink: &mut dyn PhoneSink) {
        let text = match (self.json, id) {
            (Some(true), None) => format!(r#"{{"command":"{command}"}}"#),
            (Some(true), Some(id)) => format!(r#"{{"command":"{command}","correlation_id":"{id}"}}"#),
            (_, None) => command.to_owned(),
            (_, Some(id)) => format!("{command} {id}"),
        };
        sink.text(&text);
    }
}

impl PhoneSession for ChanWebSocketSession {
    fn text(&mut self, text: &str, _: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        let json = text.starts_with('{');
        let event = Event::read(text, json)?;
        match (&*event.event, self.format.is_some()) {
            ("MEDIA_START", false) => {
                self.json = Some(json);
                self.start(event)
            }
            (_, false) => Err(bad("a call of chan_websocket begins with MEDIA_START")),
            _ if self.json != Some(json) => {
                Err(bad("events are JSON or plain words, never both in one call"))
            }
            ("DTMF_END", true) => Ok(PhoneEvent::Key(key(&event.digit)?)),
            ("MEDIA_MARK_PROCESSED", true) => {
                Ok(self.marks.echoed(&event.correlation_id).map_or(PhoneEvent::Nothing, PhoneEvent::Heard))
            }
            (
                "MEDIA_XOFF"
                | "MEDIA_XON"
                | "QUEUE_DRAINED"
                | "MEDIA_BUFFERING_COMPLETED"
                | "STATUS"
                | "DTMF_BEGIN",
                true,
            ) => Ok(PhoneEvent::Nothing),
            ("ERROR", true) => Err(bad("Asterisk reports an error of its own")),
            ("MEDIA_START", true) => Err(bad("the call has begun already")),
            (_, true) => Err(bad("no event chan_websocket has")),
        }
    }

    fn binary(&mut self, bytes: &[u8], pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        let Some((coding, _)) = self.format else {
            return Err(bad("a call of chan_websocket begins with MEDIA_START"));
        };
        coding.decode_into(bytes, pcm)?;
        Ok(PhoneEvent::Audio)
    }

    fn rate(&self) -> u32 {
        self.format.map_or(8_000, |format| format.1)
    }

    fn audio(&mut self, pcm: &[i16], sink: &mut dyn PhoneSink) {
        let Some((coding, _)) = self.format else { return };
        if !std::mem::replace(&mut self.buffering, true) {
            self.command("START_MEDIA_BUFFERING", None, sink);
        }
        self.bytes.clear();
        coding.encode_into(pcm, &mut self.bytes);
        sink.audio_bytes(&self.bytes);
    }

    /// What was kept because it fills no frame of Asterisk's is played first.
    fn mark(&mut self, tag: u64, sink: &mut dyn PhoneSink) {
        if std::mem::replace(&mut self.buffering, false) {
            self.command("STOP_MEDIA_BUFFERING", None, sink);
        }
        let name = format!("tom-{}", self.marks.add(tag));
        self.command("MARK_MEDIA", Some(&name), sink);
    }

    fn clear(&mut self, sink: &mut dyn PhoneSink) {
        self.marks.clear();
        self.buffering = false;
        self.command("FLUSH_MEDIA", None, sink);
    }

    fn hang_up(&mut self, sink: &mut dyn PhoneSink) {
        if self.format.is_some() {
            self.command("HANGUP", None, sink);
        }
    }
}
