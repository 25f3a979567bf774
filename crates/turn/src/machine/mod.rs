//! How do the sub-machines make one call?

mod ahead;
mod away;
mod barge_in;
mod caller;
mod ending;
mod failure;
mod going_on;
mod hush;
mod keys;
mod opening;
mod playout;
mod reply;
mod unspoken;

use std::collections::VecDeque;
use std::sync::Arc;

use tom_base::{CallState, Epoch, MediaTime};

use crate::floor::{Life, call_state};
use crate::hearing::Hearing;
use crate::reply::Reply;
use crate::timers::{Timer, Timers};
use crate::{
    CallEvent, Cause, EndReason, Expect, Floor, Input, Onset, Output, TurnConfig, endpointer::Endpointer,
    interruption::Interruption,
};

/// Who said something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Who {
    /// The caller.
    Caller,
    /// The agent.
    Agent,
}

/// One entry of a call's history: what one side said, as the other heard it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Said {
    /// The turn.
    pub epoch: Epoch,
    /// Who spoke.
    pub who: Who,
    /// The caller's recognised, typed or keyed words; of a reply, what the caller heard of it.
    pub text: Arc<str>,
    /// Whether that is all of it; always so for the caller.
    pub complete: bool,
}

/// A history longer than this loses its older half.
const LONGEST_HISTORY: usize = 512;

/// The turn-taking of one call. See the [crate's documentation](crate) for the contract.
#[derive(Debug)]
pub struct Turn {
    config: TurnConfig,
    now: MediaTime,
    life: Life,
    floor: Floor,
    state: CallState,
    /// The newest epoch given out.
    newest: Epoch,
    /// The turn of the last reply: epochs beyond it belong to the caller's next turn.
    exchange: u32,
    /// Voice activity says that the caller speaks, and has not been overruled.
    voice: Option<Onset>,
    /// The caller's turn under way; while a reply is made or heard, what is said over it.
    hearing: Option<Hearing>,
    /// The caller's turn that the reply not yet heard answers: the caller may go on with it.
    committed: Option<Hearing>,
    reply: Option<Reply>,
    /// The reply that is being made before the caller's turn is over.
    ahead: Option<(Epoch, Cause)>,
    interruption: Option<Interruption>,
    /// Since when the reply is paused for a hiss that may become speech.
    hushed: Option<MediaTime>,
    expect: Expect,
    /// The reply whose tool is awaited.
    tool: Option<Epoch>,
    /// For what the caller waits while nobody listens.
    away: Option<away::Away>,
    /// Digits keyed so far.
    keys: String,
    /// Keys and typed text that wait for the reply to be known.
    held: VecDeque<Input>,
    /// How often in a row the caller said nothing.
    silences: u32,
    /// How often in a row the brain failed.
    brain_failures: u32,
    /// The call ends for this reason after the reply under way.
    closing: Option<EndReason>,
    endpointer: Endpointer,
    timers: Timers,
    out: VecDeque<Output>,
    history: Vec<Said>,
}

impl Turn {
    /// A call that nobody has offered yet.
    #[must_use]
    pub fn new(config: TurnConfig) -> Self {
        Self {
            config,
            now: MediaTime::ZERO,
            life: Life::Idle,
            floor: Floor::Listening,
            state: CallState::Idle,
            newest: Epoch::default(),
            exchange: 0,
            voice: None,
            hearing: None,
            committed: None,
            reply: None,
            ahead: None,
            interruption: None,
            hushed: None,
            expect: Expect::Open,
            tool: None,
            away: None,
            keys: String::new(),
            held: VecDeque::new(),
            silences: 0,
            brain_failures: 0,
            closing: None,
            endpointer: Endpointer::default(),
            timers: Timers::default(),
            out: VecDeque::new(),
            history: Vec::new(),
        }
    }

    /// Takes in that something happened. Deadlines that have come by `now` are dealt with first. A time
    /// before that of the last input counts as that one.
    pub fn handle(&mut self, now: MediaTime, input: Input) {
        self.now = self.now.max(now);
        self.fire_due();
        self.dispatch(input);
        self.fire_due();
        self.note_state();
    }

    /// The next thing to do; [`Output::Wait`] when there is nothing more until the next input.
    pub fn poll(&mut self) -> Output {
        self.out.pop_front().unwrap_or_else(|| Output::Wait(self.timers.next()))
    }

    /// Who has the floor.
    #[must_use]
    pub fn floor(&self) -> Floor {
        self.floor
    }

    /// The state of the call, as the wire names it.
    #[must_use]
    pub fn state(&self) -> CallState {
        call_state(self.life, self.floor, self.interruption_quiets())
    }

    /// The newest epoch given out.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.newest
    }

    /// What was said, oldest first: the agent's side as far as the caller heard it. The last few hundred
    /// entries are kept.
    #[must_use]
    pub fn history(&self) -> &[Said] {
        &self.history
    }

    /// Forgets what was said so far. What is being said now is still remembered when it is over. It changes
    /// nothing about whose turn it is, so a journal need not tell of it.
    pub fn forget_history(&mut self) {
        self.history.clear();
    }

    /// The knobs it runs with.
    #[must_use]
    pub fn config(&self) -> &TurnConfig {
        &self.config
    }

    fn dispatch(&mut self, input: Input) {
        if self.floor == Floor::Ended {
            return;
        }
        match input {
            Input::Ringing => self.ringing(),
            Input::Answered => self.answered(),
            Input::HangUp(reason) => self.end(reason),
            Input::Drain => self.drain(),
            Input::Timeout => {}
            Input::Speed(slowness) => {
                self.config.set_speed(slowness);
                self.judge_end_of_turn();
            }
            // Before the answer nothing can be heard or said.
            _ if matches!(self.life, Life::Idle | Life::Ringing) => {}
            Input::Connect | Input::NotConnected | Input::Hold(_) | Input::Resume => self.outside(input),
            _ if self.away.is_some() => self.while_away(&input),
            Input::SpeechStart(onset) => self.speech_start(onset),
            Input::Hiss => self.hiss(),
            Input::Echo => self.was_echo(),
            Input::SpeechEnd => self.speech_end(),
            Input::Partial { epoch, text } => self.partial(epoch, &text),
            Input::Final { epoch, text, confidence } => self.final_text(epoch, &text, confidence),
            Input::EndOfTurn { epoch, p } => self.end_of_turn(epoch, p),
            Input::ReplyText { epoch, text } => self.reply_text(epoch, text),
            Input::ReplyEnd { epoch, then } => self.reply_end(epoch, then),
            Input::Failed { epoch, stage } => self.failed(epoch, stage),
            Input::PlayoutStarted { epoch } => self.playout_started(epoch),
            Input::TextMark { epoch, offset, at } => self.text_mark(epoch, offset, at),
            Input::PlayoutMark { epoch, heard } => self.playout_mark(epoch, heard),
            Input::PlayoutDone { epoch } => self.playout_done(epoch),
            Input::Dtmf(key) => self.key(key),
            Input::Typed(text) => self.typed(text),
            Input::BargeIn => self.barge_in(),
            Input::ToolDone { epoch } => self.tool_done(epoch),
        }
    }

    fn fire_due(&mut self) {
        while let Some(timer) = self.timers.take_due(self.now) {
            match timer {
                Timer::Closing => self.end(self.closing.unwrap_or(EndReason::Agent)),
                Timer::Ring => self.end(EndReason::Unanswered),
                Timer::Call => self.too_long(),
                Timer::Overlap => self.judge_interruption(),
                Timer::Hush => self.hush_over(),
                Timer::Endpoint => self.judge_end_of_turn(),
                Timer::Recognition => self.recognition_late(),
                Timer::Utterance => self.utterance_too_long(),
                Timer::Keys => self.commit_keys(),
                Timer::Think => self.brain_late(),
                Timer::FirstAudio => self.first_audio_late(),
                Timer::Whole => self.reply_late(),
                Timer::Stall => self.reply_stalled(),
                Timer::Tool if self.away.is_some() => self.away_too_long(),
                Timer::Tool => self.tool_late(),
                Timer::Silence => self.caller_silent(),
            }
        }
    }

    fn emit(&mut self, output: Output) {
        self.out.push_back(output);
    }

    fn tell(&mut self, event: CallEvent) {
        self.out.push_back(Output::Event(event));
    }

    fn arm(&mut self, timer: Timer, after: tom_base::Span) {
        self.timers.arm(timer, self.now + after);
    }

    /// Passes the floor on and tells.
    fn set_floor(&mut self, floor: Floor) {
        if self.floor != floor {
            debug_assert!(self.floor.may_become(floor), "{:?} to {floor:?}", self.floor);
            self.floor = floor;
            self.discard();
            self.tell(CallEvent::Floor(floor));
        }
        self.note_state();
    }

    /// Tells the call state if it has changed.
    fn note_state(&mut self) {
        let state = self.state();
        if state != self.state {
            self.state = state;
            self.tell(CallEvent::State(state));
        }
    }

    /// The epoch of what comes after the last reply: the next turn, or its next revision if something was
    /// begun there before.
    fn fresh_epoch(&mut self) -> Epoch {
        self.newest = if self.newest.turn.0 > self.exchange {
            self.newest.next_revision()
        } else {
            self.newest.next_turn()
        };
        self.newest
    }

    fn remember(&mut self, said: Said) {
        if self.history.len() >= LONGEST_HISTORY {
            self.history.drain(..LONGEST_HISTORY / 2);
        }
        self.history.push(said);
    }
}
