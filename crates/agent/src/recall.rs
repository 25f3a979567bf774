//! Which replies can be given again to callers who ask the same first question?
//!
//! Only what depends on nothing but the question is kept: the first words of a caller, answered without a tool, by the
//! same instructions, greeting and tools. A reply is kept for ten minutes, the ones wanted longest ago go first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{EngineError, Health, Llm, LlmEvent, LlmMessage, LlmRequest, LlmStream};

/// How long a reply may be given again: hours, dates and prices change.
const FRESH: Duration = Duration::from_secs(600);
/// Bytes of the longest reply that is kept.
const LONGEST: usize = 4_096;
/// Events on their way to a call. Full: the model's stream waits, as it would for the call itself.
const WAITING: usize = 64;

/// How the kept replies do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecallCounts {
    /// Replies that are kept.
    pub entries: usize,
    /// Their bytes, with those of their questions.
    pub bytes: usize,
    /// First questions whose reply was there.
    pub hits: u64,
    /// First questions whose reply was not.
    pub misses: u64,
}

/// A language model whose first replies are kept. Has to be used on a runtime.
pub struct Recall {
    model: Arc<dyn Llm>,
    kept: Arc<Mutex<Kept>>,
    runtime: Handle,
}

impl Recall {
    /// Keeps at most so many replies of a model.
    #[must_use]
    pub fn new(model: Arc<dyn Llm>, most: usize, runtime: Handle) -> Self {
        Self { model, kept: Arc::new(Mutex::new(Kept { most, ..Kept::default() })), runtime }
    }

    /// How the kept replies do.
    #[must_use]
    pub fn counts(&self) -> RecallCounts {
        let kept = locked(&self.kept);
        let bytes = kept.replies.iter().map(|(key, reply)| key.len() + reply.text.len()).sum();
        RecallCounts { entries: kept.replies.len(), bytes, hits: kept.hits, misses: kept.misses }
    }

    /// Forgets all replies.
    pub fn forget(&self) {
        locked(&self.kept).replies.clear();
    }
}

impl std::fmt::Debug for Recall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recall").field("counts", &self.counts()).finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Kept {
    most: usize,
    replies: HashMap<String, Reply>,
    hits: u64,
    misses: u64,
}

struct Reply {
    text: Arc<str>,
    since: Instant,
    wanted: Instant,
}

impl Kept {
    fn find(&mut self, key: &str, now: Instant) -> Option<Arc<str>> {
        self.replies.retain(|_, reply| now.saturating_duration_since(reply.since) < FRESH);
        let found = self.replies.get_mut(key).map(|reply| {
            reply.wanted = now;
            Arc::clone(&reply.text)
        });
        match &found {
            Some(_) => self.hits += 1,
            None => self.misses += 1,
        }
        found
    }

    fn keep(&mut self, key: String, text: &str, now: Instant) {
        if self.most == 0 || text.trim().is_empty() || text.len() > LONGEST {
            return;
        }
        if self.replies.len() >= self.most && !self.replies.contains_key(&key) {
            let oldest =
                self.replies.iter().min_by_key(|(_, reply)| reply.wanted).map(|(key, _)| key.clone());
            oldest.and_then(|key| self.replies.remove(&key));
        }
        self.replies.insert(key, Reply { text: text.into(), since: now, wanted: now });
    }
}

/// What a first question is known by: all that the model sees. `None`: the caller has said something before.
fn key(request: &LlmRequest) -> Option<String> {
    let asked = request.messages.iter().filter(|message| matches!(message, LlmMessage::User(_))).count();
    let plain = request.messages.iter().all(|message| match message {
        LlmMessage::System(_) | LlmMessage::User(_) => true,
        LlmMessage::Assistant { calls, .. } => calls.is_empty(),
        LlmMessage::Tool { .. } => false,
    });
    let last = matches!(request.messages.last(), Some(LlmMessage::User(_)));
    (asked == 1 && plain && last)
        .then(|| format!("{:?} {:?} {}", request.messages, request.tools, request.max_tokens))
}

impl Llm for Recall {
    fn open(&self, events: mpsc::Sender<LlmEvent>) -> Result<Box<dyn LlmStream>, EngineError> {
        let (own, mut heard) = mpsc::channel(WAITING);
        let stream = self.model.open(own.clone())?;
        let written: Arc<Mutex<Option<Written>>> = Arc::default();
        let (writing, kept) = (Arc::clone(&written), Arc::clone(&self.kept));
        self.runtime.spawn(async move {
            while let Some(event) = heard.recv().await {
                note(&writing, &kept, &event);
                if events.send(event).await.is_err() {
                    return;
                }
            }
        });
        Ok(Box::new(Stream { stream, own, written, kept: Arc::clone(&self.kept) }))
    }

    fn health(&self) -> Health {
        self.model.health()
    }

    fn reads_ahead(&self) -> bool {
        self.model.reads_ahead()
    }

    fn name(&self) -> &'static str {
        self.model.name()
    }
}

/// A reply to a first question, as far as it is written.
struct Written {
    key: String,
    epoch: Epoch,
    text: String,
}

/// Writes a reply along, and keeps it once it is whole.
fn note(written: &Mutex<Option<Written>>, kept: &Mutex<Kept>, event: &LlmEvent) {
    let mut slot = locked(written);
    match event {
        LlmEvent::Text { epoch, text } => {
            if let Some(written) = slot.as_mut().filter(|written| written.epoch == *epoch) {
                written.text.push_str(text);
            }
        }
        LlmEvent::Done { epoch } => {
            if let Some(written) = slot.take_if(|written| written.epoch == *epoch) {
                locked(kept).keep(written.key, &written.text, Instant::now());
            }
        }
        LlmEvent::Call { .. } | LlmEvent::Failed { .. } => *slot = None,
    }
}

struct Stream {
    stream: Box<dyn LlmStream>,
    own: mpsc::Sender<LlmEvent>,
    written: Arc<Mutex<Option<Written>>>,
    kept: Arc<Mutex<Kept>>,
}

impl LlmStream for Stream {
    fn generate(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        *locked(&self.written) = None;
        let Some(key) = key(&request) else { return self.stream.generate(request) };
        let epoch = request.epoch;
        let found = locked(&self.kept).find(&key, Instant::now());
        // With no room for both events the model is asked, as without anything kept.
        if let Some(text) = found
            && self.own.capacity() >= 2
            && self.own.try_send(LlmEvent::Text { epoch, text }).is_ok()
        {
            self.stream.cancel();
            let done = self.own.try_send(LlmEvent::Done { epoch });
            return done.map_err(|_| {
                EngineError::new(tom_engine::ErrorKind::Overload, "a kept reply could not be told to its end")
            });
        }
        *locked(&self.written) = Some(Written { key, epoch, text: String::new() });
        self.stream.generate(request)
    }

    fn read_ahead(&mut self, request: LlmRequest) {
        self.stream.read_ahead(request);
    }

    fn rest(&mut self, time: Duration) {
        self.stream.rest(time);
    }

    fn cancel(&mut self) {
        *locked(&self.written) = None;
        self.stream.cancel();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
