//! Layer: real. What the server keeps of what was said: nothing unless it is told to, and never a number.

use super::{Follower, hang_up, json, keeping};
use crate::common::TestServer;

const SAID: &str = r#"{"type":"text","text":"my number is 0171 5551234 good bye dear"}"#;

/// Every byte of the database.
fn has(home: &std::path::Path, text: &str) -> bool {
    std::fs::read_dir(home)
        .unwrap()
        .flat_map(|file| std::fs::read(file.unwrap().path()).unwrap())
        .collect::<Vec<u8>>()
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

#[tokio::test]
async fn what_was_said_is_kept_where_that_is_wanted_with_numbers_hidden() {
    for transcripts in [true, false] {
        let home = tempfile::tempdir().unwrap();
        let (config, store) = keeping(home.path(), transcripts);
        let server = TestServer::start(config).await;
        let mut caller = server.call("/ws/stream/a?cli=%2B491701234567").await;
        let mut follower = Follower::new(&server, "/api/v1/calls/a/events", "").await;
        caller.until("turn_end").await;
        caller.send(SAID).await;
        caller.until("turn_end").await;
        caller.send(r#"{"type":"dtmf","digit":"7"}"#).await;
        caller.until("turn_end").await;
        hang_up(&server, caller, "a").await;
        store.flush().unwrap();

        let (_, recent) = json(&server, "/api/v1/calls/a").await;
        let said = &recent["turns"][1]["said"];
        let heard = recent["turns"][1]["heard"].as_str().unwrap_or_default();
        let data = &recent["actions"][0]["data"];
        if transcripts {
            assert_eq!(said, "my number is xxxx xxxxxxx good bye dear", "{recent:#}");
            assert!(heard.contains("xxxx xxxxxxx"), "{recent:#}");
            assert_eq!(data["key"], "pressed");
            assert!(has(home.path(), "good bye dear"));
        } else {
            assert!(said.is_null() && heard.is_empty() && data.is_null(), "{recent:#}");
            for words in ["good bye", "pressed", "Hello"] {
                assert!(!has(home.path(), words), "{words}");
            }
        }
        assert!(!has(home.path(), "5551234") && !has(home.path(), "1701234567"));
        let kept = store.reader().call("a").unwrap().unwrap();
        assert_eq!(kept.turns[1].said.as_deref(), said.as_str());

        let mut told = String::new();
        while let Some(event) = follower.next().await {
            told.push_str(&event.data.to_string());
        }
        assert!(told.contains("\"seq\":3") && !told.contains("5551234"), "{told}");
        assert_eq!(told.contains("good bye dear"), transcripts, "{told}");
        assert!(!told.contains("\"7\""), "a key is not told");
    }
}

#[tokio::test]
async fn a_turn_is_kept_when_it_ends_so_that_a_crash_loses_no_more_than_the_next() {
    let home = tempfile::tempdir().unwrap();
    let (config, store) = keeping(home.path(), true);
    let server = TestServer::start(config).await;
    let mut caller = server.call("/ws/stream/a").await;
    caller.until("turn_end").await;
    caller.send(SAID).await;
    caller.until("turn_end").await;
    // As somebody finds the file whose server was killed at this moment.
    let found = async || {
        store.flush().unwrap();
        let path = std::fs::read_dir(home.path()).unwrap().map(|file| file.unwrap().path());
        let file = path.into_iter().find(|path| path.extension().is_some_and(|e| e == "db")).unwrap();
        tom_store::Reader::open(file).unwrap().call("a").unwrap()
    };
    let mut kept = found().await;
    while kept.as_ref().is_none_or(|kept| kept.turns.len() < 2) {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        kept = found().await;
    }
    let kept = kept.unwrap();
    assert_eq!(kept.call.reason.as_deref(), Some(tom_store::LOST));
    assert_eq!((kept.call.turns, kept.turns[0].cause.as_str()), (2, "opening"));
    assert_eq!(kept.turns[1].said.as_deref(), Some("my number is xxxx xxxxxxx good bye dear"));
    assert!(!has(home.path(), "5551234"));
    hang_up(&server, caller, "a").await;
    store.flush().unwrap();
    let (_, shown) = json(&server, "/api/v1/calls/a").await;
    assert_eq!(shown["turn_taking"]["echoes"], 0, "{shown:#}");
    let kept = store.reader().call("a").unwrap().unwrap();
    assert_eq!(kept.call.reason.as_deref(), Some("caller"));
}

#[tokio::test]
async fn all_calls_are_written_when_the_server_stops() {
    let home = tempfile::tempdir().unwrap();
    let (config, store) = keeping(home.path(), false);
    let server = TestServer::start(config).await;
    let mut callers = Vec::new();
    for n in 0..5 {
        let mut caller = server.call(&format!("/ws/stream/call-{n}")).await;
        caller.until("connected").await;
        callers.push(caller);
    }
    server.stop.gently.cancel();
    for caller in &mut callers {
        caller.rest().await;
    }
    server.done.await.unwrap().unwrap();
    store.close();
    for n in 0..5 {
        let kept = store.reader().call(&format!("call-{n}")).unwrap().unwrap();
        assert_eq!(kept.call.reason.as_deref(), Some("drain"));
    }
    assert_eq!(store.health().dropped, 0);
}
