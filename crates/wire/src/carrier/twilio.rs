//! How does Twilio spell its Media Streams?
//!
//! Facts from Twilio's documentation of the WebSocket messages: audio is mu-law at 8 kHz, 160 bytes a message; numbers
//! arrive as texts; a mark is echoed when its audio was played *or cleared*.

use std::collections::BTreeMap;

use serde::Deserialize;
use tom_audio::Law;

use super::flavour::{Flavour, LineFormat, told};
use super::message::{number, read};
use crate::WireError;
use crate::phone::{Coding, PhoneStart, bad_audio};

/// Twilio Media Streams.
#[derive(Debug)]
pub struct Twilio;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    stream_sid: String,
    start: Start,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    call_sid: String,
    #[serde(default)]
    custom_parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    media_format: Format,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Format {
    encoding: String,
    #[serde(deserialize_with = "number")]
    sample_rate: u64,
    #[serde(deserialize_with = "number")]
    channels: u64,
}

impl Default for Format {
    /// The only format Twilio sends.
    fn default() -> Self {
        Self { encoding: "audio/x-mulaw".into(), sample_rate: 8000, channels: 1 }
    }
}

impl Flavour for Twilio {
    const NAME: &'static str = "Twilio Media Streams";
    const STREAM: Option<&'static str> = Some("streamSid");

    fn start(text: &str) -> Result<(String, PhoneStart, LineFormat), WireError> {
        let Message { stream_sid, start } = read(text, Self::NAME)?;
        let Format { encoding, sample_rate, channels } = &start.media_format;
        if (encoding.as_str(), *sample_rate, *channels) != ("audio/x-mulaw", 8000, 1) {
            return Err(bad_audio("only audio/x-mulaw at 8000 Hz with one channel is understood here"));
        }
        let format = LineFormat { coding: Coding::Law(Law::Mu), rate: 8_000 };
        Ok((stream_sid, told(start.call_sid, None, start.custom_parameters), format))
    }
}
