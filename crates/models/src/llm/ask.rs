//! How is a conversation put to the worker, and what do its answers hold?
//!
//! The worker's crate describes the form (`workers/llama/src/request.rs`); it is bound to a C++ library and cannot be
//! used here.

use serde::Deserialize;
use serde_json::{Value, json};
use tom_engine::{LlmMessage, LlmRequest, ToolCall};

/// Bytes of the longest conversation.
const LONGEST: usize = 500 * 1024;

/// A piece of a reply.
#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Piece {
    /// Words, and how many bytes of words came before.
    Text { at: usize, text: String },
    /// A call of a function.
    Call { id: String, name: String, arguments: String },
}

/// The worker's form of a request; none: it is too long.
pub(super) fn written(request: &LlmRequest) -> Option<String> {
    form(request, false)
}

/// The same for a conversation that is only to be read, and whose last message may go on.
pub(super) fn ahead(request: &LlmRequest) -> Option<String> {
    form(request, true)
}

fn form(request: &LlmRequest, ahead: bool) -> Option<String> {
    let messages: Vec<Value> = request.messages.iter().map(message).collect();
    let tools = request.tools.iter().map(|tool| {
        json!({ "name": &*tool.name, "description": &*tool.description, "parameters": &*tool.parameters })
    });
    let tools: Vec<Value> = tools.collect();
    let mut ask = json!({ "messages": messages, "tools": tools, "max_tokens": request.max_tokens });
    if ahead {
        ask["ahead"] = true.into();
    }
    let ask = ask.to_string();
    (ask.len() <= LONGEST).then_some(ask)
}

fn message(message: &LlmMessage) -> Value {
    match message {
        LlmMessage::System(text) => json!({ "role": "system", "text": &**text }),
        LlmMessage::User(text) => json!({ "role": "user", "text": &**text }),
        LlmMessage::Tool { id, result } => json!({ "role": "tool", "id": &**id, "result": &**result }),
        LlmMessage::Assistant { text, calls } => {
            let call = |call: &ToolCall| json!({ "id": &*call.id, "name": &*call.name, "arguments": &*call.arguments });
            let calls: Vec<Value> = calls.iter().map(call).collect();
            json!({ "role": "assistant", "text": &**text, "calls": calls })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tom_base::Epoch;

    #[test]
    fn a_conversation_is_written_in_the_workers_form() {
        let call = ToolCall { id: "1".into(), name: "t".into(), arguments: "{}".into() };
        let request = LlmRequest {
            epoch: Epoch::new(1, 0),
            messages: vec![
                LlmMessage::System("s".into()),
                LlmMessage::User("u".into()),
                LlmMessage::Assistant { text: "a".into(), calls: vec![call] },
                LlmMessage::Tool { id: "1".into(), result: "r".into() },
            ],
            tools: Vec::new().into(),
            max_tokens: 7,
        };
        let form: Value = serde_json::from_str(&written(&request).unwrap()).unwrap();
        assert_eq!(
            form,
            json!({
                "messages": [
                    {"role": "system", "text": "s"},
                    {"role": "user", "text": "u"},
                    {"role": "assistant", "text": "a", "calls": [{"id": "1", "name": "t", "arguments": "{}"}]},
                    {"role": "tool", "id": "1", "result": "r"},
                ],
                "tools": [],
                "max_tokens": 7,
            })
        );
        let read: Value = serde_json::from_str(&ahead(&request).unwrap()).unwrap();
        assert_eq!((&read["ahead"], &read["messages"]), (&json!(true), &form["messages"]));
        let long = LlmRequest { messages: vec![LlmMessage::User("x".repeat(600 * 1024).into())], ..request };
        assert_eq!(written(&long), None);
    }

    #[test]
    fn pieces_are_read() {
        let piece: Piece = serde_json::from_str(r#"{"text":{"at":3,"text":"Hi"}}"#).unwrap();
        assert_eq!(piece, Piece::Text { at: 3, text: "Hi".into() });
        let piece: Piece =
            serde_json::from_str(r#"{"call":{"id":"1","name":"t","arguments":"{}"}}"#).unwrap();
        assert!(matches!(piece, Piece::Call { name, .. } if name == "t"));
    }
}
