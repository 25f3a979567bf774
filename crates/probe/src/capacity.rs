//! How does a server bear many calls at once? Each takes a turn and interrupts once in every cycle.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::Serialize;

use crate::clip::{Clip, next};
use crate::figures::{Answer, BargeIn, Measured};
use crate::line::{Act, Actor, EngineError, EngineReport, Options, Planned, Seen, Target, run};
use crate::stats::{Sample, Summary};
use crate::trace::{Micros, Trace};

/// Silence of the agent after which the caller takes the floor.
const QUIET: Micros = 500_000;
/// The longest wait for an answer before the caller gives it up.
const NO_ANSWER: Micros = 8_000_000;

/// Calls at once.
#[derive(Clone, Debug)]
pub struct CapacityOptions {
    /// The server.
    pub target: Target,
    /// How many.
    pub calls: usize,
    /// How long each lasts.
    pub lasts: Duration,
    /// Time in which all of them are opened, evenly.
    pub ramp: Duration,
    /// Time from one turn of a call to its next.
    pub cycle: Duration,
    /// What callers say into silence: clips with two marks, the first and the last voiced sample.
    pub turns: Vec<Arc<Clip>>,
    /// What they say into the reply.
    pub interruptions: Vec<Arc<Clip>>,
    /// Of all that is random.
    pub seed: u64,
}

/// What came of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct CapacityReport {
    /// Calls made.
    pub calls: usize,
    /// Calls that did not come about, broke, or had an error.
    pub lost: usize,
    /// The first reasons.
    pub reasons: Vec<String>,
    /// Turns: last voiced caller sample to first audible agent sample.
    pub voice_to_voice: Summary,
    /// Turns that the agent took before the caller had ended.
    pub cut_off: usize,
    /// Interruptions: first voiced caller sample to last audible agent sample, by the pacing schedule.
    pub barge_in: Summary,
    /// The same as a far end hears it that honours `clear`.
    pub barge_in_cleared: Summary,
    /// How well the callers kept their own time.
    pub own: EngineReport,
}

/// Makes the calls. Blocks: give it a thread of its own.
///
/// # Errors
/// When the system gives no sockets.
pub fn capacity(options: &CapacityOptions, stop: &AtomicBool) -> Result<CapacityReport, EngineError> {
    let mut calling = Options::new(options.target.clone());
    calling.at_once = options.calls;
    calling.spacing = options.ramp / u32::try_from(options.calls.max(1)).unwrap_or(u32::MAX);
    calling.longest = options.lasts + Duration::from_secs(60);
    let calls = (0..options.calls).map(|n| Planned {
        name: format!("call {n}"),
        actor: Box::new(Talker::new(options, n)) as _,
        echo: None,
    });
    let mut tally = Tally::default();
    let own = run(&calling, calls, stop, |trace| tally.add(&trace))?;
    Ok(tally.report(own))
}

/// The caller of that number, for whoever makes the calls by other means.
#[must_use]
pub fn caller(options: &CapacityOptions, n: usize) -> Box<dyn Actor> {
    Box::new(Talker::new(options, n))
}

/// The figures of many calls.
#[derive(Debug, Default)]
pub struct Tally {
    by_ear: bool,
    calls: usize,
    lost: usize,
    reasons: Vec<String>,
    voice_to_voice: Sample,
    cut_off: usize,
    barge_in: Sample,
    cleared: Sample,
}

impl Tally {
    /// For calls in which the server tells nothing: telephones.
    #[must_use]
    pub fn by_ear() -> Self {
        Self { by_ear: true, ..Self::default() }
    }

    /// Looks at a call that is over.
    pub fn add(&mut self, trace: &Trace) {
        self.calls += 1;
        if !trace.is_good() {
            self.lost += 1;
            if self.reasons.len() < 10 {
                self.reasons.push(trace.problems.first().cloned().unwrap_or(format!("{:?}", trace.ended)));
            }
        }
        let measured = Measured::new(trace);
        for (n, spoken) in trace.spoken.iter().enumerate() {
            let &[onset, last] = &spoken.marks[..] else { continue };
            // Speech that the hang-up cut off from its answer tells nothing.
            if trace.lasted < last + 3_000_000 {
                continue;
            }
            let until = trace.spoken.get(n + 1).map_or(trace.lasted, |next| next.began);
            if spoken.clip.starts_with(INTO_SILENCE) {
                match measured.answer(last, until) {
                    Answer::After(ms) => self.voice_to_voice.add(Some(ms)),
                    Answer::Early => self.cut_off += 1,
                    Answer::Never => self.voice_to_voice.add(None),
                }
            } else {
                let found = if self.by_ear {
                    measured.barge_in_by_ear(onset, last)
                } else {
                    measured.barge_in(onset, until)
                };
                match found {
                    BargeIn::Stopped(stop) => {
                        self.barge_in.add(Some(stop.stop_ms));
                        self.cleared.add(Some(stop.cleared_ms));
                    }
                    BargeIn::Missed => {
                        self.barge_in.add(None);
                        self.cleared.add(None);
                    }
                    BargeIn::WasSilent => {}
                }
            }
        }
    }

    /// All of it, with how well the callers kept their time.
    #[must_use]
    pub fn report(self, own: EngineReport) -> CapacityReport {
        CapacityReport {
            calls: self.calls,
            lost: self.lost,
            reasons: self.reasons,
            voice_to_voice: self.voice_to_voice.summary(),
            cut_off: self.cut_off,
            barge_in: self.barge_in.summary(),
            barge_in_cleared: self.cleared.summary(),
            own,
        }
    }
}

/// How the names of turns begin; all other clips are interruptions.
pub const INTO_SILENCE: &str = "turn";

/// A caller who takes a turn in every cycle and interrupts the answer to it.
struct Talker {
    turn: Arc<Clip>,
    interruption: Arc<Clip>,
    cycle: Micros,
    next_turn: Micros,
    until: Micros,
    /// How far into the answer the caller interrupts it.
    into: Micros,
    asked: Option<Micros>,
    dice: u64,
}

impl Talker {
    fn new(options: &CapacityOptions, n: usize) -> Self {
        let micros = |d: Duration| d.as_micros() as Micros;
        let pick = |of: &[Arc<Clip>]| of.get(n % of.len().max(1)).cloned();
        let nothing = || Arc::new(Clip::new("nothing", &[], &[]));
        let mut dice = options.seed.wrapping_add(n as u64);
        let first = next(&mut dice) % micros(options.cycle).max(1);
        Self {
            turn: pick(&options.turns).unwrap_or_else(nothing),
            interruption: pick(&options.interruptions).unwrap_or_else(nothing),
            cycle: micros(options.cycle),
            next_turn: first,
            until: micros(options.lasts),
            into: 1_000_000,
            asked: None,
            dice,
        }
    }
}

impl Actor for Talker {
    fn tick(&mut self, now: Micros, seen: &Seen<'_>) -> Act {
        if now >= self.until {
            return Act::HangUp;
        }
        if seen.speaks {
            return Act::Wait;
        }
        if let Some(asked) = self.asked {
            match seen.voice_from.filter(|from| *from > asked) {
                Some(from) if now >= from + self.into && seen.voice_until > now => {
                    self.asked = None;
                    return Act::Speak(self.interruption.clone());
                }
                // The answer was shorter than that: no interruption in this cycle.
                Some(_) if seen.voice_until + QUIET < now => self.asked = None,
                None if now > asked + NO_ANSWER => self.asked = None,
                _ => {}
            }
            return Act::Wait;
        }
        if now >= self.next_turn && seen.voice_until + QUIET < now {
            self.next_turn += self.cycle;
            self.into = 1_000_000 + next(&mut self.dice) % 1_000_000;
            // An answer that began while the caller spoke would be one, too.
            self.asked = Some(now);
            return Act::Speak(self.turn.clone());
        }
        Act::Wait
    }
}
