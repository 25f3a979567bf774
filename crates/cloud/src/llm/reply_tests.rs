//! Layer: pure. What the pieces of a reply make: text, calls put together, thoughts left out, ends.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn read(events: &[String]) -> Result<Vec<Step>, Problem> {
    let mut reply = Reply::default();
    let mut steps = VecDeque::new();
    for event in events {
        reply.data(event, &mut steps)?;
    }
    reply.end(&mut steps)?;
    Ok(steps.into())
}

fn delta(delta: Value) -> String {
    json!({ "choices": [{ "delta": delta }] }).to_string()
}

fn finish(why: &str) -> String {
    json!({ "choices": [{ "delta": {}, "finish_reason": why }] }).to_string()
}

fn text(text: &str) -> Step {
    Step::Text(text.into())
}

#[test]
fn text_comes_piece_by_piece_and_ends_with_the_reason_or_the_mark() {
    let hello = delta(json!({ "role": "assistant", "content": "Hel" }));
    let lo = delta(json!({ "content": "lo" }));
    let whole = vec![text("Hel"), text("lo"), Step::End(vec![])];
    let usage = json!({ "choices": [], "usage": { "total_tokens": 3 } }).to_string();
    assert_eq!(read(&[hello.clone(), lo.clone(), finish("stop"), usage, "[DONE]".into()]), Ok(whole));
    let marked = read(&[hello.clone(), "[DONE]".into()]);
    assert_eq!(marked, Ok(vec![text("Hel"), Step::End(vec![])]));
    assert_eq!(read(&[hello, lo]), Err(Problem::CutShort));
}

#[test]
fn thoughts_are_not_spoken_wherever_they_stand() {
    let events = [
        delta(json!({ "reasoning_content": "Hm, what do they want?" })),
        delta(json!({ "content": "<thi" })),
        delta(json!({ "content": "nk>secret</th" })),
        delta(json!({ "content": "ink>\n\nYes <" })),
        delta(json!({ "content": "b>" })),
        finish("stop"),
    ];
    assert_eq!(read(&events), Ok(vec![text("Yes "), text("<b>"), Step::End(vec![])]));
    let only = [delta(json!({ "reasoning": "Hm" })), finish("length")];
    assert_eq!(read(&only), Err(Problem::OnlyThoughts));
    let open = [delta(json!({ "content": "<think>and so on" })), finish("length")];
    assert_eq!(read(&open), Err(Problem::OnlyThoughts));
}

#[test]
fn calls_are_put_together_by_their_index() {
    let piece = |index: u32, id: &str, name: &str, arguments: &str| {
        delta(json!({ "tool_calls": [{ "index": index, "id": id, "type": "function",
            "function": { "name": name, "arguments": arguments } }] }))
    };
    let more = |index: u32, arguments: &str| {
        delta(json!({ "tool_calls": [{ "index": index, "function": { "arguments": arguments } }] }))
    };
    let events = [
        piece(0, "a", "find", ""),
        more(0, "{\"x\""),
        piece(1, "b", "hang_up", ""),
        more(0, ":1}"),
        finish("tool_calls"),
    ];
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    let steps = read(&events).unwrap();
    let end = Step::End(vec![call("a", "find", "{\"x\":1}"), call("b", "hang_up", "{}")]);
    assert_eq!(steps.last(), Some(&end));
    // Whole, without numbers, with arguments that are no text; or without any id.
    let whole = delta(json!({ "tool_calls": [
        { "id": "a", "function": { "name": "f", "arguments": { "x": 1 } } },
        { "id": "b", "function": { "name": "g", "arguments": "" } } ] }));
    let steps = read(&[whole, finish("stop")]).unwrap();
    assert_eq!(steps.last(), Some(&Step::End(vec![call("a", "f", "{\"x\":1}"), call("b", "g", "{}")])));
    let bare = delta(json!({ "tool_calls": [{ "function": { "name": "f", "arguments": "{}" } }] }));
    let steps = read(&[bare, finish("stop")]).unwrap();
    assert_eq!(steps.last(), Some(&Step::End(vec![call("call_0", "f", "{}")])));
}

#[test]
fn what_is_no_reply_is_an_error() {
    assert!(matches!(read(&["{".into()]), Err(Problem::Unreadable(_))));
    let said = read(&[json!({ "error": { "message": "out of memory" } }).to_string()]);
    assert!(matches!(said, Err(Problem::Said(what)) if what.contains("out of memory")));
    let nameless = delta(json!({ "tool_calls": [{ "index": 0, "function": { "arguments": "{}" } }] }));
    assert!(matches!(read(&[nameless.clone(), finish("stop")]), Err(Problem::Unreadable(_))));
    assert!(matches!(read(&[nameless, finish("length")]), Err(Problem::Unreadable(_))));
    let long = delta(json!({ "content": "x".repeat(40_000) }));
    assert!(matches!(read(&[long.clone(), long]), Err(Problem::Unreadable(_))));
    // Shapes nobody promised: nothing of them is used, nothing breaks.
    for odd in [json!([]), json!({ "choices": 3 }), json!({ "choices": [{ "delta": { "content": 1 } }] })] {
        assert_eq!(read(&[odd.to_string(), finish("stop")]), Ok(vec![Step::End(vec![])]));
    }
}

/// JSON in which the words of the protocol stand where they please.
fn json_like() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "[a-z<>/\\[\\]]{0,8}".prop_map(Value::from),
        prop::sample::select(vec!["stop", "length", "tool_calls", "<think>", "</think>"])
            .prop_map(Value::from),
    ];
    let words = [
        "choices",
        "delta",
        "message",
        "content",
        "tool_calls",
        "index",
        "id",
        "function",
        "name",
        "arguments",
        "finish_reason",
        "reasoning",
    ];
    leaf.prop_recursive(6, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((prop::sample::select(words.to_vec()), inner), 0..5)
                .prop_map(|pairs| pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #[test]
    fn whatever_comes_the_end_is_told_once_and_last(
        deltas in prop::collection::vec((json_like(), any::<bool>()), 0..12),
    ) {
        let events: Vec<String> = deltas
            .into_iter()
            .map(|(value, whole)| if whole { value.to_string() } else { delta(value) })
            .chain(["[DONE]".to_owned()])
            .collect();
        if let Ok(steps) = read(&events) {
            let ends = steps.iter().filter(|step| matches!(step, Step::End(_))).count();
            prop_assert_eq!(ends, 1);
            prop_assert!(matches!(steps.last(), Some(Step::End(_))));
        }
    }
}
