//! Layer: sim. Calls that we made: who picked up; and callers who are connected with a person.

use tom_base::{Epoch, Span};
use tom_call::{Control, Manner, OnMachine};
use tom_turn::EndReason;

use crate::desk::{Desk, GREETING};
use crate::phone::Phone;
use crate::tone::FRAME;

/// A voice of so many milliseconds: many harmonics, so that it is no beep.
fn voice(ms: usize) -> Vec<i16> {
    let buzz = |n: usize| -> i16 {
        let of = |h: usize| (n as f32 * 125.0 * h as f32 * std::f32::consts::TAU / 16_000.0).sin() * 1_500.0;
        (1..9).map(of).sum::<f32>() as i16
    };
    (0..ms * 16).map(buzz).collect()
}

fn beep() -> Vec<i16> {
    (0..FRAME * 20).map(|n| ((n as f32 * 0.4).sin() * 9_000.0) as i16).collect()
}

fn dialled(plan: OnMachine) -> Desk {
    Desk { manner: Manner { dialled: Some(plan), ..Manner::default() }, ..Desk::default() }
}

/// The agent's audio is what its voice makes of a text.
fn assert_said(desk: &Desk, log: &crate::log::Log, text: &str) {
    let (audio, sound) = (log.audio(Epoch::new(0, 0)), desk.sound(text));
    assert!(audio.starts_with(&sound), "{text:?} was not said in\n{}", log.text());
}

#[tokio::test(start_paused = true)]
async fn a_person_is_greeted_when_they_wait_for_it() {
    let mut desk = dialled(OnMachine::HangUp);
    let phone = Phone::call(&mut desk);
    phone.silence(300).await;
    phone.play(&voice(500)).await;
    let greeted = phone.until("0.0 speaking").await;
    assert!((1_400..1_700).contains(&greeted), "600 ms after their word: {greeted}");
    phone.until("0.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["action picked_up_by_human", "state connected", "0.0 speaking"]);
    assert_eq!(report.actions.first().map(|a| a.kind.as_str()), Some("picked_up_by_human"));
    assert_said(&desk, &log, GREETING);
}

#[tokio::test(start_paused = true)]
async fn nobody_is_waited_for_no_longer_than_two_and_a_half_seconds() {
    let phone = Phone::call(&mut dialled(OnMachine::HangUp));
    let greeted = phone.until("0.0 speaking").await;
    assert!((2_480..2_600).contains(&greeted), "{greeted}");
    let (_, log) = phone.hang_up().await;
    assert!(log.has("action picked_up_by_unknown"));
}

#[tokio::test(start_paused = true)]
async fn a_machine_is_hung_up_on() {
    let phone = Phone::call(&mut dialled(OnMachine::HangUp));
    phone.silence(200).await;
    phone.play(&voice(3_000)).await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Unanswered);
    assert!(log.has("action picked_up_by_machine") && !log.has("speaking"), "{}", log.text());
    assert!(report.duration <= Span::from_millis(2_520), "{:?}", report.duration);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_left_after_the_beep_whatever_the_machine_does_then() {
    let mut desk = dialled(OnMachine::Message("Please call me back.".into()));
    let phone = Phone::call(&mut desk);
    phone.play(&voice(5_000)).await;
    phone.silence(400).await;
    assert!(!phone.log().has("speaking"), "it waits for the beep");
    phone.play(&beep()).await;
    let spoke = phone.until("0.0 speaking").await;
    assert!((5_800..6_100).contains(&spoke), "{spoke}");
    phone.play(&voice(300)).await;
    let (report, log) = phone.ended().await;
    assert_eq!((report.reason, report.interruptions), (EndReason::Agent, 0));
    assert_said(&desk, &log, "Please call me back.");
}

#[tokio::test(start_paused = true)]
async fn a_mailbox_without_a_beep_gets_its_message_when_it_is_silent_and_an_endless_one_none() {
    let phone = Phone::call(&mut dialled(OnMachine::Message("Please call me back.".into())));
    phone.play(&voice(4_000)).await;
    let spoke = phone.until("0.0 speaking").await;
    assert!((6_900..7_400).contains(&spoke), "{spoke}");
    assert_eq!(phone.ended().await.0.reason, EndReason::Agent);

    let phone = Phone::call(&mut dialled(OnMachine::Message("Please call me back.".into())));
    phone.play(&voice(50_000)).await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Unanswered);
    assert!(!log.has("speaking"));
}

#[tokio::test(start_paused = true)]
async fn who_carries_on_talks_with_machines() {
    let phone = Phone::call(&mut dialled(OnMachine::CarryOn));
    phone.play(&voice(3_000)).await;
    phone.until("0.0 timing").await;
    let (report, log) = phone.hang_up().await;
    assert_eq!(report.reason, EndReason::Caller);
    log.assert_order(&["action picked_up_by_machine", "0.0 speaking"]);
}

#[tokio::test(start_paused = true)]
async fn an_announcement_is_said_to_its_end_and_then_it_is_over() {
    for dialled in [None, Some(OnMachine::HangUp)] {
        let announce = Some("Here is a call for you.".into());
        let mut desk = Desk {
            manner: Manner { dialled: dialled.clone(), announce, ..Manner::default() },
            ..Desk::default()
        };
        let phone = Phone::call(&mut desk);
        phone.play(&voice(400)).await;
        phone.until_since(0, "0.0 speaking").await;
        phone.play(&voice(700)).await;
        let (report, log) = phone.ended().await;
        assert_eq!((report.reason, report.interruptions), (EndReason::Agent, 0), "{dialled:?}");
        assert_said(&desk, &log, "Here is a call for you.");
    }
}

fn connecting() -> Desk {
    Desk { manner: Manner { connect: Span::from_millis(60_000), ..Manner::default() }, ..Desk::default() }
}

#[tokio::test(start_paused = true)]
async fn a_caller_whom_nobody_takes_is_with_the_agent_again() {
    let phone = Phone::call(&mut connecting());
    phone.until("0.0 timing").await;
    phone.say("operator").await;
    phone.until("connecting true").await;
    phone.say("hello hello").await;
    phone.silence(3_000).await;
    assert!(!phone.log().has("2.0"), "nobody listens: {}", phone.log().text());
    phone.tell(Control::NotConnected).await;
    phone.until("2.0 timing").await;
    phone.say("seven").await;
    phone.until("You said seven").await;
    let (report, log) = phone.hang_up().await;
    assert_eq!(report.reason, EndReason::Caller);
    log.assert_order(&["connecting true", "connecting false", "Nobody there", "You said seven"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_is_connected_is_gone() {
    let phone = Phone::call(&mut connecting());
    phone.until("0.0 timing").await;
    phone.say("operator").await;
    phone.until("connecting true").await;
    phone.tell(Control::HangUp(EndReason::Transferred)).await;
    assert_eq!(phone.ended().await.0.reason, EndReason::Transferred);
}
