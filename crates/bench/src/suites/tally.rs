//! What came of the turns and interruptions of some calls? Every suite counts them alike.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tom_probe::figures::{Answer, BargeIn, Measured};
use tom_probe::stats::{Sample, Summary};
use tom_probe::trace::Spoken;
use tom_probe::{Micros, Trace};

use super::by_name;
use crate::corpus::Item;

/// Of how many of the slowest the names are told.
const NAMED: usize = 10;

/// A turn of a call, and how it was answered.
pub(super) struct Turn<'a> {
    /// Counts from 0 within its call.
    pub(super) nth: usize,
    pub(super) item: &'a Item,
    pub(super) spoken: &'a Spoken,
    pub(super) trace: &'a Trace,
    /// When the caller spoke again, or the call was over.
    pub(super) until: Micros,
    pub(super) answer: Answer,
}

/// The turns of some calls, those that were spoken to their end.
pub(super) fn turns<'a>(traces: &'a [Trace], items: &'a [Item]) -> Vec<Turn<'a>> {
    let known = by_name(items);
    let mut turns = Vec::new();
    for trace in traces {
        let measured = Measured::new(trace);
        for (nth, spoken) in trace.spoken.iter().enumerate() {
            let (Some(&item), Some(&last)) = (known.get(spoken.clip.as_str()), spoken.marks.get(1)) else {
                continue;
            };
            let until = trace.spoken.get(nth + 1).map_or(trace.lasted, |next| next.began);
            let answer = measured.answer(last, until);
            turns.push(Turn { nth, item, spoken, trace, until, answer });
        }
    }
    turns
}

/// How soon turns were answered.
#[derive(Default)]
pub(super) struct Answers {
    all: Sample,
    /// Answered before the end.
    pub(super) early: usize,
    groups: Groups,
}

impl Answers {
    /// Counts a turn. Gives the milliseconds after which it was answered, infinite if it never was; none if it was
    /// answered before its end.
    pub(super) fn add(&mut self, group: String, answer: Answer) -> Option<f64> {
        let found = match answer {
            Answer::After(ms) => Some(ms),
            Answer::Never => None,
            Answer::Early => {
                self.early += 1;
                return None;
            }
        };
        self.all.add(found);
        self.groups.add(group, found);
        Some(found.unwrap_or(f64::INFINITY))
    }

    pub(super) fn all(&self) -> Summary {
        self.all.summary()
    }

    pub(super) fn groups(&self) -> BTreeMap<String, Summary> {
        self.groups.summaries()
    }
}

/// How soon the agent fell silent for those who spoke over it.
#[derive(Default)]
pub(super) struct Stops {
    pub(super) stop: Sample,
    pub(super) cleared: Sample,
    pub(super) arrival: Sample,
    /// It was silent anyway.
    pub(super) silent: usize,
    groups: Groups,
    slowest: Slowest,
}

impl Stops {
    /// Counts an interruption.
    pub(super) fn add(&mut self, item: &Item, clip: &str, found: BargeIn) {
        let found = match found {
            BargeIn::WasSilent => {
                self.silent += 1;
                return;
            }
            BargeIn::Stopped(stop) => Some(stop),
            BargeIn::Missed => None,
        };
        self.stop.add(found.map(|f| f.stop_ms));
        self.cleared.add(found.map(|f| f.cleared_ms));
        self.arrival.add(found.map(|f| f.arrival_ms));
        self.groups.add(group(item), found.map(|f| f.stop_ms));
        self.slowest.add(clip, found.map_or(f64::INFINITY, |f| f.stop_ms));
    }

    pub(super) fn groups(&self) -> BTreeMap<String, Summary> {
        self.groups.summaries()
    }

    pub(super) fn slowest(&mut self) -> Vec<Value> {
        self.slowest.named()
    }
}

/// The language and the band of a piece.
pub(super) fn group(item: &Item) -> String {
    format!("{} {:?}", item.tongue.code(), item.band)
}

/// Samples of several kinds.
#[derive(Default)]
struct Groups(BTreeMap<String, Sample>);

impl Groups {
    fn add(&mut self, group: String, found: Option<f64>) {
        self.0.entry(group).or_default().add(found);
    }

    fn summaries(&self) -> BTreeMap<String, Summary> {
        self.0.iter().map(|(name, sample)| (name.clone(), sample.summary())).collect()
    }
}

/// The slowest pieces by name.
#[derive(Default)]
pub(super) struct Slowest(Vec<(f64, String)>);

impl Slowest {
    /// Milliseconds, infinite for what never came.
    pub(super) fn add(&mut self, clip: &str, ms: f64) {
        self.0.push((ms, clip.to_owned()));
    }

    pub(super) fn named(&mut self) -> Vec<Value> {
        self.0.sort_by(|a, b| b.0.total_cmp(&a.0));
        let named = self.0.iter().take(NAMED);
        named.map(|(ms, clip)| json!({"ms": ms.is_finite().then_some(*ms), "clip": clip})).collect()
    }
}
