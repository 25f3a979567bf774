//! Layer: real. A caller with a voice, who sends audio all the time in the spelling of an older client.

use std::collections::VecDeque;
use std::time::Duration;

use futures_util::stream::SplitStream;
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use tom_wire::rvc::Chunk;
use tom_wire::{pcm_to_base64, pcm_to_bytes};

use super::{Caller, PATIENCE, code, ears};

/// How a caller writes audio down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spelling {
    A,
    B,
    C,
    Binary,
    /// With the header of `rvc-v1`, at that rate.
    Rvc(u32),
}

impl Spelling {
    fn rate(self) -> u32 {
        match self {
            Self::Rvc(rate) => rate,
            _ => 16_000,
        }
    }

    /// Samples it sends at once. RealtimeVoiceChat's page collects 2048, at whatever the sound card's rate is.
    fn batch(self) -> usize {
        match self {
            Self::Rvc(44_100..) => 2048,
            _ => self.rate() as usize / 50,
        }
    }

    fn audio(self, pcm: Vec<i16>, n: u32) -> Frame {
        let ms = 1_760_000_000_000u64 + u64::from(n) * 20;
        let (base64, s) = (pcm_to_base64(&pcm), ms as f64 / 1000.0);
        let text = match self {
            Self::A => json!({"type": "audio_chunk", "ts": ms, "data": base64, "format": "pcm16_16k"}),
            Self::B => json!({"type": "audio_chunk", "audio": base64, "timestamp": s, "audio_length": 320}),
            Self::C => {
                json!({"type": "audio_chunk", "call_id": "c", "sequence": n, "audio_data": base64, "timestamp": s})
            }
            Self::Binary => return Frame::binary(pcm_to_bytes(&pcm)),
            Self::Rvc(_) => {
                return Frame::binary(Chunk { ts: ms as u32, playing: false, pcm }.to_bytes());
            }
        };
        Frame::text(text.to_string())
    }
}

#[derive(Debug)]
enum Do {
    Say(&'static str),
    Send(Frame),
}

/// The caller.
pub(crate) struct Talker {
    mouth: mpsc::Sender<Do>,
    stream: SplitStream<WebSocketStream<MaybeTlsStream<TcpStream>>>,
    /// What came so far. Binary audio is `{"type": "(audio)", "bytes": 640}`, the close `(closed)`.
    pub(crate) log: Vec<Value>,
    speaking: JoinHandle<()>,
}

impl Drop for Talker {
    fn drop(&mut self) {
        self.speaking.abort();
    }
}

impl Talker {
    /// Goes on with a connection: sends silence from now on.
    pub(crate) fn new(caller: Caller, spelling: Spelling) -> Self {
        let (mut sink, stream) = caller.socket.split();
        let (mouth, mut orders) = mpsc::channel(16);
        let speaking = tokio::spawn(async move {
            let rate = spelling.rate();
            let mut ticks = tokio::time::interval(Duration::from_millis(20));
            let (mut voice, mut batch) = (VecDeque::new(), Vec::new());
            for n in 0.. {
                ticks.tick().await;
                while let Ok(order) = orders.try_recv() {
                    match order {
                        Do::Say(word) => voice.extend(ears::word(word, rate)),
                        Do::Send(frame) => {
                            if sink.send(frame).await.is_err() {
                                return;
                            }
                        }
                    }
                }
                batch.extend((0..rate / 50).map(|_| voice.pop_front().unwrap_or(0)));
                while batch.len() >= spelling.batch() {
                    let pcm = batch.drain(..spelling.batch()).collect();
                    if sink.send(spelling.audio(pcm, n)).await.is_err() {
                        return;
                    }
                }
            }
        });
        Self { mouth, stream, log: Vec::new(), speaking }
    }

    pub(crate) async fn say(&self, word: &'static str) {
        self.mouth.send(Do::Say(word)).await.unwrap();
    }

    pub(crate) async fn send(&self, message: Value) {
        self.mouth.send(Do::Send(Frame::text(message.to_string()))).await.unwrap();
    }

    pub(crate) async fn send_bytes(&self, bytes: Vec<u8>) {
        self.mouth.send(Do::Send(Frame::binary(bytes))).await.unwrap();
    }

    /// The next message.
    pub(crate) async fn next(&mut self) -> Value {
        loop {
            let frame = tokio::time::timeout(PATIENCE, self.stream.next()).await;
            let got = match frame.unwrap_or_else(|_| panic!("nothing comes after {:#?}", self.story())) {
                Some(Ok(Frame::Text(text))) => serde_json::from_str(&text).unwrap(),
                Some(Ok(Frame::Binary(bytes))) => json!({"type": "(audio)", "bytes": bytes.len()}),
                Some(Ok(Frame::Close(frame))) => {
                    json!({"type": "(closed)", "code": frame.map_or(0, |f| code(f.code))})
                }
                Some(Ok(_)) => continue,
                Some(Err(_)) | None => json!({"type": "(cut)"}),
            };
            self.log.push(got);
            return self.log[self.log.len() - 1].clone();
        }
    }

    /// Reads until a message of that type.
    pub(crate) async fn until(&mut self, kind: &str) -> Value {
        loop {
            let got = self.next().await;
            if got["type"] == kind {
                return got;
            }
            let over = got["type"] == "(closed)" || got["type"] == "(cut)";
            assert!(!over, "no {kind} in {:#?}", self.story());
        }
    }

    /// Reads until a message of that type has come so many times.
    pub(crate) async fn several(&mut self, kind: &str, times: usize) {
        for _ in 0..times {
            self.until(kind).await;
        }
    }

    /// The types of what came since a place in the log; what repeats is told once.
    pub(crate) fn kinds(&self, since: usize) -> Vec<String> {
        let mut kinds: Vec<String> =
            self.log[since..].iter().map(|m| m["type"].as_str().unwrap().to_owned()).collect();
        kinds.dedup();
        kinds
    }

    /// What came of a type since a place in the log.
    pub(crate) fn all(&self, kind: &str, since: usize) -> Vec<&Value> {
        self.log[since..].iter().filter(|m| m["type"] == kind).collect()
    }

    fn story(&self) -> Vec<String> {
        self.log.iter().map(|m| m.to_string().chars().take(160).collect()).collect()
    }
}
