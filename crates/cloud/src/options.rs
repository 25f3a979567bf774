//! What is to be known of a server and how patient one is with it?

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tom_base::Lang;

use crate::breaker::BreakerOptions;
use crate::{ApiKey, BaseUrl};

/// A server that speaks OpenAI's protocol, and the model wanted of it.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerOptions {
    /// The section of the configuration, for what errors advise: `stt`, `llm`, `tts`.
    pub section: &'static str,
    /// Where it is.
    pub url: BaseUrl,
    /// The model.
    pub model: Arc<str>,
    /// The key, where one is needed.
    pub key: Option<ApiKey>,
    /// A PEM file with certificates to trust beside the system's.
    pub ca_file: Option<PathBuf>,
    /// How long useful output may take.
    pub deadlines: Deadlines,
    /// When it is left alone.
    pub breaker: BreakerOptions,
    /// Requests under way at once, of all calls; more are refused as overload.
    pub most_requests: usize,
}

impl ServerOptions {
    /// A server with everything else at its default.
    #[must_use]
    pub fn new(section: &'static str, url: BaseUrl, model: &str, deadlines: Deadlines) -> Self {
        Self {
            section,
            url,
            model: model.into(),
            key: None,
            ca_file: None,
            deadlines,
            breaker: BreakerOptions::default(),
            most_requests: 512,
        }
    }
}

/// How long an engine may take. What counts is output that the call can use: neither headers, nor comments
/// that keep a stream open, nor thoughts of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadlines {
    /// From the request to the first text, the first audio or the transcription, retries included.
    pub first: Duration,
    /// From one piece of a stream to the next.
    pub gap: Duration,
}

impl Deadlines {
    /// 5 s for a transcription.
    pub const STT: Self = Self { first: Duration::from_secs(5), gap: Duration::from_secs(5) };
    /// 8 s to a reply's first token, 5 s from one to the next.
    pub const LLM: Self = Self { first: Duration::from_secs(8), gap: Duration::from_secs(5) };
    /// 3 s to the first audio and from piece to piece.
    pub const TTS: Self = Self { first: Duration::from_secs(3), gap: Duration::from_secs(3) };
}

/// How utterances are transcribed.
#[derive(Clone, Debug, PartialEq)]
pub struct SttSettings {
    /// The server.
    pub server: ServerOptions,
    /// The languages it may be asked for; empty: all.
    pub languages: Vec<Lang>,
    /// Words that the model shall expect: names, products.
    pub prompt: Option<Arc<str>>,
    /// Asks for `verbose_json`, which tells how sure the model is; servers that know only `json` ignore it or
    /// refuse it.
    pub verbose: bool,
}

/// How a model is asked for replies.
#[derive(Clone, Debug, PartialEq)]
pub struct LlmSettings {
    /// The server.
    pub server: ServerOptions,
    /// 0 to 2; none: the server's own.
    pub temperature: Option<f32>,
    /// More fields of each request, such as `reasoning_effort` or `chat_template_kwargs`.
    pub extra: serde_json::Map<String, serde_json::Value>,
}

/// How speech is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct TtsSettings {
    /// The server.
    pub server: ServerOptions,
    /// The voice of calls that name none.
    pub voice: Arc<str>,
    /// The languages it may be asked for; empty: all.
    pub languages: Vec<Lang>,
    /// What is asked for. A WAV file is taken as one also when PCM was asked for.
    pub format: AudioFormat,
    /// Samples per second of PCM; OpenAI's is 24 000.
    pub sample_rate: u32,
}

/// What a speech server is asked to send.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AudioFormat {
    /// Bare samples, 16 bits, little-endian, mono.
    #[default]
    Pcm,
    /// The same with a header, which tells the rate.
    Wav,
}

impl AudioFormat {
    /// OpenAI's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pcm => "pcm",
            Self::Wav => "wav",
        }
    }
}
