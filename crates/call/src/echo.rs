//! Does the agent hear itself? Onsets that are only the echo of its own voice are kept from the turn core.
//!
//! Loudness alone cannot tell an echo from a soft caller, so the gate compares what is heard with what was played a
//! little before. An onset that looks like it is held for 60 ms until that is sure; from then on the echo is
//! ignored until something comes on top of it. The caller who speaks over the echo is let through, and an echo that
//! ends was nothing.

use tom_audio::{EchoDetector, Likeness};
use tom_base::{MediaTime, Span};
use tom_engine::{Edge, Onset};
use tom_kernel::Near;

use crate::cleaner::Cleaner;
use crate::playout::FRAME;

/// So alike, an onset may be an echo ...
const SUSPECT: f32 = 0.7;
/// ... which it is when it stays so for this many frames, at the same delay.
const SURE_AFTER: u32 = 3;
/// Less alike than this, something has come on top of the echo ...
const ALIKE: f32 = 0.55;
/// ... if it can be heard at all: -54 dBFS in the band that is compared ...
const AUDIBLE: f32 = 65.0;
/// ... and for this many frames.
const ON_TOP_AFTER: u32 = 2;
/// An onset that was let through and is so alike after all, within so many frames, was an echo that had just begun ...
const AFTER_ALL: f32 = 0.8;
/// ... if it stays so for this many frames: the first periods of any two vowels are alike at some delay.
const STAYS: u32 = 2;
const WATCHED: u32 = 8;
/// An echo is over so many frames after the agent's last one: 700 ms.
const ECHO_LASTS: u32 = 35;
/// An echo goes on at another delay within 160 ms (at 4 kHz) where frames were late: so alike are the last 40 ms then.
const JUMP: usize = 640;
const JUMPED: f32 = 0.85;

/// The gate of one call.
pub(crate) struct EchoGate {
    /// Takes the agent's own voice out before anybody listens, if that is wanted.
    pub(crate) cleaner: Option<Cleaner>,
    detector: EchoDetector,
    /// Frames since the agent's last one; beyond [`ECHO_LASTS`] nothing is compared.
    silent: u32,
    /// The way of an echo that was sure.
    delay: Option<usize>,
    state: State,
    /// The last end of speech was none: its beginning was an echo that was let through.
    taken_back: bool,
    /// Onsets that were echoes.
    pub(crate) echoes: u32,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    /// Nothing is held back.
    Open,
    /// An onset was let through; for so many frames more it may turn out to be an echo. Since so many frames it seems to
    /// be one, of that delay.
    Watched { onset: Onset, left: u32, seen: Option<(usize, u32)> },
    /// An onset is held until it is sure what it is.
    Suspect { at: MediaTime, onset: Onset, delay: usize, frames: u32 },
    /// It is an echo; so many frames in a row it was not only that, and its delay has changed in these once.
    Echo { onset: Onset, delay: usize, more: u32, jumped: bool },
}

impl EchoGate {
    pub(crate) fn new() -> Self {
        Self {
            cleaner: None,
            detector: EchoDetector::new(),
            silent: ECHO_LASTS + 1,
            delay: None,
            state: State::Open,
            taken_back: false,
            echoes: 0,
        }
    }

    /// Has what the next frames will be written to fetched.
    pub(crate) fn fetch_frame(&self) {
        self.detector.next().into_iter().for_each(|next| Near::of(next).fetch());
    }

    /// A frame of the agent's was sent.
    pub(crate) fn sent(&mut self, pcm: &[i16; FRAME]) {
        if self.silent > ECHO_LASTS && !self.detector.awaits() {
            self.detector.clear();
        }
        self.detector.sent(pcm);
        if let Some(cleaner) = &mut self.cleaner {
            cleaner.sent(pcm);
        }
    }

    /// What was sent and not played will not be played.
    pub(crate) fn flushed(&mut self) {
        self.detector.flushed();
        if let Some(cleaner) = &mut self.cleaner {
            cleaner.flushed();
        }
    }

    /// A frame was heard while the next one that was sent was played, and voice activity says this of it. What of that
    /// is not an echo?
    pub(crate) fn frame(&mut self, at: MediaTime, heard: &[i16], edge: Option<Edge>) -> Option<Edge> {
        self.silent = if self.detector.awaits() { 0 } else { self.silent.saturating_add(1) };
        if self.silent > ECHO_LASTS {
            return match std::mem::replace(&mut self.state, State::Open) {
                State::Open | State::Watched { .. } => edge,
                // The agent has been silent for long: whatever is left of the voice is the caller's.
                State::Suspect { at, onset, .. } => edge_or(edge, at, onset),
                State::Echo { onset, .. } => edge_or(edge, at, onset),
            };
        }
        self.detector.heard(heard);
        match edge {
            Some(Edge::Start { at, onset }) => self.began(at, onset),
            // Where there is an echo, a hiss may be the agent's own; of a hiss alone that cannot be known.
            Some(Edge::Hiss { .. }) if self.delay.is_none() => edge,
            Some(Edge::End { .. }) => match std::mem::replace(&mut self.state, State::Open) {
                State::Open | State::Watched { .. } => edge,
                // What was held back is over.
                State::Suspect { .. } | State::Echo { .. } => None,
            },
            Some(Edge::Hiss { .. }) | None => self.goes_on(at),
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
                    self.state = State::Echo { onset, delay, more: 0, jumped: false };
                    return None;
                }
                let mut found = self.detector.search();
                if found.correlation < SUSPECT
                    && let Some(delay) = self.delay.and_then(|delay| self.jump(delay))
                {
                    found = Likeness { correlation: JUMPED, delay };
                }
                if found.correlation < SUSPECT {
                    self.state = State::Watched { onset, left: WATCHED, seen: None };
                    return start;
                }
                self.state = State::Suspect { at, onset, delay: found.delay, frames: 0 };
                None
            }
        }
    }

    /// Where the echo has gone on to, if its delay has changed.
    fn jump(&mut self, delay: usize) -> Option<usize> {
        let found = self.detector.near(delay, JUMP);
        let jumped = (found.correlation >= JUMPED).then_some(found.delay);
        self.delay = jumped.or(self.delay);
        jumped
    }

    /// Whether the end of speech just told was no end: what began was an echo. To be asked once for each.
    pub(crate) fn was_echo(&mut self) -> bool {
        std::mem::take(&mut self.taken_back)
    }

    /// How alike the two sides are at a delay, or have become in the last 40 ms.
    fn alike(&self, delay: usize) -> f32 {
        self.detector.at(delay).correlation.max(self.detector.lately(delay).correlation)
    }

    /// How alike they still are. Of a line that is not known to echo 128 ms must be: any two tones are alike for less.
    fn stays_alike(&self, delay: usize) -> f32 {
        if self.delay.is_some() { self.alike(delay) } else { self.detector.at(delay).correlation }
    }

    /// An onset too short to be told from an echo was let through: is it one after all? Then it is over.
    fn watch(
        &mut self,
        now: MediaTime,
        (onset, left): (Onset, u32),
        seen: Option<(usize, u32)>,
    ) -> Option<Edge> {
        let found = match (seen, self.delay) {
            (Some((delay, _)), _) => Likeness { correlation: self.stays_alike(delay), delay },
            (None, Some(delay)) => self.detector.near(delay, JUMP),
            // A search is dear: every other frame is enough.
            (None, None) if left.is_multiple_of(2) => self.detector.search(),
            (None, None) => Likeness::default(),
        };
        let frames =
            if found.correlation >= AFTER_ALL { seen.map_or(1, |(_, frames)| frames + 1) } else { 0 };
        if frames > STAYS {
            self.echoes += 1;
            self.delay = Some(found.delay);
            self.state = State::Echo { onset, delay: found.delay, more: 0, jumped: false };
            self.taken_back = true;
            return Some(Edge::End { at: now });
        }
        let seen = (frames > 0).then_some((found.delay, frames));
        self.state = match left {
            0 if seen.is_none() => State::Open,
            left => State::Watched { onset, left: left.saturating_sub(1), seen },
        };
        None
    }

    fn goes_on(&mut self, now: MediaTime) -> Option<Edge> {
        match self.state {
            State::Open => None,
            State::Watched { onset, left, seen } => self.watch(now, (onset, left), seen),
            State::Suspect { at, onset, delay, frames } => {
                if self.stays_alike(delay) < SUSPECT {
                    self.state = State::Watched { onset, left: WATCHED, seen: None };
                    return Some(Edge::Start { at, onset });
                }
                self.state = if frames + 1 >= SURE_AFTER {
                    self.echoes += 1;
                    self.delay = Some(delay);
                    State::Echo { onset, delay, more: 0, jumped: false }
                } else {
                    State::Suspect { at, onset, delay, frames: frames + 1 }
                };
                None
            }
            State::Echo { onset, delay, more, jumped } => {
                let found = self.detector.at(delay);
                // Right after a jump most of the window is of before: its end tells.
                let alike = found.correlation.max(self.detector.lately(delay).correlation);
                if alike >= ALIKE || self.detector.beyond(found.delay) < AUDIBLE {
                    self.state = State::Echo { onset, delay: found.delay, more: 0, jumped: false };
                    return None;
                }
                // Once in a row: what is alike by chance is so at another delay in every frame.
                if !jumped && let Some(delay) = self.jump(delay) {
                    self.state = State::Echo { onset, delay, more, jumped: true };
                    return None;
                }
                if more + 1 < ON_TOP_AFTER {
                    self.state = State::Echo { onset, delay, more: more + 1, jumped };
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
        Some(start @ Edge::Start { .. }) => Some(start),
        Some(Edge::Hiss { .. }) | None => Some(Edge::Start { at, onset }),
    }
}

#[cfg(test)]
mod tests;
