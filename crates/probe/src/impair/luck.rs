//! What becomes of each datagram, and when does it leave, once or twice? Without a clock and a socket.

use super::Weather;
use crate::clip::next;
use crate::trace::Micros;

/// Decides what becomes of the datagrams of one direction.
#[derive(Clone, Debug)]
pub struct Luck {
    weather: Weather,
    state: u64,
    first: Option<Micros>,
    /// A run of losses goes on.
    bad: bool,
}

impl Luck {
    /// For a direction; different `lane`s of one seed have different luck.
    #[must_use]
    pub const fn new(weather: Weather, lane: u64) -> Self {
        let state = weather.seed.wrapping_mul(0x2545_f491_4f6c_dd1d).wrapping_add(lane);
        Self { weather, state, first: None, bad: false }
    }

    /// When a datagram that arrives now leaves, and its double: none, it is lost.
    pub fn next(&mut self, now: Micros) -> [Option<Micros>; 2] {
        // All numbers are drawn whatever is asked, so that one fate does not move the others.
        let [lost, late, overtaken, twice, later] = std::array::from_fn(|_| self.unit());
        let weather = self.weather;
        let since = now - *self.first.get_or_insert(now);
        self.bad = lost < self.risk();
        let apart = weather.partition_ms.is_some_and(|(from, lasts)| {
            (u64::from(from) * 1_000..u64::from(from + lasts) * 1_000).contains(&since)
        });
        if self.bad || apart {
            return [None; 2];
        }
        let drift = i128::from(since) * i128::from(weather.drift_ppm) / 1_000_000;
        let fixed = i128::from(weather.delay_ms) * 1_000 + drift;
        let slow = if overtaken * 100.0 < weather.reorder_percent { Weather::REORDER_MS } else { 0 };
        let leaves = |late: f64| {
            let jitter = (f64::from(weather.jitter_ms) * 1_000.0 * late) as u64;
            now + u64::try_from(fixed).unwrap_or(0) + u64::from(slow) * 1_000 + jitter
        };
        let double = (twice * 100.0 < weather.duplicate_percent).then(|| leaves(later));
        [Some(leaves(late)), double]
    }

    /// The chance that the next datagram is lost: of the two states of Gilbert's model, in one nothing passes.
    fn risk(&self) -> f64 {
        let Weather { loss_percent, burst, .. } = self.weather;
        let loss = loss_percent / 100.0;
        if burst <= 1.0 || loss >= 1.0 {
            loss
        } else if self.bad {
            1.0 - 1.0 / burst
        } else {
            loss / (burst * (1.0 - loss))
        }
    }

    fn unit(&mut self) -> f64 {
        (next(&mut self.state) >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
#[path = "luck_tests.rs"]
mod tests;
