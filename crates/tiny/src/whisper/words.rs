//! Which tokens does a made-up Whisper have?

use serde_json::{Map, Value, json};

use super::Size;

/// Languages of the small ones, and the first of the large ones.
pub const LANGUAGES: [&str; 3] = ["en", "de", "fr"];

/// What is joined, in this order; `Ġ` is a blank.
pub(super) const MERGES: [(&str, &str); 24] = [
    ("h", "e"),
    ("Ġ", "t"),
    ("Ġt", "he"),
    ("i", "n"),
    ("e", "r"),
    ("a", "n"),
    ("Ġ", "a"),
    ("o", "n"),
    ("Ġ", "w"),
    ("e", "n"),
    ("i", "s"),
    ("r", "e"),
    ("Ġ", "s"),
    ("o", "u"),
    ("Ġa", "n"),
    ("an", "d"),
    ("Ġ", "d"),
    ("c", "h"),
    ("i", "e"),
    ("in", "g"),
    ("Ġd", "ie"),
    ("s", "t"),
    ("Ġ", "h"),
    ("Ġh", "e"),
];

/// The tag of a language.
pub(super) fn language(n: usize) -> String {
    LANGUAGES.get(n).map_or_else(|| format!("x{n}"), |tag| (*tag).to_owned())
}

/// What is never said: a few signs, and what is no text.
pub(super) fn suppressed(size: &Size) -> Vec<usize> {
    let after = size.texts + 2 + size.languages;
    [35, 40, 41, 42, 91, 93, size.texts + 1].into_iter().chain(after..size.untimed()).collect()
}

/// The character that stands for a byte.
fn shown(byte: u8) -> char {
    let seen = |b: u8| matches!(b, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    if seen(byte) {
        return char::from(byte);
    }
    let unseen = (0..byte).filter(|b| !seen(*b)).count() as u32;
    char::from_u32(256 + unseen).unwrap_or(' ')
}

/// Bytes first, then what is joined, then filling up to the number of texts, then marks.
pub(super) fn tokenizer(size: &Size) -> Value {
    let mut vocab: Map<String, Value> = (0..=255u8).map(|b| (shown(b).to_string(), json!(b))).collect();
    for (id, (a, b)) in (256..).zip(MERGES) {
        vocab.insert(format!("{a}{b}"), json!(id));
    }
    for id in 256 + MERGES.len()..size.texts {
        vocab.insert(format!("Ġx{id}"), json!(id));
    }
    let merges: Vec<String> = MERGES.iter().map(|(a, b)| format!("{a} {b}")).collect();
    let mut marks = vec!["<|endoftext|>".to_owned(), "<|startoftranscript|>".to_owned()];
    marks.extend((0..size.languages).map(|n| format!("<|{}|>", language(n))));
    for mark in ["translate", "transcribe", "startoflm", "startofprev", "nospeech", "notimestamps"] {
        marks.push(format!("<|{mark}|>"));
    }
    let added: Vec<Value> = (size.texts..)
        .zip(&marks)
        .map(|(id, mark)| json!({ "id": id, "content": mark, "special": true }))
        .collect();
    json!({
        "version": "1.0", "added_tokens": added,
        "pre_tokenizer": { "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true },
        "decoder": { "type": "ByteLevel" },
        "model": { "type": "BPE", "vocab": vocab, "merges": merges },
    })
}
