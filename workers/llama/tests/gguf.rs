//! Layer: pure. Files that are no models, or lie about themselves, are refused before llama.cpp sees them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Cursor;
use std::sync::LazyLock;

use proptest::prelude::*;
use tom_tiny::Llama;
use tom_tiny::gguf::{Fact, Kind, Shape, write};
use tom_worker_llama::gguf::{GgufError, Outline, inspect, inspect_bytes};

fn look(bytes: &[u8]) -> Result<Outline, GgufError> {
    inspect_bytes(Cursor::new(bytes), bytes.len() as u64)
}

fn small() -> Vec<u8> {
    static SMALL: LazyLock<Vec<u8>> = LazyLock::new(|| Llama::Small.bytes().unwrap());
    SMALL.clone()
}

/// The small model with other facts and tensors.
fn other(change: impl FnOnce(&mut Vec<(String, Fact)>, &mut Vec<Shape>)) -> String {
    let (mut facts, mut shapes) = (Llama::Small.facts(), Llama::Small.shapes());
    change(&mut facts, &mut shapes);
    let mut bytes = Vec::new();
    write(&mut bytes, &facts, &shapes, |shape, out| {
        out.extend(vec![0; shape.kind.bytes(shape.count())]);
        Ok(())
    })
    .unwrap();
    look(&bytes).map_or_else(|error| error.to_string(), |_| "sound".into())
}

fn set(facts: &mut Vec<(String, Fact)>, name: &str, fact: Fact) {
    facts.retain(|(known, _)| known != name);
    facts.push((name.into(), fact));
}

#[test]
fn a_sound_file_says_what_it_is() {
    let outline = look(&small()).unwrap();
    assert_eq!((&*outline.architecture, outline.layers, outline.vocabulary), ("qwen2", 2, 264));
    assert_eq!((outline.context, outline.bytes_of_token()), (4096, 2 * 2 * 32 * 2));
    assert!(outline.template.is_some() && outline.weights > 300_000);
}

#[test]
fn a_file_that_ends_early_is_told_from_one_that_is_something_else() {
    let whole = small();
    for length in (0..whole.len() - 1).step_by(97).chain([1, 4, 23, 24, whole.len() - 1]) {
        let error = look(&whole[..length]).expect_err("it is cut short");
        match error {
            GgufError::CutShort { size, .. } => assert_eq!(size, length as u64),
            GgufError::NotGguf => assert!(length < 4),
            other => panic!("{length}: {other}"),
        }
    }
    assert!(matches!(look(b"PK\x03\x04 an archive that was renamed"), Err(GgufError::NotGguf)));
    assert!(matches!(look(b"GGUF\x09\0\0\0"), Err(GgufError::Version(9))));
}

#[test]
fn lengths_are_not_believed() {
    let whole = small();
    for (at, what) in [(8, "tensors"), (16, "facts"), (24, "a name")] {
        let mut bytes = whole.clone();
        bytes[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        let error = look(&bytes).expect_err(what).to_string();
        assert!(error.contains("counts") && error.contains(what), "{error}");
        bytes[at..at + 8].copy_from_slice(&4000u64.to_le_bytes());
        look(&bytes).expect_err(what);
    }
}

#[test]
fn facts_that_cannot_be_are_told() {
    let said = |name: &'static str, fact: Fact| other(move |facts, _| set(facts, name, fact));
    for (name, fact, what) in [
        ("general.architecture", Fact::Text("mamba".into()), "the kind \"mamba\", which TOM does not run"),
        ("general.architecture", Fact::U32(3), "does not say what it is"),
        ("general.type", Fact::Text("mmproj".into()), "only a part of a model"),
        ("general.alignment", Fact::U32(7), "not aligned"),
        ("qwen2.block_count", Fact::U32(0), "qwen2.block_count cannot be"),
        ("qwen2.block_count", Fact::Text("two".into()), "qwen2.block_count cannot be"),
        ("qwen2.embedding_length", Fact::U32(1 << 30), "cannot be"),
        ("qwen2.attention.head_count_kv", Fact::U32(99), "cannot be"),
        ("tokenizer.ggml.model", Fact::Text("mine".into()), "vocabulary is of a kind that is not known"),
        ("tokenizer.ggml.tokens", Fact::Texts(Vec::new()), "no tokens"),
        ("tokenizer.ggml.tokens", Fact::Texts(vec!["a".into()]), "does not have 1 items"),
        ("tokenizer.ggml.eos_token_id", Fact::U32(264), "eos_token_id is no token"),
        ("tokenizer.ggml.bos_token_id", Fact::Bool(true), "bos_token_id is no token"),
    ] {
        let error = said(name, fact.clone());
        assert!(error.contains(what), "{name} {fact:?}: {error}");
    }
    let twice = other(|facts, _| facts.push(facts[0].clone()));
    assert!(twice.contains("says general.architecture twice"), "{twice}");
}

#[test]
fn tensors_that_cannot_be_are_told() {
    let wrong = |change: fn(&mut Vec<Shape>)| other(move |_, shapes| change(shapes));
    for (error, what) in [
        (
            wrong(|shapes| shapes[0].dims = vec![64, 4096]),
            "264 tokens of 64 numbers, and weights for [64, 4096]",
        ),
        (wrong(|shapes| drop(shapes.remove(0))), "no weights for tokens"),
        (wrong(|shapes| shapes[1].name = shapes[2].name.clone()), "is there twice"),
        (wrong(|shapes| shapes[1].name = "n".repeat(64)), "its name is too long"),
        (wrong(|shapes| shapes[1].dims = vec![0]), "has no size"),
        (wrong(|shapes| shapes[1].dims = vec![]), "has 0 dimensions"),
        (wrong(|shapes| shapes[1].dims = vec![1; 5]), "has 5 dimensions"),
    ] {
        assert!(error.contains(what), "{what}: {error}");
    }
    let mut bytes = small();
    let at = bytes.windows(17).position(|name| name == b"token_embd.weight").unwrap() + 17 + 4 + 16;
    bytes[at..at + 4].copy_from_slice(&77u32.to_le_bytes());
    let error = look(&bytes).unwrap_err().to_string();
    assert!(error.contains("of a kind (77)") && error.contains("Q4_K_M"), "{error}");
    bytes[at..at + 4].copy_from_slice(&Kind::Q4_0.number().to_le_bytes());
    let error = look(&bytes).unwrap_err().to_string();
    assert!(error.contains("does not lie behind the one before it"), "{error}");
}

#[test]
fn what_is_no_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    assert!(inspect(folder.path()).unwrap_err().to_string().contains("no file"));
    assert!(matches!(inspect(&folder.path().join("gone.gguf")), Err(GgufError::Unreadable(_))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn any_bytes_are_judged(bytes: Vec<u8>, version in 2u32..4, counts: [u16; 2]) {
        let _ = look(&bytes);
        let mut file = b"GGUF".to_vec();
        file.extend(version.to_le_bytes());
        file.extend(u64::from(counts[0] % 4).to_le_bytes());
        file.extend(u64::from(counts[1] % 4).to_le_bytes());
        file.extend(bytes);
        prop_assert!(look(&file).is_err(), "a file without a model");
    }

    #[test]
    fn a_damaged_head_is_judged_and_what_is_taken_lies_within_the_file(
        damage in prop::collection::vec((0usize..9000, any::<u8>()), 1..6), keep in 0usize..500_000,
    ) {
        let mut bytes = small();
        for (at, byte) in damage {
            bytes[at] = byte;
        }
        let keep = if keep % 2 == 0 { bytes.len() } else { keep.min(bytes.len()) };
        if let Ok(outline) = look(&bytes[..keep]) {
            prop_assert!(outline.weights <= keep as u64);
            prop_assert!((1..=1024).contains(&outline.layers) && outline.vocabulary == 264);
        }
    }
}
