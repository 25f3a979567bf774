//! Layer: real. What the tests of the engine share: one backend, one file, a model and what it said.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::llama_batch::LlamaBatch;
use llama_cpp_2::token::LlamaToken;
use llama_cpp_2::{LogOptions, send_logs_to_tracing};
use tom_base::Epoch;
use tom_tiny::Llama;
use tom_worker::{Fault, Job};
use tom_worker_llama::engine::{Engine, Told};
use tom_worker_llama::model::{self, Model};
use tom_worker_llama::options::Options;
use tom_worker_llama::request::{Ask, Call, Message, Piece, Tally};

/// llama.cpp can be started once.
pub(crate) static BACKEND: LazyLock<LlamaBackend> = LazyLock::new(|| {
    send_logs_to_tracing(LogOptions::default().with_logs_enabled(false));
    LlamaBackend::init().unwrap()
});

/// The made-up model, written once.
static FILE: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("small.gguf");
    Llama::Small.write(&path).unwrap();
    (folder, path)
});

pub(crate) fn file() -> &'static Path {
    &FILE.1
}

/// Always the likeliest words, on one thread.
pub(crate) fn options() -> Options {
    Options { temperature: 0.0, threads: 1, context: 2048, ..Options::new(file()) }
}

pub(crate) fn load() -> Model {
    model::load(&BACKEND, &options()).unwrap()
}

pub(crate) fn engine<'m>(model: &'m Model, options: &Options) -> Engine<'m> {
    Engine::new(&BACKEND, model, options).unwrap()
}

pub(crate) fn job(serial: u32) -> Job {
    Job { serial, epoch: Epoch::new(serial, 0), clause: 0 }
}

pub(crate) fn system(text: &str) -> Message {
    Message::System { text: text.into() }
}

pub(crate) fn user(text: &str) -> Message {
    Message::User { text: text.into() }
}

pub(crate) fn agent(text: &str) -> Message {
    Message::Assistant { text: text.into(), calls: Vec::new() }
}

pub(crate) fn ask(messages: &[Message], max_tokens: u32) -> Ask {
    Ask { messages: messages.to_vec(), max_tokens, ..Ask::default() }
}

/// What became of a reply.
#[derive(Debug, Default)]
pub(crate) struct Reply {
    pub(crate) text: String,
    pub(crate) calls: Vec<Call>,
    pub(crate) tokens: Vec<i32>,
    pub(crate) tally: Tally,
    pub(crate) fault: Option<Fault>,
    pub(crate) over: bool,
}

impl Reply {
    pub(crate) fn take(&mut self, told: Told) {
        match told {
            Told::Piece { piece: Piece::Text { at, text }, .. } => {
                assert_eq!(at, self.text.len());
                self.text.push_str(&text);
            }
            Told::Piece { piece: Piece::Call(call), .. } => self.calls.push(call),
            Told::Done { tally, tokens, .. } => {
                (self.tally, self.tokens, self.over) = (tally, tokens, true);
            }
            Told::Failed { fault, .. } => (self.fault, self.over) = (Some(fault), true),
        }
    }
}

pub(crate) const fn stream_of(told: &Told) -> u32 {
    match told {
        Told::Piece { stream, .. } | Told::Done { stream, .. } | Told::Failed { stream, .. } => *stream,
    }
}

/// Computes until everybody has a reply; gives those of some streams.
pub(crate) fn finish(engine: &mut Engine<'_>, streams: u32) -> Vec<Reply> {
    let mut replies: Vec<Reply> = (0..streams).map(|_| Reply::default()).collect();
    for _ in 0..100_000 {
        if !engine.is_busy() {
            return replies;
        }
        for told in engine.step() {
            replies[stream_of(&told) as usize].take(told);
        }
    }
    panic!("the replies do not end: {replies:?}");
}

/// One reply on stream 0.
pub(crate) fn reply(engine: &mut Engine<'_>, ask: &Ask) -> Reply {
    engine.begin(0, job(1), ask).unwrap();
    finish(engine, 1).remove(0)
}

/// How likely all tokens are after some.
pub(crate) fn likelihoods(options: &Options, tokens: &[i32]) -> Vec<f32> {
    let model = load();
    let mut context = model::context(&BACKEND, &model, options).unwrap();
    let tokens: Vec<LlamaToken> = tokens.iter().map(|id| LlamaToken(*id)).collect();
    let mut batch = LlamaBatch::new(tokens.len(), 1);
    batch.add_sequence(&tokens, 0, false).unwrap();
    context.decode(&mut batch).unwrap();
    context.get_logits_ith(tokens.len() as i32 - 1).to_vec()
}
