//! How does a model press keys, in the menu of a machine it talks with?

use tom_base::Key;
use tom_call::Action;
use tom_engine::ToolSpec;

use super::{Arguments, Done, Running, Tool, at_once};

/// Most keys at once.
const MOST: usize = 32;

/// `send_keys`: presses keys on the call's line. Lines without keys leave it out.
#[derive(Clone, Copy, Debug, Default)]
pub struct SendKeys;

impl Tool for SendKeys {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "send_keys".into(),
            description: "Press keys of the telephone. Use it only when a machine at the other end asks for keys.".into(),
            parameters: r#"{"type":"object","properties":{"keys":{"type":"string","minLength":1,"maxLength":32,
                "description":"0 to 9, *, #, without blanks"}},"required":["keys"],"additionalProperties":false}"#
                .into(),
        }
    }

    fn run(&self, arguments: Arguments) -> Running {
        let keys = arguments.text("keys").unwrap_or_default();
        let good = (1..=MOST).contains(&keys.len()) && keys.chars().all(|key| Key::from_char(key).is_some());
        at_once(match good {
            true => Ok(Done {
                result: "The keys are pressed.".into(),
                action: Some(Action {
                    kind: "send_keys".into(),
                    data: vec![("keys".into(), keys.to_owned())],
                }),
                ends: None,
            }),
            false => Err("keys are 0 to 9, * and #, 32 of them at most, without blanks".into()),
        })
    }
}
