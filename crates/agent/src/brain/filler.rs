//! When is a wait so long that the caller should hear something?

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// Silence before a filler.
const WAIT: Duration = Duration::from_millis(600);
/// How long a character is spoken, about: what was said last is still being heard.
const CHARACTER: Duration = Duration::from_millis(60);

/// Watches the silence while tools work, and until the model speaks after them. Once per reply.
#[derive(Debug)]
pub(super) struct Filler {
    /// What was said so far has been heard by then, about.
    heard: Instant,
    due: Option<Pin<Box<Sleep>>>,
    used: bool,
}

impl Filler {
    pub(super) fn new() -> Self {
        Self { heard: Instant::now(), due: None, used: false }
    }

    /// Something is being said.
    pub(super) fn said(&mut self, text: &str) {
        let length = u32::try_from(text.chars().count()).unwrap_or(u32::MAX);
        self.heard = self.heard.max(Instant::now()) + CHARACTER.saturating_mul(length);
        self.due = None;
    }

    /// A tool begins to work.
    pub(super) fn wait(&mut self) {
        if !self.used && self.due.is_none() {
            self.due = Some(Box::pin(sleep_until(self.heard.max(Instant::now()) + WAIT)));
        }
    }

    /// Ready, once, when it is time to say something.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(due) = &mut self.due else { return Poll::Pending };
        std::task::ready!(due.as_mut().poll(cx));
        (self.due, self.used) = (None, true);
        Poll::Ready(())
    }
}
