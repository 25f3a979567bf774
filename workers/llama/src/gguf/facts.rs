//! Which facts of a file matter, and which kinds of weights and models are there?

/// A fact, as far as it matters.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Fact {
    /// A whole number that is not negative.
    Whole(u64),
    /// A number.
    Real(f32),
    /// A text.
    Text(String),
    /// A list of so many items.
    List(u64),
    /// Something else.
    Other,
}

/// A kind of weights: numbers come in blocks.
pub(super) struct Kind {
    /// Its number in the format.
    pub(super) number: u32,
    /// Numbers of a block.
    pub(super) block: u64,
    /// Bytes of a block.
    pub(super) bytes: u64,
}

const fn kind(number: u32, block: u64, bytes: u64) -> Kind {
    Kind { number, block, bytes }
}

/// All kinds of weights that this version of llama.cpp computes with (`ggml_type` in its `ggml.h`).
pub(super) const KINDS: &[Kind] = &[
    kind(0, 1, 4),      // F32
    kind(1, 1, 2),      // F16
    kind(2, 32, 18),    // Q4_0
    kind(3, 32, 20),    // Q4_1
    kind(6, 32, 22),    // Q5_0
    kind(7, 32, 24),    // Q5_1
    kind(8, 32, 34),    // Q8_0
    kind(10, 256, 84),  // Q2_K
    kind(11, 256, 110), // Q3_K
    kind(12, 256, 144), // Q4_K
    kind(13, 256, 176), // Q5_K
    kind(14, 256, 210), // Q6_K
    kind(16, 256, 66),  // IQ2_XXS
    kind(17, 256, 74),  // IQ2_XS
    kind(18, 256, 98),  // IQ3_XXS
    kind(19, 256, 50),  // IQ1_S
    kind(20, 32, 18),   // IQ4_NL
    kind(21, 256, 110), // IQ3_S
    kind(22, 256, 82),  // IQ2_S
    kind(23, 256, 136), // IQ4_XS
    kind(24, 1, 1),     // I8
    kind(25, 1, 2),     // I16
    kind(26, 1, 4),     // I32
    kind(29, 256, 56),  // IQ1_M
    kind(30, 1, 2),     // BF16
    kind(34, 256, 54),  // TQ1_0
    kind(35, 256, 66),  // TQ2_0
    kind(39, 32, 17),   // MXFP4
];

/// Models that write text one token after the other, whose memory of a conversation can be cut anywhere and shared.
/// Recurrent ones (mamba, rwkv) cannot, encoders do not write, and what sees or hears needs more than text.
pub(super) const ARCHITECTURES: &[&str] = &[
    "apertus",
    "arcee",
    "baichuan",
    "bailingmoe",
    "bailingmoe2",
    "chatglm",
    "cohere2",
    "command-r",
    "dbrx",
    "deci",
    "deepseek",
    "deepseek2",
    "dots1",
    "ernie4_5",
    "ernie4_5-moe",
    "exaone",
    "exaone4",
    "falcon",
    "gemma",
    "gemma2",
    "gemma3",
    "gemma3n",
    "glm4",
    "glm4moe",
    "gpt-oss",
    "gpt2",
    "gptneox",
    "granite",
    "granitemoe",
    "grok",
    "hunyuan-dense",
    "hunyuan-moe",
    "internlm2",
    "llama",
    "llama4",
    "minicpm",
    "minicpm3",
    "minimax-m2",
    "mistral3",
    "mpt",
    "nemotron",
    "olmo",
    "olmo2",
    "olmoe",
    "openelm",
    "orion",
    "phi2",
    "phi3",
    "phimoe",
    "plm",
    "qwen",
    "qwen2",
    "qwen2moe",
    "qwen3",
    "qwen3moe",
    "refact",
    "seed_oss",
    "smallthinker",
    "smollm3",
    "stablelm",
    "starcoder",
    "starcoder2",
    "xverse",
];

/// Vocabularies that llama.cpp can read.
pub(super) const TOKENIZERS: &[&str] = &["gemma4", "gpt2", "llama", "plamo2", "t5"];

/// Whether a fact is looked at.
pub(super) fn wanted(name: &str) -> bool {
    const ENDS: [&str; 7] = [
        ".context_length",
        ".embedding_length",
        ".block_count",
        ".attention.head_count",
        ".attention.head_count_kv",
        ".attention.key_length",
        ".attention.value_length",
    ];
    name.starts_with("general.")
        || name.starts_with("tokenizer.")
        || ENDS.iter().any(|end| name.ends_with(end))
}
