//! Media time: how much audio a call has seen, the only clock its logic knows.

use std::fmt;
use std::ops::{Add, AddAssign, Sub};

/// A sampling rate TOM's audio path runs at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rate {
    /// 8 kHz: telephone band.
    Hz8000,
    /// 16 kHz: the rate of the call core.
    Hz16000,
    /// 24 kHz: the rate of realtime providers.
    Hz24000,
    /// 48 kHz: browsers, and the unit of [`MediaTime`].
    Hz48000,
}

impl Rate {
    /// Every rate, ascending.
    pub const ALL: [Self; 4] = [Self::Hz8000, Self::Hz16000, Self::Hz24000, Self::Hz48000];

    /// Samples per second.
    #[must_use]
    pub const fn hz(self) -> u32 {
        match self {
            Self::Hz8000 => 8_000,
            Self::Hz16000 => 16_000,
            Self::Hz24000 => 24_000,
            Self::Hz48000 => 48_000,
        }
    }

    /// The rate of that many samples per second, if it is one of ours.
    #[must_use]
    pub const fn from_hz(hz: u32) -> Option<Self> {
        match hz {
            8_000 => Some(Self::Hz8000),
            16_000 => Some(Self::Hz16000),
            24_000 => Some(Self::Hz24000),
            48_000 => Some(Self::Hz48000),
            _ => None,
        }
    }

    /// Samples in one 20 ms frame.
    #[must_use]
    pub const fn frame_len(self) -> usize {
        (self.hz() / 50) as usize
    }

    /// How many 48 kHz ticks one sample lasts.
    const fn ticks(self) -> u64 {
        (Self::Hz48000.hz() / self.hz()) as u64
    }
}

/// A length of media time, in samples at 48 kHz.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span(u64);

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// One 20 ms frame.
    pub const FRAME: Self = Self::from_millis(20);

    /// That many milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(48))
    }

    /// The time that many samples last at a rate.
    #[must_use]
    pub const fn from_samples(samples: u64, rate: Rate) -> Self {
        Self(samples.saturating_mul(rate.ticks()))
    }

    /// Whole milliseconds, rounded down.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 48
    }

    /// Whole samples at a rate, rounded down.
    #[must_use]
    pub const fn as_samples(self, rate: Rate) -> u64 {
        self.0 / rate.ticks()
    }

    /// This much less that, but not below nothing.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add for Span {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl AddAssign for Span {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl fmt::Display for Span {
    /// Seconds with three decimals, as timelines print them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.as_millis();
        write!(f, "{}.{:03}", ms / 1000, ms % 1000)
    }
}

/// A moment of a call: samples at 48 kHz since it began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MediaTime(u64);

impl MediaTime {
    /// The beginning of the call.
    pub const ZERO: Self = Self(0);

    /// That many milliseconds into the call.
    #[must_use]
    pub const fn from_millis(ms: u64) -> Self {
        Self(ms.saturating_mul(48))
    }

    /// That many samples of a rate into the call.
    #[must_use]
    pub const fn from_samples(samples: u64, rate: Rate) -> Self {
        Self(samples.saturating_mul(rate.ticks()))
    }

    /// Whole milliseconds since the call began.
    #[must_use]
    pub const fn as_millis(self) -> u64 {
        self.0 / 48
    }

    /// 48 kHz samples since the call began: the value a journal keeps.
    #[must_use]
    pub const fn ticks(self) -> u64 {
        self.0
    }

    /// The moment a journal kept.
    #[must_use]
    pub const fn from_ticks(ticks: u64) -> Self {
        Self(ticks)
    }

    /// Time passed since an earlier moment, nothing if it is a later one.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Span> for MediaTime {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl AddAssign<Span> for MediaTime {
    fn add_assign(&mut self, span: Span) {
        *self = *self + span;
    }
}

impl Sub<Span> for MediaTime {
    type Output = Self;
    /// Saturates at the beginning of the call.
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl fmt::Display for MediaTime {
    /// Seconds with three decimals, as timelines print them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.since(Self::ZERO).fmt(f)
    }
}
