//! How is a call to be held: to whom, what to say when, and within which bounds?

use std::time::Duration;

use tom_base::Key;
use tom_wire::{AudioForm, Dialect};

use crate::ClientError;

/// Longest recording that is played.
const MAX_RECORDING_S: u64 = 600;

/// Speech of the caller: 16 kHz mono.
#[derive(Clone, Debug, PartialEq)]
pub struct Recording {
    /// What reports call it, such as the file's name.
    pub name: String,
    /// The samples.
    pub pcm: Vec<i16>,
}

impl Recording {
    /// Reads a WAV file of any usual kind.
    ///
    /// # Errors
    /// When it is no WAV file, empty, or longer than ten minutes.
    pub fn from_wav(name: impl Into<String>, bytes: &[u8]) -> Result<Self, ClientError> {
        let name = name.into();
        let wrong = |why: String| ClientError::Recording { name: name.clone(), why };
        let wav = tom_audio::wav::read(bytes).map_err(|e| wrong(e.to_string()))?;
        if wav.is_empty() {
            return Err(wrong("it holds no audio".into()));
        }
        if wav.millis() > MAX_RECORDING_S * 1000 {
            return Err(wrong(format!("it is longer than {MAX_RECORDING_S} s; cut it")));
        }
        let pcm = wav.to_mono_16k();
        Ok(Self { name, pcm })
    }
}

/// When a recording is spoken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SpeechStart {
    /// When the agent has said something and is done: the greeting, or the answer to what was said before.
    #[default]
    AfterAgent,
    /// That long after the agent began to speak, into its words.
    IntoAgent(Duration),
    /// That long after the socket opened, whatever the agent does.
    At(Duration),
}

/// One thing the caller says.
#[derive(Clone, Debug, PartialEq)]
pub struct Speech {
    /// The words.
    pub recording: Recording,
    /// When.
    pub start: SpeechStart,
}

/// Something besides speech.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Presses keys, one after another, 200 ms apart.
    Keys(Vec<Key>),
    /// Sends `barge_in`.
    BargeIn,
    /// Types a text instead of saying it.
    Text(String),
    /// Hangs up.
    HangUp,
}

/// Something besides speech, and its time since the socket opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// When.
    pub at: Duration,
    /// What.
    pub act: Act,
}

/// The bounds of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest wait for the socket to open.
    pub connect: Duration,
    /// Longest call. The caller hangs up then.
    pub call: Duration,
    /// Longest wait for the agent to say something before the caller goes on.
    pub reply: Duration,
    /// Longest wait for the server to close the call after the caller hung up.
    pub close: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            call: Duration::from_secs(300),
            reply: Duration::from_secs(15),
            close: Duration::from_secs(3),
        }
    }
}

/// A call to make.
#[derive(Clone, Debug)]
pub struct CallOptions {
    /// `ws://HOST:PORT`, completed by `/ws/stream/{call_id}`, or a whole address.
    pub url: String,
    /// The call's id, if the address does not hold it; none: the server chooses.
    pub call_id: Option<String>,
    /// The server's token, sent as `Authorization: Bearer`.
    pub token: Option<String>,
    /// The spelling of the messages.
    pub dialect: Dialect,
    /// How audio travels, in both directions.
    pub audio: AudioForm,
    /// The language to ask for; none: the server's default.
    pub lang: Option<String>,
    /// What is said, in this order.
    pub speech: Vec<Speech>,
    /// What else is done.
    pub actions: Vec<Action>,
    /// Silence before each recording, once its time has come.
    pub lead: Duration,
    /// How long to stay on the line when all is said and answered.
    pub trail: Duration,
    /// The bounds.
    pub limits: Limits,
}

impl CallOptions {
    /// A call that listens to the greeting and hangs up: binary audio, TOM's own dialect.
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            call_id: None,
            token: None,
            dialect: Dialect::Native,
            audio: AudioForm::Binary,
            lang: None,
            speech: Vec::new(),
            actions: Vec::new(),
            lead: Duration::from_millis(200),
            trail: Duration::from_millis(500),
            limits: Limits::default(),
        }
    }

    /// The same call with something more to say.
    #[must_use]
    pub fn say(mut self, recording: Recording, start: SpeechStart) -> Self {
        self.speech.push(Speech { recording, start });
        self
    }

    /// The same call with something more to do.
    #[must_use]
    pub fn act(mut self, at: Duration, act: Act) -> Self {
        self.actions.push(Action { at, act });
        self
    }
}
