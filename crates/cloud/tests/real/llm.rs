//! Layer: real. Replies over HTTP: text as it is written, calls, cancelling, stalls, cuts and garbage.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::common::{
    EVENTS, KEY, LONG, SHORT, epoch, fast, llm, next, options, reply, request, until_asked, until_dropped,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tom_engine::{ErrorKind, Health, Llm, LlmEvent, LlmMessage, LlmStream, ToolCall, ToolSpec};
use tom_loopback::{ChatStep, Fault, Kind, Loopback, Script};

fn open(engine: &dyn Llm) -> (Box<dyn LlmStream>, mpsc::Receiver<LlmEvent>) {
    let (tell, events) = mpsc::channel(EVENTS);
    (engine.open(tell).unwrap(), events)
}

fn answering(steps: Vec<ChatStep>) -> Script {
    let mut script = fast();
    script.chat.reply = Arc::new(move |_| steps.clone());
    script
}

#[tokio::test]
async fn a_reply_comes_word_by_word() {
    let mut script = answering(ChatStep::words("Yes, of course."));
    script.chat.tokens_per_second = 20.0;
    script.key = Some(KEY.into());
    let server = Loopback::start(script).await.unwrap();
    let engine = llm(options("llm", &format!("{}/v1/", server.url()), LONG));
    let (mut mind, mut events) = open(&engine);
    mind.generate(request(1, "Can you?")).unwrap();
    for wanted in ["Yes, ", "of ", "course."] {
        let LlmEvent::Text { text, epoch: at } = next(&mut events).await else { panic!("text") };
        assert_eq!((&*text, at), (wanted, epoch(1)));
    }
    assert!(matches!(next(&mut events).await, LlmEvent::Done { .. }));
    assert_eq!(engine.health(), Health::Ok);
}

#[tokio::test]
async fn the_conversation_and_the_functions_are_put_as_the_protocol_wants() {
    let seen: Arc<Mutex<Vec<Value>>> = Arc::default();
    let mut script = fast();
    let sink = seen.clone();
    script.chat.reply = Arc::new(move |request| {
        sink.lock().unwrap().push(request.clone());
        vec![
            ChatStep::Text("Let me see.".into()),
            ChatStep::Call { id: "a".into(), name: "find".into(), arguments: "{\"what\": \"ä\"}".into() },
            ChatStep::Call { id: "b".into(), name: "hang_up".into(), arguments: "{}".into() },
        ]
    });
    let server = Loopback::start(script).await.unwrap();
    let engine = llm(options("llm", &server.url(), LONG));
    let (mut mind, mut events) = open(&engine);
    let call = |id: &str, name: &str, arguments: &str| ToolCall {
        id: id.into(),
        name: name.into(),
        arguments: arguments.into(),
    };
    let mut asked = request(1, "Where is it?");
    asked.messages.push(LlmMessage::Assistant { text: "".into(), calls: vec![call("x", "find", "{}")] });
    asked.messages.push(LlmMessage::Tool { id: "x".into(), result: "nowhere".into() });
    asked.messages.push(LlmMessage::Assistant { text: "Hm.".into(), calls: vec![] });
    asked.tools = Arc::new([ToolSpec {
        name: "find".into(),
        description: "Finds things.".into(),
        parameters: "{\"type\": \"object\"}".into(),
    }]);
    mind.generate(asked.clone()).unwrap();
    let (text, calls, end) = reply(&mut events).await;
    assert!(end.is_ok());
    assert_eq!(text, "Let me see.");
    assert_eq!(calls, [call("a", "find", "{\"what\": \"ä\"}"), call("b", "hang_up", "{}")]);
    let body = seen.lock().unwrap()[0].clone();
    assert_eq!(
        body,
        json!({
            "model": "m", "stream": true, "max_tokens": 100, "temperature": 0.7,
            "messages": [
                { "role": "system", "content": "Be short." },
                { "role": "user", "content": "Where is it?" },
                { "role": "assistant", "content": null, "tool_calls": [
                    { "id": "x", "type": "function", "function": { "name": "find", "arguments": "{}" } } ] },
                { "role": "tool", "tool_call_id": "x", "content": "nowhere" },
                { "role": "assistant", "content": "Hm." },
            ],
            "tools": [{ "type": "function", "function": {
                "name": "find", "description": "Finds things.", "parameters": { "type": "object" } } }],
        })
    );
    asked.tools = Arc::new([ToolSpec { name: "f".into(), description: "".into(), parameters: "[]".into() }]);
    mind.generate(asked).unwrap();
    let error = reply(&mut events).await.2.unwrap_err();
    assert!(error.kind == ErrorKind::BadRequest && error.what.contains("function f"), "{error}");
}

#[tokio::test]
async fn thoughts_are_kept_from_the_caller() {
    let steps = vec![
        ChatStep::Thought("What do they want?".into()),
        ChatStep::Text("<th".into()),
        ChatStep::Text("ink>hm".into()),
        ChatStep::Text("</think>".into()),
        ChatStep::Text("\n\nYes.".into()),
    ];
    let server = Loopback::start(answering(steps)).await.unwrap();
    let engine = llm(options("llm", &server.url(), LONG));
    let (mut mind, mut events) = open(&engine);
    mind.generate(request(1, "Can you?")).unwrap();
    assert_eq!(reply(&mut events).await.0, "Yes.");
    // Nothing but thoughts is told, with what helps; for ever and ever is too long.
    let only = Loopback::start(answering(vec![ChatStep::Thought("Hm.".into()); 3])).await.unwrap();
    let engine = llm(options("llm", &only.url(), LONG));
    let (mut mind, mut events) = open(&engine);
    mind.generate(request(1, "Can you?")).unwrap();
    let error = reply(&mut events).await.2.unwrap_err();
    assert!(error.what.contains("llm.extra"), "{error}");
    let mut script = answering(vec![ChatStep::Thought("Hm.".into()); 1000]);
    script.chat.tokens_per_second = 50.0;
    let forever = Loopback::start(script).await.unwrap();
    let engine = llm(options("llm", &forever.url(), SHORT));
    let (mut mind, mut events) = open(&engine);
    mind.generate(request(1, "Can you?")).unwrap();
    assert_eq!(reply(&mut events).await.2.unwrap_err().kind, ErrorKind::Timeout);
}

#[tokio::test]
async fn cancelling_closes_the_stream_at_the_server_and_a_new_question_cancels_the_old_one() {
    let server = Loopback::start(answering(ChatStep::words("one two three"))).await.unwrap();
    server.fault_for(Kind::Chat, Fault::StallAfter(1), 3);
    let engine = llm(options("llm", &server.url(), LONG));
    let (mut mind, mut events) = open(&engine);
    mind.generate(request(1, "Count!")).unwrap();
    assert!(matches!(next(&mut events).await, LlmEvent::Text { .. }));
    mind.cancel();
    until_dropped(&server, Kind::Chat, 1).await;
    mind.generate(request(2, "Count!")).unwrap();
    until_asked(&server, Kind::Chat, 2).await;
    mind.generate(request(3, "Count!")).unwrap();
    until_dropped(&server, Kind::Chat, 2).await;
    until_asked(&server, Kind::Chat, 3).await;
    mind.generate(request(4, "Count!")).unwrap();
    let last = async {
        loop {
            if let LlmEvent::Done { epoch: done } = next(&mut events).await {
                return done;
            }
        }
    };
    assert_eq!(last.await, epoch(4), "nothing else was finished");
    assert_eq!(engine.health(), Health::Ok, "what is cancelled has not failed");
}

#[tokio::test]
async fn what_fails_before_the_first_word_is_asked_again_and_what_fails_after_it_is_not() {
    let server = Loopback::start(answering(ChatStep::words("one two"))).await.unwrap();
    let engine = llm(options("llm", &server.url(), LONG));
    let (mut mind, mut events) = open(&engine);
    server.fault_for(Kind::Chat, Fault::CutAfter(0), 1);
    mind.generate(request(1, "Count!")).unwrap();
    let (text, _, end) = reply(&mut events).await;
    assert!(end.is_ok() && text == "one two");
    server.fault(Kind::Chat, Some(Fault::CutAfter(1)));
    mind.generate(request(2, "Count!")).unwrap();
    let (text, _, end) = reply(&mut events).await;
    assert_eq!((&*text, end.unwrap_err().kind), ("one ", ErrorKind::Crashed));
    assert_eq!(server.stats().of(Kind::Chat).requests, 3);
}

#[tokio::test]
async fn every_failure_says_what_to_do_and_neither_the_key_nor_what_was_said() {
    let server = Loopback::start(answering(ChatStep::words("one two three"))).await.unwrap();
    let engine = llm(options("llm", &server.url(), SHORT));
    let (mut mind, mut events) = open(&engine);
    let said = "my name is Quill";
    let answer = |status, content_type: &str, body: String| Fault::Answer {
        status,
        content_type: content_type.into(),
        headers: Vec::new(),
        body: body.into(),
    };
    let json = "application/json";
    let sse = "text/event-stream";
    let wait = Duration::from_millis(100);
    let echo = format!("{{\"error\": {{\"message\": \"cannot parse '{said}' with {KEY}\"}}}}");
    for (fault, kind, told) in [
        (answer(401, json, echo.clone()), ErrorKind::Missing, "llm.api_key"),
        (answer(422, json, echo.clone()), ErrorKind::BadRequest, "cannot parse '...' with ..."),
        (
            answer(404, json, "{\"error\": \"model \\\"m\\\" not found, try pulling it first\"}".into()),
            ErrorKind::Missing,
            "try pulling",
        ),
        (answer(200, "text/html", "<html>It works!</html>".into()), ErrorKind::Protocol, "llm.url"),
        (answer(200, sse, format!("data: {echo}\n\n")), ErrorKind::Unavailable, "cannot parse '...'"),
        (answer(200, sse, "data: ".to_owned() + &"x".repeat(300_000)), ErrorKind::Protocol, "256 KiB"),
        (answer(200, sse, String::new()), ErrorKind::Crashed, "broke its reply off"),
        (Fault::Garbage, ErrorKind::Protocol, "no JSON"),
        (Fault::Silent, ErrorKind::Timeout, "no word within"),
        (Fault::StallAfterHead, ErrorKind::Timeout, "no word within"),
        (Fault::Chatter(wait), ErrorKind::Timeout, "no word within"),
        (Fault::Drip(wait), ErrorKind::Timeout, "no word within"),
        (Fault::StallAfter(2), ErrorKind::Timeout, "fell silent"),
    ] {
        server.fault(Kind::Chat, Some(fault.clone()));
        mind.generate(request(1, said)).unwrap();
        let error = reply(&mut events).await.2.unwrap_err();
        assert_eq!(error.kind, kind, "{fault:?}: {error}");
        assert!(error.what.contains(told), "{fault:?}: {error}");
        let all = format!("{error:?}");
        assert!(!all.contains(KEY) && !all.contains("Quill"), "{all}");
    }
}

#[tokio::test]
async fn servers_that_stream_not_or_count_tokens_by_another_name_serve_too() {
    let server = Loopback::start(answering(ChatStep::words("one two"))).await.unwrap();
    let engine = llm(options("llm", &server.url(), LONG));
    let (mut mind, mut events) = open(&engine);
    let whole = json!({ "choices": [{ "message": { "role": "assistant", "content": "All at once." },
        "finish_reason": "stop" }] });
    let answer = |status, json: &Value| Fault::Answer {
        status,
        content_type: "application/json".into(),
        headers: Vec::new(),
        body: json.to_string().into(),
    };
    server.fault_for(Kind::Chat, answer(200, &whole), 1);
    mind.generate(request(1, "Count!")).unwrap();
    assert_eq!(reply(&mut events).await.0, "All at once.");
    let newer = json!({ "error": { "message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'." } });
    server.fault_for(Kind::Chat, answer(400, &newer), 1);
    mind.generate(request(2, "Count!")).unwrap();
    let (text, _, end) = reply(&mut events).await;
    assert!(end.is_ok() && text == "one two");
    assert_eq!(server.stats().of(Kind::Chat).requests, 3);
}
