//! Layer: real. Who may come in: names, origins, tokens; what the page and the health addresses say.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::common::desk::Desk;
use crate::common::{TestServer, config};
use tom_engine::Health;
use tom_server::{Server, ServerConfig, ServerError, Stop, Token, metrics::registry};

const SECRET: &str = "correct-horse-battery";

fn with_token() -> ServerConfig {
    ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() }
}

#[tokio::test]
async fn a_rebound_name_and_a_foreign_page_are_refused() {
    let server = TestServer::start(config()).await;
    for path in ["/", "/health", "/metrics", "/ws/stream"] {
        let (status, _, body) = server.get(path, "Host: evil.example:8080\r\n").await;
        assert_eq!(status, 403, "{path}");
        assert!(body.contains("AUTH_HOST") && body.contains("server.hosts"), "{body}");
    }
    let host = format!("localhost:{}", server.address.port());
    assert_eq!(server.get("/healthz", &format!("Host: {host}\r\n")).await.0, 200);
    let foreign = [("origin", "https://evil.example")];
    assert_eq!(server.refused("/ws/stream", &foreign).await, (403, "AUTH_ORIGIN".into()));
    assert_eq!(server.refused("/ws/stream", &[("origin", "null")]).await.0, 403);
    let own = format!("http://{}", server.address);
    let mut caller = server.call_with("/ws/stream", &[("origin", &own)]).await.unwrap();
    caller.until("connected").await;
    assert_eq!(server.metric("tom_blocked_dial_attempts_total{reason=\"origin\"}"), 2.0);
    assert_eq!(server.metric("tom_blocked_dial_attempts_total{reason=\"host\"}"), 4.0);
}

#[tokio::test]
async fn a_token_opens_the_door_in_every_documented_way() {
    let server = TestServer::start(with_token()).await;
    let bearer = format!("Bearer {SECRET}");
    let protocols = format!("realtime-v1, bearer.{SECRET}");
    for headers in [[("authorization", bearer.as_str())], [("sec-websocket-protocol", protocols.as_str())]] {
        let mut caller = server.call_with("/ws/stream", &headers).await.unwrap();
        caller.until("connected").await;
    }
    for path in [format!("/ws/stream?token={SECRET}"), format!("/ws/stream/x?t={SECRET}")] {
        server.call(&path).await.until("connected").await;
    }
    let mut caller = server.call("/ws/stream").await;
    caller.send(&format!(r#"{{"jwt":"{SECRET}"}}"#)).await;
    caller.until("connected").await;
    caller.answers().await;
    let only = format!("bearer.{SECRET}");
    let caller = server.call_with("/ws/stream", &[("sec-websocket-protocol", &only)]).await.unwrap();
    assert_eq!(caller.protocol.as_deref(), Some(only.as_str()), "a browser needs one chosen");
}

#[tokio::test]
async fn the_wrong_token_opens_nothing() {
    let mut config = with_token();
    config.timing.auth = Duration::from_millis(300);
    let server = TestServer::start(config).await;
    for (path, headers) in [
        ("/ws/stream?token=wrong", &[][..]),
        ("/ws/stream", &[("authorization", "Bearer correct-horse-batterx")][..]),
        ("/ws/stream", &[("sec-websocket-protocol", "realtime-v1, bearer.no")][..]),
    ] {
        assert_eq!(server.refused(path, headers).await, (401, "AUTH_INVALID".into()), "{path}");
    }
    for (first, code) in [
        (Some(r#"{"jwt":"wrong"}"#), "AUTH_INVALID"),
        (Some(r#"{"type":"ping"}"#), "AUTH_REQUIRED"),
        (Some("nonsense"), "AUTH_REQUIRED"),
        (None, "AUTH_TIMEOUT"),
    ] {
        let mut caller = server.call("/ws/stream").await;
        if let Some(first) = first {
            caller.send(first).await;
        }
        assert_eq!(caller.end().await, (Some(code), 1008));
    }
    assert_eq!(server.metric("tom_telephony_calls_total"), 0.0, "no call began");
    assert_eq!(server.metric("tom_auth_rejected_total{reason=\"timeout\"}"), 1.0);
    for path in ["/metrics", "/health"] {
        assert_eq!(server.get(path, "").await.0, 401, "{path}");
        let header = format!("Authorization: Bearer {SECRET}\r\n");
        assert_eq!(server.get(path, &header).await.0, 200, "{path}");
    }
    for path in ["/", "/healthz", "/readyz"] {
        assert_eq!(server.get(path, "").await.0, 200, "{path}");
    }
}

#[tokio::test]
async fn listening_to_the_world_needs_a_token() {
    let listener = tokio::net::TcpListener::bind("0.0.0.0:0").await.unwrap();
    let server = Server::new(config(), Arc::new(Desk::default())).unwrap();
    let error = server.serve(listener, Stop::default()).await.unwrap_err();
    assert!(matches!(error, ServerError::Open(_)));
    assert!(error.to_string().contains("server.token_file"), "{error}");
    assert!(with_token().check_listen("0.0.0.0:80".parse().unwrap()).is_ok());
    assert!(config().check_listen("[::1]:80".parse().unwrap()).is_ok());
    assert!(config().check_listen("192.168.1.2:80".parse().unwrap()).is_err());
}

#[tokio::test]
async fn the_page_comes_with_its_types_and_its_rules() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("assets")).unwrap();
    std::fs::write(dir.path().join("index.html"), "<h1>page").unwrap();
    std::fs::write(dir.path().join("assets/worklet.js"), "1").unwrap();
    let config = ServerConfig { web_dir: Some(dir.path().into()), ..config() };
    let server = TestServer::start(config).await;
    let (status, head, body) = server.get("/", "").await;
    assert_eq!((status, body.as_str()), (200, "<h1>page"));
    assert!(head.contains("content-type: text/html; charset=utf-8"));
    assert!(head.contains("content-security-policy: default-src 'self';"));
    assert!(head.contains("x-content-type-options: nosniff"));
    let (status, head, _) = server.get("/assets/worklet.js", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/javascript"));
    for path in [
        "/../Cargo.toml",
        "/assets/../../secret",
        "/%2e%2e/secret",
        "/assets/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/nothing",
    ] {
        assert_eq!(server.get(path, "").await.0, 404, "{path}");
    }
    let plain = TestServer::start(crate::common::config()).await;
    let (status, _, body) = plain.get("/", "").await;
    assert_eq!(status, 200);
    assert!(body.contains("cargo xtask run"));
}

#[tokio::test]
async fn health_tells_every_part_and_the_machine() {
    let server = TestServer::start(config()).await;
    server.until("the machine was looked at", |s| s.metric("system_memory_available_bytes") > 0.0).await;
    let (status, _, body) = server.get("/health", "").await;
    let health: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!((status, &health["status"]), (200, &"ok".into()));
    for part in ["audio", "stt", "llm", "tts"] {
        let status = health["components"][part]["status"].as_str().unwrap();
        assert!(["ok", "degraded", "down", "off"].contains(&status), "{part}");
    }
    assert!(health["system"]["memory_total_bytes"].as_u64().unwrap() > 0);
    for name in ["cpu_percent", "memory_available_bytes", "swap_used_bytes", "temperature_celsius"] {
        assert!(health["system"].as_object().unwrap().contains_key(name), "{name}");
    }
    assert_eq!(health["calls"]["active"], 0);
    assert_eq!(server.get("/healthz/speech_api", "").await.0, 503, "recognition is off here");
}

#[tokio::test]
async fn readiness_follows_the_engines() {
    let desk = Arc::new(Desk {
        voice: Health::Down("the voice does not start: apt install espeak-ng".into()),
        ..Desk::default()
    });
    desk.ready.store(false, Ordering::Relaxed);
    let server = TestServer::with_desk(config(), desk.clone()).await;
    let (status, head, body) = server.get("/readyz", "").await;
    assert_eq!(status, 503);
    assert!(head.contains("retry-after:") && body.contains("NOT_READY"));
    assert_eq!(server.refused("/ws/stream", &[]).await, (503, "NOT_READY".into()));
    assert_eq!(server.get("/healthz", "").await.0, 200, "it is alive all the same");
    let (status, _, body) = server.get("/health", "").await;
    assert_eq!(status, 200);
    assert!(body.contains("\"degraded\"") && body.contains("apt install espeak-ng"));
    desk.ready.store(true, Ordering::Relaxed);
    assert_eq!(server.get("/readyz", "").await.0, 200);
    server.call("/ws/stream").await.until("connected").await;
}

#[tokio::test]
async fn metrics_name_everything_that_is_registered() {
    let server = TestServer::start(config()).await;
    let (status, head, body) = server.get("/metrics", "").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/plain; version=0.0.4"));
    for metric in registry::ALL {
        assert!(body.contains(&format!("# TYPE {} ", metric.name)), "{}", metric.name);
    }
    assert!(body.contains("tom_build_info{version=\""));
    assert!(body.contains("tom_calls_capacity 100"));
}

#[tokio::test]
async fn a_request_that_never_ends_is_dropped() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut config = config();
    config.timing.header = Duration::from_millis(200);
    let server = TestServer::start(config).await;
    let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHost: local").await.unwrap();
    let mut rest = Vec::new();
    let end = tokio::time::timeout(crate::common::PATIENCE, stream.read_to_end(&mut rest)).await;
    assert!(end.is_ok(), "the server waits for ever");
}

#[tokio::test]
async fn only_addresses_of_the_list_may_come() {
    let config = ServerConfig { clients: vec!["192.0.2.0/24".into()], ..config() };
    let server = TestServer::start(config).await;
    assert_eq!(server.refused("/ws/stream", &[]).await, (403, "AUTH_ADDRESS".into()));
    let (status, _, body) = server.get("/", "").await;
    assert!(status == 403 && body.contains("server.clients"), "{body}");
    assert_eq!(server.metric("tom_blocked_dial_attempts_total{reason=\"address\"}"), 2.0);
    let config = ServerConfig {
        clients: vec!["192.0.2.0/24".into(), "127.0.0.0/8".into()],
        ..crate::common::config()
    };
    TestServer::start(config).await.call("/ws/stream").await.until("connected").await;
    let nonsense = ServerConfig { clients: vec!["everybody".into()], ..crate::common::config() };
    let error = Server::new(nonsense, Arc::new(Desk::default())).err().unwrap();
    assert!(error.to_string().contains("192.168.1.0/24"), "{error}");
}
