//! How does the model reply?

use std::time::Duration;

use axum::Json;
use axum::body::Bytes;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::time::{Instant, sleep_until};

use crate::fault::{Fault, Kind};
use crate::paced;
use crate::script::ChatStep;
use crate::server::{App, Asked};

/// Lines that no parser knows.
const GARBAGE: &[u8] = b"data: {\"choices\": [{\"delta\": \n\n\xff\xfe\x00data data: ]]}\r\n\r\ndata: {}\n\n";
/// How many pieces a call's arguments are sent in.
const PIECES: usize = 4;

pub(crate) async fn complete(app: App, body: Bytes) -> Response {
    let arrived = Instant::now();
    let Asked { request, fault, watch } = match app.asked(Kind::Chat, &body).await {
        Ok(asked) => asked,
        Err(answer) => return *answer,
    };
    let script = &app.script.chat;
    let steps = (script.reply)(&request);
    let interval = Duration::try_from_secs_f64(1.0 / script.tokens_per_second).unwrap_or_default();
    if request["stream"] != true {
        let tokens = u32::try_from(steps.len()).unwrap_or(u32::MAX);
        sleep_until(arrived + script.first + interval * tokens).await;
        return app.faulty_json(whole(&steps), fault, GARBAGE, watch, |json| Json(json).into_response());
    }
    let first = script.first;
    let pieces = stream(&steps).into_iter().enumerate();
    let mut parts = pieces.map(move |(n, data)| {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        (first + interval.saturating_mul(n), Bytes::from(format!("data: {data}\n\n")))
    });
    let body = match fault {
        Some(Fault::Garbage) => {
            paced::body(arrived, [(first, Bytes::from_static(GARBAGE))].into_iter(), None, watch)
        }
        Some(Fault::Drip(wait)) => paced::drip(wait, &mut parts, watch),
        Some(Fault::Chatter(wait)) => paced::chatter(wait, b": still here\n\n", watch),
        fault => paced::body(arrived, parts, fault, watch),
    };
    ([(header::CONTENT_TYPE, "text/event-stream; charset=utf-8"), (header::CACHE_CONTROL, "no-cache")], body)
        .into_response()
}

fn chunk(delta: &Value, finish: Option<&str>) -> String {
    json!({
        "id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 0, "model": "loopback",
        "choices": [{ "index": 0, "delta": delta, "finish_reason": finish }],
    })
    .to_string()
}

fn reason(steps: &[ChatStep]) -> &'static str {
    if steps.iter().any(|step| matches!(step, ChatStep::Call { .. })) { "tool_calls" } else { "stop" }
}

/// A reply as the data of a stream of events.
fn stream(steps: &[ChatStep]) -> Vec<String> {
    let mut out = Vec::new();
    let mut calls = 0;
    for step in steps {
        match step {
            ChatStep::Text(text) => out.push(chunk(&json!({ "content": text }), None)),
            ChatStep::Thought(text) => out.push(chunk(&json!({ "reasoning_content": text }), None)),
            ChatStep::Raw(line) => out.push(line.clone()),
            ChatStep::Call { id, name, arguments } => {
                let head = json!({ "index": calls, "id": id, "type": "function",
                    "function": { "name": name, "arguments": "" } });
                out.push(chunk(&json!({ "tool_calls": [head] }), None));
                let chars: Vec<char> = arguments.chars().collect();
                for piece in chars.chunks(chars.len().div_ceil(PIECES).max(1)) {
                    let piece: String = piece.iter().collect();
                    let more = json!({ "index": calls, "function": { "arguments": piece } });
                    out.push(chunk(&json!({ "tool_calls": [more] }), None));
                }
                calls += 1;
            }
        }
    }
    out.push(chunk(&json!({}), Some(reason(steps))));
    out.push("[DONE]".into());
    out
}

/// A reply in one piece.
fn whole(steps: &[ChatStep]) -> Value {
    let mut text = String::new();
    let mut calls = Vec::new();
    for step in steps {
        match step {
            ChatStep::Text(token) => text.push_str(token),
            ChatStep::Call { id, name, arguments } => calls.push(json!({
                "id": id, "type": "function", "function": { "name": name, "arguments": arguments },
            })),
            ChatStep::Thought(_) | ChatStep::Raw(_) => {}
        }
    }
    let mut message = json!({ "role": "assistant", "content": text });
    if !calls.is_empty() {
        message["tool_calls"] = calls.into();
    }
    json!({
        "id": "chatcmpl-1", "object": "chat.completion", "created": 0, "model": "loopback",
        "choices": [{ "index": 0, "message": message, "finish_reason": reason(steps) }],
    })
}
