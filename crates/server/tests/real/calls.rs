//! Layer: real. Calls over real sockets: what a client hears and reads, in which order.

use crate::common::desk::{Desk, GREETING};
use crate::common::{Caller, Got, TestServer, config};
use tom_wire::{Dialect, Message, ServerEvent, decode_server};

#[tokio::test]
async fn a_call_is_greeted_answered_and_closed() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream/call-1?cli=%2B491701234567").await;
    let Got::Message(first, text) = caller.next().await else {
        panic!("no message first");
    };
    let ServerEvent::Connected { call_id, config, sample_rate, language, .. } = &first.event else {
        panic!("{first:?}");
    };
    assert_eq!((call_id.as_str(), *sample_rate, language.as_str()), ("call-1", 16_000, "en"));
    assert_eq!(config.llm_mode, "flow");
    assert!(!text.contains("4917012"), "a number is not sent back");

    let mut messages = vec![*first];
    let mut audio_of_greeting = 0;
    let mut told = None;
    // The greeting, a key, the answer to it, then good-bye.
    let end = loop {
        match caller.next().await {
            Got::Message(message, _) => {
                match &message.event {
                    ServerEvent::TtsAudio { sample_rate: 16_000, frame_size_ms: 20, .. }
                        if message.turn_id == 0 =>
                    {
                        audio_of_greeting += 1;
                    }
                    ServerEvent::TurnEnd { .. } if message.turn_id == 0 => {
                        caller.send(r#"{"type":"dtmf","digit":"7"}"#).await;
                    }
                    ServerEvent::TurnEnd { .. } => {
                        told = Some(message.turn_id);
                        caller.send(r#"{"type":"stop"}"#).await;
                    }
                    _ => {}
                }
                messages.push(*message);
            }
            Got::Audio(_) => panic!("binary audio for a JSON client"),
            end => break end,
        }
    };
    assert!(matches!(end, Got::Closed(1000)), "{end:?}");
    // Six words of 300 ms.
    assert_eq!(audio_of_greeting, 6 * 300 / 20);
    let seqs: Vec<u64> = messages.iter().map(|m| m.seq).collect();
    assert_eq!(seqs, (0..messages.len() as u64).collect::<Vec<_>>(), "seq has gaps");
    let kinds: Vec<&ServerEvent> = messages.iter().map(|m| &m.event).collect();
    let at = |test: &dyn Fn(&ServerEvent) -> bool| kinds.iter().position(|e| test(e)).unwrap();
    let greeting = at(&|e| matches!(e, ServerEvent::LlmToken { text, .. } if text == GREETING));
    let whole = at(&|e| matches!(e, ServerEvent::LlmFinal { text, .. } if text == GREETING));
    let first_audio = at(&|e| matches!(e, ServerEvent::TtsAudio { frame_number: 0, .. }));
    let complete = at(&|e| matches!(e, ServerEvent::TtsComplete { total_frames: 90, .. }));
    let turn_end =
        at(&|e| matches!(e, ServerEvent::TurnEnd { heard, complete: true, .. } if heard == GREETING));
    let key = at(&|e| matches!(e, ServerEvent::Dtmf { digit } if digit == "7"));
    let action = at(&|e| matches!(e, ServerEvent::Action { kind, .. } if kind == "message"));
    let answer = at(&|e| matches!(e, ServerEvent::LlmToken { text, .. } if text == "You pressed 7"));
    let closed = at(&|e| matches!(e, ServerEvent::SessionClosed { reason, .. } if reason == "caller"));
    assert!(greeting < whole && whole < complete && greeting < first_audio);
    assert!(first_audio < complete && complete < turn_end && turn_end < key);
    assert!(key < answer && answer < action && action < closed);
    assert_eq!(closed, kinds.len() - 1, "session_closed is last");
    // The last message of a turn is its turn_end.
    let turn = told.unwrap();
    let last = messages.iter().rfind(|m| m.turn_id == turn && !is_state(&m.event)).unwrap();
    assert!(
        matches!(last.event, ServerEvent::TurnEnd { .. } | ServerEvent::SessionClosed { .. }),
        "{last:?}"
    );

    server.until("the call is over", |s| s.calls.count() == 0 && !s.calls.past().is_empty()).await;
    let report = &server.calls.past()[0];
    assert_eq!(report.id.as_str(), "call-1");
    assert!(!report.journal.is_empty() && !report.journal.contains("4917012"));
    assert_eq!(server.metric("tom_calls_active"), 0.0);
    assert_eq!(server.metric("tom_telephony_calls_total"), 1.0);
    assert_eq!(server.metric("tom_calls_total{outcome=\"caller\"}"), 1.0);
    assert_eq!(server.metric("tom_cli_rewrite_total"), 1.0);
    assert_eq!(server.metric("tom_ws_gateway_http_responses_total{code=\"101\"}"), 1.0);
    assert!(server.metric("tom_audio_frames_sent_total") >= 90.0);
    assert!(server.metric("tom_llm_ttft_seconds_count") >= 2.0);
    assert!(server.metric("tom_tts_ttfb_seconds_count") >= 2.0);
    assert!(server.metric("tom_stage_latency_ms_count{stage=\"tts\"}") >= 2.0);
    assert_eq!(server.metric("tom_telephony_call_duration_seconds_count"), 1.0);
    assert_eq!(server.metric("audio_queue_depth"), 0.0);
}

/// A change of state or floor is not part of a turn's story.
fn is_state(event: &ServerEvent) -> bool {
    matches!(event, ServerEvent::State { .. } | ServerEvent::Floor { .. })
}

#[tokio::test]
async fn every_shape_of_address_opens_a_call() {
    let server = TestServer::start(config()).await;
    for (path, id) in [
        ("/ws/stream/a.b_c-1", Some("a.b_c-1")),
        ("/ws/stream?call_id=q1", Some("q1")),
        ("/ws/stream", None),
        ("/ws/stream/", None),
        ("/", None),
        ("/?call_id=root", Some("root")),
    ] {
        let mut caller = server.call(path).await;
        let (first, _) = caller.until("connected").await;
        let ServerEvent::Connected { call_id, .. } = first.event else { panic!() };
        match id {
            Some(id) => assert_eq!(call_id, id),
            None => assert_eq!(call_id.len(), 32, "{call_id}"),
        }
    }
    let mut caller =
        server.call_with("/ws/stream/p", &[("sec-websocket-protocol", "other, realtime-v1")]).await.unwrap();
    assert_eq!(caller.protocol.as_deref(), Some("realtime-v1"));
    caller.until("connected").await;
}

#[tokio::test]
async fn audio_comes_in_the_form_and_rate_that_were_asked_for() {
    let server = TestServer::start(config()).await;
    for (rate, bytes) in [("8000", 320), ("16000", 640), ("24000", 960), ("48000", 1920)] {
        let mut caller = server.call(&format!("/ws/stream?audio=binary&rate={rate}")).await;
        loop {
            if let Got::Audio(audio) = caller.next().await {
                assert_eq!(audio.len(), bytes, "at {rate} Hz");
                break;
            }
        }
    }
    // Who sends binary gets binary.
    let mut caller = server.call("/ws/stream").await;
    caller.send_bytes(vec![0; 640]).await;
    while !matches!(caller.next().await, Got::Audio(_)) {}
}

#[tokio::test]
async fn answers_come_in_the_dialect_that_was_spoken() {
    let server = TestServer::start(config()).await;
    for (ping, field, dialect) in [
        (r#"{"type":"ping","ts":1760000000000}"#, "bytes", Dialect::A),
        (r#"{"type":"ping","timestamp":1760000000.5}"#, "audio", Dialect::B),
    ] {
        let mut caller = server.call("/ws/stream").await;
        caller.send(ping).await;
        let (pong, raw) = caller.until("pong").await;
        assert_eq!(raw.get("timestamp").is_some(), dialect == Dialect::B);
        assert!(matches!(pong.event, ServerEvent::Pong { client_ts: Some(_), .. }));
        let (_, audio) = caller.until("tts_audio").await;
        assert!(audio[field].is_string(), "{audio}");
        assert!(decode_server(&audio.to_string()).is_ok());
    }
}

/// Feeds a call a loud tone until it says that it stopped for it, however long a busy machine takes.
async fn speak_until_interrupted(caller: &mut Caller) -> Vec<Message> {
    let loud: Vec<u8> =
        (0..320).flat_map(|n| (if n % 32 < 16 { 8_000i16 } else { -8_000 }).to_le_bytes()).collect();
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(20));
    let mut messages = Vec::new();
    for _ in 0..1_500 {
        tokio::select! {
            _ = ticks.tick() => caller.send_bytes(loud.clone()).await,
            got = caller.next() => match got {
                Got::Message(message, _) => {
                    let over = matches!(message.event, ServerEvent::Interrupted { .. });
                    messages.push(*message);
                    if over {
                        return messages;
                    }
                }
                Got::Audio(_) => {}
                end => panic!("{end:?} before it was interrupted, after {messages:?}"),
            }
        }
    }
    panic!("half a minute of speech interrupts nothing: {messages:?}");
}

#[tokio::test]
async fn a_caller_who_speaks_takes_the_floor() {
    let desk = Desk::long_winded();
    let greeting = desk.greeting.clone();
    let server = TestServer::with(config(), desk).await;
    let mut caller = server.call("/ws/stream?audio=binary").await;
    // In a reply's first 800 ms only words take the floor, and nobody understands words here.
    let mut frames = 0;
    while frames < 45 {
        frames += usize::from(matches!(caller.next().await, Got::Audio(_)));
    }
    let messages = speak_until_interrupted(&mut caller).await;
    assert!(messages.iter().any(|m| matches!(m.event, ServerEvent::Paused { .. })), "{messages:?}");
    let Some(ServerEvent::Interrupted { heard, .. }) = messages.last().map(|m| &m.event) else { panic!() };
    assert!(greeting.starts_with(heard.trim_end()) && heard.len() < greeting.len(), "{heard}");
    let (end, _) = caller.until("turn_end").await;
    assert!(matches!(end.event, ServerEvent::TurnEnd { complete: false, .. }));
    assert_eq!(server.metric("tom_barge_in_total{kind=\"true\"}"), 1.0);
    assert_eq!(server.metric("tom_barge_in_stop_seconds_count"), 1.0);
}

#[tokio::test]
async fn a_button_stops_the_agent_too() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("tts_audio").await;
    caller.send(r#"{"type":"barge_in","ts":5,"reason":"button"}"#).await;
    caller.until("barge_in_ack").await;
    caller.until("turn_end").await;
    caller.send(r#"{"type":"text","text":"bye"}"#).await;
    let (events, end) = caller.rest().await;
    assert!(matches!(end, Got::Closed(1000)));
    assert!(events.iter().any(|e| matches!(e, ServerEvent::LlmToken { text, .. } if text == "Goodbye")));
    let Some(ServerEvent::SessionClosed { reason, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(reason, "agent");
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_call() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream/gone").await;
    caller.until("connected").await;
    assert_eq!(server.calls.live()[0].id.as_str(), "gone");
    assert_eq!(server.metric("websocket_connections_active"), 1.0);
    drop(caller);
    server.until("the call ends", |s| s.calls.count() == 0).await;
    server.until("the socket is closed", |s| s.metric("websocket_connections_active") == 0.0).await;
}

#[tokio::test]
async fn a_client_that_closes_gets_its_close_back() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("connected").await;
    caller.socket.close(None).await.unwrap();
    let (_, end) = caller.rest().await;
    assert!(matches!(end, Got::Closed(_)), "{end:?}");
    server.until("the call ends", |s| s.calls.count() == 0).await;
}

#[tokio::test]
async fn an_id_can_be_used_again_but_not_twice_at_once() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream/one").await;
    caller.until("connected").await;
    assert_eq!(server.refused("/ws/stream/one", &[]).await, (409, "BAD_CALL_ID".into()));
    caller.answers().await;
    caller.send(r#"{"type":"stop"}"#).await;
    caller.rest().await;
    server.until("the call ends", |s| s.calls.count() == 0).await;
    server.call("/ws/stream/one").await.until("connected").await;
}

#[tokio::test]
async fn a_call_that_breaks_says_so_and_touches_nobody() {
    let server = TestServer::start(config()).await;
    let mut other = server.call("/ws/stream/other").await;
    let mut caller = server.call("/ws/stream/broken").await;
    caller.until("turn_end").await;
    caller.send(r#"{"type":"text","text":"panic"}"#).await;
    assert_eq!(caller.end().await, (Some("INTERNAL"), 1011));
    other.answers().await;
    server.until("it is gone", |s| s.calls.count() == 1).await;
    assert_eq!(server.metric("tom_calls_total{outcome=\"failure\"}"), 1.0);
    assert_eq!(server.metric("tom_errors_total{component=\"call\"}"), 1.0);
}

#[tokio::test]
async fn a_stage_that_fails_is_told() {
    let server = TestServer::start(config()).await;
    let mut caller = server.call("/ws/stream").await;
    caller.until("turn_end").await;
    caller.send(r#"{"type":"text","text":"fail"}"#).await;
    let (_, error) = caller.until("error").await;
    assert_eq!(error["error"]["code"], "LLM_FAILED");
    caller.until("tts_audio").await;
    assert!(server.metric("tom_errors_total{component=\"llm\"}") >= 1.0);
}
