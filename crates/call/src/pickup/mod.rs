//! How is a call held that we made: who picked up, and what do we do with a machine?

mod words;

use std::sync::Arc;
use std::time::Instant;

use tom_audio::pickup::{Beep, Picker, Pickup, Verdict};
use tom_base::Span;
use tom_engine::{Edge, SttEvent};
use tom_turn::{Cause, EndReason, Input, Onset, Then};

use crate::api::NoticeKind;
use crate::brain::{Action, Answer, Brain, BrainError, Reply, Request};
use crate::session::Session;

/// A mailbox that has not beeped by then, and talks still, is hung up on: 45 s.
const NO_BEEP: u32 = 45_000 / 20;
/// A mailbox that is silent for so long, 3 s, records, though no beep was heard.
const SILENT: u32 = 3_000 / 20;
/// When the recogniser is asked what it heard so far: 1.2, 1.8 and 2.2 s after the answer.
const PEEKS: [u32; 3] = [60, 90, 110];

/// In which manner a call is held.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manner {
    /// We made the call: before anybody speaks it is found out who picked up.
    pub dialled: Option<OnMachine>,
    /// This is said in place of the dialogue, and then the call is over. Whatever the other side says meanwhile does
    /// not stop it.
    pub announce: Option<Arc<str>>,
    /// The line connects callers with people and says how it goes, for so long at most; zero: the call ends with the
    /// hand-over.
    pub connect: Span,
}

/// What is done when a machine picks up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum OnMachine {
    /// Hang up.
    #[default]
    HangUp,
    /// Say this after the beep, then hang up.
    Message(Arc<str>),
    /// Go on as with a person.
    CarryOn,
}

/// A call whose other side has picked up.
#[derive(Debug)]
pub(crate) struct Answering {
    stage: Stage,
    plan: OnMachine,
    /// Something is announced, and nothing else said.
    announces: bool,
    /// The other side speaks.
    voiced: bool,
    /// Frames since the answer.
    frames: u32,
    /// The recogniser listens.
    listens: bool,
}

#[derive(Debug)]
enum Stage {
    Deciding(Pickup),
    /// A mailbox is to beep. Frames of waiting, and of silence.
    Beep(Beep, u32, u32),
    /// What is said now does not depend on the other side.
    Deaf,
}

impl Answering {
    /// None: a caller calls, and is answered at once.
    pub(crate) fn new(manner: &Manner) -> Option<Self> {
        let announces = manner.announce.is_some();
        let stage = match (&manner.dialled, announces) {
            (Some(_), _) => Stage::Deciding(Pickup::new()),
            (None, true) => Stage::Deaf,
            (None, false) => return None,
        };
        let plan = manner.dialled.clone().unwrap_or_default();
        Some(Self { stage, plan, announces, voiced: false, frames: 0, listens: false })
    }

    /// Whether the conversation waits until it is known who picked up.
    pub(crate) fn waits(&self) -> bool {
        !matches!(self.stage, Stage::Deaf)
    }
}

impl Session {
    /// 20 ms of the other side of a call that we made, before the conversation begins.
    pub(crate) fn picked_up(&mut self, pcm: &[i16], edge: Option<Edge>, wall: Instant) {
        let Some(answering) = &mut self.pickup else { return };
        answering.frames += 1;
        match edge {
            Some(Edge::Start { .. }) => answering.voiced = true,
            Some(Edge::End { .. }) => answering.voiced = false,
            Some(Edge::Hiss { .. }) | None => {}
        }
        let (frames, voiced) = (answering.frames, answering.voiced);
        match &mut answering.stage {
            Stage::Deciding(pickup) => {
                if let Some(verdict) = pickup.push(pcm, voiced) {
                    return self.decided(verdict, wall);
                }
                if voiced && !answering.listens && self.ears.hears_again {
                    answering.listens = true;
                    self.ears.listen(self.turn.epoch(), None);
                } else if answering.listens && PEEKS.contains(&frames) {
                    self.ears.peek(self.turn.epoch());
                }
            }
            Stage::Beep(beep, waited, silent) => {
                *waited += 1;
                *silent = if voiced || beep.is_on() { 0 } else { *silent + 1 };
                if beep.push(pcm) || *silent >= SILENT {
                    self.begin_deaf(wall);
                } else if *waited >= NO_BEEP {
                    self.hang_up(EndReason::Unanswered, wall);
                }
            }
            Stage::Deaf => {}
        }
    }

    /// The recogniser says something before the conversation begins.
    pub(crate) fn picked_up_words(&mut self, event: &SttEvent, wall: Instant) {
        let (SttEvent::Partial { text, .. } | SttEvent::Final { text, .. }) = event else { return };
        let Some(Answering { stage: Stage::Deciding(pickup), .. }) = self.pickup.as_deref_mut() else {
            return;
        };
        if words::of_a_machine(text)
            && let Some(verdict) = pickup.machines_words()
        {
            self.decided(verdict, wall);
        }
    }

    fn decided(&mut self, verdict: Verdict, wall: Instant) {
        if self.pickup.as_ref().is_some_and(|answering| answering.listens) {
            self.ears.forget(self.turn.epoch());
        }
        let action = Action {
            kind: format!("picked_up_by_{}", verdict.by.as_str()),
            data: vec![
                ("sign".into(), verdict.sign.as_str().into()),
                ("after_ms".into(), verdict.after.as_millis().to_string()),
            ],
        };
        self.teller.tell(self.clock.now(), self.turn.epoch(), NoticeKind::Action(action.clone()));
        self.tally.actions.push(action);
        let Some(answering) = &mut self.pickup else { return };
        let machine = verdict.by == Picker::Machine;
        match (machine, std::mem::take(&mut answering.plan)) {
            (true, OnMachine::HangUp) => {
                self.hang_up(EndReason::Unanswered, wall);
            }
            (true, OnMachine::Message(text)) => {
                self.brain = Box::new(Announcement(text));
                answering.stage = Stage::Beep(Beep::new(), 0, 0);
            }
            _ => {
                let voiced = answering.voiced;
                if answering.announces {
                    return self.begin_deaf(wall);
                }
                self.pickup = None;
                self.feed(Input::Answered, wall);
                if voiced {
                    self.feed(Input::SpeechStart(Onset::Clear), wall);
                }
            }
        }
    }

    /// Speaks, whatever the other side does.
    fn begin_deaf(&mut self, wall: Instant) {
        if let Some(answering) = &mut self.pickup {
            answering.stage = Stage::Deaf;
        }
        self.feed(Input::Answered, wall);
    }
}

/// Says one thing, then it is over.
pub(crate) struct Announcement(pub(crate) Arc<str>);

impl Brain for Announcement {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        let text = match request.cause {
            Cause::Opening => vec![self.0.to_string()],
            _ => Vec::new(),
        };
        Ok(Answer::Now(Reply { text, then: Then::HangUp, grammar: None, actions: Vec::new() }))
    }
}
