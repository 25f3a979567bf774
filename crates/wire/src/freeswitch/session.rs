//! Where is a forked call, and how is it answered?

use serde_json::{Map, Value};

use super::clip::Clip;
use crate::WireError;
use crate::browser::decode::key;
use crate::phone::{Coding, Marks, PhoneEvent, PhoneSession, PhoneSink, PhoneStart, bad, bad_audio};

/// Rates all three modules know.
const RATES: [u32; 6] = [8_000, 16_000, 24_000, 32_000, 48_000, 64_000];

/// Which module forks the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Module {
    /// mod_audio_fork of drachtio.
    Drachtio,
    /// mod_audio_fork of jambonz.
    Jambonz,
    /// mod_audio_stream.
    AudioStream,
}

/// How agent audio goes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Return {
    /// As binary messages, which are played as they come.
    Binary,
    /// As clips in JSON, which the dialplan's application has to play.
    Clips,
}

/// One call.
#[derive(Debug)]
pub struct FreeSwitchSession {
    module: Module,
    back: Return,
    started: bool,
    rate: u32,
    stereo: bool,
    marks: Marks,
    clip: Clip,
    /// What goes around a clip's base64.
    head: String,
    bytes: Vec<u8>,
}

impl FreeSwitchSession {
    /// A call that has not begun: mono at 8 kHz, answered in the module's usual way.
    #[must_use]
    pub fn new(module: Module) -> Self {
        let mut session = Self {
            module,
            back: if module == Module::Jambonz { Return::Binary } else { Return::Clips },
            started: false,
            rate: 8_000,
            stereo: false,
            marks: Marks::default(),
            clip: Clip::default(),
            head: String::new(),
            bytes: Vec::new(),
        };
        session.head = session.head();
        session
    }

    /// How it is answered.
    #[must_use]
    pub fn answered(mut self, back: Return) -> Self {
        self.back = back;
        self
    }

    /// Whether the caller's audio is the left one of two channels.
    #[must_use]
    pub fn stereo(mut self, stereo: bool) -> Self {
        self.stereo = stereo;
        self
    }

    /// At which rate, where the metadata do not tell.
    ///
    /// # Errors
    /// `BAD_AUDIO` for a rate that no module knows.
    pub fn at_rate(mut self, rate: u64) -> Result<Self, WireError> {
        self.set_rate(rate)?;
        Ok(self)
    }

    fn set_rate(&mut self, rate: u64) -> Result<(), WireError> {
        self.rate = RATES.into_iter().find(|known| u64::from(*known) == rate).ok_or_else(|| {
            bad_audio("the rate of a forked call is 8000, 16000, 24000, 32000, 48000 or 64000 Hz")
        })?;
        self.head = self.head();
        Ok(())
    }

    fn head(&self) -> String {
        let (kind, format, content) = match self.module {
            Module::AudioStream => ("streamAudio", "audioDataType", "audioData"),
            Module::Drachtio | Module::Jambonz => ("playAudio", "audioContentType", "audioContent"),
        };
        let rate = self.rate;
        format!(r#"{{"type":"{kind}","data":{{"{format}":"raw","sampleRate":{rate},"{content}":""#)
    }

    /// The metadata, whatever they are: only an object tells something.
    fn start(&mut self, text: &str) -> Result<PhoneEvent, WireError> {
        let object: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
        let rate = object.get("sampleRate").and_then(|rate| match rate {
            Value::String(text) => text.parse().ok(),
            rate => rate.as_u64(),
        });
        if let Some(rate) = rate {
            self.set_rate(rate)?;
        }
        if let Some(mix) = object.get("mixType").and_then(Value::as_str) {
            self.stereo = mix == "stereo";
        }
        self.started = true;
        Ok(PhoneEvent::Started(PhoneStart::from_metadata(&object)))
    }

    /// What the dialplan's application sends by `send_text`, or jambonz by itself.
    fn event(&mut self, message: &Map<String, Value>) -> Result<PhoneEvent, WireError> {
        let text = |name: &str| message.get(name).and_then(Value::as_str);
        match text("event").or(text("type")) {
            Some("dtmf") => Ok(PhoneEvent::Key(key(text("dtmf").or(text("digit")).unwrap_or_default())?)),
            Some("mark") => {
                let data = message.get("data").and_then(Value::as_object);
                let part = |name: &str| data.and_then(|data| data.get(name)).and_then(Value::as_str);
                let heard = match part("event") {
                    Some("playout") => self.marks.echoed(part("name").unwrap_or_default()),
                    _ => None,
                };
                Ok(heard.map_or(PhoneEvent::Nothing, PhoneEvent::Heard))
            }
            Some("hangup" | "stop") => Ok(PhoneEvent::Stopped),
            // Applications tell each other more than concerns us.
            _ => Ok(PhoneEvent::Nothing),
        }
    }
}

impl PhoneSession for FreeSwitchSession {
    fn text(&mut self, text: &str, _: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        if !self.started {
            return self.start(text);
        }
        let message: Map<String, Value> = serde_json::from_str(text)
            .map_err(|e| bad(format!("a text of a forked call is no JSON object (column {})", e.column())))?;
        self.event(&message)
    }

    fn binary(&mut self, bytes: &[u8], pcm: &mut Vec<i16>) -> Result<PhoneEvent, WireError> {
        if bytes.is_empty() {
            return Ok(PhoneEvent::Stopped); // A graceful shutdown.
        }
        let before = pcm.len();
        Coding::Linear.decode_into(bytes, pcm)?;
        if self.stereo {
            if !bytes.len().is_multiple_of(4) {
                pcm.truncate(before);
                return Err(bad_audio("stereo audio has four bytes for each moment"));
            }
            // The caller is on the left.
            let moments = bytes.len() / 4;
            for n in 0..moments {
                pcm[before + n] = pcm[before + 2 * n];
            }
            pcm.truncate(before + moments);
        }
        if !std::mem::replace(&mut self.started, true) {
            return Ok(PhoneEvent::Started(PhoneStart::default())); // There were no metadata.
        }
        Ok(PhoneEvent::Audio)
    }

    fn rate(&self) -> u32 {
        self.rate
    }

    fn audio(&mut self, pcm: &[i16], sink: &mut dyn PhoneSink) {
        match self.back {
            Return::Clips => self.clip.push(pcm, (&self.head, "\"}}"), sink),
            Return::Binary => {
                self.bytes.clear();
                Coding::Linear.encode_into(pcm, &mut self.bytes);
                sink.audio_bytes(&self.bytes);
            }
        }
    }

    fn mark(&mut self, tag: u64, sink: &mut dyn PhoneSink) {
        self.clip.flush((&self.head, "\"}}"), sink);
        if self.module == Module::Jambonz {
            let id = self.marks.add(tag);
            sink.text(&format!(r#"{{"type":"mark","data":{{"name":"tom-{id}"}}}}"#));
        }
    }

    fn clear(&mut self, sink: &mut dyn PhoneSink) {
        self.clip.drop();
        self.marks.clear();
        sink.text(r#"{"type":"killAudio"}"#);
    }

    fn hang_up(&mut self, sink: &mut dyn PhoneSink) {
        sink.text(r#"{"type":"disconnect"}"#);
    }
}
