//! Which recogniser understands the caller when the usual one fails?

mod ear;
mod second;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::Lang;
use tom_engine::{EngineError, Health, Stt, SttEvent, SttOptions, SttStream};

use ear::Ear;

/// Two recognisers: each utterance goes to the first one, and one that it loses, whole, to the second.
///
/// It looks like the first one, and results come under the epoch that was asked for, whoever gives them. What the
/// first one may take and what the second one takes follow each other: the first one's deadline has to leave room.
pub struct FallbackStt {
    first: Arc<dyn Stt>,
    second: Arc<dyn Stt>,
    runtime: Handle,
    taken: Arc<AtomicU64>,
}

impl FallbackStt {
    /// Puts two recognisers together. Each open stream has a task on `runtime`.
    #[must_use]
    pub fn new(first: Arc<dyn Stt>, second: Arc<dyn Stt>, runtime: Handle) -> Self {
        Self { first, second, runtime, taken: Arc::default() }
    }

    /// How many utterances the second recogniser was given since the start.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Stt for FallbackStt {
    fn open(
        &self,
        options: SttOptions,
        events: mpsc::Sender<SttEvent>,
    ) -> Result<Box<dyn SttStream>, EngineError> {
        match (self.first.speaks(options.lang), self.second.speaks(options.lang)) {
            (true, true) => {
                let (first, second) = (self.first.clone(), self.second.clone());
                Ok(Box::new(Ear::open(first, second, options, events, &self.taken, &self.runtime)))
            }
            (false, true) => self.second.open(options, events),
            // Of a language that neither speaks the first one says what to do.
            (_, false) => self.first.open(options, events),
        }
    }

    fn speaks(&self, lang: Lang) -> bool {
        self.first.speaks(lang) || self.second.speaks(lang)
    }

    fn needs_grammar(&self) -> bool {
        self.first.needs_grammar()
    }

    fn health(&self) -> Health {
        let name = self.second.name();
        match (self.first.health(), self.second.health()) {
            (Health::Down(why), Health::Ok | Health::Degraded(_)) => {
                let so_far = self.taken();
                Health::Degraded(format!("{name} understands instead ({so_far} utterances so far): {why}"))
            }
            (Health::Degraded(why), _) if self.taken() > 0 => {
                Health::Degraded(format!("{why} ({name} understood {} utterances instead)", self.taken()))
            }
            (first, _) => first,
        }
    }

    fn name(&self) -> &'static str {
        self.first.name()
    }
}
