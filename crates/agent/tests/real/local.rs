//! Layer: real. A call whose language model is llama.cpp in its worker: turns, an interruption, a worker that is killed.
//!
//! The model is made up: it answers everything with the same text, of which each word is a token.

use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_agent::Limits;
use tom_call::{NoticeKind, Outbound};
use tom_engine::{EngineError, Health, Llm, LlmEvent, LlmMessage, LlmRequest, LlmStream};
use tom_models::llm::{LlamaLlm, LlamaOptions, Tokens};
use tom_tiny::{Llama, spoken};
use tom_turn::{CallEvent, EndReason};

use crate::log::Log;
use crate::phone::Phone;
use crate::{PATIENCE, limited};

/// The model on this machine; what it was asked is written down.
struct Noted {
    llm: LlamaLlm,
    asked: Arc<Mutex<Vec<LlmRequest>>>,
}

struct NotedStream {
    stream: Box<dyn LlmStream>,
    asked: Arc<Mutex<Vec<LlmRequest>>>,
}

impl Llm for Noted {
    fn open(&self, events: mpsc::Sender<LlmEvent>) -> Result<Box<dyn LlmStream>, EngineError> {
        let stream = self.llm.open(events)?;
        Ok(Box::new(NotedStream { stream, asked: Arc::clone(&self.asked) }))
    }

    fn health(&self) -> Health {
        self.llm.health()
    }

    fn reads_ahead(&self) -> bool {
        self.llm.reads_ahead()
    }

    fn name(&self) -> &'static str {
        self.llm.name()
    }
}

impl LlmStream for NotedStream {
    fn generate(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        self.asked.lock().unwrap().push(request.clone());
        self.stream.generate(request)
    }

    fn read_ahead(&mut self, request: LlmRequest) {
        self.stream.read_ahead(request);
    }

    fn cancel(&mut self) {
        self.stream.cancel();
    }
}

/// The engine with a made-up model, if its worker was built; in CI it must have been.
async fn start(folder: &Path, model: Llama) -> Option<Arc<Noted>> {
    let path = folder.join("model.gguf");
    model.write(&path).unwrap();
    let options = LlamaOptions {
        threads: 1,
        temperature: 0.0,
        context: 8192,
        cache: 8192,
        first: PATIENCE,
        gap: PATIENCE,
        ..LlamaOptions::new(path)
    };
    let llm = LlamaLlm::start(&options, &Handle::current()).unwrap();
    let (llm, health) = tokio::task::spawn_blocking(move || {
        let health = llm.wait_ready(PATIENCE);
        (llm, health)
    })
    .await
    .unwrap();
    if let Health::Down(why) = &health
        && why.contains("xtask run --llama")
    {
        assert!(std::env::var_os("CI").is_none(), "{why}");
        println!("left out: {why}");
        return None;
    }
    assert_eq!(health, Health::Ok);
    Some(Arc::new(Noted { llm, asked: Arc::default() }))
}

/// What was heard of the agent's turns that are over, as the model should be told.
fn heard(log: &Log) -> Vec<String> {
    let turns = log.0.iter().filter_map(|(_, message)| match message {
        Outbound::Notice(notice) => match &notice.kind {
            NoticeKind::Call(CallEvent::TurnEnd { heard, complete, .. }) => Some((heard.trim(), *complete)),
            _ => None,
        },
        _ => None,
    });
    let turns = turns.filter(|(heard, _)| !heard.is_empty());
    turns.map(|(heard, all)| if all { heard.to_owned() } else { format!("{heard} —") }).collect()
}

/// What the model was told that it has said.
fn told(request: &LlmRequest) -> Vec<String> {
    let said = request.messages.iter().filter_map(|message| match message {
        LlmMessage::Assistant { text, .. } => Some(text.to_string()),
        _ => None,
    });
    said.collect()
}

/// Says something, and again every ten seconds, until a message comes whose line has this in it.
async fn says_until(phone: &Phone, words: &str, what: &str) {
    let from = phone.now();
    while phone.log().at(from, what).is_none() {
        assert!(phone.now() < from + 120_000, "{what:?} does not come in\n{}", phone.log().text());
        phone.say(words).await;
        let pause = phone.now() + 10_000;
        while phone.log().at(from, what).is_none() && phone.now() < pause {
            phone.silence(20).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn turns_and_an_interruption_of_a_model_on_this_machine() {
    let folder = tempfile::tempdir().unwrap();
    let Some(model) = start(folder.path(), Llama::Speaker).await else { return };
    let phone = limited(model.clone(), None, Limits::default());
    phone.until("0.0 timing").await;
    phone.say("hello question").await;
    // What is said is heard: a word of it at least, before it is spoken over.
    phone.until_since(0, "reply \"Yes,").await;
    phone.silence(1_500).await;
    says_until(&phone, "wait question seven", "interrupted").await;
    // The answer to that is heard to its end.
    let end = format!("{} all", spoken().rsplit_once(' ').unwrap().1.replace('.', ".\""));
    phone.until_since(0, &end).await;
    let before = model.llm.tokens();
    let from = phone.now();
    phone.say("yes and").await;
    phone.until_since(from, "text complete").await;
    phone.until_since(from, "speaking").await;
    let after = model.llm.tokens();
    let log = phone.log();
    let asked = model.asked.lock().unwrap().clone();
    let (report, _) = phone.hang_up().await;
    assert_eq!((report.reason, report.failures), (EndReason::Caller, 0), "{}", log.text());
    assert_eq!(model.llm.status().restarts, 0);

    // The model knows what was heard, no more and no less.
    let (told, heard) = (told(asked.last().unwrap()), heard(&log));
    assert_eq!(told, heard[..told.len()], "{}", log.text());
    let cut = told.iter().filter_map(|text| text.strip_suffix(" —")).find(|text| text.len() > 3);
    let cut = cut.unwrap_or_else(|| panic!("nothing was cut off: {told:?}"));
    assert!(spoken().starts_with(cut) && cut.len() < spoken().len(), "{cut:?}");
    assert_eq!(told.last().map(String::as_str), Some(spoken()));

    // And reads only what is new.
    let new = Tokens {
        prompt: after.prompt - before.prompt,
        read: after.read - before.read,
        written: after.written - before.written,
    };
    println!("the last turn: {new:?}");
    let words = spoken().split(' ').count() as u64;
    assert!(new.prompt > 1_500 && new.read < 150 && new.written >= words, "{new:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_that_is_killed_amid_a_sentence_costs_the_rest_of_it_and_the_call_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let Some(model) = start(folder.path(), Llama::Endless).await else { return };
    let limits = Limits { max_tokens: 6_000, ..Limits::default() };
    let phone = limited(model.clone(), None, limits);
    phone.until("0.0 timing").await;
    phone.say("hello").await;
    phone.until_since(0, "reply \"Yes,").await;
    // The reply never ends by itself.
    let pid = model.llm.status().pids[0];
    assert!(Command::new("kill").args(["-9", &pid.to_string()]).status().unwrap().success());
    phone.until_since(0, "failed Llm").await;
    // What was written is said, then that something went wrong; the next question finds another worker.
    phone.until_since(0, "timing").await;
    let from = phone.now();
    says_until(&phone, "question and", "reply \"Yes,").await;
    let asked = model.asked.lock().unwrap().clone();
    let (report, log) = phone.hang_up().await;
    assert!(report.reason == EndReason::Caller && report.failures >= 1, "{report:?}");
    assert!(log.at(from, "reply \"Yes,").is_some());
    assert_eq!(told(asked.last().unwrap()).first().map(String::as_str), Some("An AI speaks."));
    assert!(model.llm.status().restarts >= 1);
}
