//! Does the agent hear itself? Onsets that are only the echo of its own voice are kept from the turn core.
//!
//! Loudness alone cannot tell an echo from a soft caller, so the gate compares what is heard with what was played a
//! little before. An onset that looks like it is held for 40 ms until that is sure; from then on the echo is
//! ignored until something comes on top of it. The caller who speaks over the echo is let through, and an echo that
//! ends was nothing.

use std::collections::VecDeque;

use tom_audio::{EchoDetector, Likeness};
use tom_base::{MediaTime, Span};
use tom_engine::{Edge, Onset};

use crate::playout::FRAME;

/// So alike, an onset may be an echo ...
const SUSPECT: f32 = 0.7;
/// ... which it is when it stays so for this many frames, at the same delay.
const SURE_AFTER: u32 = 2;
/// Less alike than this, something has come on top of the echo ...
const ALIKE: f32 = 0.55;
/// ... if it can be heard at all: -54 dBFS in the band that is compared ...
const AUDIBLE: f32 = 65.0;
/// ... and for this many frames.
const ON_TOP_AFTER: u32 = 2;
/// An onset that was let through and is so alike after all, within so many frames, was an echo that had just begun.
const AFTER_ALL: f32 = 0.8;
const WATCHED: u32 = 8;
/// An echo is over so many frames after the agent's last one: 700 ms.
const ECHO_LASTS: u32 = 35;
/// Most frames that are sent before they are played.
const MOST_AHEAD: usize = 4;

/// The gate of one call.
#[derive(Debug)]
pub(crate) struct EchoGate {
    detector: EchoDetector,
    /// Frames that were sent and are not played yet.
    ahead: VecDeque<[i16; FRAME]>,
    /// Frames since the agent's last one; beyond [`ECHO_LASTS`] nothing is compared.
    silent: u32,
    /// The way of an echo that was sure.
    delay: Option<usize>,
    state: State,
    /// Onsets that were echoes.
    pub(crate) echoes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Nothing is held back.
    Open,
    /// An onset was let through; for so many frames more it may turn out to be an echo.
    Watched { onset: Onset, left: u32 },
    /// An onset is held until it is sure what it is.
    Suspect { at: MediaTime, onset: Onset, delay: usize, frames: u32 },
    /// It is an echo; so many frames in a row it was not only that.
    Echo { onset: Onset, delay: usize, more: u32 },
}

impl EchoGate {
    pub(crate) fn new() -> Self {
        Self {
            detector: EchoDetector::new(),
            ahead: VecDeque::with_capacity(MOST_AHEAD),
            silent: ECHO_LASTS + 1,
            delay: None,
            state: State::Open,
            echoes: 0,
        }
    }

    /// A frame of the agent's was sent.
    pub(crate) fn sent(&mut self, pcm: &[i16; FRAME]) {
        if self.ahead.len() >= MOST_AHEAD {
            self.ahead.pop_front();
        }
        self.ahead.push_back(*pcm);
    }

    /// What was sent and not played will not be played.
    pub(crate) fn flushed(&mut self) {
        self.ahead.clear();
    }

    /// A frame was heard: what was played meanwhile? To be asked once for each.
    pub(crate) fn played(&mut self) -> Option<[i16; FRAME]> {
        self.ahead.pop_front()
    }

    /// A frame was heard while this was [`played`](Self::played), and voice activity says this of it. What of that
    /// is not an echo?
    pub(crate) fn frame(
        &mut self,
        at: MediaTime,
        played: Option<&[i16; FRAME]>,
        heard: &[i16],
        edge: Option<Edge>,
    ) -> Option<Edge> {
        let Some(played) = played else {
            self.silent = self.silent.saturating_add(1);
            return self.passed(&[], at, heard, edge);
        };
        if self.silent > ECHO_LASTS {
            self.detector.clear();
        }
        self.silent = 0;
        self.passed(played, at, heard, edge)
    }

    fn passed(&mut self, played: &[i16], at: MediaTime, heard: &[i16], edge: Option<Edge>) -> Option<Edge> {
        if self.silent > ECHO_LASTS {
            return match std::mem::replace(&mut self.state, State::Open) {
                State::Open | State::Watched { .. } => edge,
                // The agent has been silent for long: whatever is left of the voice is the caller's.
                State::Suspect { at, onset, .. } => edge_or(edge, at, onset),
                State::Echo { onset, .. } => edge_or(edge, at, onset),
            };
        }
        self.detector.push(played, heard);
        match edge {
            Some(Edge::Start { at, onset }) => self.began(at, onset),
            Some(Edge::End { .. }) => match std::mem::replace(&mut self.state, State::Open) {
                State::Open | State::Watched { .. } => edge,
                // What was held back is over.
                State::Suspect { .. } | State::Echo { .. } => None,
            },
            None => self.goes_on(at),
        }
    }

    /// Speech began, or became clear.
    fn began(&mut self, at: MediaTime, onset: Onset) -> Option<Edge> {
        let start = Some(Edge::Start { at, onset });
        match &mut self.state {
            State::Suspect { onset: held, .. } | State::Echo { onset: held, .. } => {
                *held = onset;
                None
            }
            // It became clear: what it is was decided when it began.
            State::Watched { onset: held, .. } => {
                *held = onset;
                start
            }
            State::Open => {
                if let Some(delay) = self.delay
                    && self.alike(delay) >= SUSPECT
                {
                    self.echoes += 1;
                    self.state = State::Echo { onset, delay, more: 0 };
                    return None;
                }
                let found = self.detector.search();
                if found.correlation < SUSPECT {
                    self.state = State::Watched { onset, left: WATCHED };
                    return start;
                }
                self.state = State::Suspect { at, onset, delay: found.delay, frames: 0 };
                None
            }
        }
    }

    /// How alike the two sides are at a delay, or have become in the last 40 ms.
    fn alike(&self, delay: usize) -> f32 {
        self.detector.at(delay).correlation.max(self.detector.lately(delay).correlation)
    }

    /// An onset too short to be told from an echo was let through: is it one after all? Then it is over.
    fn watch(&mut self, now: MediaTime, onset: Onset, left: u32) -> Option<Edge> {
        let found = match self.delay {
            Some(delay) => self.detector.at(delay),
            // A search is dear: every other frame is enough.
            None if left.is_multiple_of(2) => self.detector.search(),
            None => Likeness::default(),
        };
        if found.correlation >= AFTER_ALL {
            self.echoes += 1;
            self.delay = Some(found.delay);
            self.state = State::Echo { onset, delay: found.delay, more: 0 };
            return Some(Edge::End { at: now });
        }
        self.state = match left {
            0 => State::Open,
            left => State::Watched { onset, left: left - 1 },
        };
        None
    }

    fn goes_on(&mut self, now: MediaTime) -> Option<Edge> {
        match self.state {
            State::Open => None,
            State::Watched { onset, left } => self.watch(now, onset, left),
            State::Suspect { at, onset, delay, frames } => {
                if self.detector.at(delay).correlation < SUSPECT {
                    self.state = State::Watched { onset, left: WATCHED };
                    return Some(Edge::Start { at, onset });
                }
                self.state = if frames + 1 >= SURE_AFTER {
                    self.echoes += 1;
                    self.delay = Some(delay);
                    State::Echo { onset, delay, more: 0 }
                } else {
                    State::Suspect { at, onset, delay, frames: frames + 1 }
                };
                None
            }
            State::Echo { onset, delay, more } => {
                let found = self.detector.at(delay);
                if found.correlation >= ALIKE || self.detector.beyond(found.delay) < AUDIBLE {
                    self.state = State::Echo { onset, delay: found.delay, more: 0 };
                    return None;
                }
                if more + 1 < ON_TOP_AFTER {
                    self.state = State::Echo { onset, delay, more: more + 1 };
                    return None;
                }
                self.state = State::Open;
                let began = now - Span::from_millis(20 * u64::from(ON_TOP_AFTER));
                Some(Edge::Start { at: began, onset })
            }
        }
    }
}

/// Voice that was held back is let through, unless it is over.
fn edge_or(edge: Option<Edge>, at: MediaTime, onset: Onset) -> Option<Edge> {
    match edge {
        Some(Edge::End { .. }) => None,
        Some(start) => Some(start),
        None => Some(Edge::Start { at, onset }),
    }
}

#[cfg(test)]
mod tests;
