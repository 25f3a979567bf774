//! Layer: pure. A right flow, and what is found when it is spoilt.

use expect_test::Expect;
use tom_flow::Flow;

/// A flow that is right, to be spoilt.
pub(crate) const RIGHT: &str = r#"[facts]
shop = "Example"

[flow]
name = "test"
languages = ["en"]
start = "hello"
handover = "desk"

[states.hello]
disclosure = "You are speaking with the AI assistant of {shop}."
go = "menu"

[states.menu]
ask = "How can I help?"

[[states.menu.choice]]
name = "the hours"
phrases = ["[opening] hours", "when (are you | do you) open"]
key = "1"
go = "hours"

[[states.menu.choice]]
name = "an order"
phrases = ["[my] order"]
key = "2"
go = "order"

[states.hours]
say = "Nine to five."
resolved = true
go = "menu"

[states.order]
ask = "Which order?"
slot = { name = "order", kind = "digits", min = 4, max = 6 }
go = "noted"

[states.noted]
say = "I noted {order}."
message = { order = "{order}" }
go = "bye"

[states.bye]
hangup = true

[states.desk]
transfer = "desk"
"#;

pub(crate) fn findings(text: &str) -> String {
    let found = match Flow::parse("shop.toml", text) {
        Ok(flow) => flow.warnings().to_vec(),
        Err(errors) => {
            assert!(!errors.is_empty(), "refused without a reason");
            errors
        }
    };
    found.iter().map(|f| format!("{f}\n")).collect()
}

/// Spoils the right flow and compares what is found.
pub(crate) fn spoilt(changes: &[(&str, &str)], want: Expect) {
    let mut text = RIGHT.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from:?} is not in the flow");
        text = text.replacen(from, to, 1);
    }
    want.assert_eq(&findings(&text));
}
