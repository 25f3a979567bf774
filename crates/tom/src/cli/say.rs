//! What can be said to `tom say`?

use std::path::PathBuf;

use clap::Args;

/// The arguments of `tom say`.
#[derive(Args, Debug)]
pub(crate) struct Say {
    /// What to say; - reads standard input
    pub(crate) text: String,
    /// Its language [default: agent.language]
    #[arg(long)]
    pub(crate) lang: Option<String>,
    /// A voice of the engine; of a Piper voice, a speaker
    #[arg(long)]
    pub(crate) voice: Option<String>,
    /// Instead of tts.engine: espeak-ng, piper, openai
    #[arg(long)]
    pub(crate) engine: Option<String>,
    /// Instead of tts.model: with piper, the path of a voice
    #[arg(long)]
    pub(crate) model: Option<String>,
    /// The WAV file to write
    #[arg(long, value_name = "FILE.wav")]
    pub(crate) out: PathBuf,
    /// As JSON: duration, time to the first audio, real-time factor
    #[arg(long)]
    pub(crate) json: bool,
}
