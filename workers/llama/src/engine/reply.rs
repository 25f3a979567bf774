//! What is known of a reply while it is written?

use std::collections::VecDeque;
use std::time::Instant;

use llama_cpp_2::sampling::LlamaSampler;
use llama_cpp_2::token::LlamaToken;
use tom_worker::Job;

use crate::output::Output;
use crate::request::Tally;

/// A reply that is wanted.
pub(super) struct Reply {
    pub(super) stream: u32,
    pub(super) job: Job,
    /// The conversation.
    pub(super) prompt: Vec<LlamaToken>,
    /// What of the prompt many conversations begin with, and the sequence it is kept in.
    pub(super) prefix: Vec<LlamaToken>,
    pub(super) prefix_seq: Option<usize>,
    /// Where it is written; none: it waits.
    pub(super) seq: Option<usize>,
    /// Tokens that are to be computed before the next one can be chosen.
    pub(super) ahead: VecDeque<LlamaToken>,
    /// Whether its first token was chosen.
    pub(super) writing: bool,
    /// Until when it is not gone on with.
    pub(super) rests: Option<Instant>,
    pub(super) output: Output,
    pub(super) sampler: LlamaSampler,
    /// The grammar of calls, for which a sampler is made when one begins.
    pub(super) gbnf: Option<String>,
    pub(super) grammar: Option<LlamaSampler>,
    /// The row of the step's results that is its.
    pub(super) row: Option<i32>,
    /// It is over after its first call.
    pub(super) one_call: bool,
    pub(super) most: u32,
    pub(super) tally: Tally,
    pub(super) tokens: Vec<i32>,
}

impl Reply {
    /// Whether it is not gone on with now.
    pub(super) fn rests(&self, now: Instant) -> bool {
        self.rests.is_some_and(|until| now < until)
    }

    /// Sequences it needs.
    pub(super) fn holds(&self) -> impl Iterator<Item = usize> {
        self.seq.into_iter().chain(self.prefix_seq)
    }
}
