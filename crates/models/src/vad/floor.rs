//! How far above the noise is this block? An adaptive noise floor by minimum statistics.
//!
//! Speech has gaps, noise has none: the lowest smoothed level of the last 1.5 s is noise (R. Martin, "Noise
//! Power Spectral Density Estimation Based on Optimal Smoothing and Minimum Statistics", 2001, here over the
//! whole band). The floor follows it down at once and up slowly.

use super::config::VadConfig;
use super::level::decibels;

/// Samples at 16 kHz in a block: 16 ms, one period of the lowest voices.
pub(super) const BLOCK: usize = 256;
/// Blocks in a second.
const PER_SECOND: f32 = 16_000.0 / BLOCK as f32;
/// The window is kept as the minima of eight parts of 192 ms.
const PARTS: usize = 8;
const BLOCKS_PER_PART: u32 = 12;
/// A minimum lies below the mean: what is added to get back to it, in dB.
const BIAS_DB: f32 = 1.5;
/// What the floor is taken to be when a call begins, in dBFS.
const FIRST_DB: f32 = -50.0;
/// How much of the last level stays in the smoothed one.
const SMOOTH: f32 = 0.6;

/// The noise floor of one call.
#[derive(Clone, Debug)]
pub(super) struct NoiseFloor {
    min_db: f32,
    /// dB per block.
    rise: f32,
    /// Smoothed power, full scale 1.
    smooth: Option<f32>,
    parts: [f32; PARTS],
    part: usize,
    blocks: u32,
    floor_db: f32,
}

impl NoiseFloor {
    pub(super) fn new(config: &VadConfig) -> Self {
        Self {
            min_db: config.floor_min_db,
            rise: config.floor_rise_db / PER_SECOND,
            smooth: None,
            parts: [f32::INFINITY; PARTS],
            part: 0,
            blocks: 0,
            floor_db: FIRST_DB.max(config.floor_min_db),
        }
    }

    /// Takes the next block's mean power above 100 Hz (full scale 1) and tells how many dB it lies above the
    /// noise. `speaking`: whether speech is going on, which makes the floor rise more slowly.
    pub(super) fn snr_db(&mut self, power: f32, speaking: bool) -> f32 {
        let smooth = self.smooth.map_or(power, |s| s * SMOOTH + power * (1.0 - SMOOTH));
        self.smooth = Some(smooth);
        let part = &mut self.parts[self.part];
        *part = part.min(smooth);
        let lowest = self.parts.iter().copied().fold(f32::INFINITY, f32::min);
        self.blocks += 1;
        if self.blocks == BLOCKS_PER_PART {
            self.blocks = 0;
            self.part = (self.part + 1) % PARTS;
            self.parts[self.part] = f32::INFINITY;
        }
        let target = (decibels(lowest) + BIAS_DB).max(self.min_db);
        let rise = if speaking { self.rise / 4.0 } else { self.rise };
        self.floor_db = target.min(self.floor_db + rise);
        self.above(power)
    }

    /// How many dB a power lies above the noise, which does not change by it.
    pub(super) fn above(&self, power: f32) -> f32 {
        decibels(power) - self.floor_db
    }

    #[cfg(test)]
    fn floor_db(&self) -> f32 {
        self.floor_db
    }
}

#[cfg(test)]
#[path = "floor_tests.rs"]
mod tests;
