//! How does Telnyx spell its media streaming?
//!
//! Facts from Telnyx's documentation: snake_case; the payload is that of RTP packets, without their headers; media
//! messages may overtake each other; what we send is dropped without a word unless the stream was set up with the
//! bidirectional mode `rtp`.

use std::collections::BTreeMap;

use serde::Deserialize;
use tom_audio::Law;

use super::flavour::{Flavour, LineFormat, told};
use super::message::{number, read};
use crate::WireError;
use crate::phone::{Coding, PhoneStart, bad_audio};

/// Telnyx media streaming.
#[derive(Debug)]
pub struct Telnyx;

#[derive(Deserialize)]
struct Message {
    stream_id: String,
    start: Start,
}

#[derive(Deserialize)]
struct Start {
    call_control_id: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    custom_parameters: Option<BTreeMap<String, String>>,
    media_format: Format,
}

#[derive(Deserialize)]
struct Format {
    encoding: String,
    #[serde(deserialize_with = "number")]
    sample_rate: u64,
    #[serde(default = "one", deserialize_with = "number")]
    channels: u64,
}

const fn one() -> u64 {
    1
}

impl Flavour for Telnyx {
    const NAME: &'static str = "Telnyx media streaming";
    const SHUFFLED: bool = true;

    fn start(text: &str) -> Result<(String, PhoneStart, LineFormat), WireError> {
        let Message { stream_id, start } = read(text, Self::NAME)?;
        let Format { encoding, sample_rate, channels } = &start.media_format;
        let law = match (encoding.as_str(), *sample_rate, *channels) {
            ("PCMU", 8000, 1) => Law::Mu,
            ("PCMA", 8000, 1) => Law::A,
            _ => {
                return Err(bad_audio(
                    "only PCMU and PCMA at 8000 Hz with one channel are understood here: set codec and \
                     bidirectionalCodec of the <Stream> (stream_codec, stream_bidirectional_codec) to PCMU",
                ));
            }
        };
        let format = LineFormat { coding: Coding::Law(law), rate: 8_000 };
        Ok((stream_id, told(start.call_control_id, start.from, start.custom_parameters), format))
    }
}
