//! Which decoder searches for whom?
//!
//! A decoder is lent for one utterance: what a call keeps between utterances is in its features. So there
//! are as many decoders as callers who speak at the same time, not as calls.

use std::fs::File;
use std::io::Write;
use std::os::fd::AsRawFd;

use rustix::fs::{MemfdFlags, memfd_create};
use tom_worker::{Fault, FaultKind};

use crate::decoder::Decoder;
use crate::model::Model;
use crate::plan::{self, Plan};

/// Grammars that one decoder keeps.
const MOST_PLANS: usize = 32;
/// Words after which a decoder is not used again: their memory only comes back with the decoder's.
const MOST_WORDS: usize = 20_000;
/// Decoders that are kept while nobody speaks.
const MOST_IDLE: usize = 8;

/// How many utterances may be open at once in one worker.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// With a grammar; each takes about 7 MB.
    pub grammars: usize,
    /// Without one; each takes about 100 MB and up to a core.
    pub dictations: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { grammars: 64, dictations: 4 }
    }
}

/// The decoders of a worker.
pub(crate) struct Pool {
    model: Model,
    /// The filler dictionary: the library wants a file.
    fillers: File,
    limits: Limits,
    idle: Vec<Decoder>,
    lent: usize,
    idle_dictation: Option<Decoder>,
    dictations: usize,
}

impl Pool {
    pub(crate) fn new(model: Model, limits: Limits) -> Result<Self, Fault> {
        let failed = |e: std::io::Error| {
            Fault::new(FaultKind::Unavailable, format!("the filler dictionary cannot be kept: {e}"))
        };
        let mut fillers = memfd_create("fillers.dict", MemfdFlags::CLOEXEC)
            .map(File::from)
            .map_err(|e| failed(e.into()))?;
        fillers.write_all(plan::fillers().as_bytes()).map_err(failed)?;
        Ok(Self { model, fillers, limits, idle: Vec::new(), lent: 0, idle_dictation: None, dictations: 0 })
    }

    /// Makes a decoder before the first caller needs it; with `dictation` also one for that, whose language model takes
    /// seconds to load. Without this the caller waits, and all others of the worker.
    pub(crate) fn warm(&mut self, dictation: bool) -> Result<(), Fault> {
        if self.idle.is_empty() {
            self.idle.push(Decoder::new(&self.for_grammars())?);
        }
        if dictation && self.idle_dictation.is_none() && self.model.language.is_file() {
            self.idle_dictation = Some(Decoder::new(&self.for_dictation())?);
        }
        Ok(())
    }

    /// A decoder that follows a plan: best one that knows it.
    pub(crate) fn lend(&mut self, plan: &Plan) -> Result<Decoder, Fault> {
        let most = self.limits.grammars;
        if self.lent >= most {
            let what = format!(
                "{most} callers speak at the same time in this worker: no decoder is free for another"
            );
            return Err(Fault::new(FaultKind::Overload, what));
        }
        let knowing = self.idle.iter().position(|decoder| decoder.knows(plan.key));
        let mut decoder = match knowing {
            Some(place) => self.idle.swap_remove(place),
            None => match self.idle.pop() {
                Some(decoder) => decoder,
                None => Decoder::new(&self.for_grammars())?,
            },
        };
        decoder.follow(plan, MOST_PLANS)?;
        self.lent += 1;
        Ok(decoder)
    }

    /// Takes back what `lend` gave.
    pub(crate) fn take_back(&mut self, decoder: Decoder) {
        self.lent -= 1;
        if self.idle.len() < MOST_IDLE && decoder.words() < MOST_WORDS {
            self.idle.push(decoder);
        }
    }

    /// A decoder is lost instead of taken back.
    pub(crate) fn lost(&mut self) {
        self.lent -= 1;
    }

    /// A decoder for dictation.
    pub(crate) fn lend_dictation(&mut self) -> Result<Decoder, Fault> {
        let most = self.limits.dictations;
        if self.dictations >= most {
            let what = format!(
                "{most} callers speak without a grammar at the same time in this worker: no decoder is free for another"
            );
            return Err(Fault::new(FaultKind::Overload, what));
        }
        if !self.model.language.is_file() {
            let what = format!(
                "PocketSphinx needs a grammar, as its language model {} is not here: run `apt-get install pocketsphinx-en-us`",
                self.model.language.display()
            );
            return Err(Fault::new(FaultKind::Missing, what));
        }
        let decoder = match self.idle_dictation.take() {
            Some(decoder) => decoder,
            None => Decoder::new(&self.for_dictation())?,
        };
        self.dictations += 1;
        Ok(decoder)
    }

    /// Takes back what `lend_dictation` gave.
    pub(crate) fn take_back_dictation(&mut self, decoder: Decoder) {
        self.dictations -= 1;
        self.idle_dictation.get_or_insert(decoder);
    }

    /// A decoder for dictation is lost instead of taken back.
    pub(crate) fn lost_dictation(&mut self) {
        self.dictations -= 1;
    }

    fn common(&self) -> Vec<(&'static str, String)> {
        vec![
            ("-hmm", self.model.acoustic.display().to_string()),
            // The model's own file would have the library subtract a mean of its own from what we made: in its
            // place we say what it says otherwise.
            ("-featparams", "/dev/null".into()),
            ("-cmn", "none".into()),
            ("-agc", "none".into()),
            ("-varnorm", "no".into()),
            ("-feat", "1s_c_d_dd".into()),
            ("-svspec", "0-12/13-25/26-38".into()),
        ]
    }

    fn for_grammars(&self) -> Vec<(&'static str, String)> {
        let mut options = self.common();
        let text = |text: &str| text.to_owned();
        options.extend([
            // Words are added as grammars need them.
            ("-dict", text("/dev/null")),
            ("-fdict", format!("/proc/self/fd/{}", self.fillers.as_raw_fd())),
            ("-dictcase", text("yes")),
            // Plans have their own pauses, pronunciations and costs.
            ("-fsgusefiller", text("no")),
            ("-fsgusealtpron", text("no")),
            ("-lw", text("1.0")),
            ("-wip", text("1.0")),
            // Wide enough for both branches of a plan to stay alive, so that they can be compared.
            ("-beam", text("1e-100")),
            ("-pbeam", text("1e-100")),
            ("-wbeam", text("1e-80")),
            ("-bestpath", text("no")),
        ]);
        options
    }

    fn for_dictation(&self) -> Vec<(&'static str, String)> {
        let mut options = self.common();
        options.extend([
            ("-dict", self.model.dictionary.display().to_string()),
            ("-lm", self.model.language.display().to_string()),
        ]);
        options
    }
}
