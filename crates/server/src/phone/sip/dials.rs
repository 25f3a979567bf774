//! Which calls were made, and how far are they?

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use tom_audio::pickup::Picker;
use tom_base::CallId;
use tom_sip::{Ended, EndedBy};

use super::numbers::{DialRules, NoDial};

/// Made calls that are remembered.
const REMEMBERED: usize = 200;
const DAY: u64 = 86_400;

/// How far a call we make is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Asked for, and nothing heard yet.
    Dialling,
    /// It rings there.
    Ringing,
    /// A person, or a machine, picked up.
    Answered,
    /// It is over.
    Ended { by: EndedBy, status: Option<u16>, reason: String },
}

impl Stage {
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Dialling => "dialling",
            Self::Ringing => "ringing",
            Self::Answered => "answered",
            Self::Ended { .. } => "ended",
        }
    }
}

#[derive(Debug, Default)]
struct Book {
    /// The day that is counted, since 1970, and its calls.
    day: (u64, u32),
    running: u32,
    calls: VecDeque<(CallId, Stage)>,
    /// Who picked up, where that is known.
    picked_up: VecDeque<(CallId, Picker)>,
}

/// What the store calls the count of a day's calls.
pub(super) const KEPT_AS: &str = "dials";

/// The day since 1970, in UTC.
pub(super) fn today() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / DAY)
}

/// The calls we make. Clones share them. The day's count is that of this process, until the store tells of more.
#[derive(Clone, Debug, Default)]
pub(crate) struct Dials(Arc<Mutex<Book>>);

/// Room for a call among those a day and at once; dropped, the call is over.
#[derive(Debug)]
pub(super) struct Room(Dials);

/// The place of a call that is remembered, and its room.
#[derive(Debug)]
pub(crate) struct Place {
    room: Room,
    id: CallId,
}

impl Dials {
    /// Takes room for a call, where there is some.
    ///
    /// # Errors
    /// [`NoDial::AtOnce`] and [`NoDial::PerDay`].
    pub(super) fn room(&self, rules: &DialRules) -> Result<Room, NoDial> {
        let today = today();
        self.book(|book| {
            if book.day.0 != today {
                book.day = (today, 0);
            }
            if book.running >= rules.at_once {
                return Err(NoDial::AtOnce);
            }
            if book.day.1 >= rules.per_day {
                return Err(NoDial::PerDay);
            }
            book.day.1 += 1;
            book.running += 1;
            Ok(())
        })?;
        Ok(Room(self.clone()))
    }

    /// A call begins that is remembered.
    pub(super) fn begin(&self, id: &CallId, room: Room) -> Place {
        self.book(|book| {
            while book.calls.len() >= REMEMBERED {
                book.calls.pop_front();
            }
            book.calls.push_back((id.clone(), Stage::Dialling));
        });
        Place { room, id: id.clone() }
    }

    /// At least so many calls were made on a day, by this process and others.
    pub(super) fn counted(&self, day: u64, count: u32) {
        self.book(|book| {
            if book.day.0 < day {
                book.day = (day, 0);
            }
            if book.day.0 == day {
                book.day.1 = book.day.1.max(count);
            }
        });
    }

    /// How far a call is; none: it is not remembered.
    pub(crate) fn stage(&self, id: &str) -> Option<Stage> {
        self.book(|book| {
            book.calls.iter().find(|(known, _)| known.as_str() == id).map(|(_, stage)| stage.clone())
        })
    }

    /// Who picked up; none: nobody did yet, or nobody looked.
    pub(crate) fn picker(&self, id: &str) -> Option<Picker> {
        self.book(|book| book.picked_up.iter().find(|(known, _)| known.as_str() == id).map(|(_, by)| *by))
    }

    /// Calls of today, and those at work.
    pub(crate) fn count(&self) -> (u32, u32) {
        self.book(|book| (book.day.1, book.running))
    }

    fn book<T>(&self, with: impl FnOnce(&mut Book) -> T) -> T {
        with(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Place {
    /// The call is that far.
    pub(crate) fn tell(&self, stage: Stage) {
        self.room.0.book(|book| {
            if let Some((_, known)) = book.calls.iter_mut().rev().find(|(id, _)| *id == self.id) {
                *known = stage;
            }
        });
    }

    /// It is known who picked up.
    pub(crate) fn picked_up(&self, by: Picker) {
        self.room.0.book(|book| {
            while book.picked_up.len() >= REMEMBERED {
                book.picked_up.pop_front();
            }
            book.picked_up.push_back((self.id.clone(), by));
        });
    }

    /// The call is over.
    pub(crate) fn ended(&self, ended: Ended) {
        self.tell(Stage::Ended { by: ended.by, status: ended.status, reason: ended.reason });
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        self.0.book(|book| book.running = book.running.saturating_sub(1));
    }
}
