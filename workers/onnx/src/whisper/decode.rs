//! How is the text of some states found, token by token?
//!
//! The likeliest token is taken each time. Where it is guessed what will come (what was understood a moment ago of the same
//! utterance), all of that is computed at once, and taken as far as each of its tokens is the likeliest: the result is the
//! same as without the guess, and sooner there.

use rten::Value;

use super::config::Config;
use super::decoder::Decoder;
use super::rules::{Choice, Rules, share};

/// Tokens in the longest sequence that is looked at for being said again and again.
const LONGEST_LOOP: usize = 24;
/// How often that makes a loop ...
const LOOPS: usize = 4;
/// ... of at least so many tokens in all.
const LOOPED: usize = 12;
/// Tokens that any text may have ...
const ANY: usize = 16;
/// ... and so many more for each second: twice what the fastest speakers need.
const A_SECOND: usize = 12;

/// What is to be found.
#[derive(Clone, Copy, Debug)]
pub struct Task<'t> {
    /// What comes before the text: what was said before, language, task.
    pub prompt: &'t [u32],
    /// Where the start is in it.
    pub start: usize,
    /// Whether the text is to have times.
    pub timed: bool,
    /// Seconds of speech, by which the text's length is bounded.
    pub seconds: f32,
    /// What is guessed to come.
    pub draft: &'t [u32],
    /// Takes these tokens whatever is likely: for measurements with made-up weights.
    pub forced: Option<&'t [u32]>,
}

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Found {
    /// The tokens, without the one that ends the text.
    pub tokens: Vec<u32>,
    /// The mean logarithm of how likely they were.
    pub log: f32,
    /// How likely it is that nobody spoke, 0 to 1.
    pub silence: f32,
    /// Whether it went round in a circle and was cut.
    pub looped: bool,
    /// How many tokens of the draft held.
    pub held: usize,
}

impl Found {
    /// How sure it is, 0 to 1.
    #[must_use]
    pub fn confidence(&self) -> f32 {
        self.log.exp() * (1.0 - self.silence)
    }
}

/// Finds the text. `wanted` is asked between tokens; `None`: nobody wants it any more.
///
/// # Errors
/// When it cannot be computed.
pub fn decode<E: From<String>>(
    decoder: &Decoder,
    config: &Config,
    states: &Value,
    task: &Task<'_>,
    mut wanted: impl FnMut() -> Result<bool, E>,
) -> Result<Option<Found>, E> {
    let room = config.longest.saturating_sub(task.prompt.len() + 1);
    let most = (ANY + (task.seconds * A_SECOND as f32) as usize).min(room);
    let draft = &task.draft[..task.draft.len().min(most)];
    let all: Vec<u32> = task.prompt.iter().chain(draft).copied().collect();
    let (scores, mut memory) = decoder.begin(states, &all)?;
    let rules = Rules::new(config, task.timed);
    let mut found = Found { silence: silence(config, &scores, task.start), ..Found::default() };
    let (mut sum, mut count) = (0.0f32, 0usize);
    let mut step = None;
    loop {
        let said = found.tokens.len();
        let mut row = match &step {
            None => scores.row(task.prompt.len() - 1 + said).to_vec(),
            Some(scores) => super::decoder::Scores::row(scores, 0).to_vec(),
        };
        let mut choice = rules.choose(&mut row, &found.tokens);
        if let Some(forced) = task.forced {
            choice = Choice { token: forced.get(said).copied().unwrap_or(config.end), ..choice };
        }
        (sum, count) = (sum + choice.log.max(-100.0), count + 1);
        if choice.token == config.end || said >= most {
            break;
        }
        found.tokens.push(choice.token);
        if task.forced.is_none()
            && let Some(length) = looped(&found.tokens)
        {
            found.tokens.truncate(length);
            found.looped = true;
            break;
        }
        if !wanted()? {
            return Ok(None);
        }
        if step.is_none() && draft.get(said) == Some(&choice.token) {
            found.held += 1;
            continue;
        }
        if step.is_none() {
            decoder.forget(&mut memory, task.prompt.len() + said)?;
        }
        step = Some(decoder.step(states, &mut memory, choice.token)?);
    }
    found.log = sum / count as f32;
    Ok(Some(found))
}

/// How likely it is that nobody spoke.
fn silence(config: &Config, scores: &super::decoder::Scores, start: usize) -> f32 {
    // It stands before the token that takes the times away, in all models.
    share(scores.row(start), config.untimed.saturating_sub(1))
}

/// Where a text is to be cut that goes round in a circle: after the first round.
fn looped(tokens: &[u32]) -> Option<usize> {
    (1..=LONGEST_LOOP).find_map(|length| {
        let rounds = LOOPS.max(LOOPED.div_ceil(length));
        let tail = tokens.len().checked_sub(length * rounds).map(|from| &tokens[from..])?;
        let round = &tail[..length];
        let same = tail.chunks_exact(length).all(|other| other == round);
        same.then(|| tokens.len() - length * (rounds - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_said_again_and_again_is_said_once() {
        let twelve: Vec<u32> = std::iter::once(7).chain(std::iter::repeat_n(3, 12)).collect();
        assert_eq!(looped(&twelve), Some(2));
        assert_eq!(looped(&twelve[..12]), None, "a word may be said eleven times");
        let song = [1, 2, 3].repeat(4);
        assert_eq!(looped(&song), Some(3));
        assert_eq!(looped(&song[1..]), None);
    }

    proptest! {
        #[test]
        fn rows_without_rounds_are_no_loop(tokens in proptest::collection::vec(0u32..1_000_000, 0..80)) {
            let mut sorted = tokens.clone();
            sorted.sort_unstable();
            sorted.dedup();
            prop_assume!(sorted.len() == tokens.len());
            prop_assert_eq!(looped(&tokens), None);
        }
    }
}
