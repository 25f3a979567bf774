//! Layer: real. Event streams: who is told what, resuming, slow readers, the end.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncWriteExt;

use super::schema::{document, faults};
use super::{Follower, Got, short_call, whole_call};
use crate::common::{TestServer, config};

fn fits(schema: &str, got: &Got) {
    let schema = json!({"$ref": format!("#/components/schemas/{schema}")});
    let wrong = faults(&document(), &schema, &got.data);
    assert!(wrong.is_empty(), "{got:?}: {wrong:?}");
}

#[tokio::test]
async fn calls_are_told_as_they_happen_and_told_again_after_a_break() {
    let server = TestServer::start(config()).await;
    let mut follower = Follower::new(&server, "/api/v1/events", "").await;
    assert!(follower.head.contains("cache-control: no-cache"), "{}", follower.head);
    whole_call(&server, "a").await;
    let mut all = Vec::new();
    while all.last().is_none_or(|got: &Got| got.name != "call.ended") {
        all.push(follower.next().await.unwrap());
    }
    let names: Vec<_> = all.iter().map(|got| got.name.as_str()).collect();
    assert_eq!(names, ["call.started", "call.turn", "call.turn", "call.ended"]);
    fits("Call", &all[0]);
    fits("CallTurnEvent", &all[1]);
    fits("Call", &all[3]);
    assert_eq!((&all[0].data["state"], &all[3].data["state"]), (&json!("live"), &json!("ended")));
    assert_eq!(all[2].data["turn"]["cause"], "keyed");
    drop(follower);

    let header = format!("Last-Event-ID: {}\r\n", all[1].id.as_ref().unwrap());
    let mut again = Follower::new(&server, "/api/v1/events", &header).await;
    assert_eq!(again.next().await.as_ref(), Some(&all[2]));
    assert_eq!(again.next().await.as_ref(), Some(&all[3]));
    let path = format!("/api/v1/events?last_event_id={}", all[3].id.as_ref().unwrap());
    let mut current = Follower::new(&server, &path, "").await;
    short_call(&server, "b").await;
    assert_eq!(current.next().await.unwrap().data["id"], "b", "nothing was missed");
    let mut lost = Follower::new(&server, "/api/v1/events", "Last-Event-ID: 1234-5\r\n").await;
    assert_eq!(lost.next().await.unwrap().name, "resync");
}

#[tokio::test]
async fn one_call_can_be_followed_to_its_end() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream/a").await;
    caller.until("connected").await;
    let mut follower = Follower::new(&server, "/api/v1/calls/a/events", "").await;
    let first = follower.next().await.unwrap();
    assert_eq!((first.name.as_str(), &first.data["call"]["state"]), ("call", &json!("live")));
    fits("Detail", &first);
    caller.until("turn_end").await;
    caller.send(r#"{"type":"dtmf","digit":"7"}"#).await;
    let action = follower.until("action").await;
    assert_eq!((&action.data["kind"], &action.data["data"]), (&json!("message"), &json!(null)));
    caller.send(r#"{"type":"stop"}"#).await;
    let mut last = None;
    let mut seq = action.data["seq"].as_u64().unwrap();
    while let Some(got) = follower.next().await {
        fits("Notice", &got);
        assert_eq!(got.data["seq"], seq + 1, "no gap");
        seq += 1;
        last = Some(got);
    }
    let last = last.unwrap();
    assert!(last.name == "ended" || last.name == "latency", "{last:?}");
}

#[tokio::test]
async fn a_silent_stream_shows_that_it_lives() {
    let mut config = config();
    config.timing.event_heartbeat = Duration::from_millis(20);
    let server = TestServer::start(config).await;
    let mut follower = Follower::new(&server, "/api/v1/events", "").await;
    while !follower.line().await.unwrap().starts_with(": still here") {}
    short_call(&server, "a").await;
    assert_eq!(follower.next().await.unwrap().name, "call.started");
}

/// Makes short calls until the server holds so many streams.
async fn calls_until(server: &TestServer, quick: &mut Follower, streams: usize) {
    // More than the sockets' buffers, the stream's and the queue can hold.
    for n in 0..900 {
        if server.calls.event_streams() == streams {
            return;
        }
        let id = format!("call-{n}-{}", "x".repeat(80));
        short_call(server, &id).await;
        while quick.until("call.ended").await.data["id"] != id.as_str() {}
    }
    panic!("never dropped");
}

#[tokio::test]
async fn who_does_not_read_is_dropped_and_told_so_at_last() {
    let mut config = config();
    config.timing.slow_client = crate::common::PATIENCE;
    let server = TestServer::start(config).await;
    let mut slow = Follower::new(&server, "/api/v1/events", "").await;
    let mut quick = Follower::new(&server, "/api/v1/events", "").await;
    calls_until(&server, &mut quick, 1).await;
    let mut last = None;
    while let Some(got) = slow.next().await {
        last = Some(got);
    }
    let last = last.unwrap();
    assert_eq!((last.name.as_str(), &last.data["reason"]), ("dropped", &json!("too_slow")));
    short_call(&server, "after").await;
    assert_eq!(quick.until("call.ended").await.data["id"], "after", "others are not touched");
}

#[tokio::test]
async fn who_never_reads_loses_its_connection() {
    let mut config = config();
    config.timing.slow_client = Duration::from_millis(50);
    let server = TestServer::start(config).await;
    let mut stuck = Follower::new(&server, "/api/v1/events", "").await;
    let mut quick = Follower::new(&server, "/api/v1/events", "").await;
    calls_until(&server, &mut quick, 1).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    while let Some(got) = stuck.next().await {
        assert_ne!(got.name, "dropped", "the connection was closed before it read that");
    }
    short_call(&server, "after").await;
    assert_eq!(quick.until("call.ended").await.data["id"], "after", "others are not touched");
}

#[tokio::test]
async fn streams_end_when_the_server_stops() {
    let server = TestServer::start(config()).await;
    let mut follower = Follower::new(&server, "/api/v1/events", "").await;
    server.stop.gently.cancel();
    assert_eq!(follower.next().await, None);
    server.done.await.unwrap().unwrap();
}

#[tokio::test]
async fn a_follower_that_goes_away_leaves_its_place() {
    let server = TestServer::start(config()).await;
    for _ in 0..200 {
        let mut stream = tokio::net::TcpStream::connect(server.address).await.unwrap();
        let text = format!("GET /api/v1/events HTTP/1.1\r\nHost: {}\r\n\r\n", server.address);
        stream.write_all(text.as_bytes()).await.unwrap();
        drop(stream);
    }
    server.until("all have gone", |server| server.calls.event_streams() == 0).await;
    Follower::new(&server, "/api/v1/events", "").await;
}
