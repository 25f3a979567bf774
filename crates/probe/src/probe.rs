//! Is a server fast enough? A few calls with real speech, and a verdict that a script can read.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use serde::Serialize;
use tom_wire::ServerEvent;

use crate::clip::Clip;
use crate::figures::{Answer, BargeIn, Measured};
use crate::line::{Act, Actor, EngineError, EngineReport, Options, Planned, Seen, Target, run};
use crate::stats::{Sample, Summary};
use crate::trace::{Ended, Micros, Trace};

/// The longest iteration.
pub const PATIENCE: Duration = Duration::from_secs(15);

/// What to probe, and how often.
#[derive(Clone, Debug)]
pub struct ProbeOptions {
    /// The server.
    pub target: Target,
    /// Speech at 16 kHz; it should be a question that the agent answers.
    pub question: Vec<i16>,
    /// Iterations: calls, one after another.
    pub iterations: usize,
    /// Below the first, in milliseconds of voice-to-voice at p95, all is well; from the second on it is bad.
    pub thresholds: (f64, f64),
    /// Longest iteration.
    pub patience: Duration,
}

/// One call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Iteration {
    /// Last voiced caller sample in, to first audible agent sample out.
    pub voice_to_voice_ms: Option<f64>,
    /// First voiced caller sample in, to last audible agent sample out.
    pub barge_in_ms: Option<f64>,
    /// The recognised text to the first audible agent sample, both as they arrived.
    pub e2e_ms: Option<f64>,
    /// `completed` or `failed`.
    pub status: &'static str,
    /// What went wrong.
    pub error: Option<String>,
}

/// What came of the probe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProbeReport {
    /// Each call.
    pub iterations: Vec<Iteration>,
    /// All of them. Calls that gave no number are missed.
    pub voice_to_voice: Summary,
    /// Those in which the caller spoke over the agent.
    pub barge_in: Summary,
    /// `good`, `slow`, `bad`, `failed` or `no_result`.
    pub verdict: Verdict,
    /// How well the probe kept its own time.
    pub own: EngineReport,
}

/// What is to be thought of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Below the first threshold.
    Good,
    /// Between them.
    Slow,
    /// From the second on.
    Bad,
    /// Some calls gave a number, and at least one did not.
    Failed,
    /// No call gave a number.
    NoResult,
}

impl Verdict {
    /// The exit code for it.
    #[must_use]
    pub const fn exit_code(self) -> u8 {
        match self {
            Self::Good => 0,
            Self::Slow | Self::Failed => 1,
            Self::Bad => 2,
            Self::NoResult => 3,
        }
    }

    /// Judges.
    #[must_use]
    pub fn of(voice_to_voice: &Summary, (good, bad): (f64, f64)) -> Self {
        let measured = voice_to_voice.count - voice_to_voice.missed;
        match voice_to_voice.p95 {
            _ if measured == 0 => Self::NoResult,
            Some(p95) if p95 >= bad => Self::Bad,
            _ if voice_to_voice.missed > 0 => Self::Failed,
            Some(p95) if p95 < good => Self::Good,
            _ => Self::Slow,
        }
    }
}

/// Probes a server. Blocks: give it a thread of its own.
///
/// # Errors
/// When the question holds no speech, or the system gives no sockets.
pub fn probe(options: &ProbeOptions, stop: &AtomicBool) -> Result<ProbeReport, ProbeError> {
    let question = Arc::new(Clip::of_speech("question", &options.question).ok_or(ProbeError::Silent)?);
    let mut calling = Options::new(options.target.clone());
    calling.longest = options.patience;
    calling.answer = options.patience.min(calling.answer);
    let calls = (0..options.iterations).map(|n| Planned {
        name: format!("probe {n}"),
        actor: Box::new(Asker { question: question.clone(), asked: false }),
        echo: None,
    });
    let mut iterations = Vec::new();
    let own = run(&calling, calls, stop, |trace| iterations.push(iteration(&trace)))?;
    let sample = |of: fn(&Iteration) -> Option<f64>| iterations.iter().map(of).collect::<Sample>();
    let voice_to_voice = sample(|i| i.voice_to_voice_ms).summary();
    let barge_in: Sample =
        iterations.iter().filter(|i| i.barge_in_ms.is_some()).map(|i| i.barge_in_ms).collect();
    let verdict = Verdict::of(&voice_to_voice, options.thresholds);
    Ok(ProbeReport { barge_in: barge_in.summary(), voice_to_voice, verdict, own, iterations })
}

/// Why there is no probe.
#[derive(Debug, thiserror::Error)]
pub enum ProbeError {
    /// Nothing to say.
    #[error("the recording holds no audible speech; give another with --wav")]
    Silent,
    /// No sockets.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// Asks its question a second into the greeting, or after three seconds of silence, and hears the beginning of
/// the answer.
struct Asker {
    question: Arc<Clip>,
    asked: bool,
}

impl Actor for Asker {
    fn tick(&mut self, now: Micros, seen: &Seen<'_>) -> Act {
        const SECOND: Micros = 1_000_000;
        if !self.asked {
            let greeted = seen.voice_from.is_some_and(|from| now > from + SECOND);
            if greeted || (seen.voice_from.is_none() && now > 3 * SECOND) {
                self.asked = true;
                return Act::Speak(self.question.clone());
            }
            return Act::Wait;
        }
        let last = seen.trace.spoken.last().and_then(|spoken| spoken.marks.get(1)).copied();
        let heard = |last: Micros| {
            seen.voice_from.is_some_and(|from| from > last && seen.voice_until > from + SECOND / 2)
        };
        if !seen.speaks && last.is_some_and(heard) { Act::HangUp } else { Act::Wait }
    }
}

fn iteration(trace: &Trace) -> Iteration {
    let mut out = Iteration {
        voice_to_voice_ms: None,
        barge_in_ms: None,
        e2e_ms: None,
        status: "failed",
        error: match &trace.ended {
            Ended::Refused(why) | Ended::Broken(why) => Some(why.clone()),
            Ended::Server(code) => Some(format!("the server closed the call with {code}")),
            Ended::TooLong => Some("the agent did not answer in time".into()),
            Ended::NotYet | Ended::Caller | Ended::Stopped => trace.problems.first().cloned(),
        },
    };
    let Some(&[onset, last]) = trace.spoken.first().map(|spoken| &spoken.marks[..]) else {
        out.error.get_or_insert_with(|| "the question was not asked to its end".into());
        return out;
    };
    let measured = Measured::new(trace);
    let spoke = measured.sounds.iter().any(|s| s.to > onset.saturating_sub(300_000) && s.from < onset);
    match measured.barge_in(onset, Micros::MAX) {
        BargeIn::Stopped(stop) => out.barge_in_ms = Some(stop.stop_ms),
        BargeIn::Missed if spoke => {
            out.error.get_or_insert_with(|| "the agent did not let itself be interrupted".into());
        }
        BargeIn::Missed | BargeIn::WasSilent => {}
    }
    match measured.answer(last, Micros::MAX) {
        Answer::After(ms) => {
            out.voice_to_voice_ms = Some(ms);
            let first = last as f64 + ms * 1_000.0;
            out.e2e_ms = trace
                .told
                .iter()
                .rfind(|t| matches!(t.event, ServerEvent::SttFinal { .. }) && (t.at as f64) <= first)
                .map(|told| (first - told.at as f64) / 1_000.0);
        }
        Answer::Early => {
            out.error.get_or_insert_with(|| "the agent spoke before the question was over".into());
        }
        Answer::Never => {
            out.error.get_or_insert_with(|| "the agent did not answer".into());
        }
    }
    if out.error.is_none() {
        out.status = "completed";
    }
    out
}
