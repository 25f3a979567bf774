//! How do a call's messages reach its transport? A bounded queue that is no larger than what waits in it.
//!
//! A message is as large as a frame of audio, and a call at rest has none that waits: the blocks of 32 messages in which
//! tokio's channels are made cost a call 60 kB.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tom_kernel::Near;

use crate::api::Outbound;

/// Room that is always there: the lead of a reply, and what is told as it begins.
const KEPT: usize = 4;
/// What grew for a reader that was late goes back when so little is needed again that it pays.
const LARGE: usize = 16;

#[derive(Debug)]
struct Queue {
    waiting: VecDeque<Outbound>,
    most: usize,
    /// Nothing follows, or nobody reads: one end is gone.
    sender_gone: bool,
    reader_gone: bool,
    reader: Option<Waker>,
    sender: Option<Waker>,
}

#[derive(Debug)]
struct Shared(Mutex<Queue>);

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why a message was not taken. Who sends it keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotTaken {
    Full,
    /// Nobody reads any more.
    Gone,
}

/// The call's end.
#[derive(Debug)]
pub(crate) struct Sender(Arc<Shared>);

/// The transport's end of what a call says. Dropped, it tells the call that nobody reads any more.
#[derive(Debug)]
pub struct Messages(Arc<Shared>);

/// A queue of at most so many messages. Full: the sender keeps what it has.
pub(crate) fn queue(most: usize) -> (Sender, Messages) {
    let queue = Queue {
        waiting: VecDeque::with_capacity(KEPT),
        most,
        sender_gone: false,
        reader_gone: false,
        reader: None,
        sender: None,
    };
    let shared = Arc::new(Shared(Mutex::new(queue)));
    (Sender(shared.clone()), Messages(shared))
}

fn remember(kept: &mut Option<Waker>, cx: &Context<'_>) {
    match kept {
        Some(waker) => waker.clone_from(cx.waker()),
        none => *none = Some(cx.waker().clone()),
    }
}

fn wake(kept: &Option<Waker>) {
    if let Some(waker) = kept {
        waker.wake_by_ref();
    }
}

impl Sender {
    /// Sends a message, if there is room: `make` is asked for it only then.
    pub(crate) fn send_now(&self, make: impl FnOnce() -> Option<Outbound>) -> Result<(), NotTaken> {
        let mut queue = self.0.queue();
        if queue.reader_gone {
            return Err(NotTaken::Gone);
        }
        if queue.waiting.len() >= queue.most {
            return Err(NotTaken::Full);
        }
        queue.waiting.extend(make());
        wake(&queue.reader);
        Ok(())
    }

    /// Sends a message as soon as there is room for it.
    pub(crate) async fn send(&self, message: Outbound) -> Result<(), NotTaken> {
        let mut message = Some(message);
        poll_fn(|cx| {
            let mut queue = self.0.queue();
            if queue.reader_gone {
                return Poll::Ready(Err(NotTaken::Gone));
            }
            if queue.waiting.len() >= queue.most {
                remember(&mut queue.sender, cx);
                return Poll::Pending;
            }
            queue.waiting.extend(message.take());
            wake(&queue.reader);
            Poll::Ready(Ok(()))
        })
        .await
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.sender_gone = true;
        wake(&queue.reader);
    }
}

impl Messages {
    /// The next message; none: the call is over, and nothing follows.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Outbound>> {
        let mut queue = self.0.queue();
        if let Some(message) = next(&mut queue) {
            return Poll::Ready(Some(message));
        }
        if queue.sender_gone {
            return Poll::Ready(None);
        }
        remember(&mut queue.reader, cx);
        Poll::Pending
    }

    /// Waits for the next message; none: the call is over, and nothing follows. Given up, it loses none.
    pub async fn recv(&mut self) -> Option<Outbound> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// What receiving one needs.
    #[must_use]
    pub fn near(&self) -> Near {
        Near::of(&*self.0)
    }

    /// The next message, if one waits.
    pub fn try_recv(&mut self) -> Option<Outbound> {
        next(&mut self.0.queue())
    }
}

fn next(queue: &mut Queue) -> Option<Outbound> {
    let message = queue.waiting.pop_front();
    if queue.waiting.is_empty() && queue.waiting.capacity() >= LARGE {
        queue.waiting.shrink_to(KEPT);
    }
    if message.is_some() {
        wake(&queue.sender);
    }
    message
}

impl Drop for Messages {
    fn drop(&mut self) {
        let mut queue = self.0.queue();
        queue.reader_gone = true;
        queue.waiting = VecDeque::new();
        wake(&queue.sender);
    }
}

#[cfg(test)]
#[path = "post_tests.rs"]
mod tests;
