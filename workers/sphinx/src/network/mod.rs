//! Which words may follow each other? A grammar as states and arcs.

mod draft;
#[cfg(test)]
mod tests;

use crate::jsgf::Grammar;
use draft::Draft;

/// Most states and arcs: some thousand phrases. Repeated use of one rule inside another can make more of a
/// short text.
const MOST: usize = 50_000;
/// How deep rules may use rules.
const DEEPEST: usize = 500;

/// What is heard on an arc.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Label {
    /// The word of that number.
    Word(u32),
    /// Any phone.
    Garbage,
}

/// A step from one state to another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arc {
    /// The state it begins in.
    pub from: u32,
    /// The state it ends in.
    pub to: u32,
    /// What is heard meanwhile.
    pub label: Label,
    /// Negative log probability, in nats.
    pub cost: f32,
}

/// A grammar without rules, groups and empty arcs. State 0 is the first.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// How many states there are.
    pub states: u32,
    /// The steps among them.
    pub arcs: Vec<Arc>,
    /// States that may be the last, and the cost of being it, in nats.
    pub ends: Vec<(u32, f32)>,
    /// The words that labels count.
    pub words: Vec<String>,
}

/// What keeps a grammar from becoming a network.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NetworkError {
    /// It says too much.
    #[error("the grammar has more than {MOST} words when its rules are written out: make it smaller")]
    TooLarge,
    /// Rules use rules that use rules and so on.
    #[error("the grammar's rules are nested more than {DEEPEST} deep")]
    TooDeep,
    /// Not one phrase.
    #[error("the grammar allows nothing to be said")]
    Nothing,
    /// It begins and ends with nothing between.
    #[error("the grammar allows saying nothing: make at least one word of it necessary")]
    Silence,
}

impl Network {
    /// Writes a grammar out.
    ///
    /// # Errors
    /// When it is too large or means nothing.
    pub fn build(grammar: &Grammar) -> Result<Self, NetworkError> {
        Draft::of(grammar)?.without_empty()?.trimmed()
    }

    /// Leaves out states that lead nowhere or are never reached, and numbers the rest anew.
    fn trimmed(mut self) -> Result<Self, NetworkError> {
        let reached = flood(self.states, [0], self.arcs.iter().map(|a| (a.from, a.to)));
        let ends = self.ends.iter().map(|(state, _)| *state);
        let leads = flood(self.states, ends, self.arcs.iter().map(|a| (a.to, a.from)));
        let mut number = 0;
        let mut numbers = vec![None; self.states as usize];
        for (state, new) in numbers.iter_mut().enumerate() {
            if reached[state] && leads[state] {
                *new = Some(number);
                number += 1;
            }
        }
        if numbers.first().copied().flatten().is_none() {
            return Err(NetworkError::Nothing);
        }
        let new = |state: u32| numbers[state as usize];
        self.arcs = (self.arcs.iter())
            .filter_map(|arc| Some(Arc { from: new(arc.from)?, to: new(arc.to)?, ..*arc }))
            .collect();
        self.ends = self.ends.iter().filter_map(|(state, cost)| Some((new(*state)?, *cost))).collect();
        if self.ends.iter().any(|(state, _)| *state == 0) {
            return Err(NetworkError::Silence);
        }
        if !self.arcs.iter().any(|arc| matches!(arc.label, Label::Word(_))) {
            return Err(NetworkError::Nothing);
        }
        Ok(Self { states: number, ..self })
    }
}

/// Which states are reached from others over steps (from, to).
fn flood(
    states: u32,
    from: impl IntoIterator<Item = u32>,
    steps: impl Iterator<Item = (u32, u32)>,
) -> Vec<bool> {
    let mut after = vec![Vec::new(); states as usize];
    for (from, to) in steps {
        after[from as usize].push(to);
    }
    let mut reached = vec![false; states as usize];
    let mut open: Vec<u32> = from.into_iter().collect();
    while let Some(state) = open.pop() {
        if !std::mem::replace(&mut reached[state as usize], true) {
            open.extend(&after[state as usize]);
        }
    }
    reached
}
