//! How is the model to be run?

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// What the worker is told when it is started: its only argument, in JSON.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// The GGUF file.
    pub model: PathBuf,
    /// Tokens of the longest conversation, reply included.
    #[serde(default = "context")]
    pub context: u32,
    /// Tokens of all conversations that are remembered at once; 0: four of the longest.
    #[serde(default)]
    pub cache: u32,
    /// Replies that are written at once; others wait.
    #[serde(default = "replies")]
    pub replies: u32,
    /// Threads that compute; 0: one for each core.
    #[serde(default)]
    pub threads: u32,
    /// Layers that a graphics card computes.
    #[serde(default)]
    pub gpu_layers: u32,
    /// How freely it chooses its words, 0 to 2; 0: always the likeliest.
    #[serde(default = "temperature")]
    pub temperature: f32,
    /// How conversations are written for the model: one of llama.cpp's names (`chatml`, `llama3`), or a Jinja template;
    /// none: as the file says.
    #[serde(default)]
    pub template: Option<String>,
    /// Keeps what is remembered in full precision: twice the memory. For tests against references.
    #[serde(default)]
    pub precise: bool,
}

const fn context() -> u32 {
    4096
}

const fn replies() -> u32 {
    20
}

const fn temperature() -> f32 {
    0.7
}

impl Options {
    /// The usual ones for a file.
    #[must_use]
    pub fn new(model: impl Into<PathBuf>) -> Self {
        Self {
            model: model.into(),
            context: context(),
            cache: 0,
            replies: replies(),
            threads: 0,
            gpu_layers: 0,
            temperature: temperature(),
            template: None,
            precise: false,
        }
    }

    /// Tokens of all conversations that are remembered at once.
    #[must_use]
    pub fn cells(&self) -> u32 {
        let cells = if self.cache == 0 { self.context.saturating_mul(4) } else { self.cache };
        cells.max(self.context).next_multiple_of(256)
    }
}
