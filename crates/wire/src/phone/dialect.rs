//! Which dialect is it, by its first messages?

use serde_json::{Map, Value};

use super::PhoneSession;
use crate::carrier::{ExotelSession, PlivoSession, TelnyxSession, TwilioSession};
use crate::chan_websocket::ChanWebSocketSession;
use crate::freeswitch::{self, FreeSwitchSession, Module};
use crate::vonage::VonageSession;

/// The dialects that come over a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PhoneDialect {
    /// Asterisk's chan_websocket.
    Asterisk,
    /// FreeSWITCH with drachtio's mod_audio_fork.
    Drachtio,
    /// FreeSWITCH with jambonz's mod_audio_fork.
    Jambonz,
    /// FreeSWITCH with mod_audio_stream.
    AudioStream,
    /// Twilio Media Streams.
    Twilio,
    /// Telnyx media streaming.
    Telnyx,
    /// Vonage's voice WebSocket.
    Vonage,
    /// Plivo audio streaming.
    Plivo,
    /// Exotel's Voicebot applet.
    Exotel,
}

impl PhoneDialect {
    /// Every dialect.
    pub const ALL: [Self; 9] = [
        Self::Asterisk,
        Self::Drachtio,
        Self::Jambonz,
        Self::AudioStream,
        Self::Twilio,
        Self::Telnyx,
        Self::Vonage,
        Self::Plivo,
        Self::Exotel,
    ];

    /// The one that has a subprotocol of its own of that name.
    #[must_use]
    pub fn of_protocol(protocol: &str) -> Option<Self> {
        match protocol {
            crate::chan_websocket::PROTOCOL => Some(Self::Asterisk),
            freeswitch::DRACHTIO => Some(Self::Drachtio),
            freeswitch::JAMBONZ => Some(Self::Jambonz),
            _ => None,
        }
    }

    /// The one whose first message that is. [`Detected::NotYet`] for a greeting that several have.
    #[must_use]
    pub fn of_message(text: &str) -> Detected {
        if text.starts_with("MEDIA_START ") {
            return Detected::As(Self::Asterisk);
        }
        let Ok(message) = serde_json::from_str::<Map<String, Value>>(text) else {
            return Detected::Unknown;
        };
        let start = message.get("start").and_then(Value::as_object);
        let has = |name: &str| start.is_some_and(|start| start.contains_key(name));
        match message.get("event").and_then(Value::as_str) {
            Some("connected") => Detected::NotYet,
            Some("websocket:connected") => Detected::As(Self::Vonage),
            Some("MEDIA_START") => Detected::As(Self::Asterisk),
            Some("start") if has("call_control_id") => Detected::As(Self::Telnyx),
            Some("start") if has("callSid") => Detected::As(Self::Twilio),
            Some("start") if has("callId") => Detected::As(Self::Plivo),
            Some("start") if has("call_sid") => Detected::As(Self::Exotel),
            None if message.contains_key("callSid") && message.contains_key("sampleRate") => {
                Detected::As(Self::Jambonz)
            }
            _ => Detected::Unknown,
        }
    }

    /// A call in it, with what each takes for granted.
    #[must_use]
    pub fn session(self) -> Box<dyn PhoneSession> {
        match self {
            Self::Asterisk => Box::new(ChanWebSocketSession::new()),
            Self::Twilio => Box::new(TwilioSession::new()),
            Self::Telnyx => Box::new(TelnyxSession::new()),
            Self::Vonage => Box::new(VonageSession::new()),
            Self::Plivo => Box::new(PlivoSession::new()),
            Self::Exotel => Box::new(ExotelSession::new()),
            Self::Drachtio => Box::new(FreeSwitchSession::new(Module::Drachtio)),
            Self::Jambonz => Box::new(FreeSwitchSession::new(Module::Jambonz)),
            Self::AudioStream => Box::new(FreeSwitchSession::new(Module::AudioStream)),
        }
    }
}

/// What a first message tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detected {
    /// It is this one.
    As(PhoneDialect),
    /// The next message will tell.
    NotYet,
    /// None of them.
    Unknown,
}
