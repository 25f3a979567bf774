//! Layer: real. A deleted call is gone wherever something of it was.

use super::{Follower, code, json, keeping, request, short_call, whole_call};
use crate::common::{TestServer, config};

#[tokio::test]
async fn a_deleted_call_is_gone_from_memory_and_disk() {
    let home = tempfile::tempdir().unwrap();
    let (config, store) = keeping(home.path(), true);
    let server = TestServer::start(config).await;
    whole_call(&server, "gone").await;
    for id in ["stays", "gone"] {
        short_call(&server, id).await;
    }
    store.flush().unwrap();
    let mut follower = Follower::new(&server, "/api/v1/events?last_event_id=none", "").await;
    assert_eq!(follower.next().await.unwrap().name, "resync");
    assert_eq!(request(&server, "DELETE", "/api/v1/calls/gone", "").await.0, 204);
    assert_eq!(follower.next().await.unwrap().data, serde_json::json!({"call_id": "gone"}));
    for (method, path) in [
        ("GET", "/api/v1/calls/gone"),
        ("GET", "/api/v1/calls/gone/timeline"),
        ("DELETE", "/api/v1/calls/gone"),
        ("DELETE", "/api/v1/calls/..%2f..%2fetc"),
    ] {
        assert_eq!(code(&server, method, path).await, (404, "CALL_NOT_FOUND".into()), "{method} {path}");
    }
    let (_, page) = json(&server, "/api/v1/calls").await;
    assert_eq!(page["calls"].as_array().unwrap().len(), 1);
    assert!(store.reader().call("gone").unwrap().is_none());
    let bytes: Vec<u8> = std::fs::read_dir(home.path())
        .unwrap()
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect();
    assert!(!bytes.windows(4).any(|window| window == b"gone"));
}

#[tokio::test]
async fn a_running_call_is_not_deleted() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream/live").await;
    caller.until("connected").await;
    for (method, path) in [("DELETE", "/api/v1/calls/live"), ("GET", "/api/v1/calls/live/timeline")] {
        assert_eq!(code(&server, method, path).await, (409, "CALL_RUNNING".into()));
    }
    caller.answers().await;
}

#[tokio::test]
async fn a_foreign_page_cannot_delete() {
    let server = TestServer::start(config()).await;
    short_call(&server, "mine").await;
    let foreign = "Origin: https://evil.example\r\n";
    assert_eq!(request(&server, "DELETE", "/api/v1/calls/mine", foreign).await.0, 403);
    assert_eq!(json(&server, "/api/v1/calls/mine").await.0, 200);
}
