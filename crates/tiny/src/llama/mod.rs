//! Which made-up language models are there, and what does the reference say they say?
//!
//! They are of the kind of Qwen2. Their vocabulary is the 256 bytes, each its own number, then the marks of a chat.

mod numbers;
mod speaker;

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use crate::gguf::{Fact, Kind, Shape, write};
use numbers::weights;

pub use speaker::{asked, spoken};

/// Tokens after the bytes: the end of a text, begin and end of a message, begin and end of a call of a function.
pub const MARKS: [&str; 5] = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>"];
/// The template of chats, as far as it tells of which kind it is.
const TEMPLATE: &str = "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] + \
                        '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}\
                        {% endif %}";

/// A made-up language model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Llama {
    /// Two layers of 64, whole numbers in full precision.
    Small,
    /// The layers of Qwen2.5 0.5B in 4 bits (`Q4_0`), for benches: 350 MB.
    Half,
    /// Two layers of 256 in 4 bits. It answers everything with [`spoken`]: its last layer is made so.
    Speaker,
    /// The same without end, line after line, and slow: some 15 MB are computed with for each token.
    Endless,
    /// The layers of [`Half`](Self::Half), speaking as [`Speaker`](Self::Speaker) does: 500 MB.
    HalfSpeaker,
}

/// What the reference says the small model says after some tokens.
#[derive(Clone, Debug)]
pub struct Said {
    /// The tokens it was given.
    pub prompt: Vec<i32>,
    /// The likeliest tokens, one after the other.
    pub tokens: Vec<i32>,
    /// How likely the tokens were after the prompt, before any scaling to 1.
    pub first: Vec<f32>,
    /// The same before the last of `tokens`.
    pub last: Vec<f32>,
}

struct Size {
    width: u64,
    layers: u64,
    heads: u64,
    kv_heads: u64,
    inner: u64,
    vocabulary: u64,
    context: u32,
}

impl Llama {
    const fn size(self) -> Size {
        match self {
            Self::Small => Size {
                width: 64,
                layers: 2,
                heads: 4,
                kv_heads: 2,
                inner: 128,
                vocabulary: 264,
                context: 4096,
            },
            Self::Speaker => Size {
                width: 256,
                layers: 2,
                heads: 4,
                kv_heads: 2,
                inner: 256,
                vocabulary: 384,
                context: 32_768,
            },
            Self::Endless => Size {
                width: 256,
                layers: 2,
                heads: 4,
                kv_heads: 2,
                inner: 16_384,
                vocabulary: 384,
                context: 32_768,
            },
            Self::Half | Self::HalfSpeaker => Size {
                width: 896,
                layers: 24,
                heads: 14,
                kv_heads: 2,
                inner: 4864,
                vocabulary: 151_936,
                context: 32_768,
            },
        }
    }

    /// Whether its last layer is made so that it speaks.
    const fn speaks(self) -> bool {
        matches!(self, Self::Speaker | Self::Endless | Self::HalfSpeaker)
    }

    /// What the file says of the model.
    #[must_use]
    pub fn facts(self) -> Vec<(String, Fact)> {
        let size = self.size();
        let number = |n: u64| Fact::U32(n as u32);
        let mut tokens: Vec<String> = bytes().map(String::from).collect();
        tokens.extend(MARKS.map(str::to_owned));
        let mut kinds = vec![1; 256];
        kinds.extend([3, 3, 3, 4, 4]);
        if self.speaks() {
            tokens.extend(speaker::words().chain(speaker::asked_words()).map(str::to_owned));
            kinds.resize(tokens.len(), 4);
        }
        let merges = if self.speaks() { speaker::merges(self == Self::HalfSpeaker) } else { Vec::new() };
        tokens.extend(merges.iter().map(|merge| merge.replace(' ', "")));
        kinds.resize(tokens.len(), 1);
        for rest in tokens.len() as u64..size.vocabulary {
            tokens.push(format!("unused{rest}"));
            kinds.push(5);
        }
        [
            ("general.architecture", Fact::Text("qwen2".into())),
            ("general.name", Fact::Text("made up".into())),
            ("qwen2.block_count", number(size.layers)),
            ("qwen2.context_length", Fact::U32(size.context)),
            ("qwen2.embedding_length", number(size.width)),
            ("qwen2.feed_forward_length", number(size.inner)),
            ("qwen2.attention.head_count", number(size.heads)),
            ("qwen2.attention.head_count_kv", number(size.kv_heads)),
            ("qwen2.rope.freq_base", Fact::F32(10_000.0)),
            ("qwen2.attention.layer_norm_rms_epsilon", Fact::F32(1e-6)),
            ("tokenizer.ggml.model", Fact::Text("gpt2".into())),
            ("tokenizer.ggml.pre", Fact::Text("qwen2".into())),
            ("tokenizer.ggml.tokens", Fact::Texts(tokens)),
            ("tokenizer.ggml.token_type", Fact::I32s(kinds)),
            ("tokenizer.ggml.merges", Fact::Texts(merges)),
            ("tokenizer.ggml.eos_token_id", Fact::U32(258)),
            ("tokenizer.ggml.padding_token_id", Fact::U32(256)),
            ("tokenizer.ggml.add_bos_token", Fact::Bool(false)),
            ("tokenizer.chat_template", Fact::Text(TEMPLATE.into())),
        ]
        .map(|(name, fact)| (name.to_owned(), fact))
        .to_vec()
    }

    /// Its tensors.
    #[must_use]
    pub fn shapes(self) -> Vec<Shape> {
        let Size { width, layers, heads, kv_heads, inner, vocabulary, .. } = self.size();
        let kv = width / heads * kv_heads;
        let (wide, ends) = match self {
            Self::Small => (Kind::F32, Kind::F32),
            _ => (Kind::Q4_0, Kind::Q8_0),
        };
        let shape = |name: String, dims: &[u64], kind| Shape { name, dims: dims.to_vec(), kind };
        let mut all = vec![shape("token_embd.weight".into(), &[width, vocabulary], ends)];
        for layer in 0..layers {
            let name = |rest: &str| format!("blk.{layer}.{rest}");
            for (rest, dims, kind) in [
                ("attn_norm.weight", &[width][..], Kind::F32),
                ("attn_q.weight", &[width, width], wide),
                ("attn_q.bias", &[width], Kind::F32),
                ("attn_k.weight", &[width, kv], wide),
                ("attn_k.bias", &[kv], Kind::F32),
                ("attn_v.weight", &[width, kv], wide),
                ("attn_v.bias", &[kv], Kind::F32),
                ("attn_output.weight", &[width, width], wide),
                ("ffn_norm.weight", &[width], Kind::F32),
                ("ffn_gate.weight", &[width, inner], wide),
                ("ffn_up.weight", &[width, inner], wide),
                ("ffn_down.weight", &[inner, width], wide),
            ] {
                all.push(shape(name(rest), dims, kind));
            }
        }
        all.push(shape("output_norm.weight".into(), &[width], Kind::F32));
        if self != Self::Half {
            all.push(shape("output.weight".into(), &[width, vocabulary], ends));
        }
        all
    }

    /// Writes it into a file.
    ///
    /// # Errors
    /// When that cannot be written.
    pub fn write(self, path: &Path) -> io::Result<()> {
        let mut out = BufWriter::with_capacity(1 << 20, File::create(path)?);
        self.write_to(&mut out)?;
        out.flush()
    }

    /// The bytes of the file: of a small one.
    ///
    /// # Errors
    /// Never: memory can be written.
    pub fn bytes(self) -> io::Result<Vec<u8>> {
        let mut out = Vec::new();
        self.write_to(&mut out)?;
        Ok(out)
    }

    fn write_to(self, out: &mut impl Write) -> io::Result<()> {
        write(out, &self.facts(), &self.shapes(), |shape, out| match self {
            Self::Small | Self::Half => weights(shape, out),
            Self::Speaker | Self::HalfSpeaker => speaker::weights(shape, speaker::After::Nothing, out),
            Self::Endless => speaker::weights(shape, speaker::After::Again, out),
        })
    }
}

/// The characters that stand for the 256 bytes in vocabularies of this kind: those that can be seen for
/// themselves, the others from U+0100 on.
fn bytes() -> impl Iterator<Item = char> {
    let seen = |b: u8| matches!(b, b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff);
    let mut next = 0x100;
    (0..=255u8).map(move |b| {
        if seen(b) {
            return char::from(b);
        }
        next += 1;
        char::from_u32(next - 1).unwrap_or(' ')
    })
}

/// What the reference says the small model says.
///
/// # Errors
/// When the committed file is broken.
pub fn said() -> io::Result<Vec<Said>> {
    let all: serde_json::Value = serde_json::from_str(include_str!("../../data/llama.json"))?;
    let one = |one: &serde_json::Value| {
        let numbers = |name: &str| -> Option<Vec<f64>> {
            one[name].as_array()?.iter().map(serde_json::Value::as_f64).collect()
        };
        let tokens = |name| Some(numbers(name)?.iter().map(|n| *n as i32).collect());
        let logits = |name| Some(numbers(name)?.iter().map(|n| *n as f32).collect());
        Some(Said {
            prompt: tokens("prompt")?,
            tokens: tokens("tokens")?,
            first: logits("first")?,
            last: logits("last")?,
        })
    };
    let broken = || io::Error::other("data/llama.json is broken");
    all.as_array().and_then(|list| list.iter().map(one).collect()).ok_or_else(broken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_small_model_is_small() {
        let bytes = Llama::Small.bytes().unwrap();
        assert_eq!(&bytes[..4], b"GGUF");
        assert!((300_000..700_000).contains(&bytes.len()), "{} bytes", bytes.len());
    }

    #[test]
    fn the_reference_says_something() {
        let all = said().unwrap();
        assert!(all.len() >= 3 && all.iter().all(|s| s.tokens.len() == 24 && s.first.len() == 264));
    }
}
