//! How soon did the agent fall silent, how soon did it answer, and what made it stop for nothing?
//!
//! A caller's sample counts as *in* when the frame that holds it is sent. An agent's sample counts as *out*
//! when the pacing schedule plays it.

use tom_wire::ServerEvent;

use crate::schedule::Sound;
use crate::trace::{FRAME_TIME, Micros, Trace};

/// A trace with its schedules worked out.
#[derive(Debug)]
pub struct Measured<'a> {
    /// The trace.
    pub trace: &'a Trace,
    /// Audible sound by the pacing schedule.
    pub sounds: Vec<Sound>,
    /// The same for a far end that honours `clear`.
    pub cleared: Vec<Sound>,
}

/// How the agent fell silent, in milliseconds from the caller's onset.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stop {
    /// To the last audible agent sample by the pacing schedule: the figure.
    pub stop_ms: f64,
    /// To the last one that a far end heard which honours `clear`.
    pub cleared_ms: f64,
    /// To the arrival of the frame that holds it.
    pub arrival_ms: f64,
}

/// What came of speech over the reply.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BargeIn {
    /// The agent gave up the floor.
    Stopped(Stop),
    /// It gave up the floor, but made no sound at the onset anyway: there is nothing to measure.
    WasSilent,
    /// It went on.
    Missed,
}

/// What came of a turn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Answer {
    /// The first audible sample came that many milliseconds after the caller's last.
    After(f64),
    /// It came before the caller's last.
    Early,
    /// It did not come.
    Never,
}

/// What a sound that is no interruption did to the reply.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Disturbance {
    /// The reply never went on.
    pub stopped: bool,
    /// How long each pause within it was, in milliseconds.
    pub pauses_ms: Vec<f64>,
    /// Times it only went on quietly.
    pub ducked: usize,
}

/// A voice that never falls silent for longer still speaks.
const SHORT_GAP: Micros = 100_000;

fn ms(from: Micros, to: Micros) -> f64 {
    (to as f64 - from as f64) / 1_000.0
}

impl<'a> Measured<'a> {
    /// Works out the schedules.
    #[must_use]
    pub fn new(trace: &'a Trace) -> Self {
        Self { trace, sounds: trace.sounds(), cleared: trace.sounds_with_clear() }
    }

    /// Speech over the reply that began at `onset`; what comes from `until` on has nothing to do with it.
    #[must_use]
    pub fn barge_in(&self, onset: Micros, until: Micros) -> BargeIn {
        let gave_up = self
            .trace
            .told_between(onset, until)
            .find(|t| matches!(t.event, ServerEvent::Interrupted { .. }));
        let Some(told) = gave_up else { return BargeIn::Missed };
        // Frames after that message belong to the next reply.
        let last = |sounds: &[Sound]| {
            let old = sounds.iter().rev().find(|sound| sound.frame < told.frames && sound.to > sound.from);
            old.filter(|sound| sound.to > onset).copied()
        };
        let Some(stop) = last(&self.sounds) else { return BargeIn::WasSilent };
        let cleared = last(&self.cleared).map_or(onset, |sound| sound.to);
        BargeIn::Stopped(Stop {
            stop_ms: ms(onset, stop.to),
            cleared_ms: ms(onset, cleared),
            arrival_ms: ms(onset, self.trace.heard[stop.frame].at),
        })
    }

    /// The same where nothing is told, as on a telephone. The agent gave up the floor if it fell silent while the
    /// caller, whose onset and last voiced sample are given, still spoke, and stayed so until the caller had ended.
    #[must_use]
    pub fn barge_in_by_ear(&self, onset: Micros, last: Micros) -> BargeIn {
        let heard = self.sounds.iter().filter(|sound| sound.to > onset && sound.from < last);
        let Some(stop) = heard.clone().next_back() else { return BargeIn::WasSilent };
        if heard.clone().next().is_some_and(|first| first.from > onset + SHORT_GAP) {
            // It was not speaking. What came afterwards is no answer to this.
            return BargeIn::WasSilent;
        }
        // A voice pauses now and then; who is silent for no longer has not stopped.
        if last.saturating_sub(stop.to) < SHORT_GAP {
            return BargeIn::Missed;
        }
        let stop_ms = ms(onset, stop.to);
        let arrival_ms = ms(onset, self.trace.heard[stop.frame].at);
        BargeIn::Stopped(Stop { stop_ms, cleared_ms: stop_ms, arrival_ms })
    }

    /// The answer to a turn whose last voiced sample was in at `last`, before `until`.
    #[must_use]
    pub fn answer(&self, last: Micros, until: Micros) -> Answer {
        if self.sounds.iter().any(|s| s.from < last + FRAME_TIME && s.to > last.saturating_sub(FRAME_TIME)) {
            return Answer::Early;
        }
        let first = self.sounds.iter().find(|sound| (last..until).contains(&sound.from));
        first.map_or(Answer::Never, |sound| Answer::After(ms(last, sound.from)))
    }

    /// Whether the agent took the turn before it was over: it was heard, or said to be thinking, between two
    /// moments.
    #[must_use]
    pub fn took_the_turn(&self, from: Micros, before: Micros) -> bool {
        let committed = |event: &ServerEvent| matches!(event, ServerEvent::LlmStarted { .. });
        self.trace.told_between(from, before).any(|told| committed(&told.event))
            || self.sounds.iter().any(|sound| (from..before).contains(&sound.from))
    }

    /// How long the pause was that was told before a frame; that frame may be the one in which the reply fades out.
    fn pause(&self, frame: usize, until: Micros) -> Option<f64> {
        let gap = |first: usize| {
            let before = self.sounds.iter().rev().find(|sound| sound.frame < first)?;
            let after = self.sounds.iter().find(|sound| sound.frame >= first)?;
            (after.from < until).then(|| ms(before.to, after.from))
        };
        [gap(frame), gap(frame + 1)].into_iter().flatten().reduce(f64::max)
    }

    /// What happened to a reply that was under way from `from` on and should still be at `until`.
    #[must_use]
    pub fn disturbance(&self, from: Micros, until: Micros) -> Disturbance {
        let mut out = Disturbance::default();
        for told in self.trace.told_between(from, until) {
            match &told.event {
                ServerEvent::Interrupted { .. } => out.stopped = true,
                ServerEvent::Paused { ducked: true } => out.ducked += 1,
                ServerEvent::Paused { ducked: false } => {
                    out.pauses_ms.extend(self.pause(told.frames, until));
                }
                _ => {}
            }
        }
        let quiet_at_the_end = 2_000_000;
        out.stopped |= !self
            .sounds
            .iter()
            .any(|sound| (until.saturating_sub(quiet_at_the_end)..until).contains(&sound.from));
        out
    }
}

#[cfg(test)]
#[path = "figures_tests.rs"]
mod tests;
