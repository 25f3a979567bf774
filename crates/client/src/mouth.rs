//! What does the caller send in the next 20 ms, and when is all said?

use std::collections::VecDeque;

use tokio::time::Duration;

use crate::level::voiced_frames;
use crate::options::{Limits, Speech, SpeechStart};
use crate::{FRAME, MS, Moment};

/// How long the agent must be silent to be done, where the server says that it listens.
const SETTLED: u64 = 200 * MS;
/// And where it does not say so.
const SILENT: u64 = 1_500 * MS;

/// What the caller knows of the agent at a moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AgentView {
    /// When the voice that is waited for began to be heard.
    pub(crate) voice_from: Option<Moment>,
    /// The end of the last audible audio.
    pub(crate) voice_until: Moment,
    /// The end of all queued audio.
    pub(crate) queue_end: Moment,
    /// Whether the server says that it listens; none where it never says what it does.
    pub(crate) listens: Option<bool>,
    /// Keys or other acts are still to come: the caller stays on the line for them.
    pub(crate) more_to_come: bool,
}

impl AgentView {
    /// Whether the agent said something and is done.
    fn is_done(&self, now: Moment, patience: u64) -> bool {
        let silent = now.saturating_sub(self.voice_until);
        self.voice_from.is_some()
            && now >= self.queue_end
            && match self.listens {
                Some(true) => silent >= SETTLED,
                // A server that fell silent without listening again.
                Some(false) => silent >= patience,
                None => silent >= SILENT,
            }
    }
}

/// Something the caller said, and when its samples went out.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Spoken {
    /// The recording's name.
    pub(crate) name: String,
    /// When the first frame of it was sent.
    pub(crate) began: Moment,
    /// When its first voiced frame was sent.
    pub(crate) first_voiced: Option<Moment>,
    /// When its last voiced frame was sent.
    pub(crate) last_voiced: Option<Moment>,
}

/// What happened at a tick, besides sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// A recording begins.
    Begins(String),
    /// A recording is over: the answer to it is waited for.
    Over(String),
    /// The agent did not say anything in time; the caller goes on.
    NoVoice,
    /// All is said and answered, and the line was held for the trail.
    Done,
}

#[derive(Debug)]
enum State {
    /// For the time of the next recording, or with none left for the last answer.
    Waiting {
        since: Moment,
    },
    /// Its time has come; silence before it.
    Lead {
        until: Moment,
    },
    Speaking {
        frame: usize,
    },
    /// All is said and answered.
    Trail {
        until: Moment,
    },
    Done,
}

/// The caller's mouth: pure, told the time.
#[derive(Debug)]
pub(crate) struct Mouth {
    speech: VecDeque<Speech>,
    lead: u64,
    trail: u64,
    patience: u64,
    state: State,
    voiced: Option<(usize, usize)>,
    spoken: Vec<Spoken>,
}

/// A length in samples.
pub(crate) fn samples(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX / 64) * MS / 1000
}

impl Mouth {
    pub(crate) fn new(speech: Vec<Speech>, lead: Duration, trail: Duration, limits: &Limits) -> Self {
        Self {
            speech: speech.into(),
            lead: samples(lead),
            trail: samples(trail),
            patience: samples(limits.reply),
            state: State::Waiting { since: 0 },
            voiced: None,
            spoken: Vec::new(),
        }
    }

    /// The next 20 ms into `frame`, and what happens with them.
    pub(crate) fn tick(&mut self, now: Moment, agent: &AgentView, frame: &mut [i16; FRAME]) -> Option<Step> {
        frame.fill(0);
        match self.state {
            State::Waiting { since } => self.wait(now, since, agent),
            State::Lead { until } if now >= until => self.begin(now, frame),
            State::Speaking { frame: n } => self.speak(now, n, frame),
            State::Trail { until } if now >= until => {
                self.state = State::Done;
                Some(Step::Done)
            }
            State::Lead { .. } | State::Trail { .. } | State::Done => None,
        }
    }

    /// All that was said so far.
    pub(crate) fn spoken(&self) -> &[Spoken] {
        &self.spoken
    }

    /// The caller did something else than speak: an answer to that is waited for, too.
    pub(crate) fn acted(&mut self, now: Moment) {
        if let State::Waiting { .. } | State::Trail { .. } = self.state {
            self.state = State::Waiting { since: now };
        }
    }

    fn wait(&mut self, now: Moment, since: Moment, agent: &AgentView) -> Option<Step> {
        let start = self.speech.front().map(|s| s.start);
        if start.is_none() && agent.more_to_come {
            return None;
        }
        let due = match start {
            Some(SpeechStart::At(at)) => now >= samples(at),
            Some(SpeechStart::IntoAgent(after)) => {
                agent.voice_from.is_some_and(|from| now >= from + samples(after))
            }
            Some(SpeechStart::AfterAgent) | None => agent.is_done(now, self.patience),
        };
        let waits_for_agent = !matches!(start, Some(SpeechStart::At(_)));
        let in_vain =
            waits_for_agent && agent.voice_from.is_none() && now.saturating_sub(since) >= self.patience;
        if due || in_vain {
            self.state = match start {
                None => State::Trail { until: now + self.trail },
                // The moment is given to the millisecond: nothing is added to it.
                Some(SpeechStart::IntoAgent(_) | SpeechStart::At(_)) if due => State::Lead { until: now },
                Some(_) => State::Lead { until: now + self.lead },
            };
        }
        in_vain.then_some(Step::NoVoice)
    }

    fn begin(&mut self, now: Moment, frame: &mut [i16; FRAME]) -> Option<Step> {
        let speech = self.speech.front()?;
        let name = speech.recording.name.clone();
        self.voiced = voiced_frames(&speech.recording.pcm);
        self.spoken.push(Spoken { name: name.clone(), began: now, first_voiced: None, last_voiced: None });
        self.state = State::Speaking { frame: 0 };
        // A recording shorter than a frame is over in the same tick; its end is told in the next.
        self.speak(now, 0, frame);
        Some(Step::Begins(name))
    }

    fn speak(&mut self, now: Moment, n: usize, frame: &mut [i16; FRAME]) -> Option<Step> {
        let pcm = self.speech.front().map(|s| s.recording.pcm.as_slice())?;
        let Some(part) = pcm.chunks(FRAME).nth(n) else {
            let name = self.speech.pop_front()?.recording.name;
            self.state = State::Waiting { since: now };
            return Some(Step::Over(name));
        };
        frame[..part.len()].copy_from_slice(part);
        if let (Some((first, last)), Some(spoken)) = (self.voiced, self.spoken.last_mut()) {
            if n == first {
                spoken.first_voiced = Some(now);
            }
            if n == last {
                spoken.last_voiced = Some(now);
            }
        }
        self.state = State::Speaking { frame: n + 1 };
        None
    }
}

#[cfg(test)]
#[path = "mouth_tests.rs"]
mod tests;
