//! Is it a person or a machine that picked up? Judged on generated greetings.

use std::path::Path;

use anyhow::Result;
use serde_json::{Value, json};
use tom_audio::Frame;
use tom_audio::pickup::{Picker, Pickup, Verdict};
use tom_base::{MediaTime, Rate};
use tom_engine::{Edge, Vad};
use tom_models::vad::{VadChoice, VadEngine, VadTuning};

use super::Bench;
use crate::corpus::{Greeting, Sizes, Who};
use crate::table::Row;

/// Samples of 20 ms.
const FRAME: usize = 320;
/// The share of people, and of machines, that are to be known as what they are.
const RIGHT: f64 = 0.9;
/// By then, in milliseconds after the answer.
const BY: u64 = 2_500;

/// What the detector says of a greeting, with the voice activity that calls have.
#[must_use]
pub fn judge(vad: &mut dyn Vad, greeting: &Greeting) -> Option<Verdict> {
    vad.reset();
    let (mut pickup, mut voiced) = (Pickup::new(), false);
    greeting.pcm.as_chunks::<FRAME>().0.iter().enumerate().find_map(|(n, pcm)| {
        let at = MediaTime::from_samples((n * FRAME) as u64, Rate::Hz16000);
        match vad.push(Frame { at, rate: Rate::Hz16000, pcm }) {
            Some(Edge::Start { .. }) => voiced = true,
            Some(Edge::End { .. }) => voiced = false,
            Some(Edge::Hiss { .. }) | None => {}
        }
        pickup.push(pcm, voiced)
    })
}

/// How many were known as what they are.
#[derive(Clone, Copy, Debug, Default, serde::Serialize)]
pub struct Score {
    /// All of the kind.
    pub all: usize,
    /// Known as what they are. Unknown counts as wrong, and so does what comes late.
    pub right: usize,
    /// Of the others, those of which nothing could be said.
    pub unknown: usize,
    /// The longest it took, in milliseconds after the answer.
    pub latest_ms: u64,
}

impl Score {
    /// The share of right ones.
    #[must_use]
    pub fn share(&self) -> f64 {
        self.right as f64 / self.all.max(1) as f64
    }

    /// Adds a greeting.
    pub fn add(&mut self, who: Who, verdict: Option<Verdict>) {
        let wanted = if who == Who::Machine { Picker::Machine } else { Picker::Human };
        let in_time = verdict.filter(|verdict| verdict.after.as_millis() <= BY);
        self.all += 1;
        self.right += usize::from(in_time.is_some_and(|verdict| verdict.by == wanted));
        self.unknown += usize::from(in_time.is_none_or(|verdict| verdict.by == Picker::Unknown));
        self.latest_ms = self.latest_ms.max(verdict.map_or(u64::MAX, |verdict| verdict.after.as_millis()));
    }
}

/// The detector of voice activity that calls have: Silero where its weights are, else the one inside the program.
///
/// # Errors
/// When it cannot be made.
pub fn detector(models: Option<&Path>) -> Result<VadEngine> {
    Ok(VadEngine::load(models, VadChoice::Auto, &VadTuning::default())?)
}

/// How many greetings each kind of answerer and each half has got right: people, machines, receptions.
#[must_use]
pub fn scores(vad: &mut dyn Vad, greetings: &[Greeting]) -> ([[Score; 3]; 2], Vec<Value>) {
    let (mut scores, mut wrong) = ([[Score::default(); 3]; 2], Vec::new());
    for greeting in greetings {
        let verdict = judge(vad, greeting);
        let kind = match greeting.who {
            Who::Person => 0,
            Who::Machine => 1,
            Who::Reception => 2,
        };
        let score = &mut scores[usize::from(greeting.held_out)][kind];
        let before = score.right;
        score.add(greeting.who, verdict);
        if score.right == before {
            wrong.push(json!({
                "greeting": greeting.name,
                "held_out": greeting.held_out,
                "taken_for": verdict.map(|v| v.by.as_str()),
                "sign": verdict.map(|v| v.sign.as_str()),
                "after_ms": verdict.map(|v| v.after.as_millis()),
            }));
        }
    }
    (scores, wrong)
}

/// A row for the greetings that thresholds were chosen by, one for the others, and one for receptions.
pub(super) fn run(bench: &Bench) -> Result<Vec<Row>> {
    let each = if bench.plan.sizes == Sizes::quick() { 10 } else { 60 };
    let engine = detector(bench.plan.models.as_deref())?;
    let (scores, wrong) = scores(&mut *engine.open(), &bench.maker.greetings(each)?);
    let told = |score: &Score| format!("{} of {} ({:.0} %)", score.right, score.all, score.share() * 100.0);
    let mut rows = Vec::new();
    for ([people, machines, _], held_out) in scores.iter().zip([false, true]) {
        let texts = if held_out { "texts held out" } else { "texts its thresholds were chosen by" };
        let figure = format!("person or machine picks up, known within 2.5 s of the answer: {texts}");
        let value = format!("people {}, machines {}; with {}", told(people), told(machines), engine.name());
        let wrong: Vec<_> = wrong.iter().filter(|wrong| wrong["held_out"] == held_out).collect();
        let data = json!({"people": people, "machines": machines, "wrong": wrong});
        rows.push(if held_out {
            let met = people.share() >= RIGHT && machines.share() >= RIGHT;
            Row::judged(&figure, "90 % each way", value, met, data)
        } else {
            Row::reported(&figure, value, data)
        });
    }
    let [[_, _, chosen], [_, _, held]] = &scores;
    rows.push(Row::reported(
        "receptions, who say as much as machines, known as people",
        format!("{} and, held out, {}", told(chosen), told(held)),
        json!({"chosen_by": chosen, "held_out": held}),
    ));
    Ok(rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::corpus::Maker;

    /// Real synthesisers and a real detector of voice activity, the one inside the program; fewer greetings than the
    /// table has. The share asked for leaves room for so small a number.
    #[test]
    fn most_people_and_machines_are_known_in_time() {
        let there = ["flite", "espeak-ng", "sox"].iter().all(|program| {
            std::env::var_os("PATH")
                .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
        });
        if !there {
            assert!(std::env::var_os("CI").is_none(), "CI has flite, espeak-ng and sox");
            eprintln!("left out: flite, espeak-ng or sox is not installed");
            return;
        }
        let dir = tempfile::tempdir().expect("a folder");
        let maker = Maker::new(dir.path(), Path::new("nowhere"), 7).expect("a maker");
        let greetings = maker.greetings(12).expect("greetings");
        let mut vad = detector(None).expect("the detector inside").open();
        let ([chosen_by, held_out], wrong) = scores(&mut *vad, &greetings);
        for [people, machines, _] in [chosen_by, held_out] {
            assert_eq!((people.all, machines.all), (12, 12));
            assert!(people.right >= 9 && machines.right >= 9, "{people:?}, {machines:?}: {wrong:#?}");
            assert!(people.latest_ms <= BY && machines.latest_ms <= BY);
        }
    }
}
