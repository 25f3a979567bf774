//! How does Plivo spell its audio streaming?
//!
//! Facts from Plivo's documentation and the serializer of Pipecat: camelCase; `playAudio` carries its own format;
//! `checkpoint` is the mark and `playedStream` its echo; `clearAudio` throws away what is not played.

use std::collections::BTreeMap;

use serde::Deserialize;
use tom_audio::Law;

use super::flavour::{Flavour, LineFormat, quoted, told};
use super::message::{number, read};
use crate::WireError;
use crate::phone::{Coding, PhoneStart, bad_audio};

/// Plivo audio streaming.
#[derive(Debug)]
pub struct Plivo;

#[derive(Deserialize)]
struct Message {
    start: Start,
    /// `extraHeaders` of the `<Stream>`: `{a: b, c: d}` or `a=b,c=d`.
    #[serde(default)]
    extra_headers: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Start {
    stream_id: String,
    call_id: String,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    media_format: Option<Format>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Format {
    encoding: String,
    #[serde(deserialize_with = "number")]
    sample_rate: u64,
}

const MULAW: LineFormat = LineFormat { coding: Coding::Law(Law::Mu), rate: 8_000 };

impl Flavour for Plivo {
    const NAME: &'static str = "Plivo audio streaming";
    const ECHO: &'static str = "playedStream";

    fn start(text: &str) -> Result<(String, PhoneStart, LineFormat), WireError> {
        let Message { start, extra_headers } = read(text, Self::NAME)?;
        let format = match start.media_format.as_ref().map(|f| (f.encoding.as_str(), f.sample_rate)) {
            None | Some(("audio/x-mulaw", 8000)) => MULAW,
            Some(("audio/x-l16", rate @ (8000 | 16_000))) => {
                LineFormat { coding: Coding::Linear, rate: if rate == 8000 { 8_000 } else { 16_000 } }
            }
            Some(_) => {
                return Err(bad_audio(
                    "only audio/x-mulaw at 8000 Hz and audio/x-l16 at 8000 or 16000 Hz are understood here: set \
                     contentType of the <Stream> to audio/x-mulaw;rate=8000",
                ));
            }
        };
        let parameters = extra_headers.as_deref().map(headers);
        Ok((start.stream_id, told(start.call_id, start.from, parameters), format))
    }

    fn media(stream: &str, format: LineFormat, base64: &str, out: &mut String) {
        let (kind, rate) = match format.coding {
            Coding::Law(_) => ("audio/x-mulaw", "8000"),
            Coding::Linear => ("audio/x-l16", if format.rate == 8_000 { "8000" } else { "16000" }),
        };
        out.push_str(r#"{"event":"playAudio","streamId":"#);
        out.push_str(stream);
        out.push_str(r#","media":{"contentType":""#);
        out.push_str(kind);
        out.push_str(r#"","sampleRate":"#);
        out.push_str(rate);
        out.push_str(r#","payload":""#);
        out.push_str(base64);
        out.push_str("\"}}");
    }

    fn mark(stream: &str, name: &str, out: &mut String) {
        out.push_str(r#"{"event":"checkpoint","streamId":"#);
        out.push_str(stream);
        out.push_str(r#","name":"#);
        quoted(name, out);
        out.push('}');
    }

    fn clear(stream: &str, out: &mut String) {
        out.push_str(r#"{"event":"clearAudio","streamId":"#);
        out.push_str(stream);
        out.push('}');
    }
}

/// What a text of extra headers holds. Plivo prefixes names with `X-PH-`.
fn headers(text: &str) -> BTreeMap<String, String> {
    let pairs = text.trim_matches(['{', '}', ' ']).split([',', ';']);
    pairs
        .filter_map(|pair| pair.split_once([':', '=']))
        .map(|(name, value)| {
            let name = name.trim().trim_matches('"');
            let name = name.strip_prefix("X-PH-").unwrap_or(name).to_lowercase();
            (name, value.trim().trim_matches('"').to_owned())
        })
        .collect()
}
