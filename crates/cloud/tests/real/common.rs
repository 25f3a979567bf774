//! What do tests of the engines share: engines for a loopback server, and ears for their events?

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::{Epoch, Lang, Revision, TurnId};
use tom_cloud::breaker::BreakerOptions;
use tom_cloud::{
    ApiKey, AudioFormat, BaseUrl, Deadlines, LlmSettings, OpenAiLlm, OpenAiStt, OpenAiTts, ServerOptions,
    SttSettings, TtsSettings,
};
use tom_engine::{EngineError, LlmEvent, LlmMessage, LlmRequest, SttEvent, ToolCall, TtsEvent};
use tom_loopback::{Kind, Loopback, Script};

/// Room for all that a test may tell.
pub(crate) const EVENTS: usize = 1024;
/// A test that waits so long hangs.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);
/// The key that must show nowhere.
pub(crate) const KEY: &str = "sk-very-secret-0123456789";

/// A script without any delay.
pub(crate) fn fast() -> Script {
    let mut script = Script::default();
    script.transcription.delay = Duration::ZERO;
    script.chat.first = Duration::ZERO;
    script.chat.tokens_per_second = 10_000.0;
    script.speech.first = Duration::ZERO;
    script.speech.speed = f64::INFINITY;
    script
}

/// Deadlines for what never comes.
pub(crate) const SHORT: Deadlines =
    Deadlines { first: Duration::from_millis(300), gap: Duration::from_millis(300) };
/// Deadlines that no test reaches.
pub(crate) const LONG: Deadlines = Deadlines { first: PATIENCE, gap: PATIENCE };

pub(crate) fn options(section: &'static str, url: &str, deadlines: Deadlines) -> ServerOptions {
    let url: BaseUrl = url.parse().unwrap();
    ServerOptions {
        key: Some(ApiKey::new(KEY).unwrap()),
        // Breakers stay out of the way of what is not about them.
        breaker: BreakerOptions { run: 1_000, least: 1_000, ..BreakerOptions::default() },
        ..ServerOptions::new(section, url, "m", deadlines)
    }
}

pub(crate) fn stt(server: ServerOptions) -> OpenAiStt {
    let settings = SttSettings { server, languages: Vec::new(), prompt: None, verbose: true };
    OpenAiStt::start(settings, &Handle::current()).unwrap()
}

pub(crate) fn llm(server: ServerOptions) -> OpenAiLlm {
    let settings = LlmSettings { server, temperature: Some(0.7), extra: serde_json::Map::new() };
    OpenAiLlm::start(settings, &Handle::current()).unwrap()
}

pub(crate) fn tts(server: ServerOptions, format: AudioFormat) -> OpenAiTts {
    let settings =
        TtsSettings { server, voice: "v".into(), languages: vec![Lang::EN], format, sample_rate: 24_000 };
    OpenAiTts::start(settings, &Handle::current()).unwrap()
}

pub(crate) fn epoch(turn: u32) -> Epoch {
    Epoch { turn: TurnId(turn), revision: Revision(0) }
}

pub(crate) fn request(turn: u32, said: &str) -> LlmRequest {
    LlmRequest {
        epoch: epoch(turn),
        messages: vec![LlmMessage::System("Be short.".into()), LlmMessage::User(said.into())],
        tools: Arc::new([]),
        max_tokens: 100,
    }
}

/// The next event.
pub(crate) async fn next<T>(events: &mut mpsc::Receiver<T>) -> T {
    tokio::time::timeout(PATIENCE, events.recv()).await.unwrap().unwrap()
}

/// The text and the calls of a reply, and how it ended.
pub(crate) async fn reply(
    events: &mut mpsc::Receiver<LlmEvent>,
) -> (String, Vec<ToolCall>, Result<(), EngineError>) {
    let (mut said, mut calls) = (String::new(), Vec::new());
    loop {
        match next(events).await {
            LlmEvent::Text { text, .. } => said.push_str(&text),
            LlmEvent::Call { call, .. } => calls.push(call),
            LlmEvent::Done { .. } => return (said, calls, Ok(())),
            LlmEvent::Failed { error, .. } => return (said, calls, Err(error)),
        }
    }
}

/// What was understood.
pub(crate) async fn heard(events: &mut mpsc::Receiver<SttEvent>) -> Result<(String, f32), EngineError> {
    match next(events).await {
        SttEvent::Final { text, confidence, .. } => Ok((text.to_string(), confidence)),
        SttEvent::Failed { error, .. } => Err(error),
        SttEvent::Partial { .. } | SttEvent::Guess { .. } | SttEvent::Word { .. } => {
            panic!("nobody asked for it")
        }
    }
}

/// The audio of a clause, and how it ended.
pub(crate) async fn clause(
    events: &mut mpsc::Receiver<TtsEvent>,
    number: u32,
) -> (Vec<i16>, Result<(), EngineError>) {
    let mut all = Vec::new();
    loop {
        match next(events).await {
            TtsEvent::Audio { clause, pcm, .. } => {
                assert_eq!(clause, number);
                assert!((1..=16_000).contains(&pcm.len()));
                all.extend(pcm);
            }
            TtsEvent::Done { clause, .. } => {
                assert_eq!(clause, number);
                return (all, Ok(()));
            }
            TtsEvent::Failed { clause, error, .. } => {
                assert_eq!(clause, number);
                return (all, Err(error));
            }
            TtsEvent::Word { .. } => panic!("the server tells no words"),
        }
    }
}

/// Waits until the server has seen that a client left.
pub(crate) async fn until_dropped(server: &Loopback, kind: Kind, times: u64) {
    let dropped = async {
        while server.stats().of(kind).dropped < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, dropped).await.unwrap();
}

/// Waits until the server has so many requests.
pub(crate) async fn until_asked(server: &Loopback, kind: Kind, times: u64) {
    let asked = async {
        while server.stats().of(kind).requests < times {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, asked).await.unwrap();
}
