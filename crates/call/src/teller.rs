//! In which order, and as part of which turn, is what happens told?

use tom_base::{Epoch, MediaTime, TurnId};
use tom_turn::CallEvent;

use crate::api::{NoticeKind, TurnTiming};
use crate::outbox::Outbox;

/// Labels the notices of a call with their turn. The latencies of a turn are its last notice: what comes
/// after them belongs to the next turn.
#[derive(Debug)]
pub(crate) struct Teller {
    pub(crate) outbox: Outbox,
    /// The reply whose text is told and not complete.
    text: Option<Epoch>,
    /// The turn that is over, but for what its end leads to at once.
    ending: Option<(Epoch, TurnTiming)>,
    /// The last turn that is over for good.
    closed: Option<TurnId>,
}

impl Teller {
    pub(crate) fn new(outbox: Outbox) -> Self {
        Self { outbox, text: None, ending: None, closed: None }
    }

    /// Tells something that belongs to a turn.
    pub(crate) fn tell(&mut self, at: MediaTime, epoch: Epoch, kind: NoticeKind) {
        if self.ending.is_some_and(|(ending, _)| ending.turn < epoch.turn) {
            self.settle(at);
        }
        let epoch = match self.closed {
            Some(closed) if epoch.turn <= closed => Epoch { turn: closed, ..epoch }.next_turn(),
            _ => epoch,
        };
        self.outbox.notice(at, epoch, kind);
    }

    /// Tells what the core wants told. What has no epoch of its own belongs to the `newest` one.
    pub(crate) fn event(&mut self, at: MediaTime, newest: Epoch, event: CallEvent) {
        let epoch = epoch_of(&event).unwrap_or(newest);
        if matches!(event, CallEvent::Reply { .. }) {
            self.text = Some(epoch);
        }
        self.tell(at, epoch, NoticeKind::Call(event));
    }

    /// All of a reply's text is told.
    pub(crate) fn reply_complete(&mut self, at: MediaTime) {
        if let Some(epoch) = self.text.take() {
            self.tell(at, epoch, NoticeKind::ReplyComplete);
        }
    }

    /// A reply was taken back before it was heard: its text is void.
    pub(crate) fn reply_void(&mut self) {
        self.text = None;
    }

    /// A turn is over.
    pub(crate) fn turn_end(&mut self, at: MediaTime, event: CallEvent, timing: TurnTiming) {
        self.settle(at);
        self.reply_complete(at);
        let epoch = epoch_of(&event).unwrap_or_default();
        self.tell(at, epoch, NoticeKind::Call(event));
        self.ending = Some((epoch, timing));
    }

    /// What the end of a turn led to is told: its latencies close it.
    pub(crate) fn settle(&mut self, at: MediaTime) {
        if let Some((epoch, timing)) = self.ending.take() {
            self.outbox.notice(at, epoch, NoticeKind::TurnTiming(timing));
            self.closed = self.closed.max(Some(epoch.turn));
        }
    }
}

fn epoch_of(event: &CallEvent) -> Option<Epoch> {
    match event {
        CallEvent::Partial { epoch, .. }
        | CallEvent::Final { epoch, .. }
        | CallEvent::Committed { epoch, .. }
        | CallEvent::Reply { epoch, .. }
        | CallEvent::Speaking { epoch }
        | CallEvent::Paused { epoch, .. }
        | CallEvent::FalseInterruption { epoch, .. }
        | CallEvent::Interrupted { epoch, .. }
        | CallEvent::TurnEnd { epoch, .. }
        | CallEvent::Failed { epoch, .. } => Some(*epoch),
        CallEvent::State(_)
        | CallEvent::Floor(_)
        | CallEvent::Dtmf(_)
        | CallEvent::Reprompt(_)
        | CallEvent::Ended(_) => None,
    }
}
