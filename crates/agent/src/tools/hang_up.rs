//! How does a model end the call?

use serde_json::Value;
use tom_call::Action;
use tom_engine::ToolSpec;

use super::{Arguments, Done, Ends, Running, Tool, at_once};

/// `hang_up`: the conversation is over. The call's owner says goodbye.
#[derive(Clone, Copy, Debug, Default)]
pub struct HangUp;

impl Tool for HangUp {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "hang_up".into(),
            description:
                "End the call. Use it as soon as the caller says goodbye or needs nothing more. A goodbye is \
                          spoken for you: do not say one yourself."
                    .into(),
            parameters: r#"{"type":"object","properties":{"resolved":{"type":"boolean",
                "description":"whether the caller got what they called for"},"reason":{"type":"string","maxLength":200,
                "description":"why the call ends, in a few words, for the report"}},"additionalProperties":false}"#
                .into(),
        }
    }

    fn run(&self, arguments: Arguments) -> Running {
        let resolved = arguments.values.get("resolved").and_then(Value::as_bool).unwrap_or(true);
        let mut action = resolution(resolved, false);
        action.data.extend(arguments.text("reason").map(|reason| ("reason".into(), reason.to_owned())));
        at_once(Ok(Done { result: "The call ends.".into(), action: Some(action), ends: Some(Ends::HangUp) }))
    }
}

/// How the call went, as flows report it.
pub(super) fn resolution(resolved: bool, handover: bool) -> Action {
    let truth = |t: bool| if t { "true" } else { "false" }.to_owned();
    Action {
        kind: "resolution".into(),
        data: vec![("resolved".into(), truth(resolved)), ("handover".into(), truth(handover))],
    }
}
