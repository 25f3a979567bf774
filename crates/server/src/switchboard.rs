//! What does the server ask of whoever configured the engines?

use std::net::IpAddr;

use tom_base::{CallId, Lang, Span};
use tom_call::{CallReport, CallSetup};
use tom_engine::Health;
use tom_wire::phone::PhoneDialect;
use tom_wire::{Modes, WireError};

use crate::strain::Level;

/// How a call came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Transport {
    /// The browser protocol of `docs/protocol.md`.
    WebSocket,
    /// Twilio Media Streams.
    Twilio,
    /// The protocol of RealtimeVoiceChat's clients.
    Rvc,
    /// Asterisk over AudioSocket.
    AudioSocket,
    /// Asterisk's chan_websocket.
    Asterisk,
    /// FreeSWITCH with drachtio's mod_audio_fork.
    FreeSwitch,
    /// jambonz, and FreeSWITCH with its mod_audio_fork.
    Jambonz,
    /// FreeSWITCH with mod_audio_stream.
    AudioStream,
    /// Telnyx media streaming.
    Telnyx,
    /// Vonage's voice WebSocket.
    Vonage,
    /// Plivo audio streaming.
    Plivo,
    /// Exotel's Voicebot applet.
    Exotel,
    /// SIP and RTP.
    Sip,
}

impl From<PhoneDialect> for Transport {
    fn from(dialect: PhoneDialect) -> Self {
        match dialect {
            PhoneDialect::Asterisk => Self::Asterisk,
            PhoneDialect::Drachtio => Self::FreeSwitch,
            PhoneDialect::Jambonz => Self::Jambonz,
            PhoneDialect::AudioStream => Self::AudioStream,
            PhoneDialect::Twilio => Self::Twilio,
            PhoneDialect::Telnyx => Self::Telnyx,
            PhoneDialect::Vonage => Self::Vonage,
            PhoneDialect::Plivo => Self::Plivo,
            PhoneDialect::Exotel => Self::Exotel,
        }
    }
}

impl Transport {
    /// Its name in metrics and in what is kept of calls.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WebSocket => "ws",
            Self::Twilio => "twilio",
            Self::Rvc => "rvc",
            Self::AudioSocket => "audiosocket",
            Self::Asterisk => "asterisk",
            Self::FreeSwitch => "freeswitch",
            Self::Jambonz => "jambonz",
            Self::AudioStream => "audio_stream",
            Self::Telnyx => "telnyx",
            Self::Vonage => "vonage",
            Self::Plivo => "plivo",
            Self::Exotel => "exotel",
            Self::Sip => "sip",
        }
    }

    /// Whether the caller has a telephone, behind whose lines and gateways there may be echo. Browsers take it out.
    #[must_use]
    pub const fn is_telephone(self) -> bool {
        !matches!(self, Self::WebSocket | Self::Rvc)
    }

    /// How far agent audio may be ahead of the far end at most.
    #[must_use]
    pub const fn most_lead(self) -> Span {
        match self {
            // RTP goes out at its own pace, and the far end has a jitter buffer: what is handed over sooner would only
            // wait, and be heard after the caller has begun to speak.
            Self::Sip => Span::from_millis(20),
            // It cannot throw away what it was sent.
            Self::AudioSocket => Span::from_millis(40),
            _ => Span::from_millis(60),
        }
    }

    /// Whether the far end tells when it has played what it was sent.
    #[must_use]
    pub const fn tells_what_it_played(self) -> bool {
        match self {
            Self::WebSocket | Self::AudioSocket | Self::FreeSwitch | Self::AudioStream | Self::Sip => false,
            Self::Rvc
            | Self::Asterisk
            | Self::Jambonz
            | Self::Twilio
            | Self::Telnyx
            | Self::Vonage
            | Self::Plivo
            | Self::Exotel => true,
        }
    }
}

/// A call that somebody wants to make.
#[derive(Clone, Debug)]
pub struct CallRequest {
    /// Its name.
    pub id: CallId,
    /// The language asked for; none: the configured one.
    pub lang: Option<Lang>,
    /// Which dialogue is asked for, lower-cased; `default` when nothing is.
    pub skill: String,
    /// The caller's number as given. Must not be logged; keep it only masked.
    pub cli: Option<String>,
    /// How it came in.
    pub transport: Transport,
    /// From where.
    pub peer: IpAddr,
}

/// The names a client is told.
#[derive(Clone, Debug)]
pub struct Names {
    /// Where each stage runs.
    pub modes: Modes,
    /// The recogniser, such as `pocketsphinx`.
    pub stt: String,
    /// The brain, such as `flow`.
    pub llm: String,
    /// The synthesiser, such as `espeak-ng`.
    pub tts: String,
}

/// What is kept to be said again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheCounts {
    /// What is kept.
    pub entries: usize,
    /// Its bytes.
    pub bytes: usize,
    /// How often something was there.
    pub hits: u64,
    /// How often not.
    pub misses: u64,
}

/// Callers who held the line because engines were full.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeldCounts {
    /// They hold it now.
    pub waiting: usize,
    /// There was room for them.
    pub admitted: u64,
    /// They waited for too long, and were asked to call again.
    pub refused: u64,
    /// They hung up, or the call ended otherwise.
    pub left: u64,
}

/// How every part is.
#[derive(Clone, Debug)]
pub struct PartsHealth {
    /// Voice activity and the audio path.
    pub audio: Health,
    /// Recognition.
    pub stt: Health,
    /// The brain.
    pub llm: Health,
    /// Synthesis.
    pub tts: Health,
    /// The judge of ends of turns. Calls do without it.
    pub end_of_turn: Health,
}

/// Makes calls ready and knows how the engines are. Shared by all connections; nothing here may wait or read
/// files, since it runs on the threads that move audio.
pub trait Switchboard: Send + Sync + 'static {
    /// Everything a call needs.
    ///
    /// # Errors
    /// What the caller is told: `BAD_PARAMETER` for a language or dialogue that is not there, `NOT_READY`
    /// while engines start.
    fn setup(&self, request: &CallRequest) -> Result<CallSetup, WireError>;

    /// Whether a call that TOM makes would be held as it should from its first word on: whoever is called is not to be
    /// asked to wait.
    ///
    /// # Errors
    /// What whoever wants it made is told.
    fn room(&self) -> Result<(), WireError> {
        Ok(())
    }

    /// Whether calls can be taken.
    ///
    /// # Errors
    /// Why not, for `/readyz`.
    fn ready(&self) -> Result<(), String>;

    /// How the parts are.
    fn health(&self) -> PartsHealth;

    /// What clients are told about the engines.
    fn names(&self) -> Names;

    /// The machine is to be spared so much from now on: calls that begin get less, running ones keep what they have.
    /// Told at each change, and again and again while it is not [`Level::Normal`]. Runs on a thread that may wait.
    fn strained(&self, _level: Level) {}

    /// What is kept to be said again: `prompts`, `replies`.
    fn caches(&self) -> Vec<(&'static str, CacheCounts)> {
        Vec::new()
    }

    /// Callers who held the line because engines were full.
    fn held(&self) -> HeldCounts {
        HeldCounts::default()
    }

    /// Calls so far that got a smaller model of an engine (`whisper`) or fewer threads.
    fn spared(&self) -> Vec<(&'static str, u64)> {
        Vec::new()
    }

    /// A call is over. Runs on a thread that may wait.
    fn ended(&self, _report: &CallReport) {}

    /// Whatever [`ended`](Self::ended) kept of the calls of that name is to be deleted. Runs on a thread that
    /// may wait.
    ///
    /// # Errors
    /// What the operator is told when something remains.
    fn forget(&self, _id: &CallId) -> Result<(), String> {
        Ok(())
    }
}
