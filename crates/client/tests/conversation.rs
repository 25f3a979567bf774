//! Layer: wire. Whole calls against a small agent on loopback: turns, barge-in, both dialects, actions.
#![expect(clippy::unwrap_used, reason = "a test")]

mod agent;

use std::time::Duration;

use agent::{converse, listen};
use tom_base::Key;
use tom_client::{
    Act, AudioForm, CallOptions, Caller, CancellationToken, Dialect, Ended, Outcome, Recording, Side,
    SpeechStart,
};

/// 100 ms of silence, 600 ms of a voice, 100 ms of silence, as 8 kHz WAV.
fn question() -> Recording {
    let pcm: Vec<i16> =
        (0..6_400i16).map(|n| if (800..5_600).contains(&n) { (n % 50 - 25) * 400 } else { 0 }).collect();
    Recording::from_wav("question.wav", &tom_audio::wav::to_bytes(8_000, 1, &pcm)).unwrap()
}

const fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

async fn call(options: CallOptions) -> tom_client::Report {
    let call = Caller::new(options).run(CancellationToken::new());
    // A bound in time, not a measurement.
    let report = tokio::time::timeout(Duration::from_secs(60), call).await.unwrap().unwrap();
    println!("{report}");
    report
}

#[tokio::test]
async fn two_turns_are_answered_and_measured() {
    let (url, log) = listen(converse).await;
    let mut options = CallOptions::new(url)
        .say(question(), SpeechStart::AfterAgent)
        .say(question(), SpeechStart::AfterAgent);
    options.call_id = Some("c-1".into());
    options.token = Some("s3cret".into());
    let report = call(options).await;
    assert!(report.is_good(), "{report:?}");
    assert_eq!(report.ended, Ended::Caller);
    assert_eq!(report.close.as_ref().unwrap().code, 1000);
    assert_eq!(report.call_id.as_deref(), Some("c-1"));
    assert_eq!(report.turns.len(), 2);
    let greeting = report.greeting_ms.unwrap();
    for turn in &report.turns {
        // The agent answers after 300 ms of silence; the client cannot have heard it sooner.
        assert!(turn.latency_ms.unwrap() >= 250, "{turn:?}");
        assert_eq!(turn.barge_in, None);
        assert!(turn.began_ms > greeting + 900, "it waits for the greeting's end");
    }
    assert!(report.turns[1].began_ms > report.turns[0].voice_to_ms.unwrap() + 600);
    let texts: Vec<_> =
        report.transcript.iter().map(|t| (t.turn_id, t.caller.as_str(), t.agent.as_str())).collect();
    let turn = ("opening hours", "Nine to five.");
    assert_eq!(texts, [(0, "", "Hello."), (1, turn.0, turn.1), (2, turn.0, turn.1)]);
    assert_eq!(report.transcript[1].latency.unwrap().e2e_ms, Some(5));
    // A second of greeting and two answers of 600 ms, give or take a frame at each edge.
    let audible = report.heard.iter().filter(|s| **s != 0).count() / 16;
    assert!((2_000..=2_300).contains(&audible), "{audible} ms");
    let seen = log.lock().unwrap();
    assert!(seen.uri.starts_with("/ws/stream/c-1?rate=16000&audio=binary&dialect=native"), "{}", seen.uri);
    assert_eq!(seen.authorization, "Bearer s3cret");
    assert_eq!(seen.odd, 0, "every frame has 640 bytes");
    assert!(!serde_json::to_string(&report).unwrap().contains("s3cret"));
}

#[tokio::test]
async fn speech_into_the_greeting_interrupts_it() {
    let (url, _) = listen(converse).await;
    let report = call(CallOptions::new(url).say(question(), SpeechStart::IntoAgent(ms(300)))).await;
    assert!(report.is_good(), "{report:?}");
    let turn = &report.turns[0];
    let barge_in = turn.barge_in.unwrap();
    assert_eq!(barge_in.outcome, Outcome::Interrupted);
    assert!(turn.latency_ms.is_some());
    let what: Vec<_> = report.timeline.iter().map(|e| e.what.as_str()).collect();
    let at = |name: &str| what.iter().position(|w| *w == name);
    assert!(at("speech_begins") < at("clear") && at("clear") < at("interrupted"), "{what:?}");
    let audible = report.heard.iter().filter(|s| **s != 0).count() / 16;
    assert!(audible < 1_500, "the greeting was cut: {audible} ms");
}

#[tokio::test]
async fn dialect_a_and_json_audio_work_the_same() {
    let (url, log) = listen(converse).await;
    let mut options = CallOptions::new(url).say(question(), SpeechStart::AfterAgent);
    options.dialect = Dialect::A;
    options.audio = AudioForm::Json;
    let report = call(options).await;
    assert!(report.is_good(), "{report:?}");
    assert!(report.turns[0].latency_ms.is_some());
    let seen = log.lock().unwrap();
    assert_eq!(seen.binaries, 0);
    let chunk = &seen.texts[0];
    assert_eq!((&chunk["type"], &chunk["format"]), (&"audio_chunk".into(), &"pcm16_16k".into()));
    assert!(chunk["ts"].as_f64().unwrap() > 1e12, "milliseconds: {chunk}");
    assert!(chunk["data"].is_string() && chunk.get("audio").is_none());
}

#[tokio::test]
async fn actions_happen_in_their_order() {
    let (url, log) = listen(converse).await;
    let keys = "1#".chars().filter_map(Key::from_char).collect();
    let report = call(
        CallOptions::new(url)
            .act(ms(900), Act::HangUp)
            .act(ms(300), Act::Text("hello".into()))
            .act(ms(100), Act::Keys(keys))
            .act(ms(500), Act::BargeIn),
    )
    .await;
    assert_eq!(report.ended, Ended::Caller);
    assert!(report.problems.is_empty(), "{report:?}");
    let seen = log.lock().unwrap();
    let texts: Vec<_> = seen.texts.iter().map(|t| t["type"].as_str().unwrap()).collect();
    // The second key is 200 ms after the first, with the text.
    assert_eq!(texts.len(), 5, "{texts:?}");
    assert_eq!((texts[0], texts[3], texts[4]), ("dtmf", "barge_in", "stop"));
    assert_eq!(seen.texts[0]["digit"], "1");
    assert!(report.timeline.iter().any(|e| e.side == Side::Server && e.what == "barge_in_ack"));
}

#[tokio::test]
async fn a_cancelled_call_hangs_up_and_tells_what_there_was() {
    let (url, log) = listen(converse).await;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    // Cancelled by what happens, not by the clock.
    let caller = Caller::new(CallOptions::new(url)).watch(move |entry| {
        if entry.what == "voice_begins" {
            stop.cancel();
        }
    });
    let report = caller.run(cancel).await.unwrap();
    assert_eq!(report.ended, Ended::Cancelled);
    assert!(!report.is_good());
    assert_eq!(report.close.unwrap().code, 1000);
    assert_eq!(log.lock().unwrap().texts.last().unwrap()["type"], "stop");
    assert!(report.timeline.iter().any(|e| e.what == "connected"));
}
