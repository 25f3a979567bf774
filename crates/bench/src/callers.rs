//! Which parts do the callers of the suites play? One speaks over replies, one takes turns.

use std::collections::VecDeque;
use std::sync::Arc;

use tom_probe::Clip;
use tom_probe::clip::next;
use tom_probe::line::{Act, Actor, Seen};
use tom_probe::trace::Micros;

use crate::corpus::Item;
use crate::transcript::{Known, Saying};

/// A second.
const S: Micros = 1_000_000;
/// The longest wait for a reply.
const NO_REPLY: Micros = 6 * S;
/// Replies that may fail to come before a caller hangs up.
const TRIES: u32 = 3;

/// Something to say, and what the recogniser will know of it.
#[derive(Clone, Debug)]
pub struct Line {
    clip: Arc<Clip>,
    known: Arc<Known>,
}

impl Line {
    /// A piece of the corpus.
    #[must_use]
    pub fn new(item: &Item) -> Self {
        Self { clip: item.clip(), known: Arc::new(Known::new(item)) }
    }

    /// The same under the name of an opener, which no suite looks at.
    #[must_use]
    pub fn opener(item: &Item) -> Self {
        Self::new(&Item { name: "opener".into(), ..item.clone() })
    }
}

/// What is looked at after something was said over a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Then {
    /// The reply to it, which is the next one to speak over.
    Answer,
    /// For so long whether the reply goes on.
    Watch(Micros),
}

/// Speaks over replies.
pub struct Interrupter {
    /// What is said over them, and what is looked at then.
    pub jobs: VecDeque<(Line, Then)>,
    /// What brings a reply about when there is none.
    pub opener: Line,
    /// Whether the greeting is a reply, too.
    pub greeting: bool,
    /// Where what is said becomes known.
    pub saying: Saying,
    dice: u64,
    state: Over,
    tries: u32,
}

enum Over {
    /// The greeting is to end.
    Greeting,
    /// A reply is to begin, not before that moment; it is spoken over when it has lasted so long.
    Reply { after: Micros, into: Micros },
    /// Something was said.
    Said(Then),
}

impl Interrupter {
    /// A caller with jobs.
    #[must_use]
    pub fn new(jobs: Vec<(Line, Then)>, opener: Line, greeting: bool, saying: Saying, seed: u64) -> Self {
        let (mut dice, jobs) = (seed, jobs.into());
        let state = if greeting { Over::Reply { after: 0, into: into(&mut dice) } } else { Over::Greeting };
        Self { jobs, opener, greeting, saying, dice, state, tries: 0 }
    }

    fn say(&self, line: &Line) -> Act {
        self.saying.begin(line.known.clone());
        Act::Speak(line.clip.clone())
    }

    fn wait_for_reply(&mut self, after: Micros) {
        self.state = Over::Reply { after, into: into(&mut self.dice) };
    }
}

/// How far into a reply it is spoken over: 1 to 3 s.
fn into(dice: &mut u64) -> Micros {
    S + next(dice) % (2 * S)
}

impl Actor for Interrupter {
    fn tick(&mut self, now: Micros, seen: &Seen<'_>) -> Act {
        if seen.speaks {
            return Act::Wait;
        }
        let silent = seen.voice_until + S < now && now > 2 * S;
        match self.state {
            Over::Greeting if silent => {
                self.wait_for_reply(now);
                self.say(&self.opener)
            }
            Over::Greeting => Act::Wait,
            Over::Reply { after, into } => {
                let reply = seen.voice_from.filter(|from| *from >= after && seen.voice_until > now);
                if let Some(from) = reply {
                    if now < from + into {
                        return Act::Wait;
                    }
                    let Some((line, then)) = self.jobs.pop_front() else { return Act::HangUp };
                    (self.state, self.tries) = (Over::Said(then), 0);
                    return self.say(&line);
                }
                let spoken = seen.trace.spoken.last().and_then(|s| s.over).unwrap_or(0);
                if !silent || now < spoken + NO_REPLY && now < after + NO_REPLY {
                    return Act::Wait;
                }
                self.tries += 1;
                if self.tries > TRIES || self.jobs.is_empty() {
                    return Act::HangUp;
                }
                self.wait_for_reply(now);
                self.say(&self.opener)
            }
            Over::Said(Then::Answer) => {
                let last = seen.trace.spoken.last();
                let ended = last.and_then(|s| s.marks.last().copied()).unwrap_or(now);
                match seen.voice_from.filter(|from| *from > ended) {
                    Some(from) => {
                        self.wait_for_reply(from);
                        if self.jobs.is_empty() { Act::HangUp } else { Act::Wait }
                    }
                    None if now > ended + NO_REPLY => {
                        self.wait_for_reply(now);
                        Act::Wait
                    }
                    None => Act::Wait,
                }
            }
            Over::Said(Then::Watch(time)) => {
                let over = seen.trace.spoken.last().and_then(|s| s.over).unwrap_or(now);
                if now < over + time {
                    return Act::Wait;
                }
                if self.jobs.is_empty() {
                    return Act::HangUp;
                }
                // The same reply serves on, if it does.
                self.state = Over::Reply { after: seen.voice_from.unwrap_or(now).min(now), into: 0 };
                Act::Wait
            }
        }
    }
}

/// Takes turns: speaks when the agent is silent, and hears the answer to its end.
pub struct Asker {
    turns: VecDeque<Line>,
    saying: Saying,
    dice: u64,
    /// Silence of the agent before the next turn.
    gap: Micros,
    asked: Option<Micros>,
    /// When the call may be left: after the answer to the last turn has begun.
    leaving: Option<Micros>,
    /// The greeting is awaited, however late it comes.
    greeted: bool,
}

impl Asker {
    /// A caller with turns to take.
    #[must_use]
    pub fn new(turns: Vec<Line>, saying: Saying, seed: u64) -> Self {
        Self { turns: turns.into(), saying, dice: seed, gap: S, asked: None, leaving: None, greeted: false }
    }

    /// The same, but the first turn waits for the greeting.
    #[must_use]
    pub const fn greeted(mut self) -> Self {
        self.greeted = true;
        self
    }
}

impl Actor for Asker {
    fn tick(&mut self, now: Micros, seen: &Seen<'_>) -> Act {
        if seen.speaks {
            return Act::Wait;
        }
        if let Some(leaving) = self.leaving {
            return if now >= leaving { Act::HangUp } else { Act::Wait };
        }
        if let Some(asked) = self.asked {
            let over = seen.trace.spoken.last().and_then(|s| s.over).unwrap_or(now);
            // An answer that began too early is one, too.
            let answered = seen.voice_from.is_some_and(|from| from > asked);
            if !answered && now < over + NO_REPLY {
                return Act::Wait;
            }
            self.asked = None;
            if self.turns.is_empty() {
                self.leaving = Some(now + S);
            }
            return Act::Wait;
        }
        let greeted = !self.greeted || seen.voice_from.is_some() || now > 4 * NO_REPLY;
        if now < 2 * S || !greeted || seen.voice_until + self.gap > now {
            return Act::Wait;
        }
        let Some(line) = self.turns.pop_front() else { return Act::HangUp };
        self.gap = S / 2 + next(&mut self.dice) % (S / 2);
        self.asked = Some(now);
        self.saying.begin(line.known);
        Act::Speak(line.clip)
    }
}

#[cfg(test)]
#[path = "callers_tests.rs"]
mod tests;
