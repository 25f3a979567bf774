//! How do Whisper's tokens become text, and a prompt tokens?
//!
//! Byte-level byte pair encoding, as `tokenizer.json` lists it: each byte has a printable character that stands for it,
//! a token is a row of such characters, and merges say which two tokens are joined first.

use std::collections::HashMap;

use serde::Deserialize;

/// Tokens that no Whisper comes near.
const MOST: u32 = 262_144;

/// Why a file is no list of tokens that can be used.
#[derive(Debug, thiserror::Error)]
pub enum TokensError {
    /// It is no JSON, or a field has another kind.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// A field makes no sense.
    #[error("{0}")]
    Wrong(String),
}

/// The tokens of a model.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// What each stands for; empty for marks.
    bytes: Vec<Box<[u8]>>,
    /// Marks, such as `<|nospeech|>`.
    marks: HashMap<String, u32>,
    /// The token of each single byte.
    single: Vec<Option<u32>>,
    /// Which two are joined, how early, and into which.
    merges: HashMap<(u32, u32), (u32, u32)>,
}

#[derive(Deserialize)]
struct File {
    model: Option<Model>,
    added_tokens: Option<Vec<Option<Added>>>,
}

#[derive(Deserialize)]
struct Model {
    vocab: Option<HashMap<String, Option<u32>>>,
    merges: Option<Vec<Merge>>,
}

/// Newer files keep the two parts apart, older ones in one text with a blank.
#[derive(Deserialize)]
#[serde(untagged)]
enum Merge {
    Pair(String, String),
    Joined(String),
}

#[derive(Deserialize)]
struct Added {
    id: Option<u32>,
    content: Option<String>,
}

impl Tokens {
    /// Reads the bytes of `tokenizer.json`.
    ///
    /// # Errors
    /// When it is no JSON, or not of this kind.
    pub fn read(json: &[u8]) -> Result<Self, TokensError> {
        let file: File = serde_json::from_slice(json)?;
        let missing = |what: &str| TokensError::Wrong(format!("{what} is missing or null"));
        let model = file.model.ok_or_else(|| missing("model"))?;
        let vocab = model.vocab.ok_or_else(|| missing("model.vocab"))?;
        let back: HashMap<char, u8> = (0..=255).map(|byte| (shown(byte), byte)).collect();
        let mut this = Self { single: vec![None; 256], ..Self::default() };
        for (text, id) in &vocab {
            let id = id.filter(|id| *id < MOST).ok_or_else(|| missing("a number in model.vocab"))?;
            // Marks are listed among the others in some files; their characters stand for no bytes.
            let bytes: Option<Box<[u8]>> = text.chars().map(|c| back.get(&c).copied()).collect();
            if text.starts_with("<|") || bytes.is_none() {
                this.marks.insert(text.clone(), id);
                continue;
            }
            let bytes = bytes.unwrap_or_default();
            if let [byte] = bytes[..] {
                this.single[usize::from(byte)] = Some(id);
            }
            let place = id as usize;
            if this.bytes.len() <= place {
                this.bytes.resize(place + 1, Box::default());
            }
            this.bytes[place] = bytes;
        }
        for added in file.added_tokens.unwrap_or_default().into_iter().flatten() {
            if let (Some(id), Some(content)) = (added.id.filter(|id| *id < MOST), added.content) {
                this.marks.insert(content, id);
            }
        }
        for (rank, merge) in (0..).zip(model.merges.unwrap_or_default()) {
            let (a, b) = match &merge {
                Merge::Pair(a, b) => (a.as_str(), b.as_str()),
                Merge::Joined(both) => both.split_once(' ').unwrap_or((both, "")),
            };
            let id = |text: &str| vocab.get(text).copied().flatten();
            if let (Some(left), Some(right), Some(joined)) = (id(a), id(b), id(&format!("{a}{b}"))) {
                this.merges.entry((left, right)).or_insert((rank, joined));
            }
        }
        Ok(this)
    }

    /// The token of a mark.
    #[must_use]
    pub fn mark(&self, name: &str) -> Option<u32> {
        self.marks.get(name).copied()
    }

    /// The bytes of a token; none for marks and what is not there.
    #[must_use]
    pub fn bytes(&self, id: u32) -> &[u8] {
        self.bytes.get(id as usize).map_or(&[], |bytes| bytes)
    }

    /// The text of tokens. Marks are left out; bytes that are no character become the sign for that.
    #[must_use]
    pub fn text(&self, ids: &[u32]) -> String {
        let bytes: Vec<u8> = ids.iter().flat_map(|id| self.bytes(*id)).copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The tokens of a text.
    #[must_use]
    pub fn encode(&self, text: &str) -> Vec<u32> {
        pieces(text).into_iter().flat_map(|piece| self.join(piece)).collect()
    }

    /// Joins the bytes of a piece as early merges go first.
    fn join(&self, piece: &str) -> Vec<u32> {
        let mut ids: Vec<u32> = piece.bytes().filter_map(|byte| self.single[usize::from(byte)]).collect();
        loop {
            let pairs = ids.windows(2).enumerate();
            let merge = pairs.filter_map(|(at, pair)| Some((at, self.merges.get(&(pair[0], pair[1]))?)));
            let Some((at, (_, joined))) = merge.min_by_key(|(at, (rank, _))| (*rank, *at)) else {
                return ids;
            };
            ids[at] = *joined;
            ids.remove(at + 1);
        }
    }
}

/// The character that stands for a byte: itself if it can be seen, else one from 256 on, in order.
fn shown(byte: u8) -> char {
    let seen = |b: u8| matches!(b, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if seen(byte) {
        return char::from(byte);
    }
    let unseen = (0..byte).filter(|b| !seen(*b)).count() as u32;
    char::from_u32(256 + unseen).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// Text in pieces, over whose borders nothing is joined: words, numbers and signs, each with a blank before it, English
/// endings such as `'s`, and what blanks remain.
fn pieces(text: &str) -> Vec<&str> {
    let kind = |c: char| {
        if c.is_whitespace() {
            0
        } else if c.is_alphabetic() {
            1
        } else if c.is_numeric() {
            2
        } else {
            3
        }
    };
    let mut all = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let ending = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"].into_iter().find(|e| rest.starts_with(e));
        let run = |from: usize| {
            let mut chars = rest[from..].chars();
            let wanted = chars.next().map(kind);
            let tail = &rest[from..];
            from + tail.find(|c| Some(kind(c)) != wanted).unwrap_or(tail.len())
        };
        let second = rest.chars().nth(1);
        let length = if let Some(ending) = ending {
            ending.len()
        } else if first == ' ' && second.is_some_and(|c| kind(c) != 0) {
            run(1)
        } else if kind(first) == 0 {
            // The last blank before a word is that word's.
            let blanks = run(0);
            let last = rest[..blanks].chars().next_back().map_or(0, char::len_utf8);
            if blanks < rest.len() && blanks > last { blanks - last } else { blanks }
        } else {
            run(0)
        };
        let (piece, after) = rest.split_at(length);
        all.push(piece);
        rest = after;
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn tokens() -> Tokens {
        let mut vocab: HashMap<String, u32> =
            (0..=255).map(|b| (shown(b).to_string(), u32::from(b))).collect();
        for (id, text) in (256..).zip(["he", "ll", "hell", "hello", "Ġw", "Ġhe"]) {
            vocab.insert(text.into(), id);
        }
        let json = json!({
            "model": { "vocab": vocab, "merges": [["h", "e"], ["l", "l"], "he ll", "hell o", "Ġ w", "Ġ he"] },
            "added_tokens": [{ "id": 300, "content": "<|endoftext|>" }, null, { "id": null, "content": "x" }],
        });
        Tokens::read(json.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn earlier_merges_go_first() {
        let tokens = tokens();
        assert_eq!(tokens.encode("hello"), [259]);
        assert_eq!(tokens.text(&tokens.encode("hello wörld")), "hello wörld");
        assert_eq!(tokens.encode(" w"), [260]);
        assert_eq!(tokens.mark("<|endoftext|>"), Some(300));
        assert_eq!(tokens.text(&[259, 300, 9_999]), "hello", "marks are no text");
        assert_eq!(tokens.text(&[0xc3]), "\u{fffd}");
    }

    #[test]
    fn a_text_comes_in_pieces() {
        assert_eq!(
            pieces("I'll call 42, ok?  Yes\n"),
            ["I", "'ll", " call", " 42", ",", " ok", "?", " ", " Yes", "\n"]
        );
        assert_eq!(shown(b' '), 'Ġ');
        assert_eq!((shown(0), shown(255), shown(0xad)), ('Ā', 'ÿ', '\u{143}'));
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for (text, named) in [
            ("null", "invalid type"),
            ("{}", "model is missing"),
            (r#"{"model":{"vocab":null}}"#, "model.vocab is missing"),
            (r#"{"model":{"vocab":{"a":null}}}"#, "a number in model.vocab"),
            (r#"{"model":{"vocab":{"a":4000000000}}}"#, "a number in model.vocab"),
            (r#"{"model":{"vocab":{"a":1},"merges":[7]}}"#, "did not match"),
        ] {
            let error = Tokens::read(text.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(named), "{text}: {error}");
        }
    }

    proptest! {
        #[test]
        fn what_is_encoded_reads_the_same(text in "\\PC{0,30}[ \\n]{0,3}\\PC{0,30}") {
            let tokens = tokens();
            prop_assert_eq!(pieces(&text).concat(), text.clone());
            prop_assert_eq!(tokens.text(&tokens.encode(&text)), text);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes: Vec<u8>) {
            Tokens::read(&bytes).ok();
        }
    }
}
