//! How is an utterance transcribed?

use axum::Json;
use axum::body::Bytes;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::time::{Instant, sleep_until};

use crate::fault::Kind;
use crate::multipart;
use crate::server::{App, fault_answer, problem};

/// Bytes that no parser knows.
const GARBAGE: &[u8] = b"\x00\xff<<<< not a transcription";

pub(crate) async fn transcribe(app: App, headers: HeaderMap, body: Bytes) -> Response {
    let arrived = Instant::now();
    let mut watch = app.watch(Kind::Transcription);
    let fault = app.fault(Kind::Transcription);
    if let Some(answer) = fault_answer(fault.as_ref(), &mut watch).await {
        return answer;
    }
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let Some((fields, file)) = multipart::parse(content_type, &body) else {
        watch.finish();
        return problem(400, "the body is no multipart form");
    };
    let Some(pcm) = file.and_then(multipart::wav) else {
        watch.finish();
        return problem(400, "there is no WAV file of 16-bit PCM in the form");
    };
    if let Some(answer) = app.refuse_model(fields.get("model")) {
        watch.finish();
        return answer;
    }
    let script = &app.script.transcription;
    let text = (script.hear)(&pcm, &fields);
    sleep_until(arrived + script.delay).await;
    let json = match (fields.get("response_format"), script.probabilities) {
        (Some("verbose_json"), Some((avg_logprob, no_speech_prob))) => json!({
            "task": "transcribe", "language": fields.get("language"), "text": text,
            "duration": pcm.len() as f64 / 16_000.0,
            "segments": [{
                "id": 0, "start": 0.0, "end": pcm.len() as f64 / 16_000.0, "text": text,
                "avg_logprob": avg_logprob, "no_speech_prob": no_speech_prob, "temperature": 0.0,
            }],
        }),
        (Some("verbose_json"), None) => json!({ "task": "transcribe", "text": text, "segments": [] }),
        _ => json!({ "text": text }),
    };
    app.faulty_json(json, fault, GARBAGE, watch, |json| Json(json).into_response())
}
