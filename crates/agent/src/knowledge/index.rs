//! Which passages fit a query best?
//!
//! Okapi BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond", 2009) with the
//! usual k1 = 1.2 and b = 0.75. German puts words together ("Öffnungszeiten"), so a term also counts, less,
//! where it is a part of a longer one.

use std::collections::BTreeMap;

const K1: f64 = 1.2;
const B: f64 = 0.75;
/// Letters a term needs to be looked for inside of others.
const PART: usize = 4;
/// What a part of a word counts, against the whole.
const PART_WEIGHT: f64 = 0.5;

/// An index over passages, by their numbers.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// For each term the passages that have it, and how often.
    terms: BTreeMap<String, Vec<(usize, f64)>>,
    /// Terms of each passage.
    lengths: Vec<f64>,
}

impl Index {
    /// Adds the next passage.
    pub(super) fn add(&mut self, terms: &[String]) {
        let number = self.lengths.len();
        self.lengths.push(terms.len() as f64);
        for term in terms {
            let found = self.terms.entry(term.clone()).or_default();
            match found.last_mut() {
                Some((last, count)) if *last == number => *count += 1.0,
                _ => found.push((number, 1.0)),
            }
        }
    }

    /// The passages that have something of a query, best first.
    pub(super) fn best(&self, query: &[String]) -> Vec<usize> {
        let mut scores = vec![0.0; self.lengths.len()];
        let average = self.lengths.iter().sum::<f64>() / (self.lengths.len().max(1) as f64);
        for term in query {
            let long = term.chars().count() >= PART;
            for (known, found) in &self.terms {
                let weight = match known {
                    _ if known == term => 1.0,
                    _ if long && known.contains(term.as_str()) => PART_WEIGHT,
                    _ if known.chars().count() >= PART && term.contains(known.as_str()) => PART_WEIGHT,
                    _ => continue,
                };
                let having = found.len() as f64;
                let rarity = ((self.lengths.len() as f64 - having + 0.5) / (having + 0.5) + 1.0).ln();
                for (number, count) in found {
                    let length = self.lengths[*number] / average.max(1.0);
                    let saturated = count * (K1 + 1.0) / (count + K1 * (1.0 - B + B * length));
                    scores[*number] += weight * rarity * saturated;
                }
            }
        }
        let mut order: Vec<usize> = (0..scores.len()).filter(|n| scores[*n] > 0.0).collect();
        order.sort_by(|a, b| scores[*b].total_cmp(&scores[*a]).then(a.cmp(b)));
        order
    }
}
