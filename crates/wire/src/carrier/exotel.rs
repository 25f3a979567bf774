//! How does Exotel spell its Voicebot applet?
//!
//! Facts from Exotel's documentation: Twilio's shape in snake_case; audio is linear at 8, 16 or 24 kHz; messages of
//! less than 100 ms may stutter, and each is to be a multiple of 320 bytes.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::flavour::{Flavour, LineFormat, told};
use super::message::{number, read};
use crate::WireError;
use crate::phone::{Coding, PhoneStart, bad_audio};

/// Exotel's Voicebot applet.
#[derive(Debug)]
pub struct Exotel;

#[derive(Deserialize)]
struct Message {
    stream_sid: String,
    start: Start,
}

#[derive(Deserialize)]
struct Start {
    call_sid: String,
    /// Only Exotel has it beside names in snake_case.
    #[serde(rename = "account_sid")]
    _account_sid: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    custom_parameters: Option<BTreeMap<String, String>>,
    #[serde(default)]
    media_format: Option<Format>,
}

/// Its encoding is not told in the same words everywhere (`base64`, `audio/x-raw`); it is always linear.
#[derive(Deserialize)]
struct Format {
    #[serde(deserialize_with = "number")]
    sample_rate: u64,
}

impl Flavour for Exotel {
    const NAME: &'static str = "Exotel AgentStream";
    const STREAM: Option<&'static str> = Some("stream_sid");
    const FRAMES: usize = 5;

    fn start(text: &str) -> Result<(String, PhoneStart, LineFormat), WireError> {
        let Message { stream_sid, start } = read(text, Self::NAME)?;
        let rate = match start.media_format.map_or(8000, |format| format.sample_rate) {
            8000 => 8_000,
            16_000 => 16_000,
            24_000 => 24_000,
            _ => return Err(bad_audio("only audio at 8000, 16000 or 24000 Hz is understood here")),
        };
        let format = LineFormat { coding: Coding::Linear, rate };
        Ok((stream_sid, told(start.call_sid, start.from, start.custom_parameters), format))
    }
}
