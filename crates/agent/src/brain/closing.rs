//! How does a conversation end: with a rating, and with a goodbye?

use tom_call::{Action, Reply};
use tom_flow::phrases::{self, Phrase};
use tom_flow::rating::{self, Answer as Rating};
use tom_turn::{Cause, Expect, Then};

use super::{LlmBrain, ending};

/// How far the end is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Closing {
    /// The conversation goes on.
    #[default]
    No,
    /// The rating was asked for.
    Asked {
        /// For the second time.
        again: bool,
    },
    /// The caller was asked, once and for all.
    Done,
}

impl LlmBrain {
    /// The reply that ends the call, after what was said in it.
    pub(super) fn end_of_call(&mut self, said: &str) -> Reply {
        if self.agent.rating && self.state.closing == Closing::No && self.state.failures == 0 {
            self.state.closing = Closing::Asked { again: false };
            let question = phrases::rating_question(self.lang, &self.plan.variant);
            return ending(vec![question.to_owned()], Then::Listen(Expect::Rating));
        }
        if self.texts.says_goodbye(said) {
            return ending(Vec::new(), Then::HangUp);
        }
        self.goodbye(None, Vec::new())
    }

    /// The reply while the rating is asked for.
    pub(super) fn closing(&mut self, cause: &Cause) -> Option<Reply> {
        let Closing::Asked { again } = self.state.closing else { return None };
        let answer = match cause {
            Cause::Keyed(keys) => rating::parse_keys(keys),
            Cause::Said { text, .. } => rating::parse(text, self.lang),
            Cause::Goodbye(_) => return None,
            // Silence and trouble are answers, too.
            _ => return Some(self.goodbye(None, Vec::new())),
        };
        let action = |kind: &str, data| vec![Action { kind: kind.into(), data }];
        Some(match answer {
            Some(Rating::Rating(value)) => {
                let data = vec![("value".to_owned(), value.to_string())];
                self.goodbye(Some(Phrase::RatingThanks), action("rating", data))
            }
            Some(Rating::OptOut) => {
                self.goodbye(Some(Phrase::RatingSkipped), action("rating_declined", Vec::new()))
            }
            Some(Rating::AskScale) | None if !again => {
                self.state.closing = Closing::Asked { again: true };
                let text = phrases::get(self.lang, Phrase::RatingAgain).to_owned();
                ending(vec![text], Then::Listen(Expect::Rating))
            }
            Some(Rating::AskScale) | None => self.goodbye(None, Vec::new()),
        })
    }

    fn goodbye(&mut self, first: Option<Phrase>, actions: Vec<Action>) -> Reply {
        self.state.closing = Closing::Done;
        let phrases = first.into_iter().chain([Phrase::Goodbye]);
        let text = phrases.map(|phrase| phrases::get(self.lang, phrase).to_owned()).collect();
        Reply { actions, ..ending(text, Then::HangUp) }
    }
}
