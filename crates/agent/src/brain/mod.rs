//! How does a language model hold a conversation?

mod agent;
mod ahead;
mod answering;
mod closing;
mod filler;
mod fixed;
mod lines;
mod pace;

use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::time::Instant;
use tom_base::{CallPlan, Lang, TurnId};
use tom_call::{Answer, Brain, BrainError, BrainEvent, Hearing, Reply, Request};
use tom_engine::{EngineError, Grammar, LlmMessage, LlmRequest, ToolSpec};
use tom_turn::{Cause, Expect, Then};

pub use agent::{Agent, Limits};

use crate::memory::{Memory, callers, prune};
use crate::tools::{Ends, Ran};
use crate::words::Texts;
use answering::{Answering, Next};
use closing::Closing;
use lines::Lines;

/// A language model as the brain of one call.
///
/// The greeting, re-prompts, apologies and goodbyes are fixed phrases: they are there at once, and when the
/// model is not. Everything else the caller says goes to the model, and its words are handed on clause by
/// clause as it writes them.
pub struct LlmBrain {
    agent: Arc<Agent>,
    lang: Lang,
    plan: CallPlan,
    texts: &'static Texts,
    lines: Lines,
    state: State,
    /// The turn under way, and what was known before it.
    before: Option<(TurnId, State)>,
    answering: Option<Answering>,
    /// What the model was given to read ahead last.
    overheard: Option<(TurnId, String)>,
}

/// What changes from turn to turn.
#[derive(Clone, Debug, Default)]
struct State {
    memory: Memory,
    closing: Closing,
    /// Failures in a row: of the recogniser, of the model.
    failures: u8,
    lost: u8,
    /// Fillers said so far, so that they vary.
    fillers: usize,
}

impl LlmBrain {
    /// A conversation from its start.
    #[must_use]
    pub fn new(agent: Arc<Agent>, lang: Lang, plan: CallPlan) -> Self {
        let lines = Lines::new(agent.llm.clone(), agent.fallback.clone());
        let texts = Texts::of(lang);
        let state = State::default();
        Self { agent, lang, plan, texts, lines, state, before: None, answering: None, overheard: None }
    }

    /// No model can go on with the reply. The call apologises; the second time in a row it would end, so a
    /// person takes over if there is one.
    fn lost(&mut self, error: &EngineError) {
        self.state.lost = self.state.lost.saturating_add(1);
        let person = (self.state.lost >= 2).then(|| self.hand_over()).flatten();
        if let Some(answering) = &mut self.answering {
            match person {
                Some(reply) => answering.end(reply),
                None => answering.fail(BrainError(error.to_string())),
            }
        }
    }

    /// Puts the caller's words to the model.
    fn ask(&mut self, request: Request<'_>, words: &str) {
        let turn = request.epoch.turn;
        let mut messages = vec![LlmMessage::System(self.system().into())];
        messages.extend(self.state.memory.messages(request.history, turn, words, self.texts));
        self.lines.begin();
        self.answering = Some(Answering::new(request.epoch, request.committed, self.lang, messages));
        self.next_round();
    }

    /// Asks the model for the next round of the reply, and another model if that cannot be asked.
    fn next_round(&mut self) {
        let Some(answering) = &mut self.answering else { return };
        let budget = self.agent.limits.history;
        let mut past = answering.messages.split_off(1);
        let current = prune(&mut past, answering.current - 1, budget);
        answering.messages.extend(past);
        answering.current = current + 1;
        let tools: Arc<[ToolSpec]> =
            if answering.may_call() { self.agent.tools.specs() } else { Arc::new([]) };
        loop {
            let request = LlmRequest {
                epoch: answering.epoch,
                messages: answering.messages.clone(),
                tools: tools.clone(),
                max_tokens: self.agent.limits.max_tokens,
            };
            match self.lines.ask(request) {
                Ok(()) => {
                    let patience =
                        self.lines.can_switch().then(|| Instant::now() + self.agent.limits.patience);
                    return answering.asked(patience);
                }
                Err(error) => {
                    tracing::warn!(
                        kind = error.kind.as_str(),
                        "the model {} failed: {error}",
                        self.lines.name()
                    );
                    if !self.lines.another(&error) {
                        return self.lost(&error);
                    }
                }
            }
        }
    }

    /// What a step of the reply led to.
    fn follow(&mut self, next: Next) {
        let Some(answering) = &mut self.answering else { return };
        match next {
            Next::Again => {}
            Next::Fill => {
                let filler = self.texts.filler(self.state.fillers);
                self.state.fillers += 1;
                answering.say(filler);
            }
            Next::Complete => {
                (self.state.failures, self.state.lost) = (0, 0);
                answering.end(listen(Vec::new()));
            }
            Next::Failed(error) => {
                tracing::warn!(kind = error.kind.as_str(), "the model {} failed: {error}", self.lines.name());
                if answering.may_ask_another() && self.lines.another(&error) {
                    self.next_round();
                } else {
                    self.lost(&error);
                }
            }
            Next::Ran(messages, results) => {
                let turn = answering.epoch.turn;
                self.state.memory.remember(turn, &messages);
                answering.messages.extend(messages);
                self.ran(results);
            }
        }
    }

    fn ran(&mut self, results: Vec<Ran>) {
        let ends = results.iter().find_map(|ran| ran.ends);
        let Some(answering) = &mut self.answering else { return };
        answering.promise(results.into_iter().filter_map(|ran| ran.action));
        match ends {
            None => self.next_round(),
            Some(Ends::Transfer) => {
                let text = answering.said.is_empty().then(|| self.texts.transfer.clone());
                answering.end(ending(text.into_iter().collect(), Then::Transfer));
            }
            Some(Ends::HangUp) => {
                let said = std::mem::take(&mut answering.said);
                let reply = self.end_of_call(&said);
                if let Some(answering) = &mut self.answering {
                    answering.end(reply);
                }
            }
        }
    }

    fn drop_reply(&mut self) {
        if self.answering.take().is_some() {
            self.lines.cancel();
        }
    }
}

impl Brain for LlmBrain {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        self.drop_reply();
        let turn = request.epoch.turn;
        match &self.before {
            Some((same, state)) if *same == turn => self.state = state.clone(),
            _ => self.before = Some((turn, self.state.clone())),
        }
        if let Some(reply) = self.fixed(request.cause)? {
            if *request.cause == Cause::Opening {
                self.read_ahead(turn, request.history, ""); // While the caller is greeted.
            }
            return Ok(reply.into());
        }
        let words = match request.cause {
            Cause::Keyed(keys) => {
                self.state.memory.keys(turn);
                self.texts.keyed(keys)
            }
            Cause::Said { text, .. } => callers(text),
            _ => return Err(BrainError("there is nothing to answer".into())),
        };
        self.ask(request, &words);
        Ok(Answer::Later)
    }

    fn hears(&mut self, hearing: Hearing<'_>) {
        self.read_ahead(hearing.epoch.turn, hearing.history, &callers(hearing.words));
    }

    fn commit(&mut self, epoch: tom_base::Epoch) {
        if let Some(answering) = self.answering.as_mut().filter(|answering| answering.epoch == epoch) {
            answering.committed = true;
        }
    }

    fn cancel(&mut self, epoch: tom_base::Epoch) {
        if self.answering.as_ref().is_some_and(|answering| answering.epoch == epoch) {
            self.drop_reply();
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BrainEvent> {
        loop {
            let Some(answering) = &mut self.answering else { return Poll::Pending };
            if let Some(event) = answering.out.pop_front() {
                if matches!(event, BrainEvent::End { .. } | BrainEvent::Failed { .. }) {
                    self.answering = None;
                }
                return Poll::Ready(event);
            }
            let next = std::task::ready!(answering.step(cx, &mut self.lines, &self.agent.tools, self.lang));
            self.follow(next);
        }
    }

    /// Nothing was said, and nothing asked; who was greeted is not greeted again.
    fn forget(&mut self) -> Option<Grammar> {
        self.drop_reply();
        self.state = State::default();
        (self.before, self.overheard) = (None, None);
        None
    }
}

/// Says something, then the caller's turn.
fn listen(text: Vec<String>) -> Reply {
    ending(text, Then::Listen(Expect::Open))
}

fn ending(text: Vec<String>, then: Then) -> Reply {
    Reply { text, then, grammar: None, actions: Vec::new() }
}
