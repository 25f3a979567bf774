//! When is each frame of agent audio played? The pacing schedule: every 20 ms from its arrival on, in order.

use crate::trace::{FRAME_TIME, Heard, Micros};
use crate::voice::{STEPS, audible_steps};

/// When a frame is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Play {
    /// Its first sample.
    pub from: Micros,
    /// Its end; earlier than 20 ms after its beginning, or at once, if a `clear` threw the rest away.
    pub to: Micros,
    /// How far ahead of its play it arrived.
    pub lead: Micros,
}

/// 5 ms of audible agent sound as it is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sound {
    /// The frame it is in, counted from the call's first.
    pub frame: usize,
    /// Where it begins.
    pub from: Micros,
    /// Where it ends.
    pub to: Micros,
}

/// When frames that arrive at these moments are played. Each `clear` (how many frames came before it, and
/// when) throws away what is not played by then.
#[must_use]
pub fn plays(arrivals: impl Iterator<Item = Micros>, clears: &[(usize, Micros)]) -> Vec<Play> {
    let mut out: Vec<Play> = Vec::new();
    let mut clears = clears.iter().peekable();
    let mut end = 0;
    let empty = |out: &mut Vec<Play>, end: &mut Micros, at: Micros| {
        for play in out.iter_mut().rev().take_while(|play| play.to > at) {
            play.from = play.from.min(at);
            play.to = at;
        }
        *end = (*end).min(at);
    };
    for (n, at) in arrivals.enumerate() {
        while let Some((_, when)) = clears.next_if(|(before, _)| *before <= n) {
            empty(&mut out, &mut end, *when);
        }
        let from = end.max(at);
        end = from + FRAME_TIME;
        out.push(Play { from, to: end, lead: from - at });
    }
    for (_, when) in clears {
        empty(&mut out, &mut end, *when);
    }
    out
}

/// The audible pieces of some frames that are played so.
#[must_use]
pub fn sounds(heard: &[Heard], plays: &[Play]) -> Vec<Sound> {
    let step = FRAME_TIME / STEPS as Micros;
    let mut out = Vec::new();
    let mut first = 0;
    while first < plays.len() {
        let joined = plays[first..].windows(2).take_while(|pair| pair[0].to == pair[1].from).count();
        let last = first + joined;
        let run: Vec<u16> = heard[first..=last].iter().flat_map(|frame| frame.rms).collect();
        for (n, _) in audible_steps(&run).iter().enumerate().filter(|(_, audible)| **audible) {
            let (frame, within) = (first + n / STEPS, (n % STEPS) as Micros);
            let play = plays[frame];
            let from = play.from + within * step;
            if from < play.to {
                out.push(Sound { frame, from, to: (from + step).min(play.to) });
            }
        }
        first = last + 1;
    }
    out
}

#[cfg(test)]
#[path = "schedule_tests.rs"]
mod tests;
