//! Who has a place at the engines, and who is next?

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tom_server::HeldCounts;

type Room = Box<dyn Fn(usize) -> bool + Send + Sync>;

/// The calls that have a place, and those that wait for one.
pub(crate) struct Lobby {
    /// Whether one more call has room beside so many.
    room: Room,
    book: Mutex<Book>,
}

#[derive(Debug, Default)]
struct Book {
    inside: usize,
    waiting: VecDeque<u64>,
    last: u64,
    counts: HeldCounts,
}

impl Lobby {
    /// `room`: whether one more call has room beside so many that have a place.
    pub(crate) fn new(room: impl Fn(usize) -> bool + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { room: Box::new(room), book: Mutex::default() })
    }

    /// A call comes. It has a place at once if there is room and nobody waits.
    pub(crate) fn enter(self: &Arc<Self>) -> Ticket {
        let mut book = self.book();
        let goes_in = self.admits(&book);
        book.last += 1;
        let number = book.last;
        if goes_in {
            book.inside += 1;
        } else {
            book.waiting.push_back(number);
        }
        Ticket { lobby: Arc::clone(self), number, inside: AtomicBool::new(goes_in) }
    }

    /// Whether a call that came now would have a place at once.
    pub(crate) fn has_room(&self) -> bool {
        self.admits(&self.book())
    }

    fn admits(&self, book: &Book) -> bool {
        book.waiting.is_empty() && (self.room)(book.inside)
    }

    /// How many wait, and what became of the others.
    pub(crate) fn counts(&self) -> HeldCounts {
        let book = self.book();
        HeldCounts { waiting: book.waiting.len(), ..book.counts }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A call's place, or the one it waits for. Dropping it gives that up.
pub(crate) struct Ticket {
    lobby: Arc<Lobby>,
    number: u64,
    inside: AtomicBool,
}

impl Ticket {
    /// Whether it has a place.
    pub(crate) fn is_in(&self) -> bool {
        self.inside.load(Ordering::Acquire)
    }

    /// Takes a place if it is its turn and there is room. Says whether it has one.
    pub(crate) fn goes_in(&self) -> bool {
        if self.is_in() {
            return true;
        }
        let mut book = self.lobby.book();
        if book.waiting.front() != Some(&self.number) || !(self.lobby.room)(book.inside) {
            return false;
        }
        book.waiting.pop_front();
        book.inside += 1;
        book.counts.admitted += 1;
        self.inside.store(true, Ordering::Release);
        true
    }

    /// It has waited for too long, and waits no more.
    pub(crate) fn gives_up(&self) {
        let mut book = self.lobby.book();
        if book.leave(self.number) {
            book.counts.refused += 1;
        }
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut book = self.lobby.book();
        if self.is_in() {
            book.inside = book.inside.saturating_sub(1);
        } else if book.leave(self.number) {
            book.counts.left += 1;
        }
    }
}

impl Book {
    /// Takes a call out of those that wait. Says whether it was among them.
    fn leave(&mut self, number: u64) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| *waiting != number);
        self.waiting.len() < before
    }
}
