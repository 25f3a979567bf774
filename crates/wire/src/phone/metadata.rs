//! What does a far end tell of a call in JSON of its own making?

use serde_json::{Map, Value};

use super::PhoneStart;

/// Under which names the call's own name may stand, the best first.
const CALL: [&str; 6] = ["call_id", "callSid", "callId", "call_sid", "uuid", "call_uuid"];
/// And the caller's number.
const CLI: [&str; 4] = ["cli", "from", "caller_id_number", "caller"];

impl PhoneStart {
    /// From a JSON object: its texts, numbers and switches are the parameters, also those of an object `metadata` in it.
    pub(crate) fn from_metadata(object: &Map<String, Value>) -> Self {
        let mut start = Self::default();
        let inner = object.get("metadata").and_then(Value::as_object);
        for (name, value) in object.iter().chain(inner.into_iter().flatten()) {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(on) => on.to_string(),
                Value::Null | Value::Array(_) | Value::Object(_) => continue,
            };
            start.parameters.insert(name.clone(), text);
        }
        let first = |names: &[&str]| names.iter().find_map(|name| start.parameters.get(*name).cloned());
        let (call, cli) = (first(&CALL), first(&CLI));
        start.call = call.unwrap_or_default();
        start.cli = cli.filter(|cli| !cli.is_empty());
        start
    }
}
