//! Servers to probe: one that converses, and the ways to be broken.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

pub(crate) type Socket = WebSocketStream<TcpStream>;

/// Listens, and serves every WebSocket so.
pub(crate) async fn serve<F>(each: impl Fn(Socket) -> F + Send + Sync + 'static) -> SocketAddr
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            if let Ok(socket) = tokio_tungstenite::accept_async(stream).await {
                tokio::spawn(each(socket));
            }
        }
    });
    address
}

pub(crate) fn frame(loud: bool) -> Message {
    let pcm: Vec<i16> = (0..320).map(|n| if loud { (n % 40 - 20) * 300 } else { 0 }).collect();
    Message::Binary(tom_wire::pcm_to_bytes(&pcm).into())
}

pub(crate) fn message(kind: &str, fields: &str) -> Message {
    Message::text(format!(r#"{{"type":"{kind}","seq":0,"turn_id":0,"ts":0,"at_ms":0{fields}}}"#))
}

/// Greets without end, falls silent after 60 ms of voice over its words, and answers
/// `delay` after the caller's last voice. `stops: false`: goes on whatever the caller says.
pub(crate) async fn converse(socket: Socket, delay: Duration, stops: bool) {
    converse_for(socket, delay, stops, u32::MAX).await;
}

/// The same, each time for so many frames.
pub(crate) async fn converse_for(mut socket: Socket, delay: Duration, stops: bool, frames: u32) {
    let mut speaking = true;
    let (mut left, mut asked) = (frames, false);
    let (mut voiced, mut last_voice) = (0, Instant::now());
    let mut due = Instant::now();
    loop {
        tokio::select! {
            () = sleep_until(due) => {
                due += Duration::from_millis(20);
                if speaking {
                    let _ = socket.send(frame(true)).await;
                    left -= 1;
                    speaking = left > 0;
                } else if asked && last_voice.elapsed() >= delay {
                    (speaking, asked, left) = (true, false, frames);
                    let _ = socket.send(message("stt_final", r#","text":"hello","confidence":1"#)).await;
                    let _ = socket.send(frame(true)).await;
                }
            }
            arrived = socket.next() => match arrived {
                Some(Ok(Message::Binary(bytes))) => {
                    let loud = bytes.as_chunks::<2>().0.iter().any(|b| i16::from_le_bytes(*b).abs() > 500);
                    voiced = if loud { voiced + 1 } else { 0 };
                    if loud {
                        (last_voice, asked) = (Instant::now(), true);
                    }
                    if stops && speaking && voiced == 3 {
                        speaking = false;
                        let _ = socket.send(message("clear", "")).await;
                        let _ = socket.send(message("interrupted", r#","heard":"Hel","after_ms":60"#)).await;
                    }
                }
                Some(Ok(Message::Text(text))) if text.contains("stop") => {
                    let _ = socket.close(None).await;
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    }
}
