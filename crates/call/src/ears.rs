//! The caller's audio on its way to the engines: voice activity, pre-roll, one utterance at a time.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tom_audio::Frame;
use tom_base::{Epoch, Lang, Rate, Span};
use tom_engine::{Edge, EngineError, ErrorKind, Grammar, Stt, SttEvent, SttOptions, SttStream, Vad};
use tom_kernel::Near;

use crate::cleaner::Cleaner;
use crate::echo::EchoGate;
use crate::end_of_turn::Judge;
use crate::preroll::PreRoll;

/// The rate the call works in.
pub(crate) const RATE: Rate = Rate::Hz16000;
/// A recogniser that has not answered by then has failed this utterance (requirements 3.2: 5 s).
const FINAL_DEADLINE: Duration = Duration::from_secs(5);
/// An utterance survives so many pieces of 20 ms that a busy recogniser did not take; more are too much of
/// a gap.
const MOST_MISSED: u32 = 10;
/// Audio of an utterance that is kept while it may go on, 15 s. The room for it is made at once: the system gives
/// memory when it is written to.
const MOST_KEPT: usize = 16_000 * 15;
/// It is given again in pieces of a second.
const AGAIN: usize = 16_000;
/// Answers awaited at once. More mean that the recogniser does not answer at all.
const MOST_ASKED: usize = 16;

/// What came of asking the recogniser.
#[derive(Debug)]
pub(crate) enum Heard {
    /// An answer will come.
    Asked,
    /// There is no recogniser: nothing can be understood.
    Deaf,
    /// It failed, an immediate retry included.
    Failed(EngineError),
}

pub(crate) struct Ears {
    vad: Box<dyn Vad>,
    pub(crate) echo: EchoGate,
    engine: Option<Arc<dyn Stt>>,
    stream: Option<Box<dyn SttStream>>,
    events: mpsc::Sender<SttEvent>,
    lang: Lang,
    pre_roll: PreRoll,
    /// The recogniser can be given an utterance again, with what follows it; it needs no grammar.
    pub(crate) hears_again: bool,
    /// The utterance, for that.
    kept: Vec<i16>,
    pub(crate) judge: Judge,
    utterance: Option<Epoch>,
    /// Why the utterance is lost.
    failed: Option<EngineError>,
    /// Pieces of the utterance that did not fit the recogniser's queue.
    missed: u32,
    /// Utterances whose result is awaited: the caller may go on before the first is recognised.
    asked: VecDeque<(Epoch, Instant)>,
}

impl Ears {
    pub(crate) fn new(
        vad: Box<dyn Vad>,
        engine: Option<Arc<dyn Stt>>,
        lang: Lang,
        events: mpsc::Sender<SttEvent>,
        judge: Judge,
    ) -> Self {
        let hears_again = hears_again(engine.as_deref());
        Self {
            vad,
            echo: EchoGate::new(),
            engine,
            stream: None,
            events,
            lang,
            pre_roll: PreRoll::new(),
            hears_again,
            kept: Vec::new(),
            judge,
            utterance: None,
            failed: None,
            missed: 0,
            asked: VecDeque::new(),
        }
    }

    /// The same, with a canceller of echoes if one is wanted.
    pub(crate) fn cancelling(mut self, wanted: bool) -> Self {
        self.echo.cleaner = wanted.then(Cleaner::new);
        self
    }

    /// Takes a frame; tells of a change of voice activity.
    pub(crate) fn frame(&mut self, frame: Frame<'_>) -> Option<Edge> {
        let clean = self.echo.cleaner.as_mut().map(|cleaner| cleaner.clean(frame.pcm));
        let frame = clean.as_ref().map_or(frame, |clean| Frame { pcm: &**clean, ..frame });
        self.pre_roll.push(frame.pcm);
        self.judge.push(frame.pcm);
        if self.utterance.is_some() {
            self.feed(frame.pcm);
        }
        let edge = self.vad.push(frame);
        // What the canceller has left of an echo is still like it; what it let through is not.
        self.echo.frame(frame.at, frame.pcm, edge)
    }

    /// Has what the next frame will be written to fetched.
    pub(crate) fn fetch_frame(&self) {
        Near::of(self.pre_roll.next()).fetch();
        self.echo.fetch_frame();
    }

    /// An utterance begins.
    pub(crate) fn listen(&mut self, epoch: Epoch, grammar: Option<&Grammar>) {
        self.kept.clear();
        self.open(epoch, grammar);
    }

    /// An utterance begins that goes on with the last one: the recogniser hears that again first.
    pub(crate) fn listen_on(&mut self, epoch: Epoch, after: Epoch, grammar: Option<&Grammar>) {
        self.asked.retain(|(asked, _)| *asked != after);
        self.open(epoch, grammar);
    }

    fn open(&mut self, epoch: Epoch, grammar: Option<&Grammar>) {
        self.utterance = Some(epoch);
        self.failed = None;
        self.missed = 0;
        self.judge.listen(self.pre_roll.pieces());
        if self.engine.is_none() {
            return;
        }
        // One immediate retry, on a fresh stream unless it was only busy: waits of seconds are impossible
        // inside a turn.
        let begun = self.begin(epoch, grammar).or_else(|error| {
            if !error.retry {
                return Err(error);
            }
            tracing::warn!(kind = error.kind.as_str(), "recognition is begun again: {error}");
            if error.kind != ErrorKind::Overload {
                self.stream = None;
            }
            self.begin(epoch, grammar)
        });
        if let Err(error) = begun {
            self.failed = Some(error);
            return;
        }
        let Some(stream) = self.stream.as_mut() else { return };
        let before = self.kept.chunks(AGAIN);
        for piece in before.chain(self.pre_roll.pieces()).filter(|piece| !piece.is_empty()) {
            note(stream.push(piece), &mut self.failed, &mut self.missed);
        }
        if self.hears_again {
            self.kept.reserve((MOST_KEPT + AGAIN).saturating_sub(self.kept.len()));
            self.pre_roll.pieces().into_iter().for_each(|piece| self.kept.extend_from_slice(piece));
        }
    }

    /// The utterance may be over.
    pub(crate) fn finish(&mut self, epoch: Epoch, wall: Instant) -> Heard {
        if self.utterance.take_if(|open| *open == epoch).is_none() {
            return Heard::Deaf;
        }
        self.pre_roll.used();
        self.judge.ask(epoch);
        if let Some(error) = self.failed.take() {
            return Heard::Failed(error);
        }
        let Some(stream) = self.stream.as_mut() else { return Heard::Deaf };
        match stream.finish(epoch) {
            Ok(()) => {
                if self.asked.len() >= MOST_ASKED {
                    self.asked.pop_front();
                }
                self.asked.push_back((epoch, wall));
                Heard::Asked
            }
            Err(error) => Heard::Failed(error),
        }
    }

    /// Asks what has been said so far, if it is not over.
    pub(crate) fn peek(&mut self, epoch: Epoch) {
        if self.utterance == Some(epoch)
            && self.failed.is_none()
            && let Some(stream) = self.stream.as_mut()
            && let Err(error) = stream.peek(epoch)
        {
            // The utterance itself is none the worse for it.
            tracing::debug!(kind = error.kind.as_str(), "no view of an interruption: {error}");
        }
    }

    /// The caller's turn is over.
    pub(crate) fn turn_over(&mut self) {
        self.kept = Vec::new();
        self.judge.turn_over();
    }

    /// Nobody wants an utterance any more.
    pub(crate) fn forget(&mut self, epoch: Epoch) {
        self.utterance.take_if(|open| *open == epoch);
        self.asked.retain(|(asked, _)| *asked != epoch);
        if self.utterance.is_none() {
            self.judge.turn_over();
        }
        if self.utterance.is_none()
            && self.asked.is_empty()
            && let Some(stream) = self.stream.as_mut()
        {
            stream.cancel();
        }
    }

    /// The recogniser answered for an utterance. Returns how long it took, if it was asked.
    pub(crate) fn answered(&mut self, epoch: Epoch, wall: Instant) -> Option<Span> {
        let index = self.asked.iter().position(|(asked, _)| *asked == epoch)?;
        let (_, at) = self.asked.remove(index)?;
        Some(Span::from_millis(wall.duration_since(at).as_millis() as u64))
    }

    /// The recogniser failed for an utterance. Returns whether its result was awaited; of one that is still
    /// being spoken [`finish`](Self::finish) tells.
    pub(crate) fn lost(&mut self, epoch: Epoch, wall: Instant, error: EngineError) -> bool {
        if self.utterance == Some(epoch) {
            self.failed.get_or_insert(error);
            return false;
        }
        tracing::warn!(kind = error.kind.as_str(), "recognition failed: {error}");
        self.answered(epoch, wall).is_some()
    }

    /// The next utterance whose answer is overdue.
    pub(crate) fn overdue(&mut self, wall: Instant) -> Option<Epoch> {
        let (epoch, _) = self.asked.pop_front_if(|(_, at)| wall.duration_since(*at) >= FINAL_DEADLINE)?;
        tracing::warn!(
            kind = ErrorKind::Timeout.as_str(),
            "recognition failed: no result before the deadline"
        );
        // A stream that did not answer in time is not asked again. What is being said is lost with it.
        self.stream = None;
        if self.utterance.is_some() {
            let error = EngineError::new(ErrorKind::Timeout, "the recogniser does not answer");
            self.failed.get_or_insert(error);
        }
        Some(epoch)
    }

    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        let stream = match &mut self.stream {
            Some(stream) => stream,
            empty => {
                let Some(engine) = &self.engine else { return Ok(()) };
                let options = SttOptions { lang: self.lang };
                empty.insert(engine.open(options, self.events.clone())?)
            }
        };
        stream.begin(epoch, grammar)
    }

    fn feed(&mut self, pcm: &[i16]) {
        if self.hears_again && self.kept.len() < MOST_KEPT {
            self.kept.extend_from_slice(pcm);
        }
        if self.failed.is_none()
            && let Some(stream) = self.stream.as_mut()
        {
            note(stream.push(pcm), &mut self.failed, &mut self.missed);
        }
    }
}

/// Whether a recogniser takes seconds of audio at once: those that follow a grammar work on it as it is spoken.
pub(crate) fn hears_again(engine: Option<&dyn Stt>) -> bool {
    engine.is_some_and(|engine| !engine.needs_grammar())
}

/// A full queue costs a piece of the utterance, anything else all of it.
fn note(pushed: Result<(), EngineError>, failed: &mut Option<EngineError>, missed: &mut u32) {
    let Err(error) = pushed else { return };
    *missed += 1;
    if error.kind != ErrorKind::Overload || *missed > MOST_MISSED {
        failed.get_or_insert(error);
    }
}
