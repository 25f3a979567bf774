//! What does a server answer, and when?

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::voice::speech_like;

/// The fields of a transcription request, but for the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(pub(crate) Vec<(String, String)>);

impl Fields {
    /// A field's value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, value)| &**value)
    }
}

type Hear = dyn Fn(&[i16], &Fields) -> String + Send + Sync;
type Reply = dyn Fn(&Value) -> Vec<ChatStep> + Send + Sync;
type Say = dyn Fn(&str) -> Vec<i16> + Send + Sync;

/// `/v1/audio/transcriptions`.
#[derive(Clone)]
pub struct Transcription {
    /// From the last byte of the request to the answer.
    pub delay: Duration,
    /// The text of an utterance, given at the file's rate (TOM sends 16 kHz).
    pub hear: Arc<Hear>,
    /// `avg_logprob` and `no_speech_prob` of the one segment of a verbose answer; none: there are no segments.
    pub probabilities: Option<(f64, f64)>,
}

/// A step of a reply.
#[derive(Clone, Debug, PartialEq)]
pub enum ChatStep {
    /// A token of text.
    Text(String),
    /// A token of a reasoning model's thoughts, in the field `reasoning_content`.
    Thought(String),
    /// A call of a function; its arguments are sent in several pieces.
    Call {
        /// The call's id.
        id: String,
        /// The function.
        name: String,
        /// JSON.
        arguments: String,
    },
    /// A raw `data:` line.
    Raw(String),
}

/// `/v1/chat/completions`, streamed or not.
#[derive(Clone)]
pub struct Chat {
    /// From the last byte of the request to the first token.
    pub first: Duration,
    /// Tokens a second after that.
    pub tokens_per_second: f64,
    /// The reply to a request.
    pub reply: Arc<Reply>,
}

/// `/v1/audio/speech`.
#[derive(Clone)]
pub struct Speech {
    /// From the last byte of the request to the first audio.
    pub first: Duration,
    /// How much faster than real time the audio comes; infinite: all at once.
    pub speed: f64,
    /// Samples per second of the answer.
    pub rate_hz: u32,
    /// The audio of a text, at that rate; none: something voiced whose length follows the text, which costs
    /// no CPU.
    pub say: Option<Arc<Say>>,
    /// The length that a WAV header names: the true one, or `0xFFFF_FFFF` as servers write that do not know.
    pub wav_knows_length: bool,
}

/// All that a server answers.
#[derive(Clone, Debug)]
pub struct Script {
    /// `/v1/audio/transcriptions`.
    pub transcription: Transcription,
    /// `/v1/chat/completions`.
    pub chat: Chat,
    /// `/v1/audio/speech`.
    pub speech: Speech,
    /// What `/v1/models` lists; requests for other models are answered with 404. Empty: any model is there.
    pub models: Vec<String>,
    /// The key that requests must carry; none: none.
    pub key: Option<String>,
}

impl Default for Script {
    /// 150 ms for a transcription, 200 ms to the first of 50 tokens a second, 100 ms to speech at 20 times
    /// real time.
    fn default() -> Self {
        Self {
            transcription: Transcription::default(),
            chat: Chat::default(),
            speech: Speech::default(),
            models: Vec::new(),
            key: None,
        }
    }
}

impl Default for Transcription {
    fn default() -> Self {
        let hear =
            |pcm: &[i16], _: &Fields| if pcm.is_empty() { String::new() } else { "hello there".into() };
        Self { delay: Duration::from_millis(150), hear: Arc::new(hear), probabilities: None }
    }
}

impl Default for Chat {
    fn default() -> Self {
        let reply = |_: &Value| words("Sure, I can help you with that. What would you like to know?");
        Self { first: Duration::from_millis(200), tokens_per_second: 50.0, reply: Arc::new(reply) }
    }
}

impl Default for Speech {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(100),
            speed: 20.0,
            rate_hz: 24_000,
            say: None,
            wav_knows_length: false,
        }
    }
}

impl Speech {
    /// The audio of a text.
    pub(crate) fn audio(&self, text: &str) -> Vec<i16> {
        self.say.as_ref().map_or_else(|| speech_like(text, self.rate_hz), |say| say(text))
    }
}

/// A text as tokens: words with the blank before them.
fn words(text: &str) -> Vec<ChatStep> {
    text.split_inclusive(' ').map(|word| ChatStep::Text(word.to_owned())).collect()
}

impl ChatStep {
    /// A text as the tokens of a reply, one a word.
    #[must_use]
    pub fn words(text: &str) -> Vec<Self> {
        words(text)
    }
}

impl fmt::Debug for Transcription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transcription").field("delay", &self.delay).finish_non_exhaustive()
    }
}

impl fmt::Debug for Chat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, tokens_per_second, .. } = self;
        f.debug_struct("Chat")
            .field("first", first)
            .field("tokens_per_second", tokens_per_second)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Speech {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, speed, rate_hz, .. } = self;
        f.debug_struct("Speech")
            .field("first", first)
            .field("speed", speed)
            .field("rate_hz", rate_hz)
            .finish_non_exhaustive()
    }
}
