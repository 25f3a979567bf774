//! How does the agent's text become audio: which clause is asked for when, and what if that fails?

mod clause;
mod said;
mod voice;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang, Span};
use tom_engine::{EngineError, ErrorKind, Tts, TtsEvent, TtsOptions};

use clause::Clause;
pub(crate) use said::{Progress, Said};
use voice::Voices;

/// A synthesiser that says nothing of a clause for so long has failed it (requirements 3.2: 5 s) ...
const DEADLINE: Duration = Duration::from_secs(5);
/// ... or sooner, if there is another one that can still make those 5 s.
const DEADLINE_WITH_SPARE: Duration = Duration::from_secs(2);
/// Clauses asked for at once: one is spoken, the next is ready when it ends.
const IN_FLIGHT: usize = 2;
/// While so much audio waits, 10 s, no more is asked for: the caller may well interrupt.
const ENOUGH: u64 = 16_000 * 10;
/// So much audio of one reply that waits, 5 minutes, is none that anybody asked for.
const TOO_MUCH: u64 = 16_000 * 300;
/// Asks of one voice for one clause: one immediate retry.
const ATTEMPTS: u8 = 2;

pub(crate) struct Mouth {
    voices: Voices,
    epoch: Option<Epoch>,
    clauses: VecDeque<Clause>,
    next_id: u32,
    text_len: u32,
    /// No more clauses will follow.
    ended: bool,
    /// Nothing more of the reply can be spoken.
    failed: bool,
    asked: Option<Instant>,
    spoke: bool,
    /// When the synthesiser last gave a sign of life, or was asked.
    alive: Instant,
    /// Failures that a retry or another voice made good.
    pub(crate) mended: u32,
}

impl Mouth {
    pub(crate) fn new(
        engines: impl IntoIterator<Item = Arc<dyn Tts>>,
        lang: Lang,
        voice: Option<Arc<str>>,
        events: mpsc::Sender<TtsEvent>,
        wall: Instant,
    ) -> Self {
        Self {
            voices: Voices::new(engines, TtsOptions { lang, voice }, events),
            epoch: None,
            clauses: VecDeque::new(),
            next_id: 0,
            text_len: 0,
            ended: false,
            failed: false,
            asked: None,
            spoke: false,
            alive: wall,
            mended: 0,
        }
    }

    /// Whether there is any voice at all. Without one the reply is text only.
    pub(crate) fn mute(&self) -> bool {
        self.voices.none()
    }

    /// A reply begins.
    pub(crate) fn open(&mut self, epoch: Epoch, wall: Instant) {
        self.cancel();
        self.epoch = Some(epoch);
        self.voices.open(wall);
    }

    /// The reply under way.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// The next clause of the reply. False: it cannot be spoken, which is told once a reply.
    pub(crate) fn speak(&mut self, text: Arc<str>, progress: Progress, wall: Instant) -> bool {
        if self.failed {
            return true;
        }
        if self.text_len > 0 {
            self.text_len = self.text_len.saturating_add(1); // the blank that joins the pieces
        }
        let clause = Clause::new(text, self.text_len);
        self.text_len = clause.end();
        self.clauses.push_back(clause);
        self.ask_more(progress, wall)
    }

    /// No more clauses follow. True: there is nothing more to wait for.
    pub(crate) fn end(&mut self) -> bool {
        self.ended = true;
        self.clauses.is_empty()
    }

    /// Nobody wants the reply any more.
    pub(crate) fn cancel(&mut self) {
        self.drop_clauses();
        self.epoch = None;
        self.text_len = 0;
        self.ended = false;
        self.failed = false;
        self.asked = None;
        self.spoke = false;
    }

    /// The synthesiser says something.
    pub(crate) fn event(&mut self, event: TtsEvent, progress: Progress, wall: Instant) -> Option<Said> {
        let (epoch, id) = match &event {
            TtsEvent::Audio { epoch, clause, .. }
            | TtsEvent::Word { epoch, clause, .. }
            | TtsEvent::Done { epoch, clause }
            | TtsEvent::Failed { epoch, clause, .. } => (*epoch, *clause),
        };
        if self.epoch != Some(epoch) {
            return None;
        }
        let index = self.clauses.iter().position(|c| c.id == Some(id))?;
        self.alive = wall;
        let clause = &mut self.clauses[index];
        clause.start.get_or_insert(progress.appended);
        match event {
            TtsEvent::Audio { pcm, .. } if pcm.is_empty() => None,
            TtsEvent::Audio { .. } if progress.waiting() > TOO_MUCH => {
                let error = EngineError::new(ErrorKind::Protocol, "the synthesiser speaks without an end");
                self.again(index, &error, progress, wall)
            }
            TtsEvent::Audio { pcm, .. } => {
                clause.audible();
                let first = if self.spoke { None } else { self.asked.map(|asked| since(asked, wall)) };
                self.spoke = true;
                Some(Said::Audio { pcm, first })
            }
            TtsEvent::Word { offset, at, .. } => {
                clause.word(offset, at).map(|(offset, at)| Said::Word { offset, at })
            }
            TtsEvent::Done { .. } => {
                let offset = clause.end();
                self.clauses.remove(index);
                let last = self.ended && self.clauses.is_empty();
                Some(Said::ClauseDone { offset, at: progress.appended, last })
            }
            TtsEvent::Failed { error, .. } => self.again(index, &error, progress, wall),
        }
    }

    /// Looked at once a tick: the deadline on useful output, and whether it is time for the next clause.
    pub(crate) fn tick(&mut self, progress: Progress, wall: Instant) -> Option<Said> {
        if let Some(Clause { id: Some(_), .. }) = self.clauses.front() {
            let deadline = if self.voices.spare() { DEADLINE_WITH_SPARE } else { DEADLINE };
            if wall.duration_since(self.alive) >= deadline {
                let error = EngineError::new(ErrorKind::Timeout, "no speech before the deadline");
                return self.again(0, &error, progress, wall);
            }
        }
        (!self.ask_more(progress, wall)).then_some(Said::Failed)
    }

    /// Asks for the clauses whose time has come. False: the reply cannot be spoken on.
    pub(crate) fn ask_more(&mut self, progress: Progress, wall: Instant) -> bool {
        for index in 0..self.clauses.len().min(IN_FLIGHT) {
            let clause = &self.clauses[index];
            if clause.id.is_some() {
                continue;
            }
            if progress.waiting() >= ENOUGH || (index > 0 && clause.failed) {
                break;
            }
            if !self.ask(index, wall) {
                self.fail();
                return false;
            }
        }
        true
    }

    /// A clause failed: one immediate retry, then the fallback voice, then the rest of the reply is lost.
    fn again(&mut self, index: usize, error: &EngineError, at: Progress, wall: Instant) -> Option<Said> {
        tracing::warn!(kind = error.kind.as_str(), "speech failed: {error}");
        if index > 0 {
            // The one before it is still being spoken, perhaps by a voice that is about to be given up.
            let clause = &mut self.clauses[index];
            clause.take_back();
            clause.failed = true;
            self.mended += 1;
            return None;
        }
        self.voices.take_back(error.kind != ErrorKind::Overload);
        let keep = self.clauses[0].cut(at.appended, at.sent);
        for clause in self.clauses.iter_mut().skip(1) {
            clause.take_back();
        }
        let Some(keep) = keep else {
            self.fail();
            return Some(Said::Failed);
        };
        self.give_up_voice(0, error, wall);
        if !self.ask(0, wall) {
            self.fail();
            return Some(Said::Failed);
        }
        self.mended += 1;
        Some(Said::Again { keep })
    }

    /// Goes on to the next voice, unless the same may do it the next time.
    fn give_up_voice(&mut self, index: usize, error: &EngineError, wall: Instant) {
        let clause = &mut self.clauses[index];
        if !error.retry || error.kind == ErrorKind::Timeout || clause.attempts >= ATTEMPTS {
            clause.attempts = 0;
            self.voices.next(error.kind != ErrorKind::BadRequest, wall);
        }
    }

    /// Puts a clause to the voice in use, or to the next one that takes it.
    fn ask(&mut self, index: usize, wall: Instant) -> bool {
        let Some(epoch) = self.epoch else { return false };
        let mut refusals = 0;
        loop {
            self.next_id = self.next_id.wrapping_add(1);
            let clause = &mut self.clauses[index];
            clause.attempts += 1;
            let words = clause.words_to_say(self.voices.lang());
            let error = match self.voices.ask(epoch, self.next_id, &words) {
                None => return false,
                Some(Ok(())) => break,
                Some(Err(error)) => error,
            };
            tracing::warn!(kind = error.kind.as_str(), "speech refused: {error}");
            refusals += 1;
            if index > 0 {
                clause.failed = true;
                self.mended += refusals;
                return true;
            }
            self.voices.take_back(error.kind != ErrorKind::Overload);
            self.give_up_voice(index, &error, wall);
        }
        self.mended += refusals;
        self.clauses[index].id = Some(self.next_id);
        self.asked.get_or_insert(wall);
        self.alive = wall;
        true
    }

    /// The rest of the reply is lost; what was said so far stays.
    fn fail(&mut self) {
        self.failed = true;
        self.drop_clauses();
    }

    fn drop_clauses(&mut self) {
        if self.clauses.iter().any(|clause| clause.id.is_some()) {
            self.voices.take_back(false);
        }
        self.clauses.clear();
    }

    /// Whether the reply's text is complete.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// Whether nothing more of the reply can be spoken.
    pub(crate) fn failed(&self) -> bool {
        self.failed
    }
}

fn since(earlier: Instant, wall: Instant) -> Span {
    Span::from_millis(wall.duration_since(earlier).as_millis() as u64)
}
