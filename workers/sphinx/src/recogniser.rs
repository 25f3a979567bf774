//! What did a caller say? Calls, their utterances, and the grammars they may use.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use tom_worker::Fault;

use crate::confidence::{self, Evidence};
use crate::decoder::{Decoder, Path};
use crate::features::{Cepstrum, Features};
use crate::lexicon::Lexicon;
use crate::model::Model;
use crate::plan::{self, Branch, Plan};
use crate::pool::{Limits, Pool};

/// Grammars that are kept compiled.
const MOST_GRAMMARS: usize = 256;
/// Frames of the longest utterance with a grammar: a minute. What is said after it is not heard.
const LONGEST: usize = 6000;
/// Frames after which dictation is cut where it is quiet, and where it is not: the search's memory grows with
/// them.
const PIECE: usize = 1500;
const LONGEST_PIECE: usize = 2500;
/// How often a partial result is looked for, in frames.
const PARTIAL_EVERY: usize = 10;
/// Frames the decoder looks ahead to see how features change.
const LEAD_OUT: usize = 4;
/// Frames that must be more than noise for anything to have been said. Noise that goes on has none, a word in noise
/// 20 dB below it has 18 and more (measured).
const LEAST_LIVELY: usize = 3;

/// What was said.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Heard {
    /// The words; empty if nothing was understood.
    pub text: String,
    /// How sure that is, 0 to 1.
    pub confidence: f32,
    /// What the confidence was made of, for the evaluation.
    pub evidence: Evidence,
}

/// The recogniser of one worker.
pub struct Recogniser {
    lexicon: Lexicon,
    pool: Pool,
    plans: HashMap<u64, Arc<Plan>>,
}

/// What is known of one call, and its open utterance.
#[derive(Default)]
pub struct Call {
    features: Features,
    open: Option<Utterance>,
}

/// An utterance that goes on.
struct Utterance {
    decoder: Decoder,
    /// `None`: dictation.
    plan: Option<Arc<Plan>>,
    frames: usize,
    last: Cepstrum,
    looked: usize,
    partial: String,
    /// Dictated in pieces before this one.
    before: String,
    /// Frames of this piece.
    piece: usize,
}

impl Recogniser {
    /// Loads the dictionary; decoders are made when they are needed, or by [`warm`](Self::warm).
    ///
    /// # Errors
    /// When the model is not there.
    pub fn load(model: Model, limits: Limits) -> Result<Self, Fault> {
        let lexicon = Lexicon::load(&model.dictionary)?;
        Ok(Self { lexicon, pool: Pool::new(model, limits)?, plans: HashMap::new() })
    }

    /// Makes a decoder before the first caller needs it, with `dictation` also one for that: 100 MB, and seconds.
    ///
    /// # Errors
    /// When the model cannot be loaded.
    pub fn warm(&mut self, dictation: bool) -> Result<(), Fault> {
        self.pool.warm(dictation)
    }

    /// An utterance of a call begins; with the text of a JSGF grammar, or without for dictation.
    ///
    /// # Errors
    /// When the grammar is broken or no decoder is free.
    pub fn begin(&mut self, call: &mut Call, jsgf: Option<&str>) -> Result<(), Fault> {
        self.cancel(call);
        let plan = jsgf.map(|jsgf| self.plan(jsgf)).transpose()?;
        let mut decoder = match &plan {
            Some(plan) => self.pool.lend(plan)?,
            None => self.pool.lend_dictation()?,
        };
        if let Err(fault) = decoder.start() {
            self.drop_decoder(plan.is_some());
            return Err(fault);
        }
        call.features.begin(plan.is_none());
        call.open = Some(Utterance {
            decoder,
            plan,
            frames: 0,
            last: Cepstrum::default(),
            looked: 0,
            partial: String::new(),
            before: String::new(),
            piece: 0,
        });
        Ok(())
    }

    fn drop_decoder(&mut self, grammar: bool) {
        if grammar {
            self.pool.lost();
        } else {
            self.pool.lost_dictation();
        }
    }

    fn plan(&mut self, jsgf: &str) -> Result<Arc<Plan>, Fault> {
        let mut hasher = DefaultHasher::new();
        jsgf.hash(&mut hasher);
        let key = hasher.finish();
        if let Some(plan) = self.plans.get(&key) {
            return Ok(Arc::clone(plan));
        }
        let plan = Arc::new(Plan::build(key, jsgf, &self.lexicon)?);
        if self.plans.len() >= MOST_GRAMMARS {
            self.plans.clear();
        }
        self.plans.insert(key, Arc::clone(&plan));
        Ok(plan)
    }

    /// Takes audio of the open utterance, 16 kHz mono. Gives what it sounds like so far if that has changed.
    ///
    /// # Errors
    /// When the decoder fails; the utterance is lost.
    pub fn audio(&mut self, call: &mut Call, pcm: &[i16]) -> Result<Option<String>, Fault> {
        let Some(open) = &mut call.open else {
            return Ok(None);
        };
        let mut frames = Vec::new();
        call.features.push(pcm, &mut frames);
        open.feed(frames)?;
        Ok(open.partial())
    }

    /// The utterance is over.
    ///
    /// # Errors
    /// When the decoder fails; the utterance is lost.
    pub fn finish(&mut self, call: &mut Call) -> Result<Heard, Fault> {
        let Some(mut open) = call.open.take() else {
            return Ok(Heard::default());
        };
        let mut frames = Vec::new();
        call.features.finish(&mut frames);
        let again = call.features.again();
        let lively = call.features.lively();
        let heard = open.feed(frames).and_then(|()| open.finish(again, lively));
        let grammar = open.plan.is_some();
        match (&heard, grammar) {
            (Err(_), _) => self.drop_decoder(grammar),
            (Ok(_), true) => self.pool.take_back(open.decoder),
            (Ok(_), false) => self.pool.take_back_dictation(open.decoder),
        }
        heard
    }

    /// Nobody wants to know what is being said.
    pub fn cancel(&mut self, call: &mut Call) {
        if let Some(mut open) = call.open.take() {
            let grammar = open.plan.is_some();
            match (open.decoder.end(), grammar) {
                (Err(_), _) => self.drop_decoder(grammar),
                (Ok(()), true) => self.pool.take_back(open.decoder),
                (Ok(()), false) => self.pool.take_back_dictation(open.decoder),
            }
        }
    }
}

impl Utterance {
    fn feed(&mut self, mut frames: Vec<Cepstrum>) -> Result<(), Fault> {
        if self.plan.is_some() {
            frames.truncate(LONGEST.saturating_sub(self.frames));
        }
        let Some(last) = frames.last() else {
            return Ok(());
        };
        self.last = *last;
        self.frames += frames.len();
        self.decoder.feed(&mut frames)?;
        if self.plan.is_none() {
            self.piece += frames.len();
            let quiet = self.last[0] < 0.0;
            if self.piece > LONGEST_PIECE || self.piece > PIECE && quiet {
                self.close_piece()?;
                self.decoder.start()?;
            }
        }
        Ok(())
    }

    /// Takes down what was dictated so far.
    fn close_piece(&mut self) -> Result<(), Fault> {
        self.piece = 0;
        self.decoder.end()?;
        if let Some(text) = self.decoder.dictated().filter(|text| !text.is_empty()) {
            if !self.before.is_empty() {
                self.before.push(' ');
            }
            self.before.push_str(&text);
        }
        Ok(())
    }

    /// What it sounds like so far, if that is something new.
    fn partial(&mut self) -> Option<String> {
        let plan = self.plan.as_ref()?;
        if self.frames < self.looked + PARTIAL_EVERY {
            return None;
        }
        self.looked = self.frames;
        let path = self.decoder.path(plan, Branch::Grammar)?;
        let text = words(&path);
        if text.is_empty() || text == self.partial {
            return None;
        }
        self.partial.clone_from(&text);
        Some(text)
    }

    /// What was heard; in audio that is given again where there is one, as that is better. So many frames of it were
    /// more than noise.
    fn finish(&mut self, again: Option<Vec<Cepstrum>>, lively: usize) -> Result<Heard, Fault> {
        if lively < LEAST_LIVELY {
            self.decoder.end()?;
            return Ok(Heard::default());
        }
        self.decoder.feed(&mut vec![self.last; LEAD_OUT])?;
        let Some(plan) = &self.plan else {
            self.close_piece()?;
            let text = std::mem::take(&mut self.before);
            return Ok(Heard { text, confidence: confidence::OF_DICTATION, ..Heard::default() });
        };
        self.decoder.end()?;
        if let Some(mut frames) = again
            && let Some(last) = frames.last().copied()
        {
            frames.extend([last; LEAD_OUT]);
            self.decoder.start()?;
            self.decoder.feed(&mut frames)?;
            self.decoder.end()?;
        }
        let said = self.decoder.path(plan, Branch::Grammar);
        let filler = self.decoder.path(plan, Branch::Filler);
        let Some(said) = said else {
            return Ok(Heard::default());
        };
        let evidence = Evidence::new(&said, filler.as_ref());
        let confidence = confidence::of(&evidence);
        let text = if confidence < confidence::HOPELESS { String::new() } else { words(&said) };
        let confidence = if text.is_empty() { 0.0 } else { confidence };
        Ok(Heard { text, confidence, evidence })
    }
}

/// The grammar's words on a path; none on the filler's.
fn words(path: &Path) -> String {
    let words: Vec<&str> = path.segments.iter().filter_map(|s| plan::grammar_word(&s.word)).collect();
    words.join(" ")
}
