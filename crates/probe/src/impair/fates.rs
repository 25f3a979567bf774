//! What becomes of each message, and when does it leave? Without a clock and a socket.

use super::Impairment;
use crate::clip::next;
use crate::trace::Micros;

/// Decides the fates of the messages of one direction.
#[derive(Clone, Debug)]
pub struct Fates {
    spec: Impairment,
    state: u64,
    last: Micros,
}

impl Fates {
    /// For a direction; different `lane`s of one seed have different luck.
    #[must_use]
    pub const fn new(spec: Impairment, lane: u64) -> Self {
        Self { spec, state: spec.seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(lane), last: 0 }
    }

    /// When a message that arrives now leaves; `None`: it is lost. Messages keep their order.
    pub fn next(&mut self, now: Micros, audio: bool) -> Option<Micros> {
        // Both numbers are drawn whatever is asked, so that one fate does not move the others.
        let (lost, late) = (self.unit(), self.unit());
        if audio && lost * 100.0 < self.spec.loss_percent {
            return None;
        }
        let jitter = (f64::from(self.spec.jitter_ms) * 1_000.0 * late) as Micros;
        self.last = self.last.max(now + Micros::from(self.spec.delay_ms) * 1_000 + jitter);
        Some(self.last)
    }

    fn unit(&mut self) -> f64 {
        (next(&mut self.state) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
#[path = "fates_tests.rs"]
mod tests;
