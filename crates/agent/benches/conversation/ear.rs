//! Layer: bench. What a Whisper with made-up weights understands, in words that a conversation can be held with.
//!
//! Its audio goes to Whisper's worker, and its results come when they come; their words are exchanged for those that were
//! spoken in the utterance's audio, as many as it has understood. Otherwise turn-taking would wait for the end of a number
//! that is being dictated.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// Which of so many words is the first that begins so many samples before what has just been said; words are spoken
    /// evenly.
    fn word(&self, words: usize, before: usize) -> usize {
        let whole = self.whole.load(Ordering::Relaxed).max(1);
        let at = self.now.load(Ordering::Relaxed).min(whole).saturating_sub(before);
        (words * at + whole / 2) / whole
    }
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
        let pushed = Arc::<AtomicUsize>::default();
        let audio = pushed.clone();
        tokio::spawn(async move {
            while let Some(mut event) = heard.recv().await {
                // An utterance is what was pushed last, also where the call gives all of it once more.
                let from = said.word(all.len(), audio.load(Ordering::Relaxed));
                let until = said.word(all.len(), 0);
                let spoken = |until: usize| all[from.min(until)..until].join(" ").into();
                match &mut event {
                    SttEvent::Partial { text: words, .. } => {
                        *words = spoken(until.min(from + words.split_whitespace().count()));
                    }
                    SttEvent::Final { text: words, .. } if !words.is_empty() => *words = spoken(until),
                    _ => {}
                }
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
        Ok(Box::new(Ear { stream: self.whisper.open(options, sender)?, pushed }))
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

/// Counts the samples of the utterance under way.
struct Ear {
    stream: Box<dyn SttStream>,
    pushed: Arc<AtomicUsize>,
}

impl SttStream for Ear {
    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        self.pushed.store(0, Ordering::Relaxed);
        self.stream.begin(epoch, grammar)
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        self.pushed.fetch_add(pcm.len(), Ordering::Relaxed);
        self.stream.push(pcm)
    }

    fn peek(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        self.stream.peek(epoch)
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        self.stream.finish(epoch)
    }

    fn cancel(&mut self) {
        self.stream.cancel();
    }
}
