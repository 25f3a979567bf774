//! Layer: real. The loopback engines: what they answer over a socket, when, and how they misbehave.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tom_loopback::{ChatStep, Fault, Kind, Loopback, Script, speech_like};

/// Sends a request on a connection of its own and reads to the end. Returns the head and the body as sent.
async fn ask(server: &Loopback, path: &str, content_type: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut socket = TcpStream::connect(server.address()).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: {content_type}\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap(), answer[end + 4..].to_vec())
}

/// The content of a chunked body.
fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    while let Some(end) = body.windows(2).position(|w| w == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            break;
        }
        out.extend(&body[end + 2..end + 2 + size]);
        body = &body[end + 4 + size..];
    }
    out
}

fn form(pcm: &[i16], fields: &[(&str, &str)]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--XX\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    body.extend(b"--XX\r\ncontent-disposition: form-data; name=\"file\"; filename=\"a.wav\"\r\n\r\n");
    body.extend(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\x3e\0\0\0\x7d\0\0\x02\0\x10\0data");
    body.extend(u32::try_from(pcm.len() * 2).unwrap().to_le_bytes());
    body.extend(pcm.iter().flat_map(|s| s.to_le_bytes()));
    body.extend(b"\r\n--XX--\r\n");
    body
}

#[tokio::test]
async fn a_transcription_hears_the_samples_and_the_fields_after_its_delay() {
    let mut script = Script::default();
    script.transcription.delay = Duration::from_millis(80);
    script.transcription.hear = std::sync::Arc::new(|pcm, fields| {
        format!("{} samples in {}", pcm.len(), fields.get("language").unwrap_or("?"))
    });
    let server = Loopback::start(script).await.unwrap();
    let asked = Instant::now();
    // Samples whose bytes look like a line end and nearly like the boundary.
    let body = form(&[0x0a0d, 0x2d2d, 0x5958], &[("model", "m"), ("language", "de")]);
    let (head, answer) =
        ask(&server, "/v1/audio/transcriptions", "multipart/form-data; boundary=XX", &body).await;
    assert!(asked.elapsed() >= Duration::from_millis(80));
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let json: Value = serde_json::from_slice(&answer).unwrap();
    assert_eq!(json["text"], "3 samples in de");
    assert_eq!(server.stats().of(Kind::Transcription).finished, 1);
    assert_eq!(server.stats().connections(), 1);
}

#[tokio::test]
async fn a_reply_streams_its_tokens_and_calls() {
    let mut script = Script::default();
    script.chat.first = Duration::from_millis(10);
    script.chat.tokens_per_second = 1000.0;
    script.chat.reply = std::sync::Arc::new(|request| {
        let mut steps = ChatStep::words(request["messages"][0]["content"].as_str().unwrap());
        steps.push(ChatStep::Call { id: "c".into(), name: "f".into(), arguments: "{\"a\":1}".into() });
        steps
    });
    let server = Loopback::start(script).await.unwrap();
    let body = br#"{"model":"m","stream":true,"messages":[{"role":"user","content":"one two"}]}"#;
    let (head, answer) = ask(&server, "/v1/chat/completions", "application/json", body).await;
    assert!(head.contains("text/event-stream"), "{head}");
    let text = String::from_utf8(unchunked(&answer)).unwrap();
    let (mut said, mut arguments) = (String::new(), String::new());
    for data in text.lines().filter_map(|line| line.strip_prefix("data: ")).filter(|data| *data != "[DONE]") {
        let json: Value = serde_json::from_str(data).unwrap();
        let delta = &json["choices"][0]["delta"];
        said.push_str(delta["content"].as_str().unwrap_or_default());
        arguments.push_str(delta["tool_calls"][0]["function"]["arguments"].as_str().unwrap_or_default());
    }
    assert_eq!((&*said, &*arguments), ("one two", "{\"a\":1}"));
    assert!(text.ends_with("data: [DONE]\n\n"));
}

#[tokio::test]
async fn speech_is_as_long_as_its_text_and_begins_with_a_header_if_asked() {
    let mut script = Script::default();
    script.speech.first = Duration::ZERO;
    script.speech.speed = f64::INFINITY;
    let server = Loopback::start(script).await.unwrap();
    let text = "A clause of some length, longer than a second.";
    for format in ["pcm", "wav"] {
        let body = serde_json::json!({ "model": "m", "input": text, "response_format": format }).to_string();
        let (_, answer) = ask(&server, "/v1/audio/speech", "application/json", body.as_bytes()).await;
        let audio = unchunked(&answer);
        let (head, audio) = audio.split_at(if format == "wav" { 44 } else { 0 });
        assert!(head.is_empty() || head.starts_with(b"RIFF\xff\xff\xff\xffWAVE"));
        let pcm: Vec<i16> = audio.as_chunks::<2>().0.iter().map(|b| i16::from_le_bytes(*b)).collect();
        assert_eq!(pcm, speech_like(text, 24_000));
        assert!(pcm.iter().any(|s| s.abs() > 3_000), "it can be heard");
    }
}

#[tokio::test]
async fn faults_come_as_often_as_programmed_and_leaving_clients_are_counted() {
    let mut script = Script { models: vec!["m".into()], ..Script::default() };
    script.chat.first = Duration::ZERO;
    let server = Loopback::start(script).await.unwrap();
    server.fault_for(Kind::Chat, Fault::Status(500), 1);
    let (path, json) = ("/v1/chat/completions", "application/json");
    let (head, _) = ask(&server, path, json, br#"{"model":"m"}"#).await;
    assert!(head.starts_with("HTTP/1.1 500"), "{head}");
    let (head, _) = ask(&server, path, json, br#"{"model":"m"}"#).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let (head, _) = ask(&server, path, json, br#"{"model":"other"}"#).await;
    assert!(head.starts_with("HTTP/1.1 404"), "{head}");
    server.fault(Kind::Chat, Some(Fault::CutAfter(1)));
    let (_, body) = ask(&server, path, json, br#"{"model":"m","stream":true}"#).await;
    assert!(!body.ends_with(b"0\r\n\r\n"), "the body has no end");
    server.fault(Kind::Chat, Some(Fault::StallAfter(1)));
    let waiting = ask(&server, path, json, br#"{"model":"m","stream":true}"#);
    assert!(tokio::time::timeout(Duration::from_millis(100), waiting).await.is_err());
    while server.stats().of(Kind::Chat).dropped == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
