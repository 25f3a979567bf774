//! A small agent behind a WebSocket: greets, listens, answers, lets itself be interrupted. It speaks the
//! protocol of `docs/protocol.md` with messages of its own making, so that the client is not tested against
//! its own encoder.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

pub(crate) type Socket = WebSocketStream<TcpStream>;

/// What a server saw of its clients.
#[derive(Default)]
pub(crate) struct Seen {
    pub(crate) uri: String,
    pub(crate) authorization: String,
    pub(crate) texts: Vec<Value>,
    pub(crate) binaries: usize,
    pub(crate) odd: usize,
}

pub(crate) type Log = Arc<Mutex<Seen>>;

/// Listens on loopback and hands the first connection to `serve`. Gives the address and what was seen.
pub(crate) async fn listen<F>(serve: impl FnOnce(Socket, Log) -> F + Send + 'static) -> (String, Log)
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    let log = Log::default();
    let seen = log.clone();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let shown = seen.clone();
        #[expect(clippy::result_large_err, reason = "the library's type")]
        let look = |request: &Request, answer: Response| -> Result<Response, ErrorResponse> {
            let mut seen = shown.lock().unwrap();
            seen.uri = request.uri().to_string();
            if let Some(value) = request.headers().get("authorization") {
                seen.authorization = value.to_str().unwrap().into();
            }
            Ok(answer)
        };
        if let Ok(socket) = tokio_tungstenite::accept_hdr_async(stream, look).await {
            serve(socket, seen).await;
        }
    });
    (url, log)
}

pub(crate) async fn close(socket: &mut Socket, code: u16, reason: &'static str) {
    let frame = CloseFrame { code: code.into(), reason: reason.into() };
    let _ = socket.close(Some(frame)).await;
    while let Some(Ok(_)) = socket.next().await {}
}

/// Writes messages with what each must carry.
pub(crate) struct Writer {
    seq: u64,
    pub(crate) turn: u32,
    json_audio: bool,
}

impl Writer {
    pub(crate) fn new(json_audio: bool) -> Self {
        Self { seq: 0, turn: 0, json_audio }
    }

    pub(crate) async fn tell(&mut self, socket: &mut Socket, mut message: Value) {
        let object = message.as_object_mut().unwrap();
        object.insert("seq".into(), self.seq.into());
        object.insert("turn_id".into(), self.turn.into());
        object.insert("ts".into(), 1_763_707_658_123u64.into());
        object.insert("at_ms".into(), (self.seq * 10).into());
        self.seq += 1;
        let _ = socket.send(Message::text(message.to_string())).await;
    }

    pub(crate) async fn frame(&mut self, socket: &mut Socket, loud: bool) {
        let pcm: Vec<i16> = (0..320).map(|n| if loud { (n % 40 - 20) * 300 } else { 0 }).collect();
        if self.json_audio {
            let audio = tom_wire::pcm_to_base64(&pcm);
            let m = json!({"type": "tts_audio", "bytes": audio, "codec": "pcm16", "sample_rate": 16000,
                "frame_size_ms": 20, "frame_number": 0, "synthetic": true});
            self.tell(socket, m).await;
        } else {
            let _ = socket.send(Message::Binary(tom_wire::pcm_to_bytes(&pcm).into())).await;
        }
    }

    async fn connected(&mut self, socket: &mut Socket) {
        let config = json!({"stt_mode": "builtin", "llm_mode": "flow", "tts_mode": "builtin"});
        self.tell(
            socket,
            json!({"type": "connected", "call_id": "c-1", "config": config,
            "sample_rate": 16000, "language": "en", "synthetic": true}),
        )
        .await;
        self.tell(socket, json!({"type": "state", "state": "connected"})).await;
    }
}

/// What the agent does at the moment, in frames of 20 ms.
enum Doing {
    Speaking { left: u32 },
    Listening { voiced: u32, silent: u32 },
}

/// The agent: greets for a second, answers 300 ms after the caller's voice for 600 ms, and falls silent after
/// 60 ms of voice over its words. Ends with the client's `stop`.
pub(crate) async fn converse(mut socket: Socket, log: Log) {
    let json_audio = log.lock().unwrap().uri.contains("audio=json");
    let mut w = Writer::new(json_audio);
    w.connected(&mut socket).await;
    w.tell(&mut socket, json!({"type": "llm_final", "text": "Hello.", "provider": "flow"})).await;
    w.tell(&mut socket, json!({"type": "state", "state": "speaking"})).await;
    let mut doing = Doing::Speaking { left: 50 };
    let mut over = 0;
    let mut due = Instant::now();
    loop {
        tokio::select! {
            () = sleep_until(due) => {
                due += Duration::from_millis(20);
                if let Doing::Speaking { left } = &mut doing {
                    w.frame(&mut socket, true).await;
                    *left -= 1;
                    if *left == 0 {
                        finish(&mut w, &mut socket, true).await;
                        doing = Doing::Listening { voiced: 0, silent: 0 };
                    }
                }
            }
            message = socket.next() => {
                let Some(loud) = hear(message, &mut w, &mut socket, &log).await else { return };
                let Some(loud) = loud else { continue };
                match &mut doing {
                    Doing::Speaking { .. } => {
                        over = if loud { over + 1 } else { 0 };
                        if over == 3 {
                            w.tell(&mut socket, json!({"type": "clear"})).await;
                            w.tell(&mut socket,
                                json!({"type": "interrupted", "heard": "Hel", "after_ms": 60})).await;
                            finish(&mut w, &mut socket, false).await;
                            doing = Doing::Listening { voiced: 3, silent: 0 };
                        }
                    }
                    Doing::Listening { voiced, silent } => {
                        *voiced += u32::from(loud);
                        *silent = if loud { 0 } else { *silent + 1 };
                        if *voiced >= 3 && *silent == 15 {
                            over = 0;
                            w.turn += 1;
                            w.tell(&mut socket,
                                json!({"type": "stt_final", "text": "opening hours", "confidence": 0.9})).await;
                            w.tell(&mut socket, json!({"type": "state", "state": "thinking"})).await;
                            w.tell(&mut socket, json!({"type": "llm_token", "text": "Nine"})).await;
                            w.tell(&mut socket, json!({"type": "llm_token", "text": "to five."})).await;
                            w.tell(&mut socket, json!({"type": "state", "state": "speaking"})).await;
                            doing = Doing::Speaking { left: 30 };
                        }
                    }
                }
            }
        }
    }
}

async fn finish(w: &mut Writer, socket: &mut Socket, complete: bool) {
    let m = json!({"type": "turn_end", "latency": {"e2e_ms": 5}, "heard": "Hello.", "complete": complete});
    w.tell(socket, m).await;
    w.tell(socket, json!({"type": "state", "state": "listening"})).await;
}

/// None: the call is over. Else whether it was audio, and loud.
async fn hear(
    message: Option<Result<Message, tokio_tungstenite::tungstenite::Error>>,
    w: &mut Writer,
    socket: &mut Socket,
    log: &Log,
) -> Option<Option<bool>> {
    match message {
        Some(Ok(Message::Binary(bytes))) => {
            let mut seen = log.lock().unwrap();
            seen.binaries += 1;
            seen.odd += usize::from(bytes.len() != 640);
            Some(Some(bytes.as_chunks::<2>().0.iter().any(|b| i16::from_le_bytes(*b).abs() > 500)))
        }
        Some(Ok(Message::Text(text))) => {
            let value: Value = serde_json::from_str(&text).unwrap();
            let kind = value["type"].as_str().unwrap().to_owned();
            let audio = value["data"].as_str().map(|d| tom_wire::base64_to_pcm(d).unwrap());
            log.lock().unwrap().texts.push(value);
            match kind.as_str() {
                "stop" => {
                    let m = json!({"type": "session_closed", "session_id": "c-1", "reason": "caller"});
                    w.tell(socket, m).await;
                    close(socket, 1000, "").await;
                    None
                }
                "barge_in" => {
                    w.tell(socket, json!({"type": "barge_in_ack"})).await;
                    Some(None)
                }
                _ => Some(audio.map(|pcm| pcm.iter().any(|s| s.abs() > 500))),
            }
        }
        Some(Ok(_)) => Some(None),
        Some(Err(_)) | None => None,
    }
}
