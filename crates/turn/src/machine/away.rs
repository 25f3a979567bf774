//! While the caller waits, for a person or on hold: nobody listens, and the call goes on when that is over.

use tom_base::{Key, Span};

use crate::timers::Timer;
use crate::{Back, CallEvent, Cause, EndReason, Floor, Hold, Input, Output, Turn};

/// For what the caller waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Away {
    /// For a person.
    Connecting,
    /// Until somebody takes the call off hold, or this key does.
    Held(Option<Key>),
}

impl Turn {
    /// Somebody outside of the dialogue says where the caller is to go, or how that went.
    pub(super) fn outside(&mut self, order: Input) {
        match order {
            Input::NotConnected if self.away == Some(Away::Connecting) => self.back(Cause::NotConnected),
            Input::Resume => {
                self.held.retain(|waiting| !matches!(waiting, Input::Hold(_)));
                self.hold_over(Back::Resumed);
            }
            Input::Connect | Input::Hold(_) => self.send_away(order),
            _ => {}
        }
    }

    /// The caller is to go to a person, or on hold, at once, whatever is being said; who is on the way to a person stays
    /// so, and where the line cannot say how that goes, nothing happens. What must not be lost is said first.
    fn send_away(&mut self, order: Input) {
        let stays = match self.away {
            Some(Away::Connecting) => true,
            Some(Away::Held(_)) => order != Input::Connect,
            None => false,
        };
        let unable = order == Input::Connect && self.config.handover == Span::ZERO;
        if stays || unable || self.in_final_words() {
            return;
        }
        if self.must_hold_input() {
            return self.hold(order);
        }
        self.take_over(false);
        match order {
            Input::Hold(hold) => self.put_on_hold(Hold { key: None, ..hold }),
            _ => self.hand_over(),
        }
    }

    /// The caller is to go to a person. Where the line can say how that goes, the call waits for it.
    pub(super) fn hand_over(&mut self) {
        self.emit(Output::Transfer);
        if self.config.handover == Span::ZERO {
            return self.end(EndReason::Transferred);
        }
        self.wait(Away::Connecting, self.config.handover);
    }

    /// The caller is on hold from now on.
    pub(super) fn put_on_hold(&mut self, hold: Hold) {
        // Where keys are hidden each is kept as a 0: that one cannot mean anything.
        let hold = Hold { key: hold.key.filter(|key| key.digit() != Some(0)), ..hold };
        self.emit(Output::Hold(hold));
        self.wait(Away::Held(hold.key), hold.longest);
    }

    fn wait(&mut self, away: Away, longest: Span) {
        self.away = Some(away);
        self.set_floor(Floor::Thinking);
        self.arm(Timer::Tool, longest);
    }

    /// An input that means nothing while the caller waits. Voice is noted: the caller may speak still when the agent is
    /// back.
    pub(super) fn while_away(&mut self, input: &Input) {
        match input {
            Input::SpeechStart(onset) => self.voice = Some(*onset),
            Input::SpeechEnd | Input::Echo => self.voice = None,
            Input::Dtmf(key) if self.away != Some(Away::Connecting) => {
                self.tell(CallEvent::Dtmf(*key));
                self.key_while_away(*key);
            }
            _ => {}
        }
    }

    /// A key on hold: one of them may end it.
    pub(super) fn key_while_away(&mut self, key: Key) {
        if self.away == Some(Away::Held(Some(key))) {
            self.hold_over(Back::Keyed);
        }
    }

    /// The person has not come, or nobody took the caller off hold, in the time for it.
    pub(super) fn away_too_long(&mut self) {
        match self.away {
            Some(Away::Connecting) => self.back(Cause::NotConnected),
            _ => self.hold_over(Back::TimedOut),
        }
    }

    fn hold_over(&mut self, back: Back) {
        if matches!(self.away, Some(Away::Held(_))) {
            self.silences = 0;
            self.back(Cause::HoldOver(back));
        }
    }

    /// The agent goes on with the call.
    fn back(&mut self, cause: Cause) {
        self.away = None;
        self.timers.clear(Timer::Tool);
        let epoch = self.fresh_epoch();
        self.generate(epoch, cause);
    }
}
