//! How does the voice speak?

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use tokio::time::Instant;

use crate::fault::{Fault, Kind};
use crate::paced;
use crate::script::Speech;
use crate::server::{App, Asked, problem};
use crate::voice::{samples, voiced_second};

/// Bytes of no known format, an odd number of them.
const GARBAGE: &[u8] = b"<html><body>It works!</body></html>";
/// Parts of the audio a second.
const PARTS: usize = 10;

pub(crate) async fn speak(app: App, body: Bytes) -> Response {
    let arrived = Instant::now();
    let Asked { request, fault, mut watch } = match app.asked(Kind::Speech, &body).await {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let Some(text) = request["input"].as_str() else {
        watch.finish();
        return problem(400, "there is no input");
    };
    let script = &app.script.speech;
    let wav = match request["response_format"].as_str() {
        Some("pcm") => false,
        Some("wav") => true,
        _ => {
            watch.finish();
            return problem(400, "response_format must be pcm or wav here");
        }
    };
    let audio = Audio::of(script, text);
    let (first, speed, total) = (script.first, script.speed, audio.bytes());
    let part = (script.rate_hz as usize / PARTS) * 2;
    let head = wav.then(|| {
        let length = script.wav_knows_length.then(|| u32::try_from(total).unwrap_or(u32::MAX));
        (first, wav_header(script.rate_hz, length))
    });
    let count = total.div_ceil(part.max(2));
    let pieces = (0..count).map(move |n| {
        let lead = Duration::try_from_secs_f64(n as f64 / PARTS as f64 / speed).unwrap_or_default();
        (first + lead, audio.slice(n * part, ((n + 1) * part).min(total)))
    });
    let mut parts = head.into_iter().chain(pieces);
    let body = match fault {
        Some(Fault::Garbage) => {
            paced::body(arrived, [(first, Bytes::from_static(GARBAGE))].into_iter(), None, watch)
        }
        Some(Fault::Drip(wait)) => paced::drip(wait, &mut parts, watch),
        Some(Fault::Chatter(wait)) => paced::chatter(wait, b"", watch),
        fault => paced::body(arrived, parts, fault, watch),
    };
    let content_type = if wav { "audio/wav" } else { "audio/pcm" };
    ([(header::CONTENT_TYPE, content_type)], body).into_response()
}

/// A text's audio, as little-endian bytes: either its own, or so much of the endless voice.
enum Audio {
    Own(Bytes),
    Voice { second: Bytes, total: usize },
}

impl Audio {
    fn of(script: &Speech, text: &str) -> Self {
        if script.say.is_some() {
            let bytes = script.audio(text).iter().flat_map(|sample| sample.to_le_bytes()).collect();
            return Self::Own(bytes);
        }
        Self::Voice { second: voice_bytes(script.rate_hz), total: samples(text, script.rate_hz) * 2 }
    }

    fn bytes(&self) -> usize {
        match self {
            Self::Own(bytes) => bytes.len(),
            Self::Voice { total, .. } => *total,
        }
    }

    /// Parts divide the second, so that none crosses its end.
    fn slice(&self, from: usize, to: usize) -> Bytes {
        match self {
            Self::Own(bytes) => bytes.slice(from..to),
            Self::Voice { second, .. } => {
                let start = from % second.len();
                second.slice(start..(start + to - from).min(second.len()))
            }
        }
    }
}

/// The endless voice's second as bytes, made once a rate.
fn voice_bytes(rate_hz: u32) -> Bytes {
    type Made = Mutex<Vec<(u32, Bytes)>>;
    static MADE: OnceLock<Made> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, bytes)) = made.iter().find(|(rate, _)| *rate == rate_hz) {
        return bytes.clone();
    }
    let second: Arc<[i16]> = voiced_second(rate_hz);
    let bytes: Bytes = second.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    made.push((rate_hz, bytes.clone()));
    bytes
}

/// The 44 bytes before the samples; without a length as servers write it that do not know it yet.
fn wav_header(rate_hz: u32, length: Option<u32>) -> Bytes {
    let mut head = Vec::with_capacity(44);
    head.extend(b"RIFF");
    head.extend(length.map_or(u32::MAX, |length| length.saturating_add(36)).to_le_bytes());
    head.extend(b"WAVEfmt ");
    head.extend(16_u32.to_le_bytes());
    head.extend(1_u16.to_le_bytes());
    head.extend(1_u16.to_le_bytes());
    head.extend(rate_hz.to_le_bytes());
    head.extend((rate_hz * 2).to_le_bytes());
    head.extend(2_u16.to_le_bytes());
    head.extend(16_u16.to_le_bytes());
    head.extend(b"data");
    head.extend(length.unwrap_or(u32::MAX).to_le_bytes());
    head.into()
}
