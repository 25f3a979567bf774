//! Who picked up the telephone: a person, or a machine?
//!
//! A person says a word or two and waits for an answer. A machine talks on, plays music, or beeps. So it counts how
//! long the first words last, how long it is silent after them, and how much of the line is sound. It sees 20 ms at
//! a time and decides at the latest [`LONGEST`] after the answer.

mod tone;

use tom_base::Span;

use self::tone::ToneMeter;
use crate::level::rms_dbfs;

// The numbers below were chosen by the first half of the generated greetings of crates/bench; the table of
// docs/performance.md tells of the other half.

/// By then it is decided, come what may.
pub const LONGEST: Span = Span::from_millis(2_480);
/// The length of what is looked at at once.
const STEP: u32 = 20;
/// Frames of one tone that make a beep, 160 ms.
const BEEP: u32 = 8;
/// Frames of one tone by which a beep is over, 100 ms.
const BEEP_OVER: u32 = 5;
/// Words shorter than this are a click, ms.
const WORD: u32 = 80;
/// Who has talked for so long is a machine, ms.
const TALKS: u32 = 1_900;
/// Who is silent for so long after some words waits for an answer, ms. Machines pause less between sentences.
const WAITS: u32 = 600;
/// Who has talked for so long when the time is over, and talks still, is a machine, ms.
const TALKED: u32 = 1_400;
/// Who is silent for so long then does not talk any more, ms.
const PAUSES: u32 = 240;
/// So much sound before the first word is music, ms.
const SOUNDS: u32 = 1_400;
/// What is so much louder than the line is sound, dB.
const ABOVE: f32 = 12.0;
/// And what is louder than this, dBFS.
const LOUD: f32 = -44.0;

/// Who picked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Picker {
    /// A person.
    Human,
    /// A mailbox, an announcement, music.
    Machine,
    /// Nobody said anything.
    Unknown,
}

impl Picker {
    /// Its stable word, such as `human`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Human => "human",
            Self::Machine => "machine",
            Self::Unknown => "unknown",
        }
    }
}

/// What told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// A few words, then they wait.
    Waits,
    /// They talk on.
    Talks,
    /// A beep.
    Beep,
    /// Music, or another sound that is no speech.
    Sound,
    /// Words that only machines say.
    Words,
    /// Time was up.
    Late,
}

impl Sign {
    /// Its stable word, such as `beep`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Waits => "waits",
            Self::Talks => "talks",
            Self::Beep => "beep",
            Self::Sound => "sound",
            Self::Words => "words",
            Self::Late => "late",
        }
    }
}

/// Who picked up, and how one knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Who.
    pub by: Picker,
    /// What told.
    pub sign: Sign,
    /// How long after the answer it was known.
    pub after: Span,
}

/// Listens to the first seconds after the answer.
#[derive(Clone, Debug)]
pub struct Pickup {
    beep: Beep,
    /// Milliseconds since the answer, of voice, of sound that is none, and since the last voice.
    at: u32,
    voiced: u32,
    sound: u32,
    waits: u32,
    /// How loud the line is without anybody, dBFS.
    floor: f32,
    verdict: Option<Verdict>,
}

impl Default for Pickup {
    fn default() -> Self {
        Self::new()
    }
}

impl Pickup {
    /// Begins with the answer.
    #[must_use]
    pub fn new() -> Self {
        Self { beep: Beep::new(), at: 0, voiced: 0, sound: 0, waits: 0, floor: -70.0, verdict: None }
    }

    /// Takes the next 20 ms, 16 kHz; `voiced`: voice activity says that somebody speaks. Gives the verdict once, when
    /// it is reached.
    pub fn push(&mut self, pcm: &[i16], voiced: bool) -> Option<Verdict> {
        if self.verdict.is_some() {
            return None;
        }
        self.at += STEP;
        self.beep.push(pcm);
        let level = rms_dbfs(pcm);
        let loud = level > LOUD && level > self.floor + ABOVE;
        if !voiced && !loud {
            // The line's own noise: down at once, up slowly.
            self.floor = level.clamp(-90.0, self.floor + 0.5);
        }
        if voiced {
            self.voiced += STEP;
            self.waits = 0;
        } else {
            self.waits += STEP;
            self.sound += if loud { STEP } else { 0 };
        }
        let spoke = self.voiced >= WORD;
        if self.beep.is_on() {
            self.decide(Picker::Machine, Sign::Beep)
        } else if self.voiced >= TALKS {
            self.decide(Picker::Machine, Sign::Talks)
        } else if !spoke && self.sound >= SOUNDS {
            self.decide(Picker::Machine, Sign::Sound)
        } else if spoke && self.waits >= WAITS {
            self.decide(Picker::Human, Sign::Waits)
        } else if u64::from(self.at) < LONGEST.as_millis() {
            None
        } else if self.voiced >= TALKED && self.waits < PAUSES {
            self.decide(Picker::Machine, Sign::Late)
        } else if spoke {
            self.decide(Picker::Human, Sign::Late)
        } else {
            self.decide(Picker::Unknown, Sign::Late)
        }
    }

    /// The recogniser heard words that only machines say.
    pub fn machines_words(&mut self) -> Option<Verdict> {
        match self.verdict {
            None => self.decide(Picker::Machine, Sign::Words),
            Some(_) => None,
        }
    }

    /// The verdict, if there is one yet.
    #[must_use]
    pub const fn verdict(&self) -> Option<Verdict> {
        self.verdict
    }

    fn decide(&mut self, by: Picker, sign: Sign) -> Option<Verdict> {
        self.verdict = Some(Verdict { by, sign, after: Span::from_millis(u64::from(self.at)) });
        self.verdict
    }
}

/// Listens for a beep: after it a mailbox records.
#[derive(Clone, Debug)]
pub struct Beep {
    meter: ToneMeter,
    /// The tone, and for how many frames it has lasted.
    tone: Option<(usize, u32)>,
    /// Frames since a beep that was long enough.
    since: Option<u32>,
}

impl Default for Beep {
    fn default() -> Self {
        Self::new()
    }
}

impl Beep {
    /// Nothing was heard yet.
    #[must_use]
    pub fn new() -> Self {
        Self { meter: ToneMeter::new(), tone: None, since: None }
    }

    /// Takes the next 20 ms, 16 kHz. True once, when a beep is over.
    pub fn push(&mut self, pcm: &[i16]) -> bool {
        let now = self.meter.tone(pcm);
        self.tone = match (self.tone, now) {
            (Some((was, frames)), Some(is)) if was.abs_diff(is) <= 1 => Some((was, frames + 1)),
            (_, is) => is.map(|is| (is, 1)),
        };
        if self.is_on() {
            self.since = Some(0);
            return false;
        }
        let Some(since) = &mut self.since else { return false };
        *since += 1;
        let over = *since >= BEEP_OVER;
        if over {
            self.since = None;
        }
        over
    }

    /// Whether a beep sounds.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.tone.is_some_and(|(_, frames)| frames >= BEEP)
    }
}

#[cfg(test)]
mod tests;
