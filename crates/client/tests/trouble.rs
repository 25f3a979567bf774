//! Layer: wire. Servers that refuse, break, babble, flood or never close, and recordings that are none.
#![expect(clippy::unwrap_used, reason = "a test")]

mod agent;

use std::time::Duration;

use agent::{Writer, close, listen};
use futures_util::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tom_client::{Act, CallOptions, Caller, CancellationToken, ClientError, Ended, Recording, Report};

async fn call(options: CallOptions) -> Result<Report, ClientError> {
    let call = Caller::new(options).run(CancellationToken::new());
    // A bound in time, not a measurement.
    tokio::time::timeout(Duration::from_secs(60), call).await.unwrap()
}

/// A call that hangs up on its own after a moment.
fn short(url: String) -> CallOptions {
    CallOptions::new(url).act(Duration::from_millis(500), Act::HangUp)
}

#[tokio::test]
async fn nobody_there_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = call(short(url.clone())).await.unwrap_err();
    assert!(matches!(error, ClientError::Connect { .. }));
    assert!(error.to_string().contains(&url) && error.to_string().contains("tom serve"), "{error}");
}

#[tokio::test]
async fn an_http_refusal_is_told_with_its_body() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("ws://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 4096];
        let _ = stream.read(&mut request).await.unwrap();
        let answer = "HTTP/1.1 401 Unauthorized\r\nContent-Length: 12\r\n\r\nneed a token";
        stream.write_all(answer.as_bytes()).await.unwrap();
    });
    let error = call(short(url)).await.unwrap_err();
    let ClientError::Refused { status, body, .. } = &error else { unreachable!("{error}") };
    assert_eq!((*status, body.as_str()), (401, "need a token"));
}

#[tokio::test]
async fn a_server_that_does_not_answer_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut options = short(format!("ws://{}", listener.local_addr().unwrap()));
    options.limits.connect = Duration::from_millis(200);
    let error = call(options).await.unwrap_err();
    assert!(error.to_string().contains("no answer within 200ms"), "{error}");
}

#[tokio::test]
async fn an_error_and_a_close_code_are_reported() {
    let (url, _) = listen(async |mut socket, _| {
        let error = json!({"code": "RATE_CALLS", "message": "all lines are busy", "request_id": "r",
            "timestamp": "2026-01-01T00:00:00.000Z"});
        let mut w = Writer::new(false);
        w.tell(&mut socket, json!({"type": "error", "error": error, "message": "all lines are busy"})).await;
        close(&mut socket, 1013, "busy").await;
    })
    .await;
    let report = call(CallOptions::new(url)).await.unwrap();
    assert_eq!(report.ended, Ended::Server);
    assert_eq!(report.close.as_ref().unwrap().code, 1013);
    assert_eq!(report.problems.len(), 1, "{report:?}");
    assert_eq!(report.problems[0].code, "RATE_CALLS");
    assert!(!report.is_good());
    let shown = serde_json::to_value(&report).unwrap();
    assert_eq!(shown["close"]["reason"], "busy");
    assert_eq!(shown["problems"][0]["message"], "all lines are busy");
}

#[tokio::test]
async fn a_close_is_heard_though_the_next_frame_is_due_and_cannot_be_sent() {
    let (url, _) = listen(async |mut socket, _| {
        let frame = CloseFrame { code: 1013.into(), reason: "busy".into() };
        socket.close(Some(frame)).await.unwrap();
        // It is the caller's thread, too: what reads for the caller sees the close before its next frame, and the
        // caller itself after that frame is due.
        for _ in 0..200 {
            std::thread::sleep(Duration::from_millis(1));
            tokio::task::yield_now().await;
        }
        while let Some(Ok(_)) = socket.next().await {}
    })
    .await;
    let report = call(CallOptions::new(url)).await.unwrap();
    assert_eq!(report.ended, Ended::Server, "{:?}", report.problems);
    assert_eq!(report.close.unwrap().code, 1013);
}

#[tokio::test]
async fn a_connection_that_just_ends_is_broken() {
    let (url, _) = listen(async |socket, _| drop(socket)).await;
    let report = call(CallOptions::new(url)).await.unwrap();
    assert_eq!(report.ended, Ended::Broken);
    assert!(!report.is_good() && !report.problems.is_empty());
}

#[tokio::test]
async fn babble_is_reported_and_survived() {
    let (url, _) = listen(async |mut socket, _| {
        let nested = "[".repeat(100_000);
        for text in ["no json", "{}", "[1]", r#"{"type":"unheard_of"}"#, nested.as_str()] {
            socket.send(Message::text(text)).await.unwrap();
        }
        socket.send(Message::Binary(vec![1, 2, 3].into())).await.unwrap();
        let mut w = Writer::new(true);
        let m = json!({"type": "tts_audio", "audio": "%%%", "codec": "pcm16", "sample_rate": 16000,
            "frame_size_ms": 20, "frame_number": 0, "synthetic": true});
        w.tell(&mut socket, m).await;
        w.frame(&mut socket, true).await;
        while let Some(Ok(message)) = socket.next().await {
            if matches!(&message, Message::Text(t) if t.contains("stop")) {
                return close(&mut socket, 1000, "").await;
            }
        }
    })
    .await;
    let report = call(short(url)).await.unwrap();
    assert_eq!(report.ended, Ended::Caller);
    assert_eq!(report.problems.len(), 7, "{:?}", report.problems);
    assert!(report.greeting_ms.is_some(), "the good frame was heard");
}

#[tokio::test]
async fn a_flood_of_audio_is_bounded() {
    let (url, _) = listen(async |mut socket, _| {
        let mut w = Writer::new(false);
        for _ in 0..2 * 60 * 50 {
            w.frame(&mut socket, true).await;
        }
        while let Some(Ok(message)) = socket.next().await {
            if matches!(&message, Message::Text(t) if t.contains("stop")) {
                return close(&mut socket, 1000, "").await;
            }
        }
    })
    .await;
    let report = call(short(url)).await.unwrap();
    assert!(report.problems[0].message.contains("too early"), "{:?}", report.problems);
    assert!(report.heard.len() <= report.duration_ms as usize * 16 + 16);
}

#[tokio::test]
async fn a_server_that_never_closes_is_left() {
    let (url, _) = listen(async |mut socket, _| while let Some(Ok(_)) = socket.next().await {}).await;
    let mut options = short(url);
    options.limits.close = Duration::from_millis(300);
    let report = call(options).await.unwrap();
    assert!(report.problems[0].message.contains("did not close"), "{:?}", report.problems);
}

#[tokio::test]
async fn a_call_has_a_longest_duration() {
    let (url, _) = listen(agent::converse).await;
    let mut options = CallOptions::new(url);
    options.limits.call = Duration::from_millis(400);
    let report = call(options).await.unwrap();
    assert_eq!(report.ended, Ended::TooLong);
    assert_eq!(report.close.unwrap().code, 1000);
}

#[tokio::test]
async fn options_that_make_no_sense_are_refused_before_anything_is_sent() {
    let mut options = short("ws://127.0.0.1:1".into());
    options.token = Some("a b\r\n".into());
    let error = call(options).await.unwrap_err();
    assert!(matches!(&error, ClientError::Option(_)), "{error}");
    assert!(!error.to_string().contains("a b"), "a token is not shown");
    let many = vec![tom_base::Key::from_char('1').unwrap(); 2_000];
    let options = short("ws://127.0.0.1:1".into()).act(Duration::ZERO, Act::Keys(many));
    assert!(matches!(call(options).await, Err(ClientError::Option(_))));
}

#[test]
fn a_recording_that_is_none_is_refused_by_name() {
    for bytes in [&b""[..], b"not a wav", &tom_audio::wav::to_bytes(8_000, 1, &[])] {
        let error = Recording::from_wav("q.wav", bytes).unwrap_err();
        assert!(error.to_string().contains("q.wav"), "{error}");
    }
    let long = tom_audio::wav::to_bytes(8_000, 1, &vec![0; 8_000 * 601]);
    assert!(Recording::from_wav("long.wav", &long).unwrap_err().to_string().contains("600 s"));
}
