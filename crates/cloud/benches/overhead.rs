//! Layer: bench. What an engine over HTTP adds to the server's own delay: each kind against a bare hyper
//! request with the same bytes on a kept connection, turn and turn about.
//!
//! `cargo bench -p tom-cloud` prints a table; `-- 1000` asks that often.

use std::error::Error;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::{Epoch, Lang, Revision, TurnId};
use tom_cloud::{
    AudioFormat, Deadlines, LlmSettings, OpenAiLlm, OpenAiStt, OpenAiTts, ServerOptions, SttSettings,
    TtsSettings,
};
use tom_engine::{
    Llm as _, LlmEvent, LlmMessage, LlmRequest, Stt as _, SttEvent, SttOptions, Tts as _, TtsEvent,
    TtsOptions,
};
use tom_loopback::{Loopback, Script, voiced_second};

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// Requests before those that count.
const WARM_UP: u32 = 20;
const TEXT: &str = "A clause as it is spoken in many a call.";

#[tokio::main]
async fn main() -> Outcome<()> {
    let times = std::env::args().skip(1).find_map(|word| word.parse().ok()).unwrap_or(300);
    let mut script = Script::default();
    script.transcription.delay = Duration::ZERO;
    script.chat.first = Duration::ZERO;
    script.speech.first = Duration::ZERO;
    let server = Loopback::start(script).await?;
    println!("milliseconds to the first useful output; {times} requests at most; the server adds no delay");
    println!("{:<5} {:>14} {:>14} {:>14}", "", "bare p50/p95", "engine p50/p95", "more p50/p95");
    stt(&server, times).await?;
    llm(&server, times).await?;
    tts(&server, times).await
}

fn options(section: &'static str, server: &Loopback, deadlines: Deadlines) -> Outcome<ServerOptions> {
    Ok(ServerOptions::new(section, server.url().parse()?, "m", deadlines))
}

fn epoch(turn: u32) -> Epoch {
    Epoch { turn: TurnId(turn), revision: Revision(0) }
}

/// A kept connection and nothing else.
struct Bare {
    sender: SendRequest<Full<Bytes>>,
    path: &'static str,
    content_type: String,
    body: Bytes,
}

impl Bare {
    async fn connect(
        server: &Loopback,
        path: &'static str,
        content_type: &str,
        body: Vec<u8>,
    ) -> Outcome<Self> {
        let tcp = TcpStream::connect(server.address()).await?;
        tcp.set_nodelay(true)?;
        let (sender, connection) = http1::handshake(TokioIo::new(tcp)).await?;
        tokio::spawn(connection);
        Ok(Self { sender, path, content_type: content_type.to_owned(), body: body.into() })
    }

    /// From the request to the first bytes of the answer's body; the rest is read before the next.
    async fn ask(&mut self) -> Outcome<Duration> {
        self.sender.ready().await?;
        let start = Instant::now();
        let request = Request::post(self.path)
            .header("host", "x")
            .header("content-type", &self.content_type)
            .body(Full::new(self.body.clone()))?;
        let mut answer = self.sender.send_request(request).await?;
        if !answer.status().is_success() {
            return Err(format!("{} answers {}", self.path, answer.status()).into());
        }
        answer.body_mut().frame().await.ok_or("no body")??;
        let took = start.elapsed();
        while let Some(frame) = answer.body_mut().frame().await {
            frame?;
        }
        Ok(took)
    }
}

fn row(name: &str, bare: &mut [Duration], engine: &mut [Duration]) {
    let quantile = |all: &mut [Duration], q: usize| {
        all.sort_unstable();
        all.get((all.len() * q / 100).min(all.len() - 1)).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    };
    let (b50, b95) = (quantile(bare, 50), quantile(bare, 95));
    let (e50, e95) = (quantile(engine, 50), quantile(engine, 95));
    let pair = |a: f64, b: f64| format!("{a:.2}/{b:.2}");
    println!("{name:<5} {:>14} {:>14} {:>14}", pair(b50, b95), pair(e50, e95), pair(e50 - b50, e95 - b95));
}

async fn stt(server: &Loopback, times: u32) -> Outcome<()> {
    let settings = SttSettings {
        server: options("stt", server, Deadlines::STT)?,
        languages: Vec::new(),
        prompt: None,
        verbose: false,
    };
    let engine = OpenAiStt::start(settings, &Handle::current())?;
    let (tell, mut events) = mpsc::channel(16);
    let mut ear = engine.open(SttOptions { lang: Lang::EN }, tell)?;
    // An utterance of three seconds.
    let second = voiced_second(16_000);
    let pcm = second.repeat(3);
    let mut body = b"--XX\r\ncontent-disposition: form-data; name=\"model\"\r\n\r\nm\r\n--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n".to_vec();
    body.extend(tom_audio::wav::to_bytes(16_000, 1, &pcm));
    body.extend(b"\r\n--XX--\r\n");
    let path = "/v1/audio/transcriptions";
    let mut bare = Bare::connect(server, path, "multipart/form-data; boundary=XX", body).await?;
    let (mut bare_took, mut took) = (Vec::new(), Vec::new());
    for turn in 0..times + WARM_UP {
        bare_took.push(bare.ask().await?);
        ear.begin(epoch(turn), None)?;
        for frame in pcm.chunks(320) {
            ear.push(frame)?;
        }
        let start = Instant::now();
        ear.finish(epoch(turn))?;
        match events.recv().await {
            Some(SttEvent::Final { .. }) => took.push(start.elapsed()),
            other => return Err(format!("{other:?}").into()),
        }
    }
    row("stt", &mut bare_took[WARM_UP as usize..], &mut took[WARM_UP as usize..]);
    Ok(())
}

async fn llm(server: &Loopback, times: u32) -> Outcome<()> {
    let settings = LlmSettings {
        server: options("llm", server, Deadlines::LLM)?,
        temperature: None,
        extra: serde_json::Map::new(),
    };
    let engine = OpenAiLlm::start(settings, &Handle::current())?;
    let (tell, mut events) = mpsc::channel(256);
    let mut mind = engine.open(tell)?;
    let body = format!(
        "{{\"model\": \"m\", \"stream\": true, \"messages\": [{{\"role\": \"user\", \"content\": {TEXT:?}}}]}}"
    );
    let path = "/v1/chat/completions";
    let mut bare = Bare::connect(server, path, "application/json", body.into_bytes()).await?;
    let (mut bare_took, mut took) = (Vec::new(), Vec::new());
    // A reply takes a third of a second to its end.
    for turn in 0..times / 4 + WARM_UP {
        bare_took.push(bare.ask().await?);
        let request = LlmRequest {
            epoch: epoch(turn),
            messages: vec![LlmMessage::User(TEXT.into())],
            tools: [].into(),
            max_tokens: 100,
        };
        let start = Instant::now();
        mind.generate(request)?;
        match events.recv().await {
            Some(LlmEvent::Text { .. }) => took.push(start.elapsed()),
            other => return Err(format!("{other:?}").into()),
        }
        while !matches!(events.recv().await, Some(LlmEvent::Done { .. }) | None) {}
    }
    row("llm", &mut bare_took[WARM_UP as usize..], &mut took[WARM_UP as usize..]);
    Ok(())
}

async fn tts(server: &Loopback, times: u32) -> Outcome<()> {
    let settings = TtsSettings {
        server: options("tts", server, Deadlines::TTS)?,
        voice: "v".into(),
        languages: Vec::new(),
        format: AudioFormat::Pcm,
        sample_rate: 24_000,
    };
    let engine = OpenAiTts::start(settings, &Handle::current())?;
    let (tell, mut events) = mpsc::channel(256);
    let mut voice = engine.open(TtsOptions { lang: Lang::EN, voice: None }, tell)?;
    let body = format!("{{\"model\": \"m\", \"input\": {TEXT:?}, \"response_format\": \"pcm\"}}");
    let mut bare = Bare::connect(server, "/v1/audio/speech", "application/json", body.into_bytes()).await?;
    let (mut bare_took, mut took) = (Vec::new(), Vec::new());
    for turn in 0..times / 2 + WARM_UP {
        bare_took.push(bare.ask().await?);
        let start = Instant::now();
        voice.speak(epoch(turn), 0, TEXT.into())?;
        match events.recv().await {
            Some(TtsEvent::Audio { .. }) => took.push(start.elapsed()),
            other => return Err(format!("{other:?}").into()),
        }
        while !matches!(events.recv().await, Some(TtsEvent::Done { .. }) | None) {}
    }
    row("tts", &mut bare_took[WARM_UP as usize..], &mut took[WARM_UP as usize..]);
    Ok(())
}
