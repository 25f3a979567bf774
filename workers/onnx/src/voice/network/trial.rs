//! Does a network say anything, and does what it says hang together?

use rten_tensor::Tensor;
use rten_tensor::prelude::*;

use super::{Manner, Network, another};
use crate::graph::ModelError;
use crate::voice::config::Config;
use crate::voice::ids::Ids;

impl Network {
    /// Speaks a few sounds, so that all memory is there, shapes are known to fit, and the seam is known to hold.
    ///
    /// # Errors
    /// When what comes out is not speech.
    pub fn warm_up(&mut self, config: &Config) -> Result<(), ModelError> {
        let mut ids = Ids::new(config, "").ids;
        let end = ids.pop().unwrap_or_default();
        let mut sounds: Vec<i32> = config.ids.values().flatten().copied().collect();
        sounds.sort_unstable();
        ids.extend(sounds.iter().cycle().take(12));
        ids.push(end);
        let manner = Manner { noise: 0.0, length: 1.0, noise_w: 0.0, speaker: 0 };
        let seam = self.seam.take();
        let whole = self.speak(&ids, manner).map_err(another)?;
        let good = !whole.is_empty() && whole.iter().all(|sample| sample.is_finite());
        if !good {
            return Err(another("what it says is no sound"));
        }
        if self.whole.is_some() {
            (self.durations, self.hop) = (None, 0);
            return Ok(());
        }
        self.seam = seam;
        self.hop = self.measured_hop(&ids, manner, whole.len()).unwrap_or_default();
        let same = |streamed: Vec<f32>| {
            streamed.len() == whole.len() && streamed.iter().zip(&whole).all(|(a, b)| (a - b).abs() < 1e-3)
        };
        let holds = self.hop > 0 && self.speak(&ids, manner).is_ok_and(same);
        if !holds {
            (self.seam, self.hop) = (None, 0);
        }
        if self.durations.is_some() && self.hop > 0 {
            let told = self.begin(&ids, manner).map_err(another)?.durations;
            if told.is_none_or(|told| told.iter().sum::<usize>() != whole.len()) {
                self.durations = None;
            }
        } else {
            self.durations = None;
        }
        Ok(())
    }

    /// Samples of a frame, if the seam is one.
    fn measured_hop(&self, ids: &[i32], manner: Manner, samples: usize) -> Option<usize> {
        let [frames] = self.run(ids, manner, &[self.seam?]).ok()?.try_into().ok()?;
        let frames = Tensor::<f32>::try_from(frames).ok()?;
        let &[1, _, count] = frames.shape() else { return None };
        (count > 0 && samples.is_multiple_of(count)).then(|| samples / count)
    }
}
