//! How does a made-up language model say words that a call can be held with?
//!
//! Its first layer's numbers are large and the others' small: these add next to nothing to what goes through them, so that
//! what comes to the last layer is mostly the last token. The last layer's row of a word is the row of the word before it
//! in the first layer: that word is by far the likeliest. Nothing else is ever likely. It takes as long to compute as any
//! other weights.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::numbers::{bits, blocks, half, noise};
use super::{Kind, MARKS, Shape};

/// What it says. No word is there twice, since each tells the next one.
const SPOKEN: &str = "Yes, we are open today from nine until six. You can reach us by phone, or come to our shop near \
                      the old market at any time. Parking is free behind this house, and buses stop right there. On \
                      Sundays nobody works here, but messages will be read early Monday morning before ten.";
/// What it is asked, in tokens as well: no more of them than a model would read that was trained.
const ASKED: &str =
    "Hello, I would like to know when you are open on Saturday, and whether I need an appointment for that?";
const FIRST_LAYER: &str = "token_embd.weight";
/// After this byte a reply begins: the last of the mark of its beginning.
const BEGINS: usize = b'\n' as usize;
/// The token that ends a message.
const ENDS: usize = 256 + 2;

/// What comes after the last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The reply is over.
    Nothing,
    /// A new line, after which it begins again.
    Again,
}

/// What [`Llama::Speaker`](super::Llama::Speaker) answers.
#[must_use]
pub const fn spoken() -> &'static str {
    SPOKEN
}

/// A question of which each word is a token of [`Llama::Speaker`](super::Llama::Speaker).
#[must_use]
pub const fn asked() -> &'static str {
    ASKED
}

/// Its words, each a token, blanks before them.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    cut(SPOKEN)
}

/// Those of the question that it never says.
pub(super) fn asked_words() -> Vec<&'static str> {
    let mut all: Vec<&str> = Vec::new();
    for word in cut(ASKED) {
        if !all.contains(&word) && words().all(|said| said != word) {
            all.push(word);
        }
    }
    all
}

fn cut(text: &'static str) -> impl Iterator<Item = &'static str> {
    let ends = text.match_indices(' ').map(|(at, _)| at).chain([text.len()]);
    ends.scan(0, move |from, to| text.get(std::mem::replace(from, to)..to))
}

/// English words that any trained vocabulary has, and those that models are told what they are by.
const COMMON: &str = include_str!("../../data/words.txt");

/// What is joined to longer tokens, letter by letter: the words of a chat's marks, and if `common` those in [`COMMON`]: after a
/// blank, in small letters or with a capital, and after a quotation mark. A prompt is as long then as a trained model's.
pub(super) fn merges(common: bool) -> Vec<String> {
    let marks = ["user", "assistant", "system"].map(str::to_owned);
    let words = COMMON.lines().filter(|_| common).flat_map(|word| {
        let capital = word[..1].to_uppercase() + &word[1..];
        // The blank is the character that stands for its byte.
        [format!("Ġ{word}"), format!("Ġ{capital}"), format!("\"{word}")]
    });
    let mut all: Vec<String> = Vec::new();
    let mut known = BTreeSet::new();
    for word in marks.into_iter().chain(words) {
        for (at, c) in word.char_indices().skip(1) {
            let merge = format!("{} {c}", &word[..at]);
            if known.insert(merge.clone()) {
                all.push(merge);
            }
        }
    }
    all
}

/// The numbers of a tensor.
pub(super) fn weights<W: Write>(shape: &Shape, after: After, out: &mut W) -> io::Result<()> {
    match &*shape.name {
        "output.weight" => last_layer(shape, after, out),
        // Far more than what layers add: those of the shape of Qwen2.5 0.5B drowned it with numbers of the usual size.
        FIRST_LAYER => blocks(FIRST_LAYER, shape.count(), 32, 0.5, out),
        // As little as half precision can tell.
        name if name.ends_with("attn_output.weight") || name.ends_with("ffn_down.weight") => {
            blocks(name, shape.count(), 16, 1.0 / 16_384.0, out)
        }
        _ => super::numbers::weights(shape, out),
    }
}

/// For each token the row of the one before it, or nothing.
fn last_layer<W: Write>(shape: &Shape, after: After, out: &mut W) -> io::Result<()> {
    let Kind::Q8_0 = shape.kind else { return Err(io::Error::other("the last layer is in 8 bits")) };
    let [width, tokens] = shape.dims[..] else { return Err(io::Error::other("the last layer has rows")) };
    let (first, count) = (256 + MARKS.len(), words().count());
    let last = first + count - 1;
    let before = |token: usize| match token {
        BEGINS if after == After::Again => Some(last),
        ENDS if after == After::Nothing => Some(last),
        word if word == first => Some(BEGINS),
        word => (first + 1..=last).contains(&word).then(|| word - 1),
    };
    let (scale, noise) = (half(1.0 / 128.0).to_le_bytes(), noise(FIRST_LAYER, 32));
    let blocks = width as usize / 32;
    for token in 0..tokens as usize {
        let of = before(token);
        for block in 0..blocks {
            out.write_all(&scale)?;
            out.write_all(of.map_or(&[0; 32], |of| bits(&noise, of * blocks + block, 32)))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_word_is_there_twice_and_together_they_are_the_text() {
        let all: BTreeSet<&str> = words().collect();
        assert_eq!(all.len(), words().count());
        assert_eq!(words().collect::<String>(), SPOKEN);
    }

    #[test]
    fn words_are_joined_letter_by_letter() {
        let all = merges(false);
        assert_eq!(all[..4], ["u s", "us e", "use r", "a s"]);
        assert_eq!(all.last().map(String::as_str), Some("syste m"));
        let all = merges(true);
        assert!(
            ["Ġ t", "Ġth e", "Ġ T", "\" t", "\"typ e"].iter().all(|merge| all.iter().any(|m| m == merge))
        );
    }
}
