//! How does a model take a message for someone?

use tom_call::Action;
use tom_engine::ToolSpec;

use super::{Arguments, Done, Running, Tool, at_once};

/// `take_message`: keeps what the caller wants to have passed on.
#[derive(Clone, Copy, Debug, Default)]
pub struct TakeMessage;

/// The fields of a message, in the order they are reported.
const FIELDS: [&str; 4] = ["text", "name", "number", "for"];

impl Tool for TakeMessage {
    fn spec(&self) -> ToolSpec {
        ToolSpec {
            name: "take_message".into(),
            description: "Write down a message that is passed on to the staff. Ask for the caller's name and telephone \
                          number first if they want to be called back."
                .into(),
            parameters: r#"{"type":"object","properties":{
                "text":{"type":"string","minLength":1,"maxLength":1000,"description":"the message"},
                "name":{"type":"string","maxLength":100,"description":"the caller's name"},
                "number":{"type":"string","maxLength":40,"description":"where to call back"},
                "for":{"type":"string","maxLength":100,"description":"whom the message is for"}},
                "required":["text"],"additionalProperties":false}"#
                .into(),
        }
    }

    fn run(&self, arguments: Arguments) -> Running {
        let field = |name: &str| arguments.text(name).map(|text| (name.to_owned(), text.to_owned()));
        let data: Vec<_> = FIELDS.into_iter().filter_map(field).collect();
        at_once(Ok(Done {
            result: "The message is written down and will be passed on.".into(),
            action: Some(Action { kind: "message".into(), data }),
            ends: None,
        }))
    }
}
