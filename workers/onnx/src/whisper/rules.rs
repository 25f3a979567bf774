//! Which tokens may come next, and which is taken?
//!
//! The rules are those that the published models were measured with (`whisper/decoding.py` of OpenAI, and the logits
//! processors of Hugging Face's transformers, which agree): some tokens are never said, some never first; times come in pairs,
//! never go back, and one has to come where all times together are likelier than any word.

use super::config::Config;

/// What holds while a text is being found.
#[derive(Clone, Copy, Debug)]
pub struct Rules<'c> {
    config: &'c Config,
    /// Whether the text has times.
    timed: bool,
}

/// A token that was taken.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Choice {
    /// The token.
    pub token: u32,
    /// The logarithm of how likely it was.
    pub log: f32,
}

impl<'c> Rules<'c> {
    /// The rules of a model.
    #[must_use]
    pub fn new(config: &'c Config, timed: bool) -> Self {
        Self { config, timed }
    }

    /// Takes the best token that may follow those said so far. Overwrites the scores.
    #[must_use]
    pub fn choose(&self, scores: &mut [f32], said: &[u32]) -> Choice {
        self.apply(scores, said);
        let (mut best, mut most) = (self.config.end, f32::NEG_INFINITY);
        for (token, score) in (0u32..).zip(scores.iter()) {
            if *score > most {
                (best, most) = (token, *score);
            }
        }
        Choice { token: best, log: log_share(scores, best) }
    }

    /// Takes away what may not come next.
    pub fn apply(&self, scores: &mut [f32], said: &[u32]) {
        let config = self.config;
        forbid(scores, &config.suppressed);
        if said.is_empty() {
            forbid(scores, &config.not_first);
        }
        let times = (config.times() as usize).min(scores.len());
        if self.timed {
            self.apply_times(scores, said, times);
        } else {
            scores[times..].fill(f32::NEG_INFINITY);
        }
        forbid(scores, &[config.untimed, config.start]);
    }

    fn apply_times(&self, scores: &mut [f32], said: &[u32], times: usize) {
        let config = self.config;
        let is_time = |token: &u32| *token >= config.times();
        let last = said.last().is_some_and(is_time);
        let before = said.len() < 2 || said.get(said.len() - 2).is_some_and(is_time);
        if last && before {
            // A pair is complete: words follow.
            scores[times..].fill(f32::NEG_INFINITY);
        } else if last {
            // It closes, and another opens or the text ends.
            let end = (config.end as usize).min(scores.len());
            scores[..end].fill(f32::NEG_INFINITY);
        }
        if let Some(latest) = said.iter().rev().find(|token| is_time(token)) {
            let least = if last && !before { *latest } else { *latest + 1 };
            let least = (least as usize).clamp(times, scores.len());
            scores[times..least].fill(f32::NEG_INFINITY);
        }
        if said.is_empty() {
            scores[..times].fill(f32::NEG_INFINITY);
            let most = (times + config.first_time as usize + 1).min(scores.len());
            scores[most..].fill(f32::NEG_INFINITY);
        }
        let untimed = (config.untimed as usize).min(scores.len() - 1);
        scores[untimed] = f32::NEG_INFINITY;
        let (words, stamps) = scores.split_at_mut(times);
        let best = words.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        if log_sum(stamps) > best {
            words.fill(f32::NEG_INFINITY);
        }
    }
}

fn forbid(scores: &mut [f32], tokens: &[u32]) {
    for token in tokens {
        if let Some(score) = scores.get_mut(*token as usize) {
            *score = f32::NEG_INFINITY;
        }
    }
}

/// The logarithm of the sum of the scores' powers of e.
fn log_sum(scores: &[f32]) -> f32 {
    let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    if most == f32::NEG_INFINITY {
        return most;
    }
    most + scores.iter().map(|score| (score - most).exp()).sum::<f32>().ln()
}

/// The logarithm of a token's share.
fn log_share(scores: &[f32], token: u32) -> f32 {
    scores.get(token as usize).map_or(f32::NEG_INFINITY, |score| score - log_sum(scores))
}

/// A token's share among all, 0 to 1.
#[must_use]
pub fn share(scores: &[f32], token: u32) -> f32 {
    let log = log_share(scores, token);
    if log.is_finite() { log.exp() } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::super::config::tests::made;
    use super::*;
    use proptest::prelude::*;

    // Of the made-up model: 300 ends, 301 starts, 309 is untimed, times from 310.
    fn allowed(timed: bool, said: &[u32], loud: &[(u32, f32)]) -> Vec<bool> {
        let config = made();
        let mut scores = vec![0.0; config.tokens];
        for (token, score) in loud {
            scores[*token as usize] = *score;
        }
        Rules::new(&config, timed).apply(&mut scores, said);
        scores.iter().map(|score| *score > f32::NEG_INFINITY).collect()
    }

    #[test]
    fn without_times_none_comes_and_some_tokens_never() {
        let first = allowed(false, &[], &[]);
        assert!(
            first[50]
                && !first[1]
                && !first[220]
                && !first[300]
                && !first[309]
                && !first[310]
                && !first[1999]
        );
        let later = allowed(false, &[50], &[]);
        assert!(later[220] && later[300] && !later[2]);
    }

    #[test]
    fn times_come_in_pairs_and_never_go_back() {
        let first = allowed(true, &[], &[]);
        assert!(!first[50] && first[310] && first[360] && !first[361]);
        let words = allowed(true, &[315], &[(50, 20.0)]);
        assert!(words[50] && !words[310] && !words[320], "after the first time come words");
        let open = allowed(true, &[315, 50], &[(50, 20.0)]);
        assert!(open[50] && !open[314] && !open[315] && open[316]);
        let closing = allowed(true, &[315, 50, 330], &[(300, 20.0)]);
        assert!(!closing[50] && closing[300] && !closing[329] && closing[330]);
        let pair = allowed(true, &[315, 50, 330, 330], &[(50, 20.0)]);
        assert!(pair[50] && !pair[331]);
        let likely = allowed(true, &[315, 50], &[(400, 9.0)]);
        assert!(!likely[50] && likely[400], "all times together are likelier than any word");
    }

    #[test]
    fn shares_are_shares() {
        let scores = [1.0f32, 2.0, 3.0, f32::NEG_INFINITY];
        let sum: f32 = (0..4).map(|token| share(&scores, token)).sum();
        assert!((sum - 1.0).abs() < 1e-6 && share(&scores, 3) == 0.0 && share(&scores, 9) == 0.0);
    }

    proptest! {
        #[test]
        fn something_may_always_come(said in proptest::collection::vec(0u32..2000, 0..6), timed: bool, seed: u32) {
            let config = made();
            let mut scores: Vec<f32> = (0..2000u32).map(|n| (n.wrapping_mul(seed) % 97) as f32 / 9.0).collect();
            let choice = Rules::new(&config, timed).choose(&mut scores, &said);
            prop_assert!(!config.suppressed.contains(&choice.token) && choice.token != config.start);
            prop_assert!(choice.log <= 1e-5 || choice.log == f32::NEG_INFINITY);
        }
    }
}
