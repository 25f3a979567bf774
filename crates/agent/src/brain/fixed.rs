//! What does the agent say where no model is needed?

use tom_call::{BrainError, Reply};
use tom_flow::phrases::{self, Phrase};
use tom_turn::{Back, Cause, Stage, Then, Why};

use super::{LlmBrain, ending, listen};

impl LlmBrain {
    /// The reply to what needs no model.
    pub(super) fn fixed(&mut self, cause: &Cause) -> Result<Option<Reply>, BrainError> {
        if let Some(reply) = self.closing(cause) {
            return Ok(Some(reply));
        }
        let phrase = |phrase, n| Some(listen(vec![phrases::nth(self.lang, phrase, n).to_owned()]));
        Ok(match cause {
            Cause::Opening => {
                let own = self.plan.greeting.as_deref().or(self.agent.greeting.as_deref());
                Some(listen(self.texts.greeting(own)))
            }
            Cause::Said { text, .. } if text.trim().is_empty() => phrase(Phrase::NotUnderstood, 0),
            Cause::Said { .. } | Cause::Keyed(_) => None,
            Cause::Silence(count) => phrase(Phrase::StillThere, (*count as usize).saturating_sub(1)),
            Cause::Failed(stage) => Some(self.failed(*stage)),
            Cause::Goodbye(why) => {
                let phrase = match why {
                    Why::Silence => Phrase::Silence,
                    Why::TooLong => Phrase::TooLong,
                    Why::Drain => Phrase::Drain,
                };
                Some(ending(vec![phrases::get(self.lang, phrase).to_owned()], Then::HangUp))
            }
            Cause::NotConnected => Some(listen(vec![self.texts.not_connected.clone()])),
            Cause::HoldOver(Back::TimedOut) => phrase(Phrase::KeptWaiting, 0),
            Cause::HoldOver(_) => phrase(Phrase::Back, 0),
            Cause::Tool => return Err(BrainError("nothing was begun that could be done now".into())),
        })
    }

    /// Something failed. After some failures in a row a person takes over, or the call ends.
    fn failed(&mut self, stage: Stage) -> Reply {
        self.state.failures = self.state.failures.saturating_add(1);
        let say = |phrase| vec![phrases::get(self.lang, phrase).to_owned()];
        if self.state.failures < self.plan.escalation_threshold.max(1) {
            let phrase = if stage == Stage::Stt { Phrase::NotUnderstood } else { Phrase::Apology };
            return listen(say(phrase));
        }
        self.hand_over().unwrap_or_else(|| ending(say(Phrase::Failure), Then::HangUp))
    }

    /// A person takes over since engines fail; none: nobody is there for that.
    pub(super) fn hand_over(&self) -> Option<Reply> {
        let transfer = self.agent.transfer.as_ref()?;
        let text = phrases::get(self.lang, Phrase::HandoverTrouble).to_owned();
        Some(Reply {
            actions: vec![transfer.action("engine", phrases::get(self.lang, Phrase::Summary))],
            ..ending(vec![text], Then::Transfer)
        })
    }
}
