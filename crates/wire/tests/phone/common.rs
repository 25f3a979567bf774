//! Layer: wire. What telephone sessions are tested with.

use serde_json::Value;
use tom_wire::WireError;
use tom_wire::phone::{PhoneEvent, PhoneSession, PhoneSink};

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// A text; whether it is audio.
    Text(String, bool),
    /// Bytes of audio.
    Bytes(Vec<u8>),
}

/// Keeps what is sent.
#[derive(Debug, Default)]
pub(crate) struct Kept(pub(crate) Vec<Sent>);

impl PhoneSink for Kept {
    fn audio_text(&mut self, text: &str) {
        self.0.push(Sent::Text(text.to_owned(), true));
    }

    fn audio_bytes(&mut self, bytes: &[u8]) {
        self.0.push(Sent::Bytes(bytes.to_vec()));
    }

    fn text(&mut self, text: &str) {
        self.0.push(Sent::Text(text.to_owned(), false));
    }
}

/// A session that is easy to ask.
pub(crate) struct Line<S>(pub(crate) S);

impl<S: PhoneSession> Line<S> {
    /// Reads a text.
    pub(crate) fn hear(&mut self, text: &str) -> Result<(PhoneEvent, Vec<i16>), WireError> {
        let mut pcm = Vec::new();
        let event = self.0.text(text, &mut pcm)?;
        Ok((event, pcm))
    }

    /// Reads bytes.
    pub(crate) fn hear_bytes(&mut self, bytes: &[u8]) -> Result<(PhoneEvent, Vec<i16>), WireError> {
        let mut pcm = Vec::new();
        let event = self.0.binary(bytes, &mut pcm)?;
        Ok((event, pcm))
    }

    /// What it sends when it is told something.
    pub(crate) fn sent(&mut self, tell: impl FnOnce(&mut S, &mut dyn PhoneSink)) -> Vec<Sent> {
        let mut kept = Kept::default();
        tell(&mut self.0, &mut kept);
        kept.0
    }

    /// The only message it sends when it is told something, as JSON.
    pub(crate) fn json(&mut self, tell: impl FnOnce(&mut S, &mut dyn PhoneSink)) -> Value {
        let sent = self.sent(tell);
        let [Sent::Text(text, _)] = &sent[..] else {
            panic!("not one text: {sent:?}");
        };
        serde_json::from_str(text).unwrap()
    }
}
