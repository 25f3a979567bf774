//! Layer: pure. The examples of docs/flows.md load without warnings.

use tom_flow::{Flow, FlowError, Options};

const DOCS: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/flows.md"));

#[test]
fn the_examples_load() {
    let mut count = 0;
    let mut rest = DOCS;
    while let Some((_, from)) = rest.split_once("```toml flow\n") {
        let (example, after) = from.split_once("\n```").expect("the example ends");
        let flow = Flow::parse_with(&format!("example {count}"), example, Options { llm: true });
        let found = flow.map_or_else(|errors| errors, |flow| flow.warnings().to_vec());
        assert!(
            found.is_empty(),
            "{}",
            found.iter().map(FlowError::to_string).collect::<Vec<_>>().join("\n")
        );
        count += 1;
        rest = after;
    }
    assert!(count >= 2, "{count} examples");
}

#[test]
fn the_messages_are_real() {
    // Each message the page quotes is what the loader says about the example next to it.
    let (_, from) = DOCS.split_once("```toml broken\n").expect("a broken example");
    let (broken, after) = from.split_once("\n```").expect("the example ends");
    let (_, from) = after.split_once("```text\n").expect("its messages");
    let (messages, _) = from.split_once("\n```").expect("the messages end");
    let errors = Flow::parse("shop.toml", broken).expect_err("it is broken");
    let said: Vec<String> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(said.join("\n"), messages);
}
