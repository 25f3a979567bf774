//! What does a JSGF grammar say?
//!
//! JSGF 1.0 (the Java Speech Grammar Format, a W3C note of 2000) without imports: sequences, weighted
//! alternatives, groups, optional groups, `*` and `+`, tags (read over), quoted words, `<NULL>` and `<VOID>`.
//! One rule is public. `<GARBAGE>` is ours (the name is that of W3C SRGS): any speech at all, which does not
//! show up in the result.

mod lexer;
mod parser;
#[cfg(test)]
mod tests;

pub use parser::parse;

use std::collections::BTreeMap;

/// A grammar, with its rules by name.
#[derive(Clone, Debug, PartialEq)]
pub struct Grammar {
    /// The rule that is recognised.
    pub public: String,
    /// What each rule stands for.
    pub rules: BTreeMap<String, Expansion>,
}

/// What may be said in a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Expansion {
    /// A word as it was written; blanks only if it was quoted.
    Word(String),
    /// Whatever another rule stands for.
    Rule(String),
    /// One after the other; empty: nothing (`<NULL>`).
    Sequence(Vec<Self>),
    /// One of them, each with a weight over 0; empty: cannot be said (`<VOID>`).
    Choice(Vec<(f32, Self)>),
    /// This or nothing.
    Optional(Box<Self>),
    /// This, any number of times: at least that often, 0 or 1.
    Repeat(Box<Self>, u8),
    /// Any speech at all (`<GARBAGE>`).
    Garbage,
}

/// What is wrong with a grammar, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the grammar is broken at line {line}, column {column}: {what}")]
pub struct JsgfError {
    /// The first is 1.
    pub line: usize,
    /// In characters; the first is 1.
    pub column: usize,
    /// What is wrong and what to do.
    pub what: String,
}

impl Grammar {
    /// Every word that occurs, once, as it was written.
    #[must_use]
    pub fn words(&self) -> Vec<&str> {
        let mut words = Vec::new();
        let mut open: Vec<&Expansion> = self.rules.values().collect();
        while let Some(expansion) = open.pop() {
            match expansion {
                Expansion::Word(word) => words.push(word.as_str()),
                Expansion::Sequence(parts) => open.extend(parts),
                Expansion::Choice(parts) => open.extend(parts.iter().map(|(_, part)| part)),
                Expansion::Optional(part) | Expansion::Repeat(part, _) => open.push(part),
                Expansion::Rule(_) | Expansion::Garbage => {}
            }
        }
        words.sort_unstable();
        words.dedup();
        words
    }
}
