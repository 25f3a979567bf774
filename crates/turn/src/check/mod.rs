//! Does a call keep the promises of the turn core?
//!
//! A [`Checker`] is fed with all inputs and outputs of a call in their order and notes every broken promise. It
//! knows nothing of how the core works: tests use it on random calls, the simulator on all of its calls.

mod ahead;
mod audio;
mod hearing;

use tom_base::{CallState, Epoch, MediaTime, Span};

use crate::{CallEvent, Floor, Input, Output, STATES, TurnConfig};

/// Notes every promise a call breaks.
#[derive(Debug)]
pub struct Checker {
    config: TurnConfig,
    now: MediaTime,
    floor: Floor,
    state: CallState,
    newest: Epoch,
    /// Since when the reply is being made.
    thinking: MediaTime,
    /// How long the caller may be on hold.
    hold: Span,
    ended: bool,
    hearing: hearing::Hearing,
    audio: audio::Audio,
    ahead: ahead::Ahead,
    problems: Vec<String>,
}

impl Checker {
    /// Watches a call with these knobs.
    #[must_use]
    pub fn new(config: TurnConfig) -> Self {
        Self {
            config,
            now: MediaTime::ZERO,
            floor: Floor::Listening,
            state: CallState::Idle,
            newest: Epoch::default(),
            thinking: MediaTime::ZERO,
            hold: Span::ZERO,
            ended: false,
            hearing: hearing::Hearing::default(),
            audio: audio::Audio::default(),
            ahead: ahead::Ahead::default(),
            problems: Vec::new(),
        }
    }

    /// An input goes in. The owner must have come back whenever `Wait` said so.
    pub fn input(&mut self, now: MediaTime, _input: &Input) {
        self.now = self.now.max(now);
    }

    /// An output comes out, at the time of the last input.
    pub fn output(&mut self, now: MediaTime, output: &Output) {
        self.now = self.now.max(now);
        if self.ended {
            if *output != Output::Wait(None) {
                self.broken(format!("after the end: {output:?}"));
            }
            return;
        }
        match output {
            Output::Listen { epoch } | Output::ListenOn { epoch, .. } => {
                if *epoch <= self.newest {
                    self.broken(format!("Listen {epoch} does not grow beyond {}", self.newest));
                }
                self.newest = *epoch;
            }
            Output::Generate { epoch, .. } | Output::Say { epoch, .. } => {
                if *epoch < self.newest {
                    self.broken(format!("a reply's epoch {epoch} goes back behind {}", self.newest));
                }
                self.newest = *epoch;
                (self.thinking, self.hold) = (self.now, Span::ZERO);
            }
            Output::Transfer => (self.thinking, self.hold) = (self.now, Span::ZERO),
            Output::Hold(hold) => (self.thinking, self.hold) = (self.now, hold.longest),
            Output::Wait(at) => self.at_rest(*at),
            Output::Event(event) => self.event(event),
            _ => {}
        }
        let hearing = self.hearing.output(output);
        let audio = self.audio.output(self.now, output);
        for problem in hearing.into_iter().chain(audio).chain(self.ahead.output(output)) {
            self.broken(problem);
        }
    }

    /// Every broken promise so far, with its time.
    #[must_use]
    pub fn problems(&self) -> &[String] {
        &self.problems
    }

    fn broken(&mut self, what: String) {
        self.problems.push(format!("{}: {what}", self.now));
    }

    fn event(&mut self, event: &CallEvent) {
        match event {
            CallEvent::Floor(floor) => {
                if !self.floor.may_become(*floor) {
                    self.broken(format!("the floor passes from {:?} to {floor:?}", self.floor));
                }
                if *floor == Floor::Thinking {
                    self.thinking = self.now;
                }
                self.floor = *floor;
            }
            CallEvent::State(state) => {
                if *state == self.state {
                    self.broken(format!("the state is told twice: {state}"));
                }
                self.state = *state;
            }
            // What follows, a tool's work, has its own time.
            CallEvent::TurnEnd { .. } => self.thinking = self.now,
            CallEvent::Ended(_) => {
                self.ended = true;
                if self.floor != Floor::Ended {
                    self.broken(format!("the call ends on the floor {:?}", self.floor));
                }
            }
            _ => {}
        }
    }

    /// Everything was told; the core waits.
    fn at_rest(&mut self, wake: Option<MediaTime>) {
        if wake.is_some_and(|at| at <= self.now) {
            self.broken(format!("it waits for {wake:?}, which is past"));
        }
        let fits = STATES.iter().any(|(state, floors)| *state == self.state && floors.contains(&self.floor));
        if !fits {
            self.broken(format!("the state {} does not go with the floor {:?}", self.state, self.floor));
        }
        let c = self.config.clone();
        let limit = c.whole.max(c.answer).max(c.tool).max(c.handover).max(self.hold);
        if self.floor == Floor::Thinking && self.now.since(self.thinking) > limit {
            self.broken(format!("thinks since {}", self.thinking));
        }
        let quiet = self.audio.quiet_since().map_or(Span::ZERO, |since| self.now.since(since));
        if quiet > c.longest_pause {
            self.broken(format!("the reply has been quiet for {quiet}"));
        }
        let may_rest = matches!(self.floor, Floor::Ended) || matches!(self.state, CallState::Idle);
        if wake.is_none() && !may_rest {
            self.broken("it waits for ever".into());
        }
    }
}
