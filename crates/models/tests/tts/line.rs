//! Layer: real. A call's voice, and the clauses that are heard of it.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, error::TryRecvError};
use tom_engine::{Epoch, ErrorKind, Tts, TtsEvent, TtsOptions, TtsStream};

/// Longer than anything here takes on a busy machine.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// A call's voice and what it hears.
pub(crate) struct Line {
    pub(crate) stream: Box<dyn TtsStream>,
    pub(crate) events: mpsc::Receiver<TtsEvent>,
}

/// One clause, as it was heard.
#[derive(Debug, Default)]
pub(crate) struct Clause {
    pub(crate) number: u32,
    pub(crate) pcm: Vec<i16>,
    pub(crate) words: Vec<(usize, u64)>,
    pub(crate) failed: Option<ErrorKind>,
}

impl Line {
    pub(crate) fn open(tts: &dyn Tts, lang: &str, voice: Option<&str>, room: usize) -> Self {
        let (sender, events) = mpsc::channel(room);
        let options = TtsOptions { lang: lang.parse().expect("tag"), voice: voice.map(Into::into) };
        let stream = tts.open(options, sender).expect("speaks it");
        Self { stream, events }
    }

    pub(crate) fn speak(&mut self, epoch: Epoch, clause: u32, text: &str) {
        self.stream.speak(epoch, clause, text.into()).expect("has room");
    }

    /// The next event of that epoch, or none if nothing more can come. Older epochs are stale.
    pub(crate) fn next(&mut self, wanted: Epoch) -> TtsEvent {
        let end = Instant::now() + LONG;
        loop {
            match self.events.try_recv() {
                Ok(event) if epoch_of(&event) == wanted => return event,
                Ok(_) => {}
                Err(TryRecvError::Empty) => {
                    assert!(Instant::now() < end, "waited in vain");
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(TryRecvError::Disconnected) => panic!("the stream is gone"),
            }
        }
    }

    /// The next whole clause of that epoch.
    pub(crate) fn clause(&mut self, wanted: Epoch) -> Clause {
        let mut heard = Clause::default();
        loop {
            match self.next(wanted) {
                TtsEvent::Audio { pcm, .. } => {
                    assert!(!pcm.is_empty() && pcm.len() <= 16_000);
                    heard.pcm.extend(pcm);
                }
                TtsEvent::Word { offset, at, .. } => heard.words.push((offset, at)),
                TtsEvent::Done { clause, .. } => return Clause { number: clause, ..heard },
                TtsEvent::Failed { clause, error, .. } => {
                    return Clause { number: clause, failed: Some(error.kind), ..heard };
                }
            }
        }
    }
}

pub(crate) fn epoch_of(event: &TtsEvent) -> Epoch {
    match event {
        TtsEvent::Audio { epoch, .. }
        | TtsEvent::Word { epoch, .. }
        | TtsEvent::Done { epoch, .. }
        | TtsEvent::Failed { epoch, .. } => *epoch,
    }
}

pub(crate) fn epoch(turn: u32) -> Epoch {
    Epoch::new(turn, 0)
}
