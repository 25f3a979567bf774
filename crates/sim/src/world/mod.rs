//! What happens next in a simulated call?
//!
//! One queue of events in virtual time. Whatever the turn core wants is carried out by the engines of this
//! world, whose results come back as events. The core's own deadlines are kept to the sample.

mod brain;
mod carry;
mod ears;
mod mouth;
mod player;
mod settings;
mod voice;

use std::collections::{BTreeMap, VecDeque};

use tom_base::{Key, MediaTime, Span};
use tom_turn::{EndReason, Input, Output, Stage, Turn, TurnConfig};

use crate::record::Record;
use crate::script::{Script, Step};
use brain::Brain;
use ears::Ears;
use mouth::Mouth;
use settings::Settings;
use voice::{Edge, Voice};

/// A call with more events than this goes in circles.
const MOST_EVENTS: usize = 1_000_000;
/// The same for timeouts that come without time going on.
const MOST_AT_ONCE: usize = 100;

/// Why a call could not be simulated to its end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WorldError {
    /// The script has no reply to something.
    #[error("at {at} the brain is asked to reply to {cause}, but the script has no reply left; write one")]
    NoReply {
        /// When.
        at: MediaTime,
        /// To what, and the line that would help.
        cause: String,
    },
    /// Nothing will ever happen again.
    #[error("at {at} nothing is left that could happen, and the call goes on; write `hangup` or `until`")]
    NeverEnds {
        /// When the last thing happened.
        at: MediaTime,
    },
    /// The core and the world keep each other busy.
    #[error("at {at} the turn core still wants more after {MOST_EVENTS} events; it goes in circles")]
    Circles {
        /// When it was stopped.
        at: MediaTime,
    },
}

/// Something that will happen.
#[derive(Debug)]
enum Event {
    Step(usize),
    Key(Key),
    Edge(Edge),
    /// A word of the caller ends.
    Word,
    /// An engine says something.
    Result(Stage, Input),
    /// The next clause of that reply is audio, or cannot be. The number tells which reply.
    Mouth(u64, bool),
    /// It may be time for a mark. The number tells whether the player has changed since.
    Player(u64),
    /// A result of a synthesiser that does not know it was cancelled.
    Late(Input),
}

/// A call in its world.
pub(crate) struct World<'s> {
    script: &'s Script,
    turn: Turn,
    now: MediaTime,
    wake: Option<MediaTime>,
    events: BTreeMap<(MediaTime, u64), Event>,
    next_event: u64,
    pending: VecDeque<Input>,
    settings: Settings,
    ears: Ears,
    brain: Brain<'s>,
    mouth: Mouth,
    player_version: u64,
    ended: Option<EndReason>,
    error: Option<WorldError>,
    record: Record,
}

impl<'s> World<'s> {
    pub(crate) fn new(script: &'s Script, config: TurnConfig, record: Record) -> Self {
        let mut world = Self {
            script,
            turn: Turn::new(config),
            now: MediaTime::ZERO,
            wake: None,
            events: BTreeMap::new(),
            next_event: 0,
            pending: VecDeque::new(),
            settings: Settings::default(),
            ears: Ears::new(Voice::of(script)),
            brain: Brain::new(&script.replies),
            mouth: Mouth::default(),
            player_version: 0,
            ended: None,
            error: None,
            record,
        };
        for (i, (at, _)) in script.steps.iter().enumerate() {
            world.schedule(*at, Event::Step(i));
        }
        let words: Vec<_> = world.ears.voice().words.iter().map(|word| word.end).collect();
        for end in words {
            world.schedule(end, Event::Word);
        }
        let edges = world.ears.voice().edges.clone();
        for (at, edge) in edges {
            world.schedule(at, Event::Edge(edge));
        }
        world
    }

    /// Plays the call to its end.
    pub(crate) fn play(mut self) -> (Record, Option<WorldError>) {
        let mut at_once = 0;
        for _ in 0..MOST_EVENTS {
            if let Some(error) = self.error.take() {
                return (self.record, Some(error));
            }
            if self.ended.is_some() {
                return (self.record, None);
            }
            let event = self.events.first_key_value().map(|((at, _), _)| *at);
            let next = match (event, self.wake) {
                (Some(event), Some(wake)) => event.min(wake),
                (Some(at), None) | (None, Some(at)) => at,
                (None, None) => return self.stopped(),
            };
            if self.script.until.is_some_and(|until| next > until) {
                return (self.record, None);
            }
            at_once = if next > self.now { 0 } else { at_once + 1 };
            if at_once > MOST_AT_ONCE {
                break;
            }
            self.now = self.now.max(next);
            if event == Some(next)
                && let Some((_, event)) = self.events.pop_first()
            {
                self.happen(event);
            } else {
                self.feed(Input::Timeout);
            }
        }
        (self.record, Some(WorldError::Circles { at: self.now }))
    }

    fn stopped(self) -> (Record, Option<WorldError>) {
        let error = WorldError::NeverEnds { at: self.now };
        (self.record, self.script.until.is_none().then_some(error))
    }

    fn schedule(&mut self, at: MediaTime, event: Event) {
        self.next_event += 1;
        self.events.insert((at, self.next_event), event);
    }

    /// Whether an engine's result is passed on: its owner drops what nobody wants, unless the script says
    /// that it does not.
    fn wanted(&self, stage: Stage, input: &Input) -> bool {
        let wants = match input {
            Input::Partial { epoch, .. } | Input::Final { epoch, .. } => self.ears.wants(*epoch),
            Input::EndOfTurn { epoch, .. } => self.ears.wants_opinion(*epoch),
            Input::ReplyText { epoch, .. } | Input::ReplyEnd { epoch, .. } => self.brain.wants(*epoch),
            Input::Failed { epoch, stage: Stage::Stt } => self.ears.wants(*epoch),
            Input::Failed { epoch, .. } => self.brain.wants(*epoch),
            _ => true,
        };
        wants || self.settings.engine(stage).ignores_cancel
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Step(i) => {
                let script = self.script;
                if let Some((_, step)) = script.steps.get(i) {
                    self.step(step);
                }
            }
            Event::Key(key) => self.outside(Input::Dtmf(key)),
            Event::Edge(Edge::Start(onset)) => self.outside(Input::SpeechStart(onset)),
            Event::Edge(Edge::End) => self.outside(Input::SpeechEnd),
            Event::Word => {
                if let Some((at, partial)) = self.ears.word(self.now, &self.settings) {
                    self.schedule(at, Event::Result(Stage::Stt, partial));
                }
            }
            Event::Result(stage, input) => {
                if self.wanted(stage, &input) {
                    if let Input::Final { epoch, .. } | Input::Failed { epoch, stage: Stage::Stt } = &input {
                        self.ears.answered(*epoch);
                    }
                    self.outside(input);
                }
            }
            Event::Mouth(generation, audio) if generation == self.mouth.generation() => {
                if audio {
                    self.audio(generation);
                } else if let Some(failed) = self.mouth.failed() {
                    self.outside(failed);
                }
            }
            Event::Mouth(..) => {}
            Event::Player(version) if version == self.player_version => {
                self.mark();
                self.player_changed();
            }
            Event::Player(_) => {}
            Event::Late(input) => self.feed(input),
        }
        self.drain();
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Ring => self.feed(Input::Ringing),
            Step::Answer => self.feed(Input::Answered),
            // The detector and the recogniser know them from the beginning.
            Step::Speech(_) | Step::LineDrops(_) => {}
            Step::Keys { keys, every } => {
                let mut at = self.now;
                for key in keys {
                    self.schedule(at, Event::Key(*key));
                    at += *every;
                }
            }
            Step::Types(text) => self.outside(Input::Typed(text.as_str().into())),
            Step::Interrupt => self.outside(Input::BargeIn),
            Step::ToolDone => self.outside(Input::ToolDone { epoch: self.brain.tool_done() }),
            Step::Hold(hold) => self.outside(Input::Hold(*hold)),
            Step::Resume => self.outside(Input::Resume),
            Step::Drain => self.outside(Input::Drain),
            Step::HangUp(reason) => self.outside(Input::HangUp(*reason)),
            Step::Set(setting) => self.settings.set(*setting),
        }
    }

    /// An input from outside the player: the core first learns how much was heard.
    fn outside(&mut self, input: Input) {
        self.mark();
        self.feed(input);
    }

    /// An input for the core, and all that follows from it.
    fn feed(&mut self, input: Input) {
        self.pending.push_back(input);
        self.drain();
    }

    /// Feeds what became due while the core's outputs were carried out.
    fn drain(&mut self) {
        while self.ended.is_none()
            && let Some(input) = self.pending.pop_front()
        {
            self.record.input(self.now, &input);
            self.turn.handle(self.now, input);
            loop {
                let output = self.turn.poll();
                self.record.output(self.now, &output);
                if let Output::Wait(wake) = output {
                    self.wake = wake;
                    break;
                }
                self.carry_out(output);
            }
        }
    }
}

/// A span that is never nothing, for results that come "later".
const SOON: Span = Span::from_millis(100);
