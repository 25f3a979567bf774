//! What does a call's ear do that has two recognisers?
//!
//! Where the first one refuses an utterance, the second one hears the rest of it as it is spoken. Where the first
//! one fails when it is over, the second one gets what was kept of it. So there are two ears of the second one:
//! the call's task pushes to one while the forwarder may be filling the other.

use std::collections::VecDeque;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{EngineError, ErrorKind, Grammar, Stt, SttEvent, SttOptions, SttStream};

use super::second::{Second, Utterance};
use crate::core::Task;
use crate::stt::{MOST_SAMPLES, ROOM, out_of_turn, too_long};

/// Events of the first recogniser that may wait, as many as a call takes. Full: as when the call's channel is.
const EVENTS: usize = 256;
/// Utterances kept until their result is there. More of them mean that results do not come at all: the oldest one
/// is let go.
const MOST_KEPT: usize = 4;

pub(super) struct Ear {
    engine: Arc<dyn Stt>,
    options: SttOptions,
    /// To the forwarder.
    events: mpsc::Sender<SttEvent>,
    /// The first recogniser's ear.
    first: Option<Box<dyn SttStream>>,
    second: Second,
    /// The second one hears the utterance that is open.
    standing_in: bool,
    open: Option<Utterance>,
    kept: Arc<Mutex<Kept>>,
    _forwarder: Task,
}

/// What the forwarder needs when an utterance is lost.
struct Kept {
    /// The utterance that is being spoken ...
    speaking: Option<Epoch>,
    /// ... and why the first recogniser has lost it.
    lost: Option<EngineError>,
    /// Those that are over and whose result is awaited of the first one.
    over: VecDeque<Utterance>,
    second: Second,
}

impl Ear {
    pub(super) fn open(
        first: Arc<dyn Stt>,
        second: Arc<dyn Stt>,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
        taken: &Arc<AtomicU64>,
        runtime: &Handle,
    ) -> Self {
        let second = Second {
            engine: second,
            options: options.clone(),
            events: events.clone(),
            taken: taken.clone(),
            stream: None,
        };
        let kept = Kept { speaking: None, lost: None, over: VecDeque::new(), second: second.another() };
        let kept = Arc::new(Mutex::new(kept));
        let (to_forwarder, from_first) = mpsc::channel(EVENTS);
        Self {
            engine: first,
            options,
            events: to_forwarder,
            first: None,
            second,
            standing_in: false,
            open: None,
            _forwarder: Task::spawn(runtime, forward(from_first, events, kept.clone())),
            kept,
        }
    }

    fn begin_first(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        let stream = match &mut self.first {
            Some(stream) => stream,
            empty => empty.insert(self.engine.open(self.options.clone(), self.events.clone())?),
        };
        stream.begin(epoch, grammar)
    }

    /// Asks the first one for the result. Returns the utterance if it refuses.
    fn finish_first(&mut self, epoch: Epoch) -> Option<(Utterance, EngineError)> {
        let lost = self.first.as_mut()?.finish(epoch).err()?;
        Some((lock(&self.kept).take(epoch)?, lost))
    }

    /// From here on the second one hears the open utterance.
    fn stand_in(&mut self, lost: EngineError) -> Result<(), EngineError> {
        let Some(utterance) = &self.open else { return Err(lost) };
        self.second.take(utterance, lost)?;
        self.standing_in = true;
        Ok(())
    }
}

impl SttStream for Ear {
    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        let unfinished = self.open.take();
        if unfinished.is_some() && self.standing_in {
            self.second.cancel();
        }
        self.standing_in = false;
        let mut pcm = unfinished.map(|utterance| utterance.pcm).unwrap_or_default();
        pcm.clear();
        pcm.reserve(ROOM);
        self.open = Some(Utterance { epoch, grammar: grammar.cloned(), pcm });
        let mut kept = lock(&self.kept);
        (kept.speaking, kept.lost) = (Some(epoch), None);
        drop(kept);
        self.begin_first(epoch, grammar).or_else(|lost| {
            if lost.kind != ErrorKind::Overload {
                self.first = None;
            }
            self.stand_in(lost)
        })
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        let Some(utterance) = &mut self.open else { return Err(out_of_turn()) };
        if utterance.pcm.len() + pcm.len() > MOST_SAMPLES {
            return Err(too_long());
        }
        utterance.pcm.extend_from_slice(pcm);
        if self.standing_in {
            return self.second.ask(|second| second.push(pcm));
        }
        match self.first.as_mut().map_or(Ok(()), |first| first.push(pcm)) {
            // A piece that did not fit is no reason to take the second best.
            Err(lost) if lost.kind != ErrorKind::Overload => self.stand_in(lost),
            pushed => pushed,
        }
    }

    fn peek(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        match &mut self.first {
            Some(first) if !self.standing_in => first.peek(epoch),
            _ => self.second.ask(|second| second.peek(epoch)),
        }
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        let Some(utterance) = self.open.take() else { return Err(out_of_turn()) };
        if !self.standing_in {
            let lost = lock(&self.kept).over(Utterance { epoch, ..utterance });
            let Some((utterance, lost)) = lost.or_else(|| self.finish_first(epoch)) else { return Ok(()) };
            self.second.take(&utterance, lost)?;
        }
        self.second.ask(|second| second.finish(epoch))
    }

    fn cancel(&mut self) {
        self.open = None;
        self.standing_in = false;
        if let Some(first) = &mut self.first {
            first.cancel();
        }
        self.second.cancel();
        let mut kept = lock(&self.kept);
        (kept.speaking, kept.lost) = (None, None);
        kept.over.clear();
        kept.second.cancel();
    }
}

impl Kept {
    /// The utterance is over. Returns it if the first recogniser has lost it already; else it is kept until its
    /// result is there.
    fn over(&mut self, utterance: Utterance) -> Option<(Utterance, EngineError)> {
        self.speaking = None;
        if let Some(lost) = self.lost.take() {
            return Some((utterance, lost));
        }
        if self.over.len() >= MOST_KEPT {
            self.over.pop_front();
        }
        self.over.push_back(utterance);
        None
    }

    fn take(&mut self, epoch: Epoch) -> Option<Utterance> {
        let index = self.over.iter().position(|utterance| utterance.epoch == epoch)?;
        self.over.remove(index)
    }

    /// The first recogniser lost an utterance. Returns the error if the second one does not get it.
    fn failed(&mut self, epoch: Epoch, lost: EngineError) -> Option<EngineError> {
        if self.speaking == Some(epoch) {
            // The end of the utterance finds it.
            self.lost.get_or_insert(lost);
            return None;
        }
        let utterance = self.take(epoch)?;
        let taken = self.second.take(&utterance, lost);
        taken.and_then(|()| self.second.ask(|second| second.finish(epoch))).err()
    }
}

/// Passes the first recogniser's events on to the call, but for failures that the second one makes good, and for
/// results that are not awaited of the first one any more.
async fn forward(
    mut from_first: mpsc::Receiver<SttEvent>,
    events: mpsc::Sender<SttEvent>,
    kept: Arc<Mutex<Kept>>,
) {
    while let Some(event) = from_first.recv().await {
        let result = match event {
            SttEvent::Partial { .. } | SttEvent::Guess { .. } | SttEvent::Word { .. } => {
                // With no room the call has more important things to read.
                drop(events.try_send(event));
                None
            }
            SttEvent::Final { epoch, .. } => lock(&kept).take(epoch).map(|_| event),
            SttEvent::Failed { epoch, error } => {
                lock(&kept).failed(epoch, error).map(|error| SttEvent::Failed { epoch, error })
            }
        };
        if let Some(result) = result
            && events.send(result).await.is_err()
        {
            return;
        }
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
