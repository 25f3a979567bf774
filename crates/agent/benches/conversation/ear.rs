//! Layer: bench. What a Whisper with made-up weights understands, in words that a conversation can be held with.
//!
//! Its audio goes to Whisper's worker, and its results come when they come; their words are exchanged for those that were
//! spoken in the utterance's audio, as many as it has understood. Otherwise turn-taking would wait for the end of a number
//! that is being dictated.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, Grammar, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_models::stt::WhisperStt;

/// How much of the caller's sentence has been said, in samples at 16 kHz: now, and of how many.
#[derive(Debug, Default)]
pub(crate) struct Said {
    pub(crate) now: AtomicUsize,
    pub(crate) whole: AtomicUsize,
}

impl Said {
    fn now(&self) -> usize {
        self.now.load(Ordering::Relaxed)
    }

    /// Which of so many words is the first that begins at a sample or after it; words are spoken evenly.
    fn word(&self, words: usize, at: usize) -> usize {
        let whole = self.whole.load(Ordering::Relaxed).max(1);
        (words * at.min(whole) + whole / 2) / whole
    }
}

/// Audio before an utterance that is pushed with it, at most, in samples.
const ROOM: usize = 8_000;

/// The audio of an utterance.
#[derive(Clone, Copy, Debug)]
struct Span {
    epoch: Epoch,
    pushed: usize,
    /// How much was said when it was over.
    over: Option<usize>,
}

/// The last utterances, in their order.
type Spans = Arc<Mutex<VecDeque<Span>>>;

fn lock(spans: &Mutex<VecDeque<Span>>) -> MutexGuard<'_, VecDeque<Span>> {
    spans.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where the audio of an utterance begins and ends in what the caller says.
fn place(spans: &VecDeque<Span>, epoch: Epoch, now: usize) -> (usize, usize) {
    let Some(at) = spans.iter().rposition(|span| span.epoch == epoch) else { return (now, now) };
    let until = spans[at].over.unwrap_or(now);
    let from = until.saturating_sub(spans[at].pushed);
    // What goes before a new utterance was heard with the one before; all of an utterance that goes on is pushed again.
    let before = at.checked_sub(1).and_then(|before| spans[before].over).unwrap_or_default();
    (if before < from + ROOM { from.max(before) } else { from }, until)
}

/// Whisper, with the words exchanged for those of a text.
pub(crate) struct Told {
    pub(crate) whisper: Arc<WhisperStt>,
    pub(crate) text: &'static str,
    pub(crate) said: Arc<Said>,
}

impl Stt for Told {
    fn open(
        &self,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
    ) -> Result<Box<dyn SttStream>, EngineError> {
        let (sender, mut heard) = mpsc::channel(64);
        let (all, said) = (self.text.split(' ').collect::<Vec<_>>(), self.said.clone());
        let spans = Spans::default();
        let known = Arc::clone(&spans);
        tokio::spawn(async move {
            while let Some(mut event) = heard.recv().await {
                let words = |epoch: Epoch| {
                    let (from, until) = place(&lock(&known), epoch, said.now());
                    (said.word(all.len(), from), said.word(all.len(), until))
                };
                let spoken = |from: usize, until: usize| all[from.min(until)..until].join(" ").into();
                match &mut event {
                    SttEvent::Partial { epoch, text } | SttEvent::Guess { epoch, text } => {
                        let (from, until) = words(*epoch);
                        *text = spoken(from, until.min(from + text.split_whitespace().count()));
                    }
                    SttEvent::Final { epoch, text, .. } if !text.is_empty() => {
                        let (from, until) = words(*epoch);
                        *text = spoken(from, until);
                    }
                    _ => {}
                }
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
        let stream = self.whisper.open(options, sender)?;
        Ok(Box::new(Ear { stream, spans, said: Arc::clone(&self.said) }))
    }

    fn speaks(&self, lang: Lang) -> bool {
        self.whisper.speaks(lang)
    }

    fn needs_grammar(&self) -> bool {
        self.whisper.needs_grammar()
    }

    fn health(&self) -> Health {
        self.whisper.health()
    }

    fn name(&self) -> &'static str {
        self.whisper.name()
    }
}

/// Counts the samples of each utterance.
struct Ear {
    stream: Box<dyn SttStream>,
    spans: Spans,
    said: Arc<Said>,
}

impl SttStream for Ear {
    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        let mut spans = lock(&self.spans);
        if spans.len() > 8 {
            spans.pop_front();
        }
        spans.push_back(Span { epoch, pushed: 0, over: None });
        drop(spans);
        self.stream.begin(epoch, grammar)
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        if let Some(span) = lock(&self.spans).back_mut() {
            span.pushed += pcm.len();
        }
        self.stream.push(pcm)
    }

    fn peek(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        self.stream.peek(epoch)
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        if let Some(span) = lock(&self.spans).back_mut() {
            // A result carries this one.
            (span.epoch, span.over) = (epoch, Some(self.said.now()));
        }
        self.stream.finish(epoch)
    }

    fn cancel(&mut self) {
        self.stream.cancel();
    }
}
