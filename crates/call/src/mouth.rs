//! The agent's text on its way to audio: clauses, retries, the fallback voice, where words lie.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang, Span};
use tom_engine::{EngineError, ErrorKind, Tts, TtsEvent, TtsOptions, TtsStream};

/// A synthesiser that has given no audio for a clause by then has failed it (requirements 3.2: 5 s).
const AUDIO_DEADLINE: Duration = Duration::from_secs(5);

struct Voice {
    engine: Arc<dyn Tts>,
    stream: Option<Box<dyn TtsStream>>,
}

/// A clause that was asked for and is not complete.
struct Clause {
    id: u32,
    text: Arc<str>,
    /// Where its text begins in the reply's.
    offset: u32,
    /// Where its audio begins in the reply's, in samples.
    start: Option<u64>,
    asked: Instant,
    attempts: u8,
    audible: bool,
}

/// What the session is to do about an event of the synthesiser.
#[derive(Debug, PartialEq)]
pub(crate) enum Said {
    /// Append this to the reply's audio. `first`: since asking, for the reply's first audio.
    Audio { pcm: Vec<i16>, first: Option<Span> },
    /// From this byte of the reply's text on, the audio begins at this sample.
    Word { offset: u32, at: u64 },
    /// A clause is complete: the reply's text up to here is in the audio before this sample.
    ClauseDone { offset: u32, at: u64, last: bool },
    /// The reply cannot be spoken.
    Failed,
}

pub(crate) struct Mouth {
    voices: Vec<Voice>,
    /// The voice in use; one past the last: none works.
    using: usize,
    events: mpsc::Sender<TtsEvent>,
    options: TtsOptions,
    epoch: Option<Epoch>,
    clauses: VecDeque<Clause>,
    next_id: u32,
    text_len: u32,
    ended: bool,
    spoke: bool,
    pub(crate) failures: u32,
}

impl Mouth {
    pub(crate) fn new(
        engines: impl IntoIterator<Item = Arc<dyn Tts>>,
        lang: Lang,
        voice: Option<Arc<str>>,
        events: mpsc::Sender<TtsEvent>,
    ) -> Self {
        Self {
            voices: engines.into_iter().map(|engine| Voice { engine, stream: None }).collect(),
            using: 0,
            events,
            options: TtsOptions { lang, voice },
            epoch: None,
            clauses: VecDeque::new(),
            next_id: 0,
            text_len: 0,
            ended: false,
            spoke: false,
            failures: 0,
        }
    }

    /// Whether there is any voice at all. Without one the reply is text only.
    pub(crate) fn mute(&self) -> bool {
        self.voices.is_empty()
    }

    /// A reply begins.
    pub(crate) fn open(&mut self, epoch: Epoch) {
        self.cancel();
        self.epoch = Some(epoch);
    }

    /// The reply under way.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// The next clause of the reply. False: it cannot be spoken.
    pub(crate) fn speak(&mut self, text: Arc<str>, wall: Instant) -> bool {
        if self.text_len > 0 {
            self.text_len += 1; // the blank that joins the pieces
        }
        let offset = self.text_len;
        self.text_len += text.len() as u32;
        self.next_id += 1;
        self.clauses.push_back(Clause {
            id: self.next_id,
            text,
            offset,
            start: None,
            asked: wall,
            attempts: 0,
            audible: false,
        });
        let last = self.clauses.len() - 1;
        self.ask(last, wall)
    }

    /// No more clauses follow. True: all of them are already complete.
    pub(crate) fn end(&mut self) -> bool {
        self.ended = true;
        self.clauses.is_empty()
    }

    /// Nobody wants the reply any more.
    pub(crate) fn cancel(&mut self) {
        if !self.clauses.is_empty() {
            for stream in self.voices.iter_mut().filter_map(|v| v.stream.as_mut()) {
                stream.cancel();
            }
        }
        self.clauses.clear();
        self.epoch = None;
        self.text_len = 0;
        self.ended = false;
        self.spoke = false;
    }

    /// The synthesiser says something; `appended`: samples of the reply so far.
    pub(crate) fn event(&mut self, event: TtsEvent, appended: u64, wall: Instant) -> Option<Said> {
        let (epoch, id) = match &event {
            TtsEvent::Audio { epoch, clause, .. }
            | TtsEvent::Word { epoch, clause, .. }
            | TtsEvent::Done { epoch, clause }
            | TtsEvent::Failed { epoch, clause, .. } => (*epoch, *clause),
        };
        if self.epoch != Some(epoch) {
            return None;
        }
        let index = self.clauses.iter().position(|c| c.id == id)?;
        let clause = &mut self.clauses[index];
        let start = *clause.start.get_or_insert(appended);
        match event {
            TtsEvent::Audio { pcm, .. } => {
                let first = (!self.spoke).then(|| since(clause.asked, wall));
                clause.audible = true;
                self.spoke = true;
                Some(Said::Audio { pcm, first })
            }
            TtsEvent::Word { offset, at, .. } => {
                Some(Said::Word { offset: clause.offset + offset as u32, at: start + at })
            }
            TtsEvent::Done { .. } => {
                let offset = clause.offset + clause.text.len() as u32;
                self.clauses.remove(index);
                // Time waits for the clause that is now the synthesiser's first.
                if let Some(next) = self.clauses.front_mut() {
                    next.asked = wall;
                }
                let last = self.ended && self.clauses.is_empty();
                Some(Said::ClauseDone { offset, at: appended, last })
            }
            TtsEvent::Failed { error, .. } => self.again(index, &error, wall),
        }
    }

    /// The deadline on useful output, looked at once a tick.
    pub(crate) fn overdue(&mut self, wall: Instant) -> Option<Said> {
        let front = self.clauses.front()?;
        if front.audible || wall.duration_since(front.asked) < AUDIO_DEADLINE {
            return None;
        }
        let error = EngineError::new(ErrorKind::Timeout, "no speech before the deadline");
        self.again(0, &error, wall)
    }

    /// One immediate retry, then the fallback voice, then the reply is lost.
    fn again(&mut self, index: usize, error: &EngineError, wall: Instant) -> Option<Said> {
        self.failures += 1;
        tracing::warn!(kind = error.kind.as_str(), voice = self.using, "speech failed: {error}");
        let clause = &self.clauses[index];
        if clause.audible {
            // Part of it was queued already: saying it twice would be worse than cutting it short.
            return Some(Said::Failed);
        }
        let again = error.retry && clause.attempts < 2 && error.kind != ErrorKind::Timeout;
        if !again {
            self.using += 1;
        }
        if self.ask(index, wall) { None } else { Some(Said::Failed) }
    }

    /// Puts a clause to the voice in use, or to the next one that takes it.
    fn ask(&mut self, index: usize, wall: Instant) -> bool {
        let Some(epoch) = self.epoch else { return false };
        while let Some(voice) = self.voices.get_mut(self.using) {
            let clause = &mut self.clauses[index];
            clause.attempts += 1;
            clause.asked = wall;
            let asked = match &mut voice.stream {
                Some(stream) => stream.speak(epoch, clause.id, clause.text.clone()),
                empty => voice
                    .engine
                    .open(self.options.clone(), self.events.clone())
                    .and_then(|stream| empty.insert(stream).speak(epoch, clause.id, clause.text.clone())),
            };
            match asked {
                Ok(()) => return true,
                Err(error) => {
                    self.failures += 1;
                    tracing::warn!(kind = error.kind.as_str(), voice = self.using, "speech refused: {error}");
                    voice.stream = None;
                    self.using += 1;
                }
            }
        }
        false
    }

    /// A new turn may find the first voice well again.
    pub(crate) fn recover(&mut self) {
        self.using = 0;
    }
}

fn since(earlier: Instant, wall: Instant) -> Span {
    Span::from_millis(wall.duration_since(earlier).as_millis() as u64)
}
