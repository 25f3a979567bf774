//! How long did each answer take, and how soon did the agent fall silent?

use crate::dialogue::Turning;
use crate::level::{GAP, Voice};
use crate::mouth::Spoken;
use crate::report::{BargeIn, Outcome, TurnReport};
use crate::{MS, Moment};

/// What was heard and told in a call.
pub(crate) struct Heard<'a> {
    pub(crate) voice: &'a Voice,
    /// When audible frames arrived.
    pub(crate) arrivals: &'a [Moment],
    pub(crate) turnings: &'a [(Moment, Turning)],
    /// The end of the call.
    pub(crate) end: Moment,
}

/// Measures every recording that was spoken.
pub(crate) fn turns(spoken: &[Spoken], heard: &Heard<'_>) -> Vec<TurnReport> {
    spoken
        .iter()
        .enumerate()
        .map(|(n, turn)| {
            let until = spoken[n + 1..].iter().find_map(|s| s.first_voiced).unwrap_or(heard.end);
            TurnReport {
                recording: turn.name.clone(),
                began_ms: turn.began / MS,
                voice_from_ms: turn.first_voiced.map(|t| t / MS),
                voice_to_ms: turn.last_voiced.map(|t| t / MS),
                latency_ms: turn
                    .last_voiced
                    .and_then(|from| answer(from, until, heard.voice))
                    .map(|samples| samples / MS),
                barge_in: turn.first_voiced.and_then(|onset| barge_in(onset, until, heard)),
            }
        })
        .collect()
}

/// From the last voiced sample to the first audible one of the answer. A voice that was still speaking then is
/// not the answer: it must fall silent first.
fn answer(from: Moment, until: Moment, voice: &Voice) -> Option<u64> {
    let still = voice.any(from.saturating_sub(20 * MS), from + 20 * MS);
    let after = if still { voice.stop(from).unwrap_or(from) } else { from };
    Some(voice.first(after, until)? - from)
}

/// Speech over a voice: one that was there within 300 ms before the onset, and is still there after it.
fn barge_in(onset: Moment, until: Moment, heard: &Heard<'_>) -> Option<BargeIn> {
    if !heard.voice.any(onset.saturating_sub(GAP), onset) {
        return None;
    }
    let stop = heard.voice.stop(onset)?;
    let last_frame = heard.arrivals.iter().rev().find(|&&t| t <= stop).filter(|&&t| t >= onset);
    let outcome = heard.turnings.iter().find(|(at, _)| (onset..until).contains(at)).map_or(
        Outcome::Unknown,
        |(_, turning)| match turning {
            Turning::Interrupted => Outcome::Interrupted,
            Turning::Resumed => Outcome::Resumed,
        },
    );
    Some(BargeIn {
        onset_ms: onset / MS,
        stop_ms: (stop - onset) / MS,
        last_frame_ms: last_frame.map(|t| (t - onset) / MS),
        outcome,
    })
}

#[cfg(test)]
#[path = "measure_tests.rs"]
mod tests;
