//! Which marks are on their way, and what does an echoed one vouch for?

use std::collections::VecDeque;

/// Marks that may be on their way at once; the oldest is forgotten.
const MAX_MARKS: usize = 1024;

/// Marks sent and not yet echoed. Some far ends echo a mark when its audio was played *or cleared*, others never
/// echo one that was cleared: in both cases those that were on their way at a clear say nothing of what was heard.
#[derive(Clone, Debug, Default)]
pub(crate) struct Marks {
    next: u64,
    out: VecDeque<(u64, u64)>,
}

impl Marks {
    /// A new mark behind the audio sent so far; its number, for its name.
    pub(crate) fn add(&mut self, tag: u64) -> u64 {
        let id = self.next;
        self.next += 1;
        if self.out.len() == MAX_MARKS {
            self.out.pop_front();
        }
        self.out.push_back((id, tag));
        id
    }

    /// Voids what is on its way.
    pub(crate) fn clear(&mut self) {
        self.out.clear();
    }

    /// The tag a mark of that name stands for; it also vouches for those before it.
    pub(crate) fn echoed(&mut self, name: &str) -> Option<u64> {
        let id: u64 = name.strip_prefix("tom-")?.parse().ok()?;
        let at = self.out.iter().position(|mark| mark.0 == id)?;
        self.out.drain(..=at).next_back().map(|(_, tag)| tag)
    }
}
