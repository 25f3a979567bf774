//! The caller's audio on its way to the engines: voice activity, pre-roll, one utterance at a time.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tom_audio::Frame;
use tom_base::{Epoch, Lang, Rate, Span};
use tom_engine::{Edge, EngineError, Grammar, Stt, SttEvent, SttOptions, SttStream, Vad};

/// Audio from before the detected onset that the recogniser gets too, so that a soft first sound is not
/// lost: 300 ms.
const PRE_ROLL: usize = 16 * 300;
/// A recogniser that has not answered by then has failed this utterance (requirements 3.2: 5 s).
const FINAL_DEADLINE: Duration = Duration::from_secs(5);

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
    engine: Option<Arc<dyn Stt>>,
    stream: Option<Box<dyn SttStream>>,
    events: mpsc::Sender<SttEvent>,
    lang: Lang,
    pre_roll: Box<[i16]>,
    pre_roll_at: usize,
    utterance: Option<Epoch>,
    failed: Option<EngineError>,
    asked: Option<(Epoch, Instant)>,
}

impl Ears {
    pub(crate) fn new(
        vad: Box<dyn Vad>,
        engine: Option<Arc<dyn Stt>>,
        lang: Lang,
        events: mpsc::Sender<SttEvent>,
    ) -> Self {
        Self {
            vad,
            engine,
            stream: None,
            events,
            lang,
            pre_roll: vec![0; PRE_ROLL].into_boxed_slice(),
            pre_roll_at: 0,
            utterance: None,
            failed: None,
            asked: None,
        }
    }

    /// Takes a frame; tells of a change of voice activity.
    pub(crate) fn frame(&mut self, frame: Frame<'_>) -> Option<Edge> {
        for &sample in frame.pcm {
            self.pre_roll[self.pre_roll_at] = sample;
            self.pre_roll_at = (self.pre_roll_at + 1) % PRE_ROLL;
        }
        if self.utterance.is_some() {
            self.feed(frame.pcm);
        }
        self.vad.push(frame)
    }

    /// An utterance begins.
    pub(crate) fn listen(&mut self, epoch: Epoch, grammar: Option<&Grammar>) {
        self.asked = None;
        self.utterance = Some(epoch);
        self.failed = None;
        if self.engine.is_none() {
            return;
        }
        // One immediate retry on a fresh stream: waits of seconds are impossible inside a turn.
        let begun = self.begin(epoch, grammar).or_else(|error| {
            self.stream = None;
            if error.retry { self.begin(epoch, grammar) } else { Err(error) }
        });
        match begun {
            Ok(()) => {
                let (newer, older) = self.pre_roll.split_at(self.pre_roll_at);
                let (older, newer) = (older.to_vec(), newer.to_vec());
                self.feed(&older);
                self.feed(&newer);
            }
            Err(error) => self.failed = Some(error),
        }
    }

    /// The utterance may be over.
    pub(crate) fn finish(&mut self, epoch: Epoch, wall: Instant) -> Heard {
        if self.utterance.take() != Some(epoch) || self.engine.is_none() {
            return Heard::Deaf;
        }
        if let Some(error) = self.failed.take() {
            return Heard::Failed(error);
        }
        let asked = match self.stream.as_mut() {
            Some(stream) => stream.finish(epoch),
            None => return Heard::Deaf,
        };
        match asked {
            Ok(()) => {
                self.asked = Some((epoch, wall));
                Heard::Asked
            }
            Err(error) => Heard::Failed(error),
        }
    }

    /// Nobody wants the utterance any more.
    pub(crate) fn forget(&mut self) {
        self.utterance = None;
        self.asked = None;
        if let Some(stream) = self.stream.as_mut() {
            stream.cancel();
        }
    }

    /// The recogniser answered for an utterance. Returns how long it took.
    pub(crate) fn answered(&mut self, epoch: Epoch, wall: Instant) -> Option<Span> {
        let (asked, at) = self.asked?;
        if asked != epoch {
            return None;
        }
        self.asked = None;
        Some(Span::from_millis(wall.duration_since(at).as_millis() as u64))
    }

    /// The utterance whose answer is overdue, once.
    pub(crate) fn overdue(&mut self, wall: Instant) -> Option<Epoch> {
        let (epoch, at) = self.asked?;
        if wall.duration_since(at) < FINAL_DEADLINE {
            return None;
        }
        self.asked = None;
        // A stream that did not answer in time is not asked again.
        self.stream = None;
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
        if self.failed.is_some() {
            return;
        }
        if let Some(stream) = self.stream.as_mut()
            && let Err(error) = stream.push(pcm)
        {
            self.failed = Some(error);
        }
    }
}

impl Drop for Ears {
    fn drop(&mut self) {
        self.forget();
    }
}

/// The frame length the call works in.
pub(crate) const RATE: Rate = Rate::Hz16000;
