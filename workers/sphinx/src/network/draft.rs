//! How are a grammar's rules written out as states and arcs?

use std::collections::BTreeMap;

use super::{Arc, DEEPEST, Label, MOST, Network, NetworkError};
use crate::jsgf::{Expansion, Grammar};

/// What a weight counts, against acoustic likelihoods: their frames are not as independent as they pretend.
const LANGUAGE_WEIGHT: f32 = 6.5;

/// A network that is being written, with empty arcs.
pub(super) struct Draft<'a> {
    grammar: &'a Grammar,
    states: u32,
    steps: Vec<Arc>,
    /// From, to, cost.
    empty: Vec<(u32, u32, f32)>,
    words: BTreeMap<&'a str, u32>,
    /// Where all of it ends.
    end: u32,
}

impl<'a> Draft<'a> {
    /// Writes a grammar's public rule out.
    pub(super) fn of(grammar: &'a Grammar) -> Result<Self, NetworkError> {
        let mut draft =
            Self { grammar, states: 1, steps: Vec::new(), empty: Vec::new(), words: BTreeMap::new(), end: 0 };
        let public = grammar.rules.get(&grammar.public).ok_or(NetworkError::Nothing)?;
        draft.end = draft.add(public, 0, 0)?;
        Ok(draft)
    }

    fn state(&mut self) -> Result<u32, NetworkError> {
        if self.states as usize + self.steps.len() + self.empty.len() > MOST * 3 {
            return Err(NetworkError::TooLarge);
        }
        self.states += 1;
        Ok(self.states - 1)
    }

    /// Adds what begins in a state; gives the state in which it ends.
    fn add(&mut self, expansion: &'a Expansion, from: u32, depth: usize) -> Result<u32, NetworkError> {
        if depth > DEEPEST {
            return Err(NetworkError::TooDeep);
        }
        let deeper = depth + 1;
        match expansion {
            Expansion::Word(word) => {
                let next = self.words.len() as u32;
                let number = *self.words.entry(word).or_insert(next);
                let to = self.state()?;
                self.steps.push(Arc { from, to, label: Label::Word(number), cost: 0.0 });
                Ok(to)
            }
            Expansion::Garbage => {
                let around = self.state()?;
                self.empty.push((from, around, 0.0));
                self.steps.push(Arc { from: around, to: around, label: Label::Garbage, cost: 0.0 });
                Ok(around)
            }
            Expansion::Rule(name) => match self.grammar.rules.get(name) {
                Some(rule) => self.add(rule, from, deeper),
                None => Err(NetworkError::Nothing),
            },
            Expansion::Sequence(parts) => {
                parts.iter().try_fold(from, |state, part| self.add(part, state, deeper))
            }
            Expansion::Choice(parts) => {
                let end = self.state()?;
                let most = parts.iter().map(|(weight, _)| *weight).fold(f32::MIN_POSITIVE, f32::max);
                for (weight, part) in parts {
                    let last = self.add(part, from, deeper)?;
                    self.empty.push((last, end, LANGUAGE_WEIGHT * (most / weight).ln()));
                }
                Ok(end)
            }
            Expansion::Optional(part) => {
                let last = self.add(part, from, deeper)?;
                let end = self.state()?;
                self.empty.extend([(last, end, 0.0), (from, end, 0.0)]);
                Ok(end)
            }
            Expansion::Repeat(part, least) => {
                let around = self.state()?;
                self.empty.push((from, around, 0.0));
                let last = self.add(part, around, deeper)?;
                self.empty.push((last, around, 0.0));
                Ok(if *least == 0 { around } else { last })
            }
        }
    }

    /// The same without empty arcs: a state begins whatever the states begin that it reaches for free.
    pub(super) fn without_empty(self) -> Result<Network, NetworkError> {
        let mut empty = vec![Vec::new(); self.states as usize];
        for (from, to, cost) in self.empty {
            empty[from as usize].push((to, cost));
        }
        let mut steps = vec![Vec::new(); self.states as usize];
        for step in &self.steps {
            steps[step.from as usize].push(*step);
        }
        let mut needed = vec![false; self.states as usize];
        needed[0] = true;
        for step in &self.steps {
            needed[step.to as usize] = true;
        }
        let mut network =
            Network { states: self.states, arcs: Vec::new(), ends: Vec::new(), words: Vec::new() };
        for from in (0..self.states).filter(|state| needed[*state as usize]) {
            for (through, cost) in reach(&empty, from) {
                let on = &steps[through as usize];
                network.arcs.extend(on.iter().map(|step| Arc { from, cost: step.cost + cost, ..*step }));
                if through == self.end {
                    network.ends.push((from, cost));
                }
            }
            if network.arcs.len() > MOST {
                return Err(NetworkError::TooLarge);
            }
        }
        let mut words: Vec<(u32, &str)> = self.words.iter().map(|(word, number)| (*number, *word)).collect();
        words.sort_unstable();
        network.words = words.into_iter().map(|(_, word)| word.to_owned()).collect();
        Ok(network)
    }
}

/// The states reached over empty arcs, itself too, each with the least cost.
fn reach(empty: &[Vec<(u32, f32)>], from: u32) -> Vec<(u32, f32)> {
    let mut best = BTreeMap::from([(from, 0.0_f32)]);
    let mut open = vec![from];
    while let Some(state) = open.pop() {
        let so_far = best.get(&state).copied().unwrap_or_default();
        for (to, cost) in &empty[state as usize] {
            let cost = so_far + cost;
            if best.get(to).is_none_or(|known| cost < *known) {
                best.insert(*to, cost);
                open.push(*to);
            }
        }
    }
    best.into_iter().collect()
}
