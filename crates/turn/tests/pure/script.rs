//! A call under test: inputs at milliseconds, outputs as they come.

use tom_base::{Epoch, Key, MediaTime, Span};
use tom_turn::{CallEvent, Cause, Expect, Input, Onset, Output, Probability, Stage, Then, Turn, TurnConfig};

pub(crate) struct Call {
    pub(crate) turn: Turn,
    pub(crate) log: Vec<(u64, Output)>,
    pub(crate) now: u64,
}

/// Ways from a greeted call, after 3 s, to where the agent speaks, where it thinks, where the caller has the floor, and where
/// nobody does.
pub(crate) const MOMENTS: [fn(&mut Call); 4] = [
    |c| {
        c.at(3_000, Input::Typed("more".into()));
        c.spoken(3_100, e(1, 0), "A long story.", Then::Listen(Expect::Open));
    },
    |c| {
        c.at(3_000, Input::Typed("more".into()));
    },
    |c| {
        c.at(3_000, Input::SpeechStart(Onset::Clear));
    },
    |_| {},
];

pub(crate) fn e(turn: u32, revision: u32) -> Epoch {
    Epoch::new(turn, revision)
}

impl Call {
    pub(crate) fn new() -> Self {
        Self::with(TurnConfig::default())
    }

    pub(crate) fn with(config: TurnConfig) -> Self {
        Self { turn: Turn::new(config), log: Vec::new(), now: 0 }
    }

    /// A call whose opening "Hello. How can I help?" was heard to its end at 2 s, waiting for the caller.
    pub(crate) fn greeted(expect: Expect) -> Self {
        let mut call = Self::new();
        call.greet(expect);
        call
    }

    pub(crate) fn greet(&mut self, expect: Expect) {
        self.at(0, Input::Answered);
        self.reply(0, e(0, 0), "Hello. How can I help?", Then::Listen(expect));
        self.at(100, Input::PlayoutStarted { epoch: e(0, 0) });
        self.at(2_000, Input::PlayoutDone { epoch: e(0, 0) });
        self.clear();
    }

    /// Lets time pass to `ms`, waking the core at each of its deadlines, then gives the input.
    pub(crate) fn at(&mut self, ms: u64, input: Input) -> &mut Self {
        self.until(ms);
        self.turn.handle(MediaTime::from_millis(ms), input);
        self.drain();
        self
    }

    /// Lets time pass.
    pub(crate) fn until(&mut self, ms: u64) -> &mut Self {
        while let Output::Wait(Some(at)) = self.turn.poll() {
            if at > MediaTime::from_millis(ms) {
                break;
            }
            self.now = at.as_millis();
            self.turn.handle(at, Input::Timeout);
            self.drain();
        }
        self.now = ms;
        self
    }

    fn drain(&mut self) {
        loop {
            match self.turn.poll() {
                Output::Wait(_) => break,
                output => self.log.push((self.now, output)),
            }
        }
    }

    pub(crate) fn reply(&mut self, ms: u64, epoch: Epoch, text: &str, then: Then) -> &mut Self {
        let piece = Input::ReplyText { epoch, text: text.into() };
        self.at(ms, piece).at(ms, Input::ReplyEnd { epoch, then })
    }

    /// The reply is made and heard from `ms` on.
    pub(crate) fn spoken(&mut self, ms: u64, epoch: Epoch, text: &str, then: Then) -> &mut Self {
        self.reply(ms, epoch, text, then).at(ms, Input::PlayoutStarted { epoch })
    }

    pub(crate) fn heard(&mut self, ms: u64, epoch: Epoch, heard: u64) -> &mut Self {
        let heard = Span::from_millis(heard);
        self.at(ms, Input::PlayoutMark { epoch, heard })
    }

    pub(crate) fn done(&mut self, ms: u64, epoch: Epoch) -> &mut Self {
        self.at(ms, Input::PlayoutDone { epoch })
    }

    pub(crate) fn voice(&mut self, ms: u64) -> &mut Self {
        self.at(ms, Input::SpeechStart(Onset::Clear))
    }

    pub(crate) fn quiet(&mut self, ms: u64) -> &mut Self {
        self.at(ms, Input::SpeechEnd)
    }

    pub(crate) fn says(&mut self, ms: u64, epoch: Epoch, text: &str) -> &mut Self {
        let confidence = Probability::from_millis(900);
        let text = text.into();
        self.at(ms, Input::Final { epoch, text, confidence })
    }

    pub(crate) fn partly(&mut self, ms: u64, epoch: Epoch, text: &str) -> &mut Self {
        let text = text.into();
        self.at(ms, Input::Partial { epoch, text })
    }

    pub(crate) fn fails(&mut self, ms: u64, epoch: Epoch, stage: Stage) -> &mut Self {
        self.at(ms, Input::Failed { epoch, stage })
    }

    pub(crate) fn keys(&mut self, ms: u64, keys: &str) -> &mut Self {
        for key in keys.chars() {
            self.at(ms, Input::Dtmf(Key::from_char(key).expect("a key")));
        }
        self
    }

    pub(crate) fn clear(&mut self) -> &mut Self {
        self.log.clear();
        self
    }

    /// When the output came.
    #[track_caller]
    pub(crate) fn when(&self, output: &Output) -> u64 {
        let found = self.log.iter().find(|(_, o)| o == output);
        found.unwrap_or_else(|| panic!("no {output:?} in {:#?}", self.log)).0
    }

    pub(crate) fn has(&self, output: &Output) -> bool {
        self.log.iter().any(|(_, o)| o == output)
    }

    pub(crate) fn any(&self, pick: impl Fn(&Output) -> bool) -> bool {
        self.log.iter().any(|(_, o)| pick(o))
    }

    /// The actions in order, without events.
    pub(crate) fn actions(&self) -> Vec<Output> {
        let actions = self.log.iter().map(|(_, o)| o.clone());
        actions.filter(|o| !matches!(o, Output::Event(_))).collect()
    }

    pub(crate) fn events(&self) -> Vec<CallEvent> {
        let events = self.log.iter().filter_map(|(_, o)| match o {
            Output::Event(event) => Some(event.clone()),
            _ => None,
        });
        events.collect()
    }

    /// What the brain was asked last, and when.
    #[track_caller]
    pub(crate) fn asked(&self) -> (u64, Epoch, Cause) {
        let asked = self.log.iter().rev().find_map(|(at, o)| match o {
            Output::Generate { epoch, cause } => Some((*at, *epoch, cause.clone())),
            _ => None,
        });
        asked.unwrap_or_else(|| panic!("the brain was not asked in {:#?}", self.log))
    }
}

pub(crate) fn said(text: &str) -> Cause {
    Cause::Said { text: text.into(), confidence: Probability::from_millis(900) }
}
