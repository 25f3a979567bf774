//! Which engines does the server of the bench use? HTTP servers of fixed delay in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;
use tokio::runtime::Runtime;
use tom_audio::resample::convert;
use tom_loopback::{ChatStep, Loopback, Script};

use crate::transcript::Saying;

/// Samples per second of the synthesised speech.
const RATE: u32 = 24_000;
/// Speaking time of a character.
const CHARACTER_MS: usize = 60;

/// The programmed delays.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Delays {
    /// From an upload to its text, in milliseconds.
    pub stt_ms: u64,
    /// From a question to the first token.
    pub llm_ms: u64,
    /// Tokens a second after the first.
    pub llm_tokens_per_second: f64,
    /// From a text to its first audio.
    pub tts_ms: u64,
    /// How much faster than real time the audio then comes.
    pub tts_speed: f64,
}

impl Default for Delays {
    fn default() -> Self {
        Self { stt_ms: 50, llm_ms: 50, llm_tokens_per_second: 500.0, tts_ms: 30, tts_speed: 20.0 }
    }
}

/// How much the agent says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Some two seconds: enough to be an answer.
    Short,
    /// Some eight seconds.
    Medium,
    /// Some half a minute: long enough to be spoken over.
    Long,
}

/// The engines, until dropped.
pub struct Engines {
    server: Loopback,
    /// Characters of the next replies.
    length: Arc<AtomicUsize>,
    /// What the callers are saying.
    pub saying: Saying,
    _runtime: Runtime,
}

impl Engines {
    /// Starts them; `agent` is the voice of the agent at 16 kHz.
    ///
    /// # Errors
    /// When the system gives no thread or socket.
    pub fn start(delays: Delays, agent: &[i16], texts: &'static [&'static str]) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .context("the system gives no threads")?;
        let (saying, length) = (Saying::default(), Arc::new(AtomicUsize::new(0)));
        let voice = Arc::new(convert(agent, 16_000, RATE));
        let mut script = Script::default();
        script.transcription.delay = Duration::from_millis(delays.stt_ms);
        let heard = saying.clone();
        script.transcription.hear = Arc::new(move |pcm, _| heard.words(pcm));
        script.chat.first = Duration::from_millis(delays.llm_ms);
        script.chat.tokens_per_second = delays.llm_tokens_per_second;
        let characters = length.clone();
        script.chat.reply =
            Arc::new(move |_| ChatStep::words(&reply(texts, characters.load(Ordering::Relaxed))));
        script.speech.first = Duration::from_millis(delays.tts_ms);
        script.speech.speed = delays.tts_speed;
        script.speech.rate_hz = RATE;
        script.speech.say = Some(Arc::new(move |text| say(&voice, text)));
        let server = runtime.block_on(Loopback::start(script)).context("the engines cannot listen")?;
        let engines = Self { server, length, saying, _runtime: runtime };
        engines.reply(Reply::Short);
        Ok(engines)
    }

    /// How much the agent says from now on.
    pub fn reply(&self, reply: Reply) {
        let seconds = match reply {
            Reply::Short => 2,
            Reply::Medium => 8,
            Reply::Long => 30,
        };
        self.length.store(seconds * 1_000 / CHARACTER_MS, Ordering::Relaxed);
    }

    /// Their address.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url()
    }
}

/// Sentences of about that many characters.
fn reply(texts: &[&str], characters: usize) -> String {
    let mut out = String::new();
    for text in texts.iter().cycle() {
        for word in text.split(' ') {
            if out.len() >= characters || texts.is_empty() {
                return out.trim_end_matches(' ').to_owned() + ".";
            }
            out.push_str(word);
            out.push(' ');
        }
        out.truncate(out.trim_end().len());
        out.push_str(", ");
    }
    out
}

/// A piece of the voice as long as the text takes, the same for the same text.
fn say(voice: &[i16], text: &str) -> Vec<i16> {
    let length = text.chars().count() * CHARACTER_MS * RATE as usize / 1_000;
    if voice.is_empty() {
        return Vec::new();
    }
    let from = text.bytes().fold(7usize, |all, byte| all.wrapping_mul(31).wrapping_add(usize::from(byte)));
    voice.iter().copied().cycle().skip(from % voice.len()).take(length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reply_is_as_long_as_it_was_asked_for() {
        let text = reply(&["one two three", "four five"], 40);
        assert!((40..50).contains(&text.len()) && text.ends_with('.'), "{text}");
        assert_eq!(reply(&["one two"], 1), "one.");
        assert_eq!(reply(&[], 10), "");
    }

    #[test]
    fn speech_is_as_long_as_its_text_and_the_same_for_the_same() {
        let voice: Vec<i16> = (0..1_000).collect();
        assert_eq!(say(&voice, "abcde").len(), 5 * 60 * 24);
        assert_eq!(say(&voice, "abcde"), say(&voice, "abcde"));
        assert!(say(&[], "abc").is_empty());
    }
}
