//! Layer: real. A language model answers through its worker: text, cancelled replies, a worker that is killed.
#![expect(clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{ErrorKind, Health, Llm, LlmEvent, LlmMessage, LlmRequest};
use tom_models::llm::{LlamaLlm, LlamaOptions};
use tom_tiny::Llama;

/// A machine that is busy with other tests.
const LONG: Duration = Duration::from_secs(60);

const RULES: &str = "You are a friendly assistant on the telephone. Answer in one or two short sentences, in the \
                     caller's language, and never say that you are sure when you are not.";

/// A made-up model in a folder.
fn model(folder: &Path) -> PathBuf {
    let path = folder.join("small.gguf");
    Llama::Small.write(&path).expect("written");
    path
}

/// The engine, if its worker was built; in CI it must have been.
async fn start(options: LlamaOptions) -> Option<LlamaLlm> {
    let options = LlamaOptions {
        threads: 1,
        temperature: 0.0,
        context: 16_384,
        cache: 16_384,
        first: LONG,
        gap: LONG,
        ..options
    };
    let llm = LlamaLlm::start(&options, &Handle::current()).expect("threads");
    let (llm, health) = tokio::task::spawn_blocking(move || {
        let health = llm.wait_ready(LONG);
        (llm, health)
    })
    .await
    .expect("waited");
    if let Health::Down(why) = &health
        && why.contains("xtask run --llama")
    {
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("left out: {why}");
        return None;
    }
    assert_eq!(health, Health::Ok);
    Some(llm)
}

fn request(turn: u32, words: &str, max_tokens: u32) -> LlmRequest {
    LlmRequest {
        epoch: Epoch::new(turn, 0),
        messages: vec![LlmMessage::System(RULES.into()), LlmMessage::User(words.into())],
        tools: Vec::new().into(),
        max_tokens,
    }
}

/// The next event of a turn, within reason.
async fn next(events: &mut mpsc::Receiver<LlmEvent>) -> LlmEvent {
    tokio::time::timeout(LONG, events.recv()).await.expect("in time").expect("the line is open")
}

/// A whole reply.
async fn reply(events: &mut mpsc::Receiver<LlmEvent>) -> Result<String, ErrorKind> {
    let mut all = String::new();
    loop {
        match next(events).await {
            LlmEvent::Text { text, .. } => all.push_str(&text),
            LlmEvent::Done { .. } => return Ok(all),
            LlmEvent::Failed { error, .. } => return Err(error.kind),
            LlmEvent::Call { call, .. } => panic!("{call:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_answers_and_the_next_question_cancels_the_last() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(llm) = start(LlamaOptions::new(model(folder.path()))).await else { return };
    let (tx, mut events) = mpsc::channel(256);
    let mut stream = llm.open(tx).expect("it is up");
    stream.generate(request(1, "Who are you?", 20)).expect("asked");
    let first = reply(&mut events).await.expect("a reply");
    assert!(!first.is_empty());
    stream.generate(request(2, "Tell me a long story.", 1500)).expect("asked");
    assert!(matches!(next(&mut events).await, LlmEvent::Text { epoch, .. } if epoch == Epoch::new(2, 0)));
    stream.generate(request(3, "Who are you?", 20)).expect("asked");
    let mut last = String::new();
    loop {
        match next(&mut events).await {
            LlmEvent::Text { epoch, text } if epoch == Epoch::new(3, 0) => last.push_str(&text),
            LlmEvent::Text { epoch, .. } => assert_eq!(epoch, Epoch::new(2, 0)),
            LlmEvent::Done { epoch } if epoch == Epoch::new(3, 0) => break,
            // The story may have ended by itself just before.
            LlmEvent::Done { epoch } => assert_eq!(epoch, Epoch::new(2, 0)),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(last, first);
    let long = stream.generate(request(4, &"word ".repeat(200_000), 20));
    assert_eq!(long.expect_err("too long").kind, ErrorKind::BadRequest);
    stream.generate(request(5, &"word ".repeat(9000), 20)).expect("asked");
    assert_eq!(reply(&mut events).await, Err(ErrorKind::BadRequest));
    llm.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_amid_a_sentence_fails_the_reply_and_answers_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(llm) = start(LlamaOptions::new(model(folder.path()))).await else { return };
    let (tx, mut events) = mpsc::channel(2048);
    let mut stream = llm.open(tx).expect("it is up");
    // Most stories of a made-up model are short. One that is not goes on for ever, and takes seconds to its limit.
    let mut turn = 0;
    let words = loop {
        turn += 1;
        assert!(turn < 90, "no story is long");
        let words = format!("Tell me story {turn}.");
        stream.generate(request(turn, &words, 400)).expect("asked");
        let story = reply(&mut events).await.expect("a story");
        if story.chars().count() > 250 {
            break words;
        }
    };
    stream.generate(request(98, &words, 15_000)).expect("asked");
    assert!(matches!(next(&mut events).await, LlmEvent::Text { .. }));
    let pid = llm.status().pids[0];
    let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
    assert!(killed.expect("kill runs").success());
    assert_eq!(reply(&mut events).await, Err(ErrorKind::Crashed));
    stream.generate(request(99, "Are you there?", 10)).expect("asked");
    assert!(!reply(&mut events).await.expect("the next worker answers").is_empty());
    llm.close();
}

/// Waits until the worker is as wanted.
async fn until(llm: &LlamaLlm, what: impl Fn(&LlamaLlm) -> bool) {
    let waited = tokio::time::timeout(LONG, async {
        while !what(llm) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    waited.await.unwrap_or_else(|_| panic!("{:?}", llm.status()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_model_that_is_unloaded_stays_for_the_calls_that_have_it_and_is_loaded_again_by_the_next() {
    let folder = tempfile::tempdir().expect("a folder");
    let Some(llm) = start(LlamaOptions::new(model(folder.path()))).await else { return };
    let (tx, mut events) = mpsc::channel(256);
    let mut stream = llm.open(tx).expect("it is up");
    let first = llm.status().pids;
    llm.allow(0);
    stream.generate(request(1, "Who are you?", 20)).expect("asked");
    let said = reply(&mut events).await.expect("a call that has it goes on");
    assert!(llm.idle().is_none() && llm.status().pids == first);
    drop(stream);
    until(&llm, |llm| llm.status().pids.is_empty()).await;
    assert!(llm.idle().is_some());
    let (tx, mut events) = mpsc::channel(256);
    let mut stream = llm.open(tx).expect("it comes");
    stream.generate(request(2, "Who are you?", 20)).expect("asked");
    assert_eq!(reply(&mut events).await.expect("loaded again"), said);
    assert!(llm.status().pids != first);
    drop(stream);
    llm.allow(0);
    until(&llm, |llm| llm.status().pids.is_empty()).await;
    llm.allow(usize::MAX);
    until(&llm, |llm| llm.status().up == 1).await;
    assert_eq!(llm.status().restarts, 0);
    let tokens = llm.tokens();
    assert!(tokens.written == 40 && tokens.read <= tokens.prompt, "{tokens:?}");
    llm.close();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_no_model_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("renamed.gguf");
    std::fs::write(&path, "PK an archive").expect("written");
    let options = LlamaOptions::new(path);
    let llm = LlamaLlm::start(&options, &Handle::current()).expect("threads");
    let health = tokio::task::spawn_blocking(move || llm.wait_ready(LONG)).await.expect("waited");
    let Health::Down(why) = health else { panic!("{health:?}") };
    assert!(why.contains("it is no GGUF file") || why.contains("xtask run --llama"), "{why}");
}
