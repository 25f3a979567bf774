//! Which words of a speech that goes on are settled?
//!
//! Those that two looks in a row agree on, from the first on: the second heard more than the first and still thinks the
//! same. Settled words are never taken back while the caller speaks.

use super::tokens::Tokens;

/// What is known of an utterance so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Settling {
    /// What the last look found.
    pub(super) last: Vec<u32>,
    settled: Vec<u32>,
}

impl Settling {
    /// Takes what a look found; gives the settled text if there is more of it than before.
    pub(super) fn look(&mut self, found: Vec<u32>, tokens: &Tokens) -> Option<String> {
        let agreed = self.last.iter().zip(&found).take_while(|(a, b)| a == b).count();
        let whole = whole_words(&found, agreed, tokens);
        let more = whole > self.settled.len() && found.starts_with(&self.settled);
        if more {
            self.settled = found[..whole].to_vec();
        }
        self.last = found;
        more.then(|| tokens.text(&self.settled).trim().to_owned())
    }
}

/// How many of the first tokens are whole words: the token after them begins another.
fn whole_words(found: &[u32], agreed: usize, tokens: &Tokens) -> usize {
    let begins = |id: u32| tokens.bytes(id).first().is_none_or(|byte| byte.is_ascii_whitespace());
    (1..=agreed).rev().find(|n| found.get(*n).is_some_and(|next| begins(*next))).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens() -> Tokens {
        let json = tom_tiny::Whisper::Small.tokenizer().to_string();
        Tokens::read(json.as_bytes()).unwrap()
    }

    #[test]
    fn words_settle_when_two_looks_agree() {
        let (tokens, mut settling) = (tokens(), Settling::default());
        let mut look = |text: &str| settling.look(tokens.encode(text), &tokens);
        assert_eq!(look(" the wonder"), None);
        assert_eq!(look(" the wonder is").as_deref(), Some("the wonder"));
        assert_eq!(look(" the wonderful thing"), None, "a word may still change");
        assert_eq!(
            look(" the wonder is her").as_deref(),
            None,
            "nothing is taken back, nothing new is agreed on"
        );
        assert_eq!(look(" the wonder is here now").as_deref(), Some("the wonder is"));
    }

    proptest! {
        #[test]
        fn what_is_settled_only_grows(looks in proptest::collection::vec("( (the|and|is|here)){0,5}", 1..8)) {
            let (tokens, mut settling) = (tokens(), Settling::default());
            let mut before = String::new();
            for text in looks {
                if let Some(settled) = settling.look(tokens.encode(&text), &tokens) {
                    prop_assert!(settled.starts_with(&before) && settled.len() > before.len());
                    before = settled;
                }
            }
        }
    }
}
