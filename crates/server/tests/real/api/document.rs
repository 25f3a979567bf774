//! Layer: real. The document and the server say the same: addresses, methods, answers, errors.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tom_server::{Keep, ServerConfig, Token};

use super::schema::{document, faults};
use super::{Follower, keeping, request, request_with, whole_call};
use crate::common::desk::Desk;
use crate::common::{TestServer, config};
use crate::phone::sip_config;

const SECRET: &str = "correct-horse-battery";
const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Every operation of the document: path, method, what it says.
fn operations(document: &Value) -> Vec<(String, String, Value)> {
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in METHODS {
            if let Some(operation) = item.get(method.to_lowercase()) {
                all.push((path.clone(), method.to_owned(), operation.clone()));
            }
        }
    }
    all
}

fn statuses(operation: &Value) -> BTreeSet<u16> {
    operation["responses"].as_object().unwrap().keys().map(|status| status.parse().unwrap()).collect()
}

/// Checks an answer against the document.
fn fits(document: &Value, path: &str, method: &str, status: u16, head: &str, body: &str) {
    let operation = &document["paths"][path][method.to_lowercase()];
    let answer = &operation["responses"][status.to_string()];
    assert!(answer.is_object(), "{method} {path} answers {status}, which is not documented: {body}");
    let Some(content) = answer.get("content").and_then(Value::as_object) else {
        assert_eq!(body, "", "{method} {path} {status}");
        return;
    };
    let kind = content.keys().next().unwrap();
    assert!(head.contains(&format!("content-type: {kind}")), "{method} {path} {status}: {head}");
    if kind == "application/json" {
        let value = serde_json::from_str(body).unwrap();
        let wrong = faults(document, &content[kind]["schema"], &value);
        assert!(wrong.is_empty(), "{method} {path} {status}: {wrong:#?}");
    }
}

#[tokio::test]
async fn the_document_and_the_server_have_the_same_addresses() {
    let document = document();
    let documented: BTreeSet<_> = operations(&document).into_iter().map(|(p, m, _)| (p, m)).collect();
    let routed: BTreeSet<_> = tom_server::api_routes()
        .into_iter()
        .flat_map(|(path, methods)| methods.iter().map(move |m| (path.to_owned(), (*m).to_owned())))
        .collect();
    assert_eq!(documented, routed);
    // What the server says of itself is also what it does.
    let server = TestServer::start(config()).await;
    for (path, _) in tom_server::api_routes() {
        let address = path.replace("{id}", "nobody");
        for method in METHODS {
            // An event stream does not end by itself; its first line is enough.
            let status = if method == "GET" && path == "/api/v1/events" {
                let head = Follower::new(&server, &address, "").await.head;
                head.split(' ').nth(1).unwrap().parse().unwrap()
            } else {
                request(&server, method, &address, "").await.0
            };
            let there = documented.contains(&(path.to_owned(), method.to_owned()));
            assert_eq!(status != 405, there, "{method} {path} answers {status}");
        }
    }
    let (status, head, body) = request(&server, "POST", "/api/v1/calls/x", "").await;
    assert!(status == 405 && head.contains("allow: get, delete") && body.contains("METHOD_NOT_ALLOWED"));
    for path in ["/api/v1/call", "/api/", "/api/v1/calls/a/b/c"] {
        let (status, _, body) = request(&server, "GET", path, "").await;
        assert!(status == 404 && body.contains("\"NOT_FOUND\""), "{path}: {body}");
    }
    let (status, _, served) = request(&server, "GET", "/api/v1/openapi.json", "").await;
    assert_eq!((status, serde_json::from_str::<Value>(&served).unwrap()), (200, document));
}

#[tokio::test]
async fn every_documented_answer_is_given_and_fits() {
    let document = document();
    let home = tempfile::tempdir().unwrap();
    let (kept, _store) = keeping(home.path(), true);
    let server = TestServer::start(kept).await;
    let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
    let locked = TestServer::start(secret).await;
    let broken = ServerConfig { keep: Keep::Failed("the disk is gone".into()), ..config() };
    let broken = TestServer::start(broken).await;
    whole_call(&server, "past").await;
    let mut live = server.call("/ws/stream/live").await;
    live.until("connected").await;

    let mut given: BTreeMap<(String, String), BTreeSet<u16>> = BTreeMap::new();
    let foreign = "Origin: https://evil.example\r\n";
    let rows: [(&TestServer, &str, &str, &str, &str); 23] = [
        (&server, "GET", "/api/v1/calls", "/api/v1/calls?limit=1", ""),
        (&server, "GET", "/api/v1/calls", "/api/v1/calls?state=live", ""),
        (&server, "GET", "/api/v1/calls", "/api/v1/calls?state=dead", ""),
        (&server, "GET", "/api/v1/calls/{id}", "/api/v1/calls/past", ""),
        (&server, "GET", "/api/v1/calls/{id}", "/api/v1/calls/live", ""),
        (&server, "GET", "/api/v1/calls/{id}", "/api/v1/calls/nobody", ""),
        (&broken, "GET", "/api/v1/calls/{id}", "/api/v1/calls/nobody", ""),
        (&server, "DELETE", "/api/v1/calls/{id}", "/api/v1/calls/live", ""),
        (&server, "DELETE", "/api/v1/calls/{id}", "/api/v1/calls/nobody", ""),
        (&broken, "DELETE", "/api/v1/calls/{id}", "/api/v1/calls/nobody", ""),
        (&server, "GET", "/api/v1/calls/{id}/timeline", "/api/v1/calls/past/timeline", ""),
        (&server, "GET", "/api/v1/calls/{id}/timeline", "/api/v1/calls/live/timeline", ""),
        (&server, "GET", "/api/v1/calls/{id}/timeline", "/api/v1/calls/nobody/timeline", ""),
        (&server, "GET", "/api/v1/calls/{id}/events", "/api/v1/calls/past/events", ""),
        (&server, "GET", "/api/v1/openapi.json", "/api/v1/openapi.json", ""),
        (&server, "DELETE", "/api/v1/calls/{id}", "/api/v1/calls/past", ""),
        (&server, "DELETE", "/api/v1/calls/{id}", "/api/v1/calls/x", foreign),
        (&server, "GET", "/api/v1/calls", "/api/v1/calls", foreign),
        (&server, "GET", "/api/v1/calls/{id}", "/api/v1/calls/x", foreign),
        (&server, "GET", "/api/v1/calls/{id}/timeline", "/api/v1/calls/x/timeline", foreign),
        (&server, "GET", "/api/v1/calls/{id}/events", "/api/v1/calls/x/events", "Host: evil.example\r\n"),
        (&server, "GET", "/api/v1/events", "/api/v1/events", "Host: evil.example\r\n"),
        (&server, "GET", "/api/v1/openapi.json", "/api/v1/openapi.json", foreign),
    ];
    for (server, method, path, address, headers) in rows {
        let (status, head, body) = request(server, method, address, headers).await;
        fits(&document, path, method, status, &head, &body);
        given.entry((path.into(), method.into())).or_default().insert(status);
    }
    telephone(&document, &server, &mut given).await;
    for (path, method, _) in operations(&document) {
        let address = path.replace("{id}", "x");
        for headers in ["", "Authorization: Bearer wrong\r\n"] {
            let (status, head, body) = request(&locked, &method, &address, headers).await;
            assert_eq!(status, 401, "{method} {path}");
            fits(&document, &path, &method, status, &head, &body);
            given.entry((path.clone(), method.clone())).or_default().insert(status);
        }
    }
    // Streams: begun, and one too many.
    let mut followers = Vec::new();
    for path in ["/api/v1/events", "/api/v1/calls/{id}/events"] {
        let follower = Follower::new(&server, &path.replace("{id}", "live"), "").await;
        assert!(follower.head.contains("content-type: text/event-stream"), "{}", follower.head);
        given.entry((path.into(), "GET".into())).or_default().insert(200);
        followers.push(follower);
    }
    while followers.len() < 64 {
        followers.push(Follower::new(&server, "/api/v1/events", "").await);
    }
    for path in ["/api/v1/events", "/api/v1/calls/{id}/events"] {
        let (status, head, body) = request(&server, "GET", &path.replace("{id}", "live"), "").await;
        fits(&document, path, "GET", status, &head, &body);
        given.entry((path.into(), "GET".into())).or_default().insert(status);
    }
    // The database breaks while the server runs.
    given.entry(("/api/v1/calls".into(), "GET".into())).or_default().insert({
        let file = home.path().join("tom.db");
        std::fs::write(&file, vec![b'x'; 100_000]).unwrap();
        let (status, head, body) = request(&server, "GET", "/api/v1/calls?q=no", "").await;
        fits(&document, "/api/v1/calls", "GET", status, &head, &body);
        assert!(!body.contains("tom.db"), "no path is told: {body}");
        status
    });
    for (path, method, operation) in operations(&document) {
        let given = given.get(&(path.clone(), method.clone())).cloned().unwrap_or_default();
        assert_eq!(given, statuses(&operation), "{method} {path}");
    }
    live.answers().await;
}

/// Calls out, and the state of the telephone.
async fn telephone(
    document: &Value,
    without: &TestServer,
    given: &mut BTreeMap<(String, String), BTreeSet<u16>>,
) {
    let locked = || ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
    let phone = TestServer::with_sip(locked(), Desk::default(), sip_config()).await;
    let asleep = Desk { ready: false.into(), ..Desk::default() };
    let asleep = TestServer::with_sip(locked(), asleep, sip_config()).await;
    let silent = TestServer::start(locked()).await;
    let token = format!("Authorization: Bearer {SECRET}\r\n");
    let foreign = format!("{token}Origin: https://evil.example\r\n");
    let good = r#"{"to": "+49 30 1"}"#;
    let rows = [
        (&phone, "POST", "/api/v1/calls", "/api/v1/calls", &token, r#"{"to": "+1 212 1"}"#),
        (&phone, "POST", "/api/v1/calls", "/api/v1/calls", &token, r#"{"number": 1}"#),
        (&phone, "POST", "/api/v1/calls", "/api/v1/calls", &foreign, good),
        (&phone, "POST", "/api/v1/calls", "/api/v1/calls", &token, good),
        (&asleep, "POST", "/api/v1/calls", "/api/v1/calls", &token, good),
        (&silent, "POST", "/api/v1/calls", "/api/v1/calls", &token, good),
        (&phone, "GET", "/api/v1/dials/{id}", "/api/v1/dials/x", &token, ""),
        (&phone, "GET", "/api/v1/dials/{id}", "/api/v1/dials/x", &foreign, ""),
        (&phone, "GET", "/api/v1/sip", "/api/v1/sip", &token, ""),
        (&phone, "GET", "/api/v1/sip", "/api/v1/sip", &foreign, ""),
        (&silent, "GET", "/api/v1/sip", "/api/v1/sip", &token, ""),
    ];
    let (_far, _call) = crate::phone::call(&format!("sip:tom@{}", phone.sip[0].1)).await;
    phone.until("a SIP call runs", |s| s.calls.count() == 1).await;
    let id = phone.calls.live()[0].id.to_string();
    let (hang_up, keys, transfer) =
        ("/api/v1/calls/{id}/hangup", "/api/v1/calls/{id}/keys", "/api/v1/calls/{id}/transfer");
    let (hold, resume) = ("/api/v1/calls/{id}/hold", "/api/v1/calls/{id}/resume");
    let mut orders = Vec::new();
    for (path, good, bad) in [
        (keys, r#"{"keys": "1#"}"#, r#"{"keys": "x"}"#),
        (transfer, r#"{"to": "+49301"}"#, r#"{"to": "+1"}"#),
        (hold, r#"{"seconds": 60}"#, r#"{"seconds": 0}"#),
        (resume, "", ""),
        (hang_up, r#"{"reason": "office closed"}"#, r#"{"reason": "two\nlines"}"#),
    ] {
        orders.push((path, "nobody", &token, good));
        orders.push((path, "nobody", &foreign, good));
        if !bad.is_empty() {
            orders.push((path, &*id, &token, bad));
        }
        if path == keys {
            orders.push((path, &*id, &token, r#"{"keys": "1", "to": "person"}"#));
        }
        orders.push((path, &*id, &token, good));
    }
    for (path, id, headers, body) in orders {
        let address = path.replace("{id}", id);
        let (status, head, told) = request_with(&phone, "POST", &address, headers, body).await;
        fits(document, path, "POST", status, &head, &told);
        given.entry((path.into(), "POST".into())).or_default().insert(status);
        if status == 202 && (path == hold || path == resume) {
            // Once more it is refused, as soon as it has been done.
            let mut again = (status, head, told);
            for _ in 0..500 {
                again = request_with(&phone, "POST", &address, headers, body).await;
                if again.0 == 409 {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
            assert!(again.0 == 409 && again.2.contains("ORDER_REFUSED"), "{path}: {again:?}");
            fits(document, path, "POST", again.0, &again.1, &again.2);
            given.entry((path.into(), "POST".into())).or_default().insert(again.0);
        }
    }
    // Two who talk through the server.
    let two = crate::phone::held::two().await;
    let address = format!("{}/transfer", two.path);
    let (status, head, told) =
        request_with(&two.server, "POST", &address, &token, r#"{"to": "+49301"}"#).await;
    fits(document, transfer, "POST", status, &head, &told);
    given.entry((transfer.into(), "POST".into())).or_default().insert(status);
    let mut made = String::new();
    for (server, method, path, address, headers, body) in rows {
        let (status, head, body) = request_with(server, method, address, headers, body).await;
        fits(document, path, method, status, &head, &body);
        given.entry((path.into(), method.into())).or_default().insert(status);
        if status == 202 {
            let body: Value = serde_json::from_str(&body).unwrap();
            made = body["id"].as_str().unwrap().to_owned();
        }
    }
    let path = "/api/v1/dials/{id}";
    let (status, head, body) = request(&phone, "GET", &path.replace("{id}", &made), &token).await;
    fits(document, path, "GET", status, &head, &body);
    given.entry((path.into(), "GET".into())).or_default().insert(status);
    // Who can call out can spend money: not without a token, even on loopback.
    let (status, _, body) = request_with(without, "POST", "/api/v1/calls", "", good).await;
    assert!(status == 401 && body.contains("AUTH_REQUIRED"), "{body}");
}
