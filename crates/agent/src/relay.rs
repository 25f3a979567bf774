//! How does a flow hand the caller over to a language model?

use std::task::{Context, Poll};

use tom_base::{Epoch, TurnId};
use tom_call::{Action, Answer, Brain, BrainError, BrainEvent, FlowBrain, Hearing, Request};
use tom_engine::Grammar;
use tom_turn::Cause;

use crate::LlmBrain;

/// Follows a flow until it hands over, then the model holds the rest of the call.
///
/// What the flow says when it hands over is heard first, and the caller answers that. If it says nothing there,
/// the model answers the words that led there.
pub struct Relay {
    flow: FlowBrain,
    model: LlmBrain,
    /// The turn in which the flow handed over.
    since: Option<TurnId>,
    /// What the flow wants done beside a reply of the model, and whether that reply is wanted for certain.
    acts: Vec<Action>,
    asked: Option<(Epoch, bool)>,
}

impl Relay {
    /// A call that begins with the flow.
    #[must_use]
    pub fn new(flow: FlowBrain, model: LlmBrain) -> Self {
        Self { flow: flow.handing_over(), model, since: None, acts: Vec::new(), asked: None }
    }
}

impl Brain for Relay {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        let turn = request.epoch.turn;
        self.acts.clear();
        self.asked = Some((request.epoch, request.committed));
        if self.since.is_some_and(|since| turn > since) {
            return self.model.reply(request);
        }
        // The turn in which it handed over may be answered anew.
        if self.since.take().is_some() {
            self.model.cancel(request.epoch);
        }
        let answer = self.flow.reply(request)?;
        if !self.flow.has_handed_over() {
            return Ok(answer);
        }
        self.since = Some(turn);
        let asks = matches!(request.cause, Cause::Said { .. } | Cause::Keyed(_));
        let Answer::Now(reply) = answer else { return Ok(answer) };
        if !reply.text.is_empty() || !asks {
            return Ok(reply.into());
        }
        match self.model.reply(request)? {
            Answer::Now(mut said) => {
                said.actions.splice(0..0, reply.actions);
                Ok(said.into())
            }
            Answer::Later => {
                self.acts = reply.actions;
                Ok(Answer::Later)
            }
        }
    }

    fn hears(&mut self, hearing: Hearing<'_>) {
        if self.since.is_some_and(|since| hearing.epoch.turn > since) {
            self.model.hears(hearing);
        }
    }

    fn commit(&mut self, epoch: Epoch) {
        if let Some((asked, committed)) = &mut self.asked {
            *committed |= *asked == epoch;
        }
        self.model.commit(epoch);
    }

    fn cancel(&mut self, epoch: Epoch) {
        self.model.cancel(epoch);
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BrainEvent> {
        if let Some((epoch, true)) = self.asked
            && let Some(action) = self.acts.pop()
        {
            return Poll::Ready(BrainEvent::Act { epoch, action });
        }
        self.model.poll(cx)
    }

    fn forget(&mut self) -> Option<Grammar> {
        self.since = None;
        self.acts.clear();
        self.model.forget();
        self.flow.forget()
    }
}
