//! Which messages does Twilio send and take?

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A message of Twilio's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum TwilioIn {
    /// The socket is open.
    Connected {
        /// `Call`.
        #[serde(default)]
        protocol: String,
        /// `1.0.0`.
        #[serde(default)]
        version: String,
    },
    /// The stream begins.
    Start {
        /// The stream, named in every message to Twilio.
        stream_sid: String,
        /// About the call.
        start: StartIn,
    },
    /// 20 ms of the caller.
    Media {
        /// The audio.
        media: MediaIn,
    },
    /// A key.
    Dtmf {
        /// The key.
        dtmf: DtmfIn,
    },
    /// A mark of ours was reached, or cleared.
    Mark {
        /// Which.
        mark: MarkBody,
    },
    /// The call is over.
    Stop {
        /// About the call.
        #[serde(default)]
        stop: StopIn,
    },
}

/// What `start` tells about the call.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StartIn {
    /// The stream.
    pub stream_sid: String,
    /// The account.
    pub account_sid: String,
    /// The call.
    pub call_sid: String,
    /// Which directions are sent: `inbound`.
    pub tracks: Vec<String>,
    /// The `<Parameter>`s of the TwiML.
    pub custom_parameters: BTreeMap<String, String>,
    /// The audio's format.
    pub media_format: MediaFormat,
}

/// The audio's format.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MediaFormat {
    /// `audio/x-mulaw`.
    pub encoding: String,
    /// 8000.
    #[serde(deserialize_with = "number")]
    pub sample_rate: u64,
    /// 1.
    #[serde(deserialize_with = "number")]
    pub channels: u64,
}

impl Default for MediaFormat {
    /// The only format Twilio sends.
    fn default() -> Self {
        Self { encoding: "audio/x-mulaw".into(), sample_rate: 8000, channels: 1 }
    }
}

/// Caller audio.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaIn {
    /// `inbound`; what we sent comes back as `outbound` where the TwiML asks for it.
    #[serde(default)]
    pub track: String,
    /// Counts the messages of a track from 1.
    #[serde(default, deserialize_with = "number", serialize_with = "string")]
    pub chunk: u64,
    /// Milliseconds since the stream began.
    #[serde(default, deserialize_with = "number", serialize_with = "string")]
    pub timestamp: u64,
    /// Base64 of mu-law.
    pub payload: String,
}

/// A key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DtmfIn {
    /// `inbound_track`.
    #[serde(default)]
    pub track: String,
    /// Its face.
    pub digit: String,
}

/// The name of a mark.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MarkBody {
    /// The name, as we sent it.
    pub name: String,
}

/// What `stop` tells about the call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct StopIn {
    /// The account.
    pub account_sid: String,
    /// The call.
    pub call_sid: String,
}

/// A message of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case", rename_all_fields = "camelCase")]
pub enum TwilioOut {
    /// Agent audio, any length; Twilio plays it in order.
    Media {
        /// The stream.
        stream_sid: String,
        /// The audio.
        media: MediaOut,
    },
    /// Tell us when everything before this is played, or cleared.
    Mark {
        /// The stream.
        stream_sid: String,
        /// Which.
        mark: MarkBody,
    },
    /// Throw away what is not played.
    Clear {
        /// The stream.
        stream_sid: String,
    },
}

/// Agent audio.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaOut {
    /// Base64 of mu-law.
    pub payload: String,
}

/// A number that may be written as a string.
fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Either {
        Number(u64),
        Text(String),
    }
    match Either::deserialize(deserializer)? {
        Either::Number(n) => Ok(n),
        Either::Text(text) => text
            .parse()
            .map_err(|_| serde::de::Error::custom("expected a whole number, perhaps in quotation marks")),
    }
}

/// The way Twilio writes numbers.
fn string<S: Serializer>(n: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&n.to_string())
}
