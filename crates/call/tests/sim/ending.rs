//! Layer: sim. The end of a call, in whatever is under way.

use tom_base::Span;
use tom_call::Control;
use tom_turn::{EndReason, TurnConfig};

use crate::desk::Desk;
use crate::phone::{Phone, sound};
use crate::voice::{Fault, Manner, ToneVoice};

/// A moment of a call, and how to come to it.
const MOMENTS: [&str; 7] = ["connected", "greeting", "listening", "speaking", "pause", "thinking", "reply"];

async fn come_to(moment: &str, desk: &mut Desk) -> Phone {
    let slow = || std::time::Duration::from_millis(600);
    let voice = desk.voice.as_ref().unwrap().clone();
    let phone = Phone::call(desk);
    match moment {
        "connected" => return phone,
        "greeting" => {
            phone.until("0.0 speaking").await;
            phone.silence(300).await;
            return phone;
        }
        _ => phone.until("0.0 timing").await,
    };
    phone.silence(300).await;
    match moment {
        "speaking" => phone.play(&sound("hello")[..320 * 8]).await,
        "pause" => {
            phone.say("and").await;
            phone.silence(100).await;
            assert!(phone.log().has("floor Pause") && !phone.log().has("committed"));
        }
        "thinking" => {
            voice.manner.lock().unwrap().delay = slow();
            phone.say("question").await;
            phone.until("committed").await;
            phone.silence(100).await;
        }
        "reply" => {
            phone.typed("long").await;
            phone.until("1.0 speaking").await;
            phone.silence(500).await;
        }
        _ => {}
    }
    phone
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_hang_up_at_any_moment() {
    for moment in MOMENTS {
        let phone = come_to(moment, &mut Desk::default()).await;
        let told = phone.now();
        let (report, log) = phone.hang_up().await;
        assert_eq!(report.reason, EndReason::Caller, "{moment}");
        assert_eq!(log.at(told, "closed Caller"), Some(told), "{moment}: at once");
    }
}

#[tokio::test(start_paused = true)]
async fn a_stop_of_the_server_is_a_spoken_goodbye_at_any_moment() {
    for moment in MOMENTS {
        let phone = come_to(moment, &mut Desk::default()).await;
        let told = phone.now();
        phone.tell(Control::Drain).await;
        phone.say("stop wait").await;
        let (report, log) = phone.ended().await;
        assert_eq!(report.reason, EndReason::Drain, "{moment}");
        log.assert_order(&["reply \"We close now\"", "speaking", "speech complete 24"]);
        log.assert_order(&["turn end \"We close now\" all", "ended Drain", "closed Drain"]);
        let over = log.at(told, "closed").unwrap();
        assert!(over - told < 10_000, "{moment}: {} ms", over - told);
    }
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_without_a_working_voice_ends_the_call_all_the_same() {
    let dead = Manner { fault: Some((Fault::Silent, 1_000)), ..Manner::default() };
    let mut desk = Desk { voice: Some(ToneVoice::new(500.0, dead)), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.silence(100).await;
    let told = phone.now();
    phone.tell(Control::Drain).await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Drain);
    log.assert_order(&["reply \"We close now\"", "closed Drain"]);
    assert!(log.at(told, "closed").unwrap() - told <= 10_020, "within the time for goodbyes");
}

#[tokio::test(start_paused = true)]
async fn the_dialogue_ends_the_call_when_all_was_heard() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("bye").await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Agent);
    assert_eq!(log.audio(tom_base::Epoch::new(1, 0)).len(), desk.sound("Goodbye").len());
    let last = log.all_frames().last().unwrap().0;
    assert!(log.at(0, "closed").unwrap() >= last + 20, "what was sent had time to be played");
}

#[tokio::test(start_paused = true)]
async fn a_call_is_handed_over() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("operator").await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Transferred);
    log.assert_order(&["reply \"I put you through\"", "speech complete", "closed Transferred"]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_lasts_too_long_is_ended_with_a_word() {
    let turn = TurnConfig { longest_call: Span::from_millis(5_000), ..TurnConfig::default() };
    let mut desk = Desk { turn, ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("ended").await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::TooLong);
    log.assert_order(&["reply \"Goodbye then\"", "speech complete", "closed TooLong"]);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_reads_slowly_at_the_end_gets_everything() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.stuck(true);
    phone.typed("bye").await;
    phone.silence(1_500).await;
    phone.stuck(false);
    phone.silence(500).await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Agent);
    log.assert_order(&["1.0 reply \"Goodbye\"", "1.0 turn end", "ended Agent", "closed Agent"]);
}
