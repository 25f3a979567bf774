//! Do a file's facts and tensors agree with each other and with its size?

use std::collections::HashSet;

use super::GgufError;
use super::facts::{ARCHITECTURES, Fact, KINDS, TOKENIZERS};
use super::read::{Head, Tensor};

/// Bytes that a tensor's name may have in llama.cpp.
const LONGEST_TENSOR_NAME: usize = 63;

/// What a sound file says of its model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// Its kind: `qwen2`.
    pub architecture: String,
    /// Its name, if it has one.
    pub name: Option<String>,
    /// Tokens it was made to read at once.
    pub context: u64,
    /// Tokens it knows.
    pub vocabulary: u64,
    /// Its layers.
    pub layers: u64,
    /// Numbers that are kept of each token in each layer: keys and values.
    pub kept: u64,
    /// Bytes of its weights.
    pub weights: u64,
    /// How a conversation is written for it, a Jinja template.
    pub template: Option<String>,
}

impl Outline {
    /// Bytes that a conversation's memory takes for each token, in half precision.
    #[must_use]
    pub const fn bytes_of_token(&self) -> u64 {
        self.layers * self.kept * 2
    }
}

/// Judges a head.
pub(super) fn outline(head: Head, size: u64) -> Result<Outline, GgufError> {
    let text = |name: &str| match head.facts.get(name) {
        Some(Fact::Text(text)) => Some(text.clone()),
        _ => None,
    };
    let broken = |what: String| GgufError::Broken(what);
    let architecture =
        text("general.architecture").ok_or_else(|| broken("it does not say what it is".into()))?;
    if matches!(&*text("general.type").unwrap_or_default(), "adapter" | "mmproj" | "imatrix") {
        return Err(GgufError::NotForUs(
            "it is only a part of a model; take the file of the model itself".into(),
        ));
    }
    if !ARCHITECTURES.contains(&&*architecture) {
        let shown: String = architecture.chars().filter(|c| !c.is_control()).take(40).collect();
        return Err(GgufError::NotForUs(format!(
            "it is a model of the kind \"{shown}\", which TOM does not run; take one of the kind qwen3, llama or gemma3"
        )));
    }
    if head.facts.get("general.alignment").is_some_and(|fact| *fact != Fact::Whole(32)) {
        return Err(broken("its tensors are not aligned to 32 bytes".into()));
    }
    let number = |name: &str, most: u64| {
        let name = format!("{architecture}.{name}");
        match head.facts.get(&name) {
            Some(Fact::Whole(n)) if (1..=most).contains(n) => Ok(Some(*n)),
            // One for each layer.
            Some(Fact::List(_)) | None => Ok(None),
            Some(_) => Err(broken(format!("{name} cannot be"))),
        }
    };
    let needed = |name: &str, most: u64| {
        number(name, most)?.ok_or_else(|| broken(format!("it does not say {architecture}.{name}")))
    };
    let layers = needed("block_count", 1024)?;
    let width = needed("embedding_length", 1 << 17)?;
    let context = needed("context_length", 1 << 26)?;
    let heads = number("attention.head_count", 4096)?.unwrap_or(1);
    let kv_heads = number("attention.head_count_kv", heads)?.unwrap_or(heads);
    let each = width.div_ceil(heads);
    let keys = number("attention.key_length", 1 << 16)?.unwrap_or(each);
    let values = number("attention.value_length", 1 << 16)?.unwrap_or(each);
    let vocabulary = vocabulary(&head, &text)?;
    let weights = tensors(&head, size)?;
    let embedded = head.tensors.iter().find(|tensor| tensor.name == "token_embd.weight");
    let embedded =
        embedded.ok_or_else(|| broken("it has no weights for tokens (token_embd.weight)".into()))?;
    if embedded.dims != [width, vocabulary] {
        let dims = &embedded.dims;
        return Err(broken(format!(
            "it has {vocabulary} tokens of {width} numbers, and weights for {dims:?}"
        )));
    }
    Ok(Outline {
        name: text("general.name"),
        template: text("tokenizer.chat_template").filter(|template| !template.is_empty()),
        architecture,
        context,
        vocabulary,
        layers,
        kept: kv_heads * (keys + values),
        weights,
    })
}

/// How many tokens there are. What is said of each must be said of all.
fn vocabulary(head: &Head, text: &impl Fn(&str) -> Option<String>) -> Result<u64, GgufError> {
    let broken = |what: String| GgufError::Broken(what);
    let kind = text("tokenizer.ggml.model").ok_or_else(|| broken("it has no vocabulary".into()))?;
    if !TOKENIZERS.contains(&&*kind) {
        let shown: String = kind.chars().filter(|c| !c.is_control()).take(40).collect();
        return Err(GgufError::NotForUs(format!(
            "its vocabulary is of a kind that is not known: \"{shown}\""
        )));
    }
    let list = |name: &str| match head.facts.get(name) {
        Some(Fact::List(count)) => Some(*count),
        _ => None,
    };
    let count = list("tokenizer.ggml.tokens").filter(|count| *count > 0);
    let count = count.ok_or_else(|| broken("it has no tokens".into()))?;
    for name in ["tokenizer.ggml.scores", "tokenizer.ggml.token_type"] {
        if list(name).is_some_and(|n| n != count) {
            return Err(broken(format!("{name} does not have {count} items")));
        }
    }
    for (name, fact) in &head.facts {
        let is_token = name.starts_with("tokenizer.ggml.") && name.ends_with("_token_id");
        if is_token && !matches!(fact, Fact::Whole(id) if *id < count) {
            return Err(broken(format!("{name} is no token")));
        }
    }
    Ok(count)
}

/// Bytes of the weights, which must lie in the file one after the other, as llama.cpp wants them.
fn tensors(head: &Head, size: u64) -> Result<u64, GgufError> {
    let begin = head.end.next_multiple_of(32);
    let mut names = HashSet::new();
    let mut at = 0u64;
    for tensor in &head.tensors {
        let name = &tensor.name;
        if name.len() > LONGEST_TENSOR_NAME || !names.insert(name) {
            return Err(GgufError::Broken(format!(
                "the tensor {name} is there twice, or its name is too long"
            )));
        }
        if tensor.offset != at {
            return Err(GgufError::Broken(format!(
                "the tensor {name} does not lie behind the one before it"
            )));
        }
        let bytes =
            bytes(tensor).ok_or_else(|| GgufError::Broken(format!("the tensor {name} has no size")))?;
        at = at
            .checked_add(bytes)
            .filter(|end| begin.checked_add(*end).is_some_and(|end| end <= size))
            .ok_or(GgufError::CutShort { what: "weights", size })?
            .next_multiple_of(32);
    }
    Ok(at)
}

/// Bytes of a tensor; none: its sizes make no sense.
fn bytes(tensor: &Tensor) -> Option<u64> {
    let kind = KINDS.iter().find(|kind| kind.number == tensor.kind)?;
    let row = *tensor.dims.first()?;
    let count = tensor.dims.iter().try_fold(1u64, |all, d| all.checked_mul(*d).filter(|all| *all > 0))?;
    if row % kind.block != 0 || count > 1 << 48 {
        return None;
    }
    (count / kind.block).checked_mul(kind.bytes)
}
