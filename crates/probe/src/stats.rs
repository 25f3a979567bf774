//! What do many measurements say together? Nearest ranks, and a miss is longer than anything.

use serde::Serialize;

/// Measurements in milliseconds, and how often there was nothing to measure although there should have been.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    found: Vec<f64>,
    missed: usize,
}

/// What is told of a [`Sample`]. A percentile is `None` when it lies among the misses, or there is nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Summary {
    /// Measurements, misses included.
    pub count: usize,
    /// Misses: what should have happened did not.
    pub missed: usize,
    /// The least.
    pub min: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// 95 of 100 are not above it.
    pub p95: Option<f64>,
    /// 99 of 100 are not above it.
    pub p99: Option<f64>,
    /// The greatest.
    pub max: Option<f64>,
}

impl Sample {
    /// Adds a measurement, or a miss.
    pub fn add(&mut self, found: Option<f64>) {
        match found {
            Some(value) => self.found.push(value),
            None => self.missed += 1,
        }
    }

    /// Adds another sample's measurements.
    pub fn join(&mut self, other: &Self) {
        self.found.extend_from_slice(&other.found);
        self.missed += other.missed;
    }

    /// The percentile `p` of 0 to 100 by nearest rank; misses rank above all measurements.
    #[must_use]
    pub fn percentile(&self, p: f64) -> Option<f64> {
        let mut sorted = self.found.clone();
        sorted.sort_by(f64::total_cmp);
        self.rank(&sorted, p)
    }

    fn rank(&self, sorted: &[f64], p: f64) -> Option<f64> {
        let count = sorted.len() + self.missed;
        let rank = ((p / 100.0 * count as f64).ceil() as usize).clamp(1, count.max(1));
        sorted.get(rank - 1).copied()
    }

    /// All of it in a few numbers.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let mut sorted = self.found.clone();
        sorted.sort_by(f64::total_cmp);
        Summary {
            count: sorted.len() + self.missed,
            missed: self.missed,
            min: sorted.first().copied(),
            p50: self.rank(&sorted, 50.0),
            p95: self.rank(&sorted, 95.0),
            p99: self.rank(&sorted, 99.0),
            max: if self.missed == 0 { sorted.last().copied() } else { None },
        }
    }
}

impl FromIterator<Option<f64>> for Sample {
    fn from_iter<I: IntoIterator<Item = Option<f64>>>(all: I) -> Self {
        let mut sample = Self::default();
        all.into_iter().for_each(|one| sample.add(one));
        sample
    }
}

#[cfg(test)]
#[path = "stats_tests.rs"]
mod tests;
