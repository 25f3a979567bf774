//! One call, synchronously: what arrives goes to the turn core, what the core wants is carried out.

use std::collections::VecDeque;
use std::time::Instant;

use tokio::sync::mpsc;
use tom_audio::HoldMusic;
use tom_base::{CallId, Epoch, Lang, MediaTime, Span};
use tom_engine::{EndOfTurnEvent, Grammar, SttEvent, TtsEvent};
use tom_turn::{EndReason, Input, Output, Stage, Turn};

use crate::api::{CallLink, CallSetup, Control, Outbound};
use crate::away::Away;
use crate::brain::Brain;
use crate::clock::MediaClock;
use crate::draft::Draft;
use crate::ears::{Ears, hears_again};
use crate::end_of_turn::Judge;
use crate::inbox::AudioOut;
use crate::marks::Marks;
use crate::mouth::Mouth;
use crate::outbox::{Far, Outbox};
use crate::outputs::Promises;
use crate::pickup::{Announcement, Answering};
use crate::playout::{FRAME, Playout};
use crate::post::Sender;
use crate::record::Recorder;
use crate::report::{CallReport, MediaCounters, Tally};
use crate::teller::Teller;
use crate::timing::Stopwatch;

/// Ticks of 20 ms between two playout marks, a second: signs of life. Whenever anything else happens the core
/// learns before it what was heard.
const MARK_EVERY: u32 = 50;

pub(crate) struct Session {
    pub(crate) id: CallId,
    pub(crate) lang: Lang,
    pub(crate) turn: Turn,
    pub(crate) wake: Option<MediaTime>,
    /// Inputs that carrying out an output gave rise to.
    pub(crate) pending: VecDeque<Input>,
    pub(crate) clock: MediaClock,
    pub(crate) ears: Ears,
    pub(crate) mouth: Mouth,
    pub(crate) playout: Playout,
    pub(crate) brain: Box<dyn Brain>,
    pub(crate) draft: Option<Draft>,
    /// The utterance of which the recogniser last guessed more words than are settled.
    pub(crate) guessed: Option<Epoch>,
    /// Pieces of the reply under way that the synthesiser was given before it was wanted.
    pub(crate) spoken_ahead: usize,
    pub(crate) grammar: Option<Grammar>,
    pub(crate) promises: Promises,
    pub(crate) teller: Teller,
    pub(crate) recorder: Recorder,
    pub(crate) stopwatch: Stopwatch,
    pub(crate) tally: Tally,
    pub(crate) marks: Marks,
    ticks: u32,
    /// The core has had an input, so that the brain may have something to say that it was not polled for.
    pub(crate) stirred: bool,
    pub(crate) frames_in: u64,
    pub(crate) ended: Option<EndReason>,
    /// Who picked up is to be found out. Seldom, and large.
    pub(crate) pickup: Option<Box<Answering>>,
    /// For what the caller waits, and what they hear meanwhile.
    pub(crate) away: Option<Away>,
    pub(crate) music: Box<HoldMusic>,
}

/// The channels of a call that its task waits on.
pub(crate) struct Sources {
    pub(crate) audio: AudioOut,
    pub(crate) control: mpsc::Receiver<Control>,
    pub(crate) stt: mpsc::Receiver<SttEvent>,
    pub(crate) tts: mpsc::Receiver<TtsEvent>,
    pub(crate) end_of_turn: mpsc::Receiver<EndOfTurnEvent>,
}

/// Results an engine may have under way for one call: some seconds of speech, or the partials of a second.
/// Full: the engine fails the request (other calls share its reader).
const ENGINE_EVENTS: usize = 256;
/// Opinions on ends of turns that may wait, one for each of the utterances in a row. Full: they are dropped.
const OPINIONS: usize = 16;

impl Session {
    pub(crate) fn new(setup: CallSetup, link: CallLink, began: Instant) -> (Self, Sources) {
        let mut turn = setup.turn;
        if !hears_again(setup.engines.stt.as_deref()) {
            turn.join = Span::ZERO;
        }
        turn.handover = link.manner.connect;
        let (stt_tx, stt_rx) = mpsc::channel(ENGINE_EVENTS);
        let (tts_tx, tts_rx) = mpsc::channel(ENGINE_EVENTS);
        let (judge_tx, judge_rx) = mpsc::channel(OPINIONS);
        let judge = Judge::new(setup.engines.end_of_turn, judge_tx);
        let voices = setup.engines.tts.into_iter().chain(setup.engines.tts_fallback);
        let pickup = Answering::new(&link.manner).map(Box::new);
        let session = Self {
            recorder: Recorder::new(&setup.id, &setup.plan.variant, &turn),
            id: setup.id,
            lang: setup.lang,
            turn: Turn::new(turn),
            wake: None,
            pending: VecDeque::new(),
            clock: MediaClock::new(began),
            ears: Ears::new(setup.vad, setup.engines.stt, setup.lang, stt_tx, judge)
                .cancelling(setup.cancel_echo),
            mouth: Mouth::new(voices, setup.lang, setup.voice, tts_tx, began),
            playout: Playout::new(setup.lead),
            brain: match link.manner.announce {
                Some(text) => Box::new(Announcement(text)),
                None => setup.brain,
            },
            draft: None,
            guessed: None,
            spoken_ahead: 0,
            grammar: None,
            promises: Promises::default(),
            teller: Teller::new(Outbox::new(link.outbound, link.watch)),
            stopwatch: Stopwatch::default(),
            tally: Tally::default(),
            marks: Marks::new(link.marks),
            ticks: 0,
            stirred: true,
            frames_in: 0,
            ended: None,
            pickup,
            away: None,
            music: Box::new(link.music),
        };
        let sources = Sources {
            audio: link.audio,
            control: link.control,
            stt: stt_rx,
            tts: tts_rx,
            end_of_turn: judge_rx,
        };
        (session, sources)
    }

    /// The far end answered.
    pub(crate) fn answer(&mut self, wall: Instant) {
        if self.pickup.as_ref().is_none_or(|answering| !answering.waits()) {
            self.feed(Input::Answered, wall);
        }
    }

    /// A 20 ms frame of caller audio came.
    pub(crate) fn hear(&mut self, pcm: &[i16], wall: Instant) {
        if let Some(at) = self.clock.received(wall) {
            self.frame(at, pcm, wall);
        }
    }

    /// The transport says something.
    pub(crate) fn control(&mut self, control: Control, wall: Instant) {
        let input = match control {
            Control::Dtmf(key) => Input::Dtmf(key),
            Control::Typed(text) => Input::Typed(text),
            Control::Speed(slowness) => Input::Speed(slowness),
            Control::BargeIn => {
                if self.playout.started() {
                    self.stopwatch.told_to_stop(wall);
                }
                Input::BargeIn
            }
            Control::ForgetHistory => return self.forget(wall),
            Control::Played(mark) => {
                self.marks.played(mark);
                return self.finish_reply(wall);
            }
            Control::Connect => Input::Connect,
            Control::NotConnected => Input::NotConnected,
            Control::Hold(hold) => Input::Hold(hold),
            Control::Resume => Input::Resume,
            Control::Drain => Input::Drain,
            Control::HangUp(reason) => {
                self.mark(wall);
                return self.hang_up(reason, wall);
            }
        };
        self.mark(wall);
        self.feed(input, wall);
    }

    pub(crate) fn hang_up(&mut self, reason: EndReason, wall: Instant) {
        self.feed(Input::HangUp(reason), wall);
        self.ended.get_or_insert(reason);
    }

    /// 20 ms of real time have passed.
    pub(crate) fn tick(&mut self, wall: Instant) {
        while self.ended.is_none()
            && let Some(at) = self.clock.late(wall)
        {
            self.frame(at, &[0; FRAME], wall);
        }
        while let Some(epoch) = self.ears.overdue(wall) {
            self.mark(wall);
            self.feed(Input::Failed { epoch, stage: Stage::Stt }, wall);
        }
        if let Some(said) = self.mouth.tick(self.playout.progress(), wall) {
            self.said(said, wall);
        }
        self.play(wall);
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(MARK_EVERY) {
            self.mark(wall);
        }
        self.finish_reply(wall);
        self.teller.outbox.flush();
        if self.teller.outbox.far() == Far::Gone {
            self.hang_up(EndReason::Caller, wall);
        }
    }

    /// An input for the core and all that follows from it.
    pub(crate) fn feed(&mut self, input: Input, wall: Instant) {
        self.pending.push_back(input);
        self.settle(wall);
    }

    /// Deals with the inputs that wait.
    pub(crate) fn settle(&mut self, wall: Instant) {
        while self.ended.is_none()
            && let Some(input) = self.pending.pop_front()
        {
            self.stirred = true;
            let now = self.clock.now();
            self.recorder.input(now, &input);
            self.turn.handle(now, input);
            loop {
                let output = self.turn.poll();
                self.recorder.output(now, &output);
                if let Output::Wait(wake) = output {
                    self.wake = wake;
                    break;
                }
                self.carry_out(output, wall);
            }
            self.teller.settle(now);
        }
    }

    /// Tells the core how much of the reply was heard.
    pub(crate) fn mark(&mut self, wall: Instant) {
        if let Some(epoch) = self.playout.epoch() {
            let heard = self.playout.heard(wall);
            if self.playout.started() && heard != self.marks.last_heard() {
                self.marks.heard(heard);
                self.feed(Input::PlayoutMark { epoch, heard }, wall);
            }
        }
    }

    /// The report of a call that is over.
    pub(crate) fn report(&self, dropped_in: u64) -> CallReport {
        let (journal, timeline) = self.recorder.texts();
        CallReport {
            id: self.id.clone(),
            reason: self.ended.unwrap_or(EndReason::Failure),
            duration: self.clock.now().since(MediaTime::ZERO),
            turns: self.tally.turns,
            interruptions: self.tally.interruptions,
            false_interruptions: self.tally.false_interruptions,
            echoes: self.ears.echo.echoes,
            failures: self.tally.failures + self.mouth.mended,
            actions: self.tally.actions.clone(),
            drafts: self.tally.drafts,
            drafts_used: self.tally.drafts_used,
            end_of_turn: self.ears.judge.count,
            journal,
            timeline,
            media: MediaCounters {
                frames_in: self.frames_in,
                concealed: self.clock.concealed,
                dropped_in: dropped_in + self.clock.skipped * FRAME as u64,
                frames_out: self.teller.outbox.frames,
                dropped_out: self.teller.outbox.dropped,
                underruns: self.playout.underruns,
            },
        }
    }

    /// Lets go of the engines. What is left is the channel, and what still waits for the transport.
    pub(crate) fn close(self) -> (Sender, VecDeque<Outbound>) {
        self.teller.outbox.into_rest()
    }
}
