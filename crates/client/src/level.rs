//! Where is a voice, and where is silence? Judged by level alone: -50 dBFS.

use tom_audio::level::is_audible;

use crate::{FRAME, MS, Moment};

/// Samples in the steps in which an edge is looked for: 5 ms.
const STEP: usize = 80;
/// Silence after which a voice has stopped; shorter gaps are part of speaking.
pub(crate) const GAP: u64 = 300 * MS;

/// The first and the last voiced frame of a recording that is cut into frames of 20 ms.
pub(crate) fn voiced_frames(pcm: &[i16]) -> Option<(usize, usize)> {
    let first = pcm.chunks(FRAME).position(is_audible)?;
    let last = pcm.chunks(FRAME).rposition(is_audible)?;
    Some((first, last))
}

/// Looks for the agent's voice in what the caller heard.
#[derive(Debug)]
pub(crate) struct Voice {
    /// For each step of 5 ms, whether a voice is in it: it and 20 ms around it are audible.
    steps: Vec<bool>,
}

impl Voice {
    pub(crate) fn new(track: &[i16]) -> Self {
        let audible = |from: usize| {
            let to = (from + FRAME).min(track.len());
            is_audible(&track[from..to])
        };
        let steps = track
            .chunks(STEP)
            .enumerate()
            .map(|(n, step)| {
                let (from, to) = (n * STEP, n * STEP + step.len());
                is_audible(step) && (audible(from) || audible(to.saturating_sub(FRAME)))
            })
            .collect();
        Self { steps }
    }

    /// The first audible sample from a moment on, before another.
    pub(crate) fn first(&self, from: Moment, until: Moment) -> Option<Moment> {
        let from = from.div_ceil(STEP as u64) as usize;
        let until = (until as usize / STEP).min(self.steps.len());
        let found = self.steps.get(from..until)?.iter().position(|s| *s)?;
        Some(((from + found) * STEP) as Moment)
    }

    /// Whether there is a voice within a time.
    pub(crate) fn any(&self, from: Moment, until: Moment) -> bool {
        self.first(from, until).is_some()
    }

    /// From a moment on, where the voice stops: the end of the last audible step before [`GAP`] of silence.
    pub(crate) fn stop(&self, from: Moment) -> Option<Moment> {
        let mut stop = None;
        let mut at = from;
        while let Some(step) = self.first(at, at + GAP + STEP as u64) {
            at = step + STEP as u64;
            stop = Some(at);
        }
        stop
    }
}
