//! Layer: bench. What a Whisper with made-up weights understands, in words that a conversation can be held with.
//!
//! Its audio goes to Whisper's worker, and its results come when they come; their words are exchanged for those that were spoken,
//! as many as it has understood. Otherwise turn-taking would wait for the end of a number that is being dictated.

use std::sync::Arc;

use tokio::sync::mpsc;
use tom_base::Lang;
use tom_engine::{EngineError, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_models::stt::WhisperStt;

/// Whisper, with the words exchanged for those of a text.
pub(crate) struct Told {
    pub(crate) whisper: Arc<WhisperStt>,
    pub(crate) text: &'static str,
}

impl Stt for Told {
    fn open(
        &self,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
    ) -> Result<Box<dyn SttStream>, EngineError> {
        let (sender, mut heard) = mpsc::channel(64);
        let text = self.text;
        tokio::spawn(async move {
            while let Some(mut event) = heard.recv().await {
                match &mut event {
                    SttEvent::Partial { text: words, .. } => {
                        let count = words.split_whitespace().count();
                        let told: Vec<&str> = text.split(' ').take(count).collect();
                        *words = told.join(" ").into();
                    }
                    SttEvent::Final { text: words, .. } if !words.is_empty() => *words = text.into(),
                    _ => {}
                }
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
        self.whisper.open(options, sender)
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
