//! For how long has there been sound just now? Looked at in pieces of 4 ms, to see a beginning while it happens.

use tom_base::{Rate, Span};

use super::level::PIECE;

/// Pieces in a block of 16 ms.
pub(super) const PIECES: usize = 4;
/// Pieces without sound that end a run: voices pulse, the lowest every 16 ms.
const GAP: u32 = 4;
/// Pieces (160 ms) for which a run counts as a beginning.
const YOUNG: u32 = 40;

/// The last pieces of one call.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rise {
    powers: [f32; PIECES],
    at: usize,
    /// Pieces of sound in this run.
    sounding: u32,
    /// Pieces since it began.
    age: u32,
    gap: u32,
}

impl Rise {
    /// Takes the next piece's power and whether it is sound.
    pub(super) fn hear(&mut self, power: f32, sound: bool) {
        self.powers[self.at] = power;
        self.at = (self.at + 1) % PIECES;
        if sound {
            self.sounding += 1;
            self.gap = 0;
        } else {
            self.gap += 1;
        }
        self.age += u32::from(self.sounding > 0);
        if self.gap >= GAP {
            (self.sounding, self.age) = (0, 0);
        }
    }

    /// Whether a run of sound is under way.
    pub(super) fn is_on(&self) -> bool {
        self.sounding > 0
    }

    /// Whether the run is young and has this many milliseconds of sound.
    pub(super) fn is_beginning(&self, least_ms: u32) -> bool {
        self.age <= YOUNG
            && Span::from_samples(u64::from(self.sounding) * PIECE as u64, Rate::Hz16000)
                >= Span::from_millis(u64::from(least_ms))
    }

    /// How long ago the run began.
    pub(super) fn age(&self) -> Span {
        Span::from_samples(u64::from(self.age) * PIECE as u64, Rate::Hz16000)
    }

    /// The mean power of the last 16 ms.
    pub(super) fn power(&self) -> f32 {
        self.powers.iter().sum::<f32>() / PIECES as f32
    }

    /// Whether a block of 16 ms is complete.
    pub(super) fn is_block(&self) -> bool {
        self.at == 0
    }
}
