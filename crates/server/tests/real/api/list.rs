//! Layer: real. Lists of calls: running, just over and kept, as one list.

use tom_server::{Keep, ServerConfig};
use tom_store::{Action, Call, Detail};

use super::{json, keeping, short_call, whole_call};
use crate::common::desk::GREETING;
use crate::common::{TestServer, config};

fn ids(page: &serde_json::Value) -> Vec<&str> {
    page["calls"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap()).collect()
}

fn past(id: &str, started_ms: u64, transport: &str, outcome: Option<&str>) -> Detail {
    let call = Call {
        id: id.into(),
        started_ms,
        transport: transport.into(),
        language: "de-at".into(),
        variant: "v2".into(),
        reason: Some("agent".into()),
        duration_ms: Some(1_000),
        rating: outcome.map(|_| 5),
        ..Call::default()
    };
    let actions = outcome.map(|kind| Action { kind: kind.into(), data: None });
    Detail { call, turns: Vec::new(), actions: actions.into_iter().collect() }
}

/// Milliseconds since 1970, an hour ago.
fn an_hour_ago() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    now.as_millis() as u64 - 3_600_000
}

#[tokio::test]
async fn running_and_past_calls_are_one_list_that_can_be_turned_page_by_page() {
    let home = tempfile::tempdir().unwrap();
    let (config, store) = keeping(home.path(), false);
    let began = an_hour_ago();
    for n in 0..25 {
        store.ended(past(&format!("old-{n:02}"), began + n, "twilio", (n % 5 == 0).then_some("transfer")));
    }
    store.flush().unwrap();
    let server = TestServer::start(config).await;
    whole_call(&server, "fresh").await;
    let mut live = server.call("/ws/stream/live-1?lang=de").await;
    live.until("connected").await;

    let wanted: Vec<String> = ["live-1".into(), "fresh".into()]
        .into_iter()
        .chain((0..25).rev().map(|n| format!("old-{n:02}")))
        .collect();
    for limit in [1, 2, 7, 27, 200] {
        let mut all = Vec::new();
        let mut cursor = String::new();
        loop {
            let (status, page) = json(&server, &format!("/api/v1/calls?limit={limit}&cursor={cursor}")).await;
            assert_eq!(status, 200, "{page}");
            assert!(ids(&page).len() <= limit);
            all.extend(ids(&page).into_iter().map(str::to_owned));
            match page["next"].as_str() {
                Some(next) => cursor = next.to_owned(),
                None => break,
            }
        }
        assert_eq!(all, wanted, "in pages of {limit}");
    }
    for (query, wanted) in [
        ("state=live", vec!["live-1"]),
        ("state=ended&transport=ws", vec!["fresh"]),
        ("language=de&transport=ws", vec!["live-1"]),
        ("outcome=transfer&rating=5&limit=2", vec!["old-20", "old-15"]),
        ("outcome=message", vec!["fresh"]),
        ("q=LD-0&reason=agent&limit=3", vec!["old-09", "old-08", "old-07"]),
        ("variant=v2&language=de&q=24", vec!["old-24"]),
        ("state=lost", vec![]),
        ("to=2020-01-01", vec![]),
        ("from=2020-01-01&limit=1", vec!["live-1"]),
    ] {
        let (status, page) = json(&server, &format!("/api/v1/calls?{query}")).await;
        assert_eq!((status, ids(&page)), (200, wanted), "{query}");
    }
    drop(live);
}

#[tokio::test]
async fn one_call_is_told_with_its_turns() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream/one").await;
    caller.until("turn_end").await;
    let (_, live) = json(&server, "/api/v1/calls/one").await;
    assert_eq!((&live["call"]["state"], &live["call"]["turns"]), (&"live".into(), &1.into()), "{live}");
    caller.send(r#"{"type":"dtmf","digit":"7"}"#).await;
    caller.until("turn_end").await;
    super::hang_up(&server, caller, "one").await;
    let (_, past) = json(&server, "/api/v1/calls/one").await;
    assert_eq!(past["call"]["state"], "ended");
    assert_eq!(past["call"]["reason"], "caller");
    assert_eq!(past["call"]["outcomes"], serde_json::json!(["message"]));
    let turns = past["turns"].as_array().unwrap();
    assert_eq!((turns.len(), past["call"]["turns"].as_u64()), (2, Some(2)), "{past:#}");
    assert_eq!((&turns[0]["cause"], &turns[1]["cause"]), (&"opening".into(), &"keyed".into()));
    assert_eq!(turns[0]["complete"], true);
    assert!(turns[1]["latency"]["tts_ms"].is_u64() && turns[1]["latency"]["stt_ms"].is_null(), "{past:#}");
    assert!(past["media"]["frames_out"].as_u64().unwrap() > 90, "{past:#}");
    assert!(past["call"]["duration_ms"].as_u64().unwrap() > 0);
    let (_, _, timeline) = super::request(&server, "GET", "/api/v1/calls/one/timeline", "").await;
    assert!(timeline.contains(GREETING), "{timeline}");
}

#[tokio::test]
async fn without_a_database_the_last_calls_are_there_and_the_answer_says_so() {
    for (keep, status) in [(Keep::Off, "off"), (Keep::Failed("no disk".into()), "down")] {
        let server = TestServer::start(ServerConfig { keep, ..config() }).await;
        short_call(&server, "only").await;
        let (code, page) = json(&server, "/api/v1/calls").await;
        assert_eq!((code, ids(&page)), (200, vec!["only"]));
        assert_eq!(page["store"]["status"], status);
        let (_, health) = json(&server, "/health").await;
        assert_eq!(health["components"]["store"]["status"], status);
        let whole = if status == "down" { "degraded" } else { "ok" };
        assert_eq!((&health["status"], &health["ready"]), (&whole.into(), &true.into()));
    }
}

#[tokio::test]
async fn a_call_whose_task_breaks_is_a_failed_one() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream/broken").await;
    caller.until("turn_end").await;
    caller.send(r#"{"type":"text","text":"panic"}"#).await;
    caller.rest().await;
    super::ended(&server, "broken").await;
    let (_, call) = json(&server, "/api/v1/calls/broken").await;
    assert_eq!((&call["call"]["reason"], &call["call"]["duration_ms"]), (&"failure".into(), &().into()));
    assert_eq!(call["turns"][0]["cause"], "opening");
}
