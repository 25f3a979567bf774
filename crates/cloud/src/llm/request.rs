//! How is a conversation put into a request?

use std::sync::atomic::{AtomicBool, Ordering};

use hyper::body::Bytes;
use serde_json::{Value, json};
use tom_engine::{EngineError, ErrorKind, LlmMessage, LlmRequest, Side, ToolCall, ToolSpec};

use crate::LlmSettings;

/// The body of a request.
///
/// # Errors
/// When a function's parameters are no JSON object.
pub(super) fn body(
    settings: &LlmSettings,
    request: &LlmRequest,
    new_limit: &AtomicBool,
) -> Result<Bytes, EngineError> {
    let limit = if new_limit.load(Ordering::Relaxed) { "max_completion_tokens" } else { "max_tokens" };
    let messages: Vec<Value> = request.messages.iter().map(message).collect();
    let mut body = json!({
        "model": &*settings.server.model,
        "messages": messages,
        "stream": true,
        limit: request.max_tokens,
    });
    if let Some(temperature) = settings.temperature {
        // Through text, so that 0.7 is 0.7 and not 0.699999988079071.
        body["temperature"] = temperature.to_string().parse::<f64>().unwrap_or(0.0).into();
    }
    if !request.tools.is_empty() {
        body["tools"] = request.tools.iter().map(tool).collect::<Result<Vec<_>, _>>()?.into();
    }
    for (name, value) in &settings.extra {
        body[name.as_str()] = value.clone();
    }
    Ok(body.to_string().into())
}

fn message(message: &LlmMessage) -> Value {
    match message {
        LlmMessage::System(text) => json!({ "role": "system", "content": &**text }),
        LlmMessage::User(text) => json!({ "role": "user", "content": &**text }),
        LlmMessage::Tool { id, result } => {
            json!({ "role": "tool", "tool_call_id": &**id, "content": &**result })
        }
        LlmMessage::Assistant { text, calls } if calls.is_empty() => {
            json!({ "role": "assistant", "content": &**text })
        }
        LlmMessage::Assistant { text, calls } => {
            let calls: Vec<Value> = calls.iter().map(call).collect();
            let content = if text.is_empty() { Value::Null } else { (&**text).into() };
            json!({ "role": "assistant", "content": content, "tool_calls": calls })
        }
    }
}

fn call(call: &ToolCall) -> Value {
    let ToolCall { id, name, arguments } = call;
    json!({
        "id": &**id, "type": "function",
        "function": { "name": &**name, "arguments": &**arguments },
    })
}

fn tool(tool: &ToolSpec) -> Result<Value, EngineError> {
    let parameters: Value = serde_json::from_str(&tool.parameters).unwrap_or_default();
    if !parameters.is_object() {
        let what = format!("the parameters of the function {} are no JSON object; mend them", tool.name);
        return Err(EngineError { side: Side::Us, ..EngineError::new(ErrorKind::BadRequest, what) });
    }
    Ok(json!({
        "type": "function",
        "function": { "name": &*tool.name, "description": &*tool.description, "parameters": parameters },
    }))
}

/// What was said in the conversation: servers repeat it in their errors, which must not show it.
pub(super) fn texts(request: &LlmRequest) -> Vec<&str> {
    let texts = request.messages.iter().flat_map(|message| match message {
        LlmMessage::System(_) => Vec::new(),
        LlmMessage::User(text) => vec![&**text],
        LlmMessage::Tool { result, .. } => vec![&**result],
        LlmMessage::Assistant { text, calls } => {
            std::iter::once(&**text).chain(calls.iter().map(|call| &*call.arguments)).collect()
        }
    });
    texts.collect()
}

/// Whether the server refuses `max_tokens` in favour of its new name, which is then used from now on.
pub(super) fn wants_new_limit(error: &EngineError, new_limit: &AtomicBool) -> bool {
    error.kind == ErrorKind::BadRequest
        && error.what.contains("max_completion_tokens")
        && !new_limit.swap(true, Ordering::Relaxed)
}
