//! How are many replies written at once?
//!
//! One step computes one token of each reply that is being written, and in the same batch the next part of those
//! conversations that are still being read. What conversations have in common is read once: a system's prompt is kept
//! by itself, and a conversation's next turn finds the one before. Which words come next is chosen in `pick`.

mod ahead;
mod begin;
mod pick;
mod reply;
mod seqs;
mod step;

use std::time::{Duration, Instant};

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::llama_batch::LlamaBatch;
use tom_worker::{Fault, Job};

use crate::model::{self, Model};
use crate::options::Options;
use crate::prompt::Writer;
use crate::request::{Piece, Tally};
use ahead::Ahead;
use reply::Reply;
use seqs::Seqs;

/// Tokens that are read in one step at most.
pub(crate) const MOST_READ: u32 = 512;
/// Tokens that a reply may put into one step: one, or a mark that had to be taken apart.
pub(crate) const MOST_AHEAD: usize = 16;
/// Tokens that are read in one step at least.
const LEAST_READ: usize = 16;
/// How long a step should take in which conversations are read while others wait for their next word.
const STEP: Duration = Duration::from_millis(150);
/// A reply rests for so long at most.
const LONGEST_REST: Duration = Duration::from_secs(1);
/// Where all rest, it is looked so often whether a rest is over or something was asked.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// What comes of a step.
#[derive(Debug)]
pub enum Told {
    /// A piece of a reply.
    Piece {
        /// The stream.
        stream: u32,
        /// The reply.
        job: Job,
        /// The piece.
        piece: Piece,
    },
    /// A reply is complete.
    Done {
        /// The stream.
        stream: u32,
        /// The reply.
        job: Job,
        /// What it cost.
        tally: Tally,
        /// Its tokens.
        tokens: Vec<i32>,
    },
    /// A reply is lost.
    Failed {
        /// The stream.
        stream: u32,
        /// The reply.
        job: Job,
        /// Why.
        fault: Fault,
    },
}

/// What was computed so far, in tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Read: of prompts and conversations.
    pub read: u64,
    /// Written.
    pub written: u64,
    /// Steps.
    pub steps: u64,
}

/// A model at work.
pub struct Engine<'m> {
    context: LlamaContext<'m>,
    model: &'m Model,
    writer: Writer<'m>,
    batch: LlamaBatch<'m>,
    seqs: Seqs,
    /// Those under way, and behind them those that wait.
    replies: Vec<Reply>,
    /// What may be read while there are none.
    ahead: Vec<Ahead>,
    counts: Counts,
    /// Tokens that are read in a second, as far as that is known.
    speed: Option<f64>,
    longest: usize,
    temperature: f32,
    /// Changes from reply to reply.
    seed: u32,
}

impl<'m> Engine<'m> {
    /// Makes a model ready.
    ///
    /// # Errors
    /// When its chats have no known form, or there is no memory.
    pub fn new(
        backend: &llama_cpp_2::llama_backend::LlamaBackend,
        model: &'m Model,
        options: &Options,
    ) -> Result<Self, Fault> {
        let context = model::context(backend, model, options)?;
        let own = model.outline.template.as_deref();
        let writer = Writer::new(&model.llama, options.template.as_deref(), own).map_err(|error| {
            Fault::new(
                tom_worker::FaultKind::Missing,
                format!("the language model {}: {error}", options.model.display()),
            )
        })?;
        let replies = model::replies(options);
        Ok(Self {
            context,
            model,
            writer,
            batch: LlamaBatch::new(model::batch(options) as usize, 1),
            seqs: Seqs::new(replies, model::PREFIXES),
            replies: Vec::new(),
            ahead: Vec::new(),
            counts: Counts::default(),
            speed: None,
            longest: options.context as usize,
            temperature: options.temperature,
            seed: std::process::id(),
        })
    }

    /// Whether a reply is under way or waits, or there is something to read.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        !(self.replies.is_empty() && self.ahead.is_empty())
    }

    /// Whether the template of the model's chats has failed for good: the process has to end, and another one may try.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.writer.is_lost()
    }

    /// Whose form conversations are written in: `file` or `llama.cpp`.
    #[must_use]
    pub const fn form(&self) -> &'static str {
        self.writer.whose()
    }

    /// What was computed so far.
    #[must_use]
    pub const fn counts(&self) -> Counts {
        self.counts
    }

    /// Nobody wants a stream's reply any more: not one more token of it is computed.
    pub fn cancel(&mut self, stream: u32) {
        self.replies.retain(|reply| reply.stream != stream);
        self.ahead.retain(|ahead| ahead.stream != stream);
    }

    /// A stream's reply is not gone on with for so long, but for a second at most.
    pub fn rest(&mut self, stream: u32, time: Duration) {
        let until = Instant::now() + time.min(LONGEST_REST);
        for reply in self.replies.iter_mut().filter(|reply| reply.stream == stream) {
            reply.rests = Some(until);
        }
    }

    /// A stream is gone, and what is remembered of it as well.
    pub fn close(&mut self, stream: u32) {
        self.cancel(stream);
        self.seqs.close(stream, &mut self.context);
    }
}
