//! Layer: real. A whole spoken exchange in each older server's dialect: greeting, question, answer, interruption.

use crate::common::desk::{Desk, GREETING};
use crate::common::talker::{Spelling, Talker};
use crate::common::{TestServer, config};
use serde_json::{Value, json};
use tom_wire::decode_server;

async fn server() -> TestServer {
    TestServer::with(config(), Desk { ears: true, ..Desk::default() }).await
}

/// Asserts that the types come in that order, others between them.
fn order(kinds: &[String], wanted: &[&str]) {
    let mut rest = kinds.iter();
    for want in wanted {
        assert!(rest.any(|kind| kind == want), "no {want} in its place of {wanted:?} in {kinds:?}");
    }
}

/// Greeting, "hello" and its answer, a long answer that "stop" interrupts, the answer to that, good-bye.
async fn exchange(server: &TestServer, spelling: Spelling, audio: &str) -> Vec<Value> {
    let caller = server.call("/ws/stream").await;
    let mut talker = Talker::new(caller, spelling);
    let connected = talker.until("connected").await;
    assert_eq!(connected["config"]["llm_mode"], "flow");
    assert_eq!(connected["session_id"], connected["call_id"]);
    assert_eq!(connected["pipeline_mode"], "modular");
    assert!(connected["timestamp"].as_str().unwrap().ends_with('Z'), "whoever it is, it may look for that");
    let end = talker.until("turn_end").await;
    assert_eq!((&end["heard"], &end["complete"]), (&json!(GREETING), &json!(true)));

    let asked = talker.log.len();
    talker.say("hello").await;
    let end = talker.until("turn_end").await;
    assert_eq!(end["heard"], "You said hello");
    for stage in ["end_of_turn_ms", "stt_ms", "llm_ms", "tts_ms", "e2e_ms", "voice_to_voice_ms"] {
        assert!(end["latency"][stage].is_u64(), "{stage} in {end}");
    }
    let kinds = talker.kinds(asked);
    let story = [
        "stt_started",
        "stt_partial",
        "stt_stopped",
        "stt_final",
        "llm_token",
        "llm_final",
        audio,
        "tts_complete",
    ];
    order(&kinds, &story);
    assert_eq!(kinds.last().unwrap(), "turn_end");
    let said = talker.all("stt_final", asked)[0];
    assert_eq!(
        (&said["text"], &said["provider"], &said["language"]),
        (&json!("hello"), &json!("tones"), &json!("en"))
    );
    assert!((said["confidence"].as_f64().unwrap() - 0.9).abs() < 1e-3);

    talker.say("speech").await;
    talker.until("llm_final").await;
    talker.several(audio, 30).await;
    let over = talker.log.len();
    talker.say("stop").await;
    let interrupted = talker.until("interrupted").await;
    let end = talker.until("turn_end").await;
    assert_eq!((&end["complete"], &end["heard"]), (&json!(false), &interrupted["heard"]));
    assert!(end["latency"]["barge_in_ms"].is_u64(), "{end}");
    order(&talker.kinds(over), &["paused", "clear", "interrupted", "turn_end"]);
    let since = talker.log.len();
    let end = talker.until("turn_end").await;
    assert_eq!((&end["heard"], &end["complete"]), (&json!("You said stop"), &json!(true)));
    assert!(talker.log[since..].iter().all(|m| m["turn_id"].is_null() || m["turn_id"] == end["turn_id"]));

    let now = match spelling {
        Spelling::A => json!({"type": "ping", "ts": 1_760_000_000_123u64}),
        _ => json!({"type": "ping", "timestamp": 1_760_000_000.123}),
    };
    talker.send(now).await;
    talker.until("pong").await;
    talker.send(json!({"type": "barge_in", "call_id": "c", "reason": "user_interrupted"})).await;
    talker.until("barge_in_ack").await;
    talker.send(json!({"type": "audio_end"})).await;
    talker.send(json!({"type": "switch_mode", "mode": "modular"})).await;
    assert_eq!(talker.until("mode_switched").await["mode"], "modular");
    talker.send(json!({"type": "stop"})).await;
    let closed = talker.until("session_closed").await;
    assert_eq!(closed["session_id"], connected["call_id"]);
    assert_eq!(talker.until("(closed)").await["code"], 1000);

    let messages: Vec<Value> =
        talker.log.iter().filter(|m| !m["type"].as_str().unwrap().starts_with('(')).cloned().collect();
    for (n, message) in messages.iter().enumerate() {
        assert_eq!(message["seq"], n, "no gaps");
        assert!(message["turn_id"].is_u64() && message["ts"].is_u64());
        assert!(decode_server(&message.to_string()).is_ok(), "{message}");
    }
    assert!(!kinds.contains(&"error".to_owned()), "{kinds:?}");
    talker.log.clone()
}

fn of<'a>(log: &'a [Value], kind: &str) -> Vec<&'a Value> {
    log.iter().filter(|m| m["type"] == kind).collect()
}

#[tokio::test]
async fn dialect_a_is_spoken_to_the_end() {
    let log = exchange(&server().await, Spelling::A, "tts_audio").await;
    // Its first message decides; what left before it is spelled for everybody.
    let mine = &log[log.iter().position(|m| m["bytes"].is_string()).unwrap()..];
    assert!(log.len() - mine.len() < 30, "it decides at once");
    for message in mine {
        assert!(message.get("timestamp").is_none(), "{message}");
        assert!(!["pipeline_complete", "(audio)"].contains(&message["type"].as_str().unwrap()));
    }
    for audio in of(mine, "tts_audio") {
        assert!(audio["bytes"].is_string() && audio.get("audio").is_none());
        assert_eq!(audio["codec"], "pcm16");
    }
    for token in of(&log, "llm_token") {
        assert!((1..=100).contains(&token["text"].as_str().unwrap().len()), "{token}");
    }
    // The long answer came in pieces, which are it.
    let long = of(&log, "llm_final").into_iter().find(|m| m["text"].as_str().unwrap().len() > 100).unwrap();
    let pieces: String = of(&log, "llm_token")
        .into_iter()
        .filter(|m| m["turn_id"] == long["turn_id"])
        .map(|m| m["text"].as_str().unwrap())
        .collect();
    assert_eq!(pieces, long["text"].as_str().unwrap());
    let pong = of(&log, "pong")[0];
    assert!(pong.get("latency_ms").is_none());
}

#[tokio::test]
async fn dialect_b_is_spoken_to_the_end() {
    for spelling in [Spelling::B, Spelling::C] {
        let log = exchange(&server().await, spelling, "tts_audio").await;
        let mine = &log[log.iter().position(|m| m["type"] == "tts_audio").unwrap()..];
        for message in mine.iter().filter(|m| m["type"] != "(closed)") {
            assert!(message["timestamp"].as_str().unwrap().ends_with('Z'), "{message}");
        }
        for audio in of(mine, "tts_audio") {
            assert!(audio["audio"].is_string() && audio.get("bytes").is_none());
            assert_eq!((&audio["sample_rate"], &audio["frame_size_ms"]), (&json!(16_000), &json!(20)));
            assert_eq!(audio["provider"], "tone");
        }
        for token in of(mine, "llm_token") {
            assert_eq!((&token["provider"], &token["model"]), (&json!("test"), &json!("test")));
        }
        let ends = of(mine, "turn_end");
        assert_eq!(ends.len(), 4);
        for end in ends {
            assert_eq!(end["pipeline"], "modular");
            let before =
                log.iter().find(|m| m["seq"].as_u64() == Some(end["seq"].as_u64().unwrap() - 1)).unwrap();
            let completes = before["type"] == "pipeline_complete";
            assert_eq!(completes, end["complete"] == true, "{before} before {end}");
        }
    }
}

#[tokio::test]
async fn who_sends_binary_speaks_our_own() {
    let log = exchange(&server().await, Spelling::Binary, "(audio)").await;
    assert!(of(&log, "(audio)").iter().all(|m| m["bytes"] == 640));
    // Nothing of the greeting was sent before the first binary frame came, or very little.
    assert!(of(&log, "tts_audio").len() < 20);
    assert!(of(&log, "pipeline_complete").is_empty());
    // A ping in B's spelling comes too late to change anything.
    let after = log.iter().skip_while(|m| m["type"] != "pong").skip(1);
    assert!(after.clone().count() > 3 && after.clone().all(|m| m["type"] != "pipeline_complete"));
}

#[tokio::test]
async fn a_stage_that_fails_has_a_message_of_its_own_in_dialect_b() {
    let server = server().await;
    let mut talker = Talker::new(server.call("/ws/stream?dialect=b").await, Spelling::Binary);
    talker.until("turn_end").await;
    talker.send(json!({"type": "text", "text": "fail"})).await;
    let failed = talker.until("llm_error").await;
    let error = talker.next().await;
    assert_eq!((&error["type"], &error["error"]["code"]), (&json!("error"), &json!("LLM_FAILED")));
    assert_eq!((&failed["error"], &failed["provider"]), (&error["message"], &json!("test")));
    assert_eq!(talker.until("pipeline_error").await["error"], error["message"]);
    assert_eq!(talker.next().await["type"], "turn_end");
}

#[tokio::test]
async fn history_is_forgotten_and_the_pace_is_set() {
    let server = server().await;
    let mut talker = Talker::new(server.call("/ws/stream").await, Spelling::Binary);
    talker.until("turn_end").await;
    talker.say("history").await;
    assert_eq!(talker.until("llm_final").await["text"], "I remember 1", "the greeting");
    talker.until("turn_end").await;
    talker.send(json!({"type": "clear_history"})).await;
    let updated = talker.until("session_updated").await;
    assert_eq!((&updated["change"], &updated["applied"]), (&json!("history"), &json!(true)));
    talker.say("history").await;
    assert_eq!(talker.until("llm_final").await["text"], "I remember 0");
    talker.send(json!({"type": "set_speed", "speed": 50})).await;
    let updated = talker.until("session_updated").await;
    assert_eq!((&updated["change"], &updated["applied"]), (&json!("speed"), &json!(true)));
    talker.send(json!({"type": "pong"})).await;
    talker.send(json!({"type": "ping"})).await;
    talker.until("pong").await;
    assert!(talker.all("error", 0).is_empty());
}

#[tokio::test]
async fn a_token_as_the_first_message_shows_dialect_b() {
    let mut config = config();
    config.token = Some(tom_server::Token::new("correct-horse-battery").unwrap());
    let server = TestServer::with(config, Desk { ears: true, ..Desk::default() }).await;
    let mut caller = server.call("/ws/stream").await;
    caller.send(r#"{"jwt":"correct-horse-battery"}"#).await;
    let mut talker = Talker::new(caller, Spelling::Binary);
    talker.until("turn_end").await;
    order(&talker.kinds(0), &["connected", "(audio)", "pipeline_complete", "turn_end"]);
    // Without a token to show, one that comes all the same is no mistake.
    let open = self::server().await;
    let mut caller = open.call("/ws/stream").await;
    caller.send(r#"{"jwt":"whatever"}"#).await;
    let (_, pong) = {
        caller.send(r#"{"type":"ping","ts":5}"#).await;
        caller.until("pong").await
    };
    assert!(pong["timestamp"].is_string(), "B, whatever comes after it: {pong}");
}

#[tokio::test]
async fn calls_are_taken_at_these_addresses_only() {
    let server = server().await;
    for path in ["/ws", "/ws/", "/ws?call_id=x1", "/ws/stream/x2?skill=Workshop&cli=%2B4930123"] {
        server.call(path).await.until("connected").await;
    }
    for path in ["/ws/other/place/x3", "/stream/x3", "/x3"] {
        assert_eq!(server.refused(path, &[]).await, (404, "BAD_PARAMETER".into()), "{path}");
    }
}
