//! Layer: sim. A language model that writes what a script says, token by token, and notes what it was told.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tom_engine::{
    EngineError, ErrorKind, Health, Llm, LlmEvent, LlmMessage, LlmRequest, LlmStream, ToolCall,
};

/// A step of an answer.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Wait(u64),
    /// Written token by token, one every `pace`.
    Say(String),
    Call(&'static str, &'static str),
    Fail(ErrorKind),
    /// Nothing more comes, not even the end.
    Hang,
    /// Words of a reply that nobody wants any more.
    Stray,
}

pub(crate) fn say(text: &str) -> Vec<Step> {
    vec![Step::Say(text.into())]
}

pub(crate) fn call(name: &'static str, arguments: &'static str) -> Vec<Step> {
    vec![Step::Call(name, arguments)]
}

/// The model.
#[derive(Clone, Debug, Default)]
pub(crate) struct Script {
    /// The answers to come; when none is left it says "Well then."
    pub(crate) answers: Arc<Mutex<VecDeque<Vec<Step>>>>,
    /// What it was asked.
    pub(crate) asked: Arc<Mutex<Vec<LlmRequest>>>,
    /// What it was given to read ahead.
    pub(crate) ahead: Arc<Mutex<Vec<LlmRequest>>>,
    pub(crate) pace: Duration,
    /// For how long it was told to rest, each time.
    pub(crate) rests: Arc<Mutex<Vec<Duration>>>,
}

impl Script {
    pub(crate) fn new(answers: impl IntoIterator<Item = Vec<Step>>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, pace: Duration::from_millis(20), ..Self::default() }
    }

    pub(crate) fn asked(&self) -> Vec<LlmRequest> {
        self.asked.lock().unwrap().clone()
    }

    /// The messages of the last request but the system's, one line for each.
    pub(crate) fn told(&self) -> Vec<String> {
        let asked = self.asked();
        asked.last().expect("it was asked").messages[1..].iter().map(line).collect()
    }
}

/// A message in a line.
pub(crate) fn line(message: &LlmMessage) -> String {
    match message {
        LlmMessage::System(text) => format!("system: {text}"),
        LlmMessage::User(text) => format!("user: {text}"),
        LlmMessage::Assistant { text, calls } => {
            let calls: Vec<String> = calls.iter().map(|c| format!(" {}({})", c.name, c.arguments)).collect();
            format!("agent: {text}{}", calls.concat())
        }
        LlmMessage::Tool { result, .. } => format!("tool: {result}"),
    }
}

impl Llm for Script {
    fn open(&self, events: mpsc::Sender<LlmEvent>) -> Result<Box<dyn LlmStream>, EngineError> {
        Ok(Box::new(Stream { script: self.clone(), events, task: None }))
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn reads_ahead(&self) -> bool {
        true
    }

    fn name(&self) -> &'static str {
        "script"
    }
}

struct Stream {
    script: Script,
    events: mpsc::Sender<LlmEvent>,
    task: Option<JoinHandle<()>>,
}

impl LlmStream for Stream {
    fn generate(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        self.cancel();
        let epoch = request.epoch;
        self.script.asked.lock().unwrap().push(request);
        let steps = self.script.answers.lock().unwrap().pop_front().unwrap_or_else(|| say("Well then."));
        let (events, pace) = (self.events.clone(), self.script.pace);
        self.task = Some(tokio::spawn(async move {
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Wait(ms) => tokio::time::sleep(Duration::from_millis(ms)).await,
                    Step::Say(text) => {
                        for token in text.split_inclusive(' ') {
                            tokio::time::sleep(pace).await;
                            let _ = events.send(LlmEvent::Text { epoch, text: token.into() }).await;
                        }
                    }
                    Step::Call(name, arguments) => {
                        let id = format!("c{number}").into();
                        let call = ToolCall { id, name: name.into(), arguments: arguments.into() };
                        let _ = events.send(LlmEvent::Call { epoch, call }).await;
                    }
                    Step::Fail(kind) => {
                        let error = EngineError::new(kind, "asked to fail");
                        let _ = events.send(LlmEvent::Failed { epoch, error }).await;
                        return;
                    }
                    Step::Stray => {
                        let (epoch, text) = (tom_base::Epoch::new(0, 7), "Stray words, that is.".into());
                        let _ = events.send(LlmEvent::Text { epoch, text }).await;
                    }
                    Step::Hang => std::future::pending().await,
                }
            }
            let _ = events.send(LlmEvent::Done { epoch }).await;
        }));
        Ok(())
    }

    fn read_ahead(&mut self, request: LlmRequest) {
        assert!(self.task.as_ref().is_none_or(JoinHandle::is_finished), "a reply is being written");
        self.script.ahead.lock().unwrap().push(request);
    }

    fn rest(&mut self, time: Duration) {
        self.script.rests.lock().unwrap().push(time);
    }

    fn cancel(&mut self) {
        if let Some(task) = self.task.take() {
            task.abort();
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.cancel();
    }
}
