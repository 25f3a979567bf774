//! How does one reply come about, from the first token to the last tool?

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::task::JoinSet;
use tokio::time::{Instant, Sleep, sleep_until};
use tom_base::{Epoch, Lang};
use tom_call::{Action, BrainError, BrainEvent, Reply};
use tom_engine::{EngineError, ErrorKind, LlmEvent, LlmMessage, ToolCall};

use super::filler::Filler;
use super::lines::Lines;
use super::pace::{FIRST_SOUND, Pace};
use crate::clean::Cleaner;
use crate::cut::Cutter;
use crate::tools::{Ran, Toolbox};

/// Calls of one round; more are ignored.
const MOST_CALLS: usize = 8;
/// Rounds of tools in one reply. After them the model has to speak.
const MOST_ROUNDS: u32 = 4;
/// A reply is not longer, in bytes of what the model writes in a round.
const LONGEST: usize = 16_384;

/// A reply under way.
pub(super) struct Answering {
    pub(super) epoch: Epoch,
    /// The caller's turn is over: tools may work.
    pub(super) committed: bool,
    /// What the model was told, the system's message first.
    pub(super) messages: Vec<LlmMessage>,
    /// Where the current turn begins among them.
    pub(super) current: usize,
    /// Events for the call.
    pub(super) out: VecDeque<BrainEvent>,
    /// All words of the reply so far.
    pub(super) said: String,
    stage: Stage,
    cleaner: Cleaner,
    cutter: Cutter,
    /// Bytes the model wrote in this round.
    written: usize,
    pace: Pace,
    /// Where in `said` this round begins.
    round: usize,
    /// Words of this round were handed on.
    spoke: bool,
    calls: Vec<ToolCall>,
    rounds: u32,
    filler: Filler,
    /// When a model that gives nothing is given up for another.
    patience: Option<Pin<Box<Sleep>>>,
}

enum Stage {
    /// The model writes.
    Writing,
    /// It wants tools, and they have to wait for the end of the caller's turn.
    Held,
    /// Tools work.
    Working { tasks: JoinSet<(usize, Ran)>, results: Vec<Option<Ran>> },
    /// Nothing more comes.
    Over,
}

/// What a step led to.
pub(super) enum Next {
    /// To more steps, or events in `out`.
    Again,
    /// To the end of the text.
    Complete,
    /// To results of tools: the call and the results, as messages, and what else came of them.
    Ran(Vec<LlmMessage>, Vec<Ran>),
    /// To a failure of the model.
    Failed(EngineError),
    /// To a pause that should be filled.
    Fill,
}

impl Answering {
    pub(super) fn new(epoch: Epoch, committed: bool, lang: Lang, messages: Vec<LlmMessage>) -> Self {
        Self {
            epoch,
            committed,
            current: messages.len().saturating_sub(1),
            messages,
            out: VecDeque::new(),
            said: String::new(),
            stage: Stage::Writing,
            cleaner: Cleaner::default(),
            cutter: Cutter::new(lang),
            written: 0,
            pace: Pace::default(),
            round: 0,
            spoke: false,
            calls: Vec::new(),
            rounds: 0,
            filler: Filler::new(),
            patience: None,
        }
    }

    /// The model was asked; it is given up at that time, if it has given nothing.
    pub(super) fn asked(&mut self, until: Option<Instant>) {
        self.stage = Stage::Writing;
        (self.written, self.round) = (0, self.said.len());
        self.pace = Pace::default();
        self.spoke = false;
        self.calls.clear();
        // What a model that failed has left unsaid.
        let _ = (self.cleaner.finish(), self.cutter.finish());
        self.patience = until.map(|until| Box::pin(sleep_until(until)));
    }

    /// Whether the model may call tools in the next round.
    pub(super) fn may_call(&self) -> bool {
        self.rounds < MOST_ROUNDS
    }

    /// None of the model's words of this round were handed on: another may be asked instead.
    pub(super) fn may_ask_another(&self) -> bool {
        !self.spoke
    }

    /// Says something in the agent's own words.
    pub(super) fn say(&mut self, text: &str) {
        if text.chars().any(char::is_alphanumeric) {
            self.filler.said(text);
            self.out.push_back(BrainEvent::Text { epoch: self.epoch, text: text.into() });
        }
    }

    /// What tools did that reaches beyond the call.
    pub(super) fn promise(&mut self, actions: impl Iterator<Item = Action>) {
        self.out.extend(actions.map(|action| BrainEvent::Act { epoch: self.epoch, action }));
    }

    /// The reply ends with this.
    pub(super) fn end(&mut self, rest: Reply) {
        self.stage = Stage::Over;
        self.out.push_back(BrainEvent::End { epoch: self.epoch, rest });
    }

    /// The rest of the reply is lost.
    pub(super) fn fail(&mut self, error: BrainError) {
        self.stage = Stage::Over;
        self.out.push_back(BrainEvent::Failed { epoch: self.epoch, error });
    }

    pub(super) fn step(
        &mut self,
        cx: &mut Context<'_>,
        lines: &mut Lines,
        tools: &Toolbox,
        lang: Lang,
    ) -> Poll<Next> {
        if self.filler.poll(cx).is_ready() {
            return Poll::Ready(Next::Fill);
        }
        match &mut self.stage {
            Stage::Over => Poll::Pending,
            Stage::Held if !self.committed => Poll::Pending,
            Stage::Held => {
                let mut tasks = JoinSet::new();
                for (number, call) in self.calls.iter().enumerate() {
                    let run = tools.run(call, lang);
                    tasks.spawn(async move { (number, run.await) });
                }
                let results = vec![None; self.calls.len()];
                self.stage = Stage::Working { tasks, results };
                self.filler.wait();
                Poll::Ready(Next::Again)
            }
            Stage::Working { tasks, results } => {
                while let Some(ran) = std::task::ready!(tasks.poll_join_next(cx)) {
                    match ran {
                        Ok((number, ran)) => results[number] = Some(ran),
                        Err(error) => tracing::error!("a tool failed: {error}"),
                    }
                }
                let results = std::mem::take(results);
                Poll::Ready(self.ran(results))
            }
            Stage::Writing => match lines.poll(cx) {
                Poll::Ready(event) => {
                    let silent = !self.spoke;
                    let next = event.map_or_else(Next::Failed, |event| self.event(event));
                    if silent && self.spoke && self.pace.is_slow() {
                        lines.rest(FIRST_SOUND);
                    }
                    Poll::Ready(next)
                }
                Poll::Pending => match &mut self.patience {
                    Some(patience) => patience.as_mut().poll(cx).map(|()| {
                        self.patience = None;
                        Next::Failed(EngineError::new(
                            ErrorKind::Timeout,
                            "the language model gave nothing in time",
                        ))
                    }),
                    None => Poll::Pending,
                },
            },
        }
    }

    fn event(&mut self, event: LlmEvent) -> Next {
        let of = match &event {
            LlmEvent::Text { epoch, .. }
            | LlmEvent::Call { epoch, .. }
            | LlmEvent::Done { epoch }
            | LlmEvent::Failed { epoch, .. } => *epoch,
        };
        if of != self.epoch {
            return Next::Again; // Stale.
        }
        self.patience = None;
        match event {
            LlmEvent::Text { text, .. } => {
                if self.written + text.len() > LONGEST {
                    tracing::warn!("the language model does not stop: its reply is cut");
                    return self.done();
                }
                self.written += text.len();
                self.pace.wrote(text.len());
                self.cutter.hurry(self.pace.is_slow());
                let clean = self.cleaner.push(&text);
                let clauses = self.cutter.push(&clean);
                self.hand_on(clauses);
                Next::Again
            }
            LlmEvent::Call { call, .. } => {
                // What was written before the call is said before it.
                self.finish_text();
                if self.calls.len() < MOST_CALLS && self.may_call() {
                    self.calls.push(call);
                } else {
                    tracing::warn!("the language model calls too many tools: one call is left out");
                }
                Next::Again
            }
            LlmEvent::Done { .. } => self.done(),
            LlmEvent::Failed { error, .. } => Next::Failed(error),
        }
    }

    fn done(&mut self) -> Next {
        self.finish_text();
        if !self.calls.is_empty() {
            self.stage = Stage::Held;
            return Next::Again;
        }
        if self.said.is_empty() {
            return Next::Failed(EngineError::new(
                ErrorKind::Protocol,
                "the language model answered with nothing",
            ));
        }
        Next::Complete
    }

    fn ran(&mut self, results: Vec<Option<Ran>>) -> Next {
        self.rounds += 1;
        let lost = || Ran { result: "Error: the tool failed.".into(), action: None, ends: None };
        let results: Vec<Ran> = results.into_iter().map(|ran| ran.unwrap_or_else(lost)).collect();
        let calls = std::mem::take(&mut self.calls);
        let answers = calls.iter().zip(&results);
        let answers: Vec<LlmMessage> = answers
            .map(|(call, ran)| LlmMessage::Tool { id: call.id.clone(), result: ran.result.as_str().into() })
            .collect();
        // As it was said, without what a model thinks.
        let text = self.said.get(self.round..).unwrap_or_default().trim().into();
        let mut messages = vec![LlmMessage::Assistant { text, calls }];
        messages.extend(answers);
        self.stage = Stage::Over;
        Next::Ran(messages, results)
    }

    fn finish_text(&mut self) {
        let clean = self.cleaner.finish();
        let mut clauses = self.cutter.push(&clean);
        clauses.extend(self.cutter.finish());
        self.hand_on(clauses);
    }

    fn hand_on(&mut self, clauses: Vec<String>) {
        for clause in clauses {
            if clause.chars().any(char::is_alphanumeric) {
                self.said.push_str(if self.said.is_empty() { "" } else { " " });
                self.said.push_str(&clause);
                self.say(&clause);
                self.spoke = true;
            }
        }
    }
}
