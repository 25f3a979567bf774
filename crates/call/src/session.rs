//! One call, synchronously: what arrives goes to the turn core, what the core wants is carried out.

use std::collections::VecDeque;
use std::time::Instant;

use tom_audio::Frame;
use tom_base::{CallId, Epoch, Lang, MediaTime};
use tom_engine::{Edge, Grammar, Onset, SttEvent, TtsEvent};
use tom_turn::{EndReason, Input, Output, Probability, Stage, Turn};

use crate::api::{CallLink, CallReport, CallSetup, Control, MediaCounters};
use crate::brain::{Action, Brain};
use crate::clock::MediaClock;
use crate::ears::{Ears, RATE};
use crate::inbox::AudioOut;
use crate::marks::Marks;
use crate::mouth::{Mouth, Said};
use crate::outbox::{Far, Outbox};
use crate::playout::{FRAME, Playout};
use crate::record::Recorder;
use crate::timing::Stopwatch;

/// Ticks of 20 ms between two playout marks: the core needs to know about every 100 ms what was heard.
const MARK_EVERY: u32 = 5;
/// More timeouts than this at one moment mean that the core asks for a moment that has passed.
const MAX_TIMEOUTS: usize = 16;

pub(crate) struct Session {
    pub(crate) id: CallId,
    pub(crate) lang: Lang,
    pub(crate) turn: Turn,
    wake: Option<MediaTime>,
    /// Inputs that carrying out an output gave rise to.
    pub(crate) pending: VecDeque<Input>,
    pub(crate) clock: MediaClock,
    pub(crate) ears: Ears,
    pub(crate) mouth: Mouth,
    pub(crate) playout: Playout,
    pub(crate) brain: Box<dyn Brain>,
    pub(crate) grammar: Option<Grammar>,
    /// Actions of a reply of which nothing was heard yet.
    pub(crate) promised: Vec<Action>,
    pub(crate) outbox: Outbox,
    pub(crate) recorder: Recorder,
    pub(crate) stopwatch: Stopwatch,
    pub(crate) tally: Tally,
    pub(crate) marks: Marks,
    ticks: u32,
    frames_in: u64,
    pub(crate) ended: Option<EndReason>,
}

/// What the report counts.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) turns: u32,
    pub(crate) interruptions: u32,
    pub(crate) false_interruptions: u32,
    pub(crate) failures: u32,
    pub(crate) actions: Vec<Action>,
}

/// The channels of a call that its task waits on.
pub(crate) struct Sources {
    pub(crate) audio: AudioOut,
    pub(crate) control: tokio::sync::mpsc::Receiver<Control>,
    pub(crate) stt: tokio::sync::mpsc::Receiver<SttEvent>,
    pub(crate) tts: tokio::sync::mpsc::Receiver<TtsEvent>,
}

/// Results an engine may have under way for one call: some seconds of speech, or the partials of a second.
/// Full: the engine fails the request (other calls share its reader).
const ENGINE_EVENTS: usize = 256;

impl Session {
    pub(crate) fn new(setup: CallSetup, link: CallLink, began: Instant) -> (Self, Sources) {
        let (stt_tx, stt_rx) = tokio::sync::mpsc::channel(ENGINE_EVENTS);
        let (tts_tx, tts_rx) = tokio::sync::mpsc::channel(ENGINE_EVENTS);
        let voices = setup.engines.tts.into_iter().chain(setup.engines.tts_fallback);
        let session = Self {
            recorder: Recorder::new(&setup.id, &setup.plan.variant, &setup.turn),
            id: setup.id,
            lang: setup.lang,
            turn: Turn::new(setup.turn),
            wake: None,
            pending: VecDeque::new(),
            clock: MediaClock::new(began),
            ears: Ears::new(setup.vad, setup.engines.stt, setup.lang, stt_tx),
            mouth: Mouth::new(voices, setup.lang, setup.voice, tts_tx),
            playout: Playout::new(setup.lead),
            brain: setup.brain,
            grammar: None,
            promised: Vec::new(),
            outbox: Outbox::new(link.outbound),
            stopwatch: Stopwatch::default(),
            tally: Tally::default(),
            marks: Marks::new(link.marks),
            ticks: 0,
            frames_in: 0,
            ended: None,
        };
        let sources = Sources { audio: link.audio, control: link.control, stt: stt_rx, tts: tts_rx };
        (session, sources)
    }

    /// The far end answered.
    pub(crate) fn answer(&mut self, wall: Instant) {
        self.feed(Input::Answered, wall);
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
            Control::BargeIn => {
                self.stopwatch.onset(wall, self.clock.now(), self.clock.now());
                Input::BargeIn
            }
            Control::Played(mark) => {
                self.marks.played(mark);
                return self.finish_reply(wall);
            }
            Control::Drain => Input::Drain,
            Control::HangUp(reason) => Input::HangUp(reason),
        };
        self.mark(wall);
        self.feed(input, wall);
    }

    /// The recogniser says something.
    pub(crate) fn stt(&mut self, event: SttEvent, wall: Instant) {
        let input = match event {
            SttEvent::Partial { epoch, text } => Input::Partial { epoch, text },
            SttEvent::Final { epoch, text, confidence } => {
                if let Some(took) = self.ears.answered(epoch, wall) {
                    self.stopwatch.recognised(took);
                }
                Input::Final { epoch, text, confidence: Probability::new(confidence) }
            }
            SttEvent::Failed { epoch, error } => {
                if self.ears.answered(epoch, wall).is_none() {
                    return; // Failed before anybody asked: `finish` will say so.
                }
                tracing::warn!(call = %self.id, kind = error.kind.as_str(), "recognition failed: {error}");
                self.failed(epoch, Stage::Stt)
            }
        };
        self.mark(wall);
        self.feed(input, wall);
    }

    /// The synthesiser says something.
    pub(crate) fn tts(&mut self, event: TtsEvent, wall: Instant) {
        let said = self.mouth.event(event, self.playout.appended(), wall);
        if let Some(said) = said {
            self.said(said, wall);
        }
    }

    /// 20 ms of real time have passed.
    pub(crate) fn tick(&mut self, wall: Instant) {
        while self.ended.is_none()
            && let Some(at) = self.clock.late(wall)
        {
            self.frame(at, &[0; FRAME], wall);
        }
        if let Some(epoch) = self.ears.overdue(wall) {
            let input = self.failed(epoch, Stage::Stt);
            self.feed(input, wall);
        }
        if let Some(said) = self.mouth.overdue(wall) {
            self.said(said, wall);
        }
        self.play(wall);
        self.ticks = self.ticks.wrapping_add(1);
        if self.ticks.is_multiple_of(MARK_EVERY) {
            self.mark(wall);
        }
        self.finish_reply(wall);
        self.outbox.flush();
        if self.outbox.far() == Far::Gone {
            self.feed(Input::HangUp(EndReason::Caller), wall);
        }
    }

    /// Sends the frames that are due.
    pub(crate) fn play(&mut self, wall: Instant) {
        let mut pcm = [0; FRAME];
        while let Some(due) = self.playout.due(wall, &mut pcm) {
            self.stopwatch.frame(wall, due.first);
            if due.first {
                self.keep_promises();
                self.feed(Input::PlayoutStarted { epoch: due.epoch }, wall);
            }
            self.outbox.frame(due.epoch, &pcm);
            self.marks.frame();
            if self.playout.sent_all() {
                self.reply_sent(due.epoch, wall);
            }
        }
    }

    /// An input for the core and all that follows from it.
    pub(crate) fn feed(&mut self, input: Input, wall: Instant) {
        self.pending.push_back(input);
        while self.ended.is_none()
            && let Some(input) = self.pending.pop_front()
        {
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
        }
    }

    /// Counts a failure and turns it into an input.
    pub(crate) fn failed(&mut self, epoch: Epoch, stage: Stage) -> Input {
        self.tally.failures += 1;
        Input::Failed { epoch, stage }
    }

    fn frame(&mut self, at: MediaTime, pcm: &[i16], wall: Instant) {
        self.frames_in += 1;
        let edge = self.ears.frame(Frame { at, rate: RATE, pcm });
        if let Some(edge) = edge {
            self.mark(wall);
            let now = self.clock.now();
            let input = match edge {
                Edge::Start { at, onset } => {
                    self.stopwatch.onset(wall, at, now);
                    Input::SpeechStart(match onset {
                        Onset::Clear => tom_turn::Onset::Clear,
                        Onset::Weak => tom_turn::Onset::Weak,
                    })
                }
                Edge::End { at } => {
                    self.stopwatch.voice_ended(wall, at, now);
                    Input::SpeechEnd
                }
            };
            self.feed(input, wall);
        }
        for _ in 0..MAX_TIMEOUTS {
            match self.wake {
                Some(wake) if wake <= self.clock.now() && self.ended.is_none() => {
                    self.feed(Input::Timeout, wall)
                }
                _ => break,
            }
        }
    }

    /// Tells the core how much of the reply was heard.
    fn mark(&mut self, wall: Instant) {
        if let Some(epoch) = self.playout.epoch() {
            let heard = self.playout.heard(wall);
            if self.playout.started() && heard != self.marks.last_heard() {
                self.marks.heard(heard);
                self.feed(Input::PlayoutMark { epoch, heard }, wall);
            }
        }
    }

    fn said(&mut self, said: Said, wall: Instant) {
        let Some(epoch) = self.mouth.epoch() else { return };
        match said {
            Said::Audio { pcm, first } => {
                if let Some(took) = first {
                    self.stopwatch.speech(took);
                }
                self.playout.append(epoch, &pcm);
                self.play(wall);
            }
            Said::Word { offset, at } => self.text_mark(epoch, offset, at, wall),
            Said::ClauseDone { offset, at, last } => {
                self.text_mark(epoch, offset, at, wall);
                if last {
                    self.playout.complete(epoch);
                    self.play(wall);
                }
            }
            Said::Failed => {
                let input = self.failed(epoch, Stage::Tts);
                self.feed(input, wall);
            }
        }
    }

    fn text_mark(&mut self, epoch: Epoch, offset: u32, at: u64, wall: Instant) {
        let at = tom_base::Span::from_samples(at, RATE);
        self.feed(Input::TextMark { epoch, offset, at }, wall);
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
            failures: self.tally.failures + self.mouth.failures,
            actions: self.tally.actions.clone(),
            journal,
            timeline,
            media: MediaCounters {
                frames_in: self.frames_in,
                concealed: self.clock.concealed,
                dropped_in: dropped_in + self.clock.skipped * FRAME as u64,
                frames_out: self.outbox.frames,
                dropped_out: self.outbox.dropped,
                underruns: self.playout.underruns,
            },
        }
    }
}
