//! Layer: sim. The latencies of a turn, and the counters of a call.

use tom_base::{Epoch, Span};
use tom_call::TurnTiming;

use crate::desk::Desk;
use crate::phone::{Phone, sound};

#[tokio::test(start_paused = true)]
async fn the_latencies_of_a_turn_are_those_of_its_stages() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    let began = phone.now();
    phone.say("hello").await;
    phone.until("1.0 timing").await;
    let (_, log) = phone.hang_up().await;
    let first = log.frames(Epoch::new(1, 0))[0].0;
    // The tenth frame is the last with a voice; it is complete when it is sent.
    let last_voice = began + 180;
    let ms = |ms| Some(Span::from_millis(ms));
    let timing = log.timing(1);
    let committed = log.at(began, "committed").unwrap();
    assert_eq!(timing.voice_to_voice, ms(first - last_voice));
    assert_eq!(timing.stt, ms(50));
    assert_eq!(timing.brain, ms(0));
    assert_eq!(timing.tts, ms(30));
    assert_eq!(first, committed, "it was made in the pause");
    assert!(timing.endpoint.is_some_and(|wait| wait.as_millis().abs_diff(committed - last_voice) <= 20));
    assert_eq!(timing.barge_in, None);
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_was_not_spoken_has_no_latency_of_speech() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    // A cough, long before: it is nobody's last word.
    phone.play(&sound("yes")[..320 * 4]).await;
    phone.silence(1_000).await;
    phone.typed("hi").await;
    phone.until("speaking").await;
    phone.key('1').await;
    phone.until("2.0 timing").await;
    phone.until("3.0 timing").await;
    let (_, log) = phone.hang_up().await;
    assert!(log.has("reprompt 1"));
    for turn in 0..4 {
        let TurnTiming { endpoint, voice_to_voice, barge_in, tts, .. } = log.timing(turn);
        assert_eq!((endpoint, voice_to_voice, barge_in), (None, None, None), "turn {turn}");
        assert_eq!(tts, Some(Span::from_millis(30)));
    }
}

#[tokio::test(start_paused = true)]
async fn the_turn_after_an_interruption_has_its_own_latencies() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("long").await;
    phone.until("1.0 speaking").await;
    phone.silence(600).await;
    phone.say("stop").await;
    phone.until("2.0 timing").await;
    let (_, log) = phone.hang_up().await;
    let (before, after) = (log.timing(1), log.timing(2));
    assert!(before.barge_in.is_some() && before.stt.is_none());
    assert!(after.stt.is_some() && after.endpoint.is_some() && after.voice_to_voice.is_some());
    assert_eq!(after.barge_in, None);
}

#[tokio::test(start_paused = true)]
async fn a_key_after_a_turn_belongs_to_the_next() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.silence(500).await;
    phone.key('7').await;
    phone.until_since(0, "1.0 timing").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["0.0 timing", "1.0 key 7", "1.0 reply \"You pressed 7\"", "1.0 timing", "2.0 ended"]);
}

#[tokio::test(start_paused = true)]
async fn a_word_after_less_than_a_pause_is_heard_with_what_came_before() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("hello").await;
    phone.silence(120).await;
    phone.say("question").await;
    phone.until("1.1 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&[
        "1.0 floor Pause",
        "1.1 final \"hello question\"",
        "1.1 committed \"hello question\"",
    ]);
    assert!(!log.has("1.1 final \"question\""), "{}", log.text());
    assert_eq!(report.turns, 2);
}
