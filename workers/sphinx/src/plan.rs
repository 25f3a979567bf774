//! What does the decoder search? A grammar's words by their pronunciations, and any other speech beside them.

use tom_worker::Fault;

use crate::jsgf;
use crate::lexicon::{Lexicon, PHONES, Source};
use crate::network::{Label, Network};

/// Costs in nats. They weigh against acoustic log likelihoods of the whole utterance.
///
/// A phone of speech outside the grammar: what a wrong phrase must be better by, phone for phone, than just
/// any sounds. Measured: less loses right phrases in noise, more lets wrong ones in.
const PHONE: f32 = 12.0;
/// A word of the grammar. Without it one of several digits easily becomes two: 12 instead of 15 of 26 people's rows of
/// four were right.
const WORD: f32 = 15.0;
/// A pause, of any length.
const PAUSE: f32 = 5.3;
/// A breath or a click.
const NOISE: f32 = 21.2;

/// The decoder's words for what is no word; `fillers.dict` says how they sound.
pub(crate) const PAUSE_WORD: &str = "<sil>";
/// See [`PAUSE_WORD`].
pub(crate) const NOISE_WORD: &str = "[NOISE]";

/// Which half of a plan a result may come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Branch {
    /// What the grammar allows.
    Grammar,
    /// Any sequence of phones: what the grammar has to be better than.
    Filler,
}

/// A step of the decoder's network.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// The decoder's word; `None`: nothing is heard.
    pub(crate) word: Option<String>,
    /// Negative log probability, in nats.
    pub(crate) cost: f32,
}

/// A grammar as the decoder wants it: the network's states, then the filler's, then the two ends.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// Tells it from others.
    pub(crate) key: u64,
    pub(crate) states: u32,
    pub(crate) steps: Vec<Step>,
    /// The decoder's words and their phones.
    pub(crate) words: Vec<(String, String)>,
}

impl Plan {
    /// From the text of a JSGF grammar; `key` is to be the same for the same text alone.
    pub(crate) fn build(key: u64, jsgf: &str, lexicon: &Lexicon) -> Result<Self, Fault> {
        let grammar = jsgf::parse(jsgf).map_err(|e| Fault::bad_request(e.to_string()))?;
        let network = Network::build(&grammar).map_err(|e| Fault::bad_request(e.to_string()))?;
        let mut words = Vec::new();
        let mut names: Vec<Vec<String>> = Vec::new();
        for word in &network.words {
            let Some(pronounced) = lexicon.pronounce(word) else {
                let what = format!("nobody can say \"{word}\" in English: write it as words");
                return Err(Fault::bad_request(what));
            };
            let named: Vec<String> = (0..pronounced.ways.len()).map(|way| format!("{word}#{way}")).collect();
            words.extend(named.iter().cloned().zip(pronounced.ways));
            names.push(named);
        }
        let mut plan = Self { key, states: network.states + 3, steps: Vec::new(), words };
        for state in 0..network.states {
            plan.pauses(state);
        }
        for arc in &network.arcs {
            match arc.label {
                Label::Garbage => plan.phones(arc.from, arc.to, arc.cost),
                Label::Word(word) => {
                    for name in &names[word as usize] {
                        plan.step(arc.from, arc.to, Some(name), arc.cost + WORD);
                    }
                }
            }
        }
        let filler = network.states;
        let (heard, filled) = (plan.end(Branch::Grammar) as u32, plan.end(Branch::Filler) as u32);
        for (state, cost) in &network.ends {
            plan.step(*state, heard, None, *cost);
        }
        plan.step(0, filler, None, 0.0);
        plan.pauses(filler);
        plan.phones(filler, filler, 0.0);
        plan.step(filler, filled, None, 0.0);
        Ok(plan)
    }

    /// The last state of a branch.
    pub(crate) const fn end(&self, branch: Branch) -> i32 {
        let last = match branch {
            Branch::Grammar => self.states - 2,
            Branch::Filler => self.states - 1,
        };
        last as i32
    }

    fn step(&mut self, from: u32, to: u32, word: Option<&str>, cost: f32) {
        self.steps.push(Step { from, to, word: word.map(str::to_owned), cost });
    }

    fn pauses(&mut self, state: u32) {
        self.step(state, state, Some(PAUSE_WORD), PAUSE);
        self.step(state, state, Some(NOISE_WORD), NOISE);
    }

    fn phones(&mut self, from: u32, to: u32, cost: f32) {
        for phone in PHONES {
            self.step(from, to, Some(&phone_word(phone)), cost + PHONE);
        }
    }
}

/// The decoder's word for a phone by itself.
fn phone_word(phone: &str) -> String {
    format!("++{phone}++")
}

/// The grammar's word that a decoder's word stands for, if it stands for one.
pub(crate) fn grammar_word(word: &str) -> Option<&str> {
    word.rsplit_once('#').map(|(word, _)| word)
}

/// The dictionary of what is no word, phones by themselves among them. In this dictionary they are
/// context-independent: cheap, and a little worse than the same sounds inside a word, as a filler should be.
pub(crate) fn fillers() -> String {
    let mut text = format!("<s> SIL\n</s> SIL\n{PAUSE_WORD} SIL\n{NOISE_WORD} +NSN+\n[SPEECH] +SPN+\n");
    for phone in PHONES {
        text.push_str(&format!("{} {phone}\n", phone_word(phone)));
    }
    text
}

/// The words of a grammar that the dictionary does not have, each with how it would be pronounced; `None`: not
/// at all.
///
/// # Errors
/// When it is no JSGF.
pub fn doubtful_words(
    jsgf: &str,
    lexicon: &Lexicon,
) -> Result<Vec<(String, Option<String>)>, jsgf::JsgfError> {
    let grammar = jsgf::parse(jsgf)?;
    let doubtful = grammar.words().into_iter().filter_map(|word| match lexicon.pronounce(word) {
        Some(pronounced) if pronounced.source < Source::Guessed => None,
        Some(pronounced) => Some((word.to_owned(), pronounced.ways.into_iter().next())),
        None => Some((word.to_owned(), None)),
    });
    Ok(doubtful.collect())
}
