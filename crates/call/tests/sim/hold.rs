//! Layer: sim. A caller on hold: what is heard meanwhile, what is not, and how the call goes on.

use tom_audio::HoldMusic;
use tom_base::{Key, Span};
use tom_call::{Control, Manner};
use tom_turn::{Back, Cause, EndReason, Hold};

use crate::desk::Desk;
use crate::log::Log;
use crate::phone::Phone;

/// The music that calls have of their own.
const MELODY: u64 = 7;

fn hold(seconds: u64) -> Control {
    Control::Hold(Hold { longest: Span::from_millis(seconds * 1_000), key: None, music: true })
}

/// What was sent between two messages.
fn between(log: &Log, begin: &str, end: &str) -> Vec<(u64, Vec<i16>)> {
    let place = |what: &str| {
        let at = log.0.iter().position(|(_, m)| crate::log::words(m).contains(what));
        at.unwrap_or_else(|| panic!("no {what:?} in\n{}", log.text()))
    };
    let pcm = log.0[place(begin)..place(end)].iter().filter_map(|(at, message)| match message {
        tom_call::Outbound::Frame { pcm, .. } => Some((*at, pcm.to_vec())),
        _ => None,
    });
    pcm.collect()
}

#[tokio::test(start_paused = true)]
async fn a_caller_on_hold_hears_music_in_step_and_nobody_listens() {
    let mut desk = Desk::default();
    let asked = desk.clerk.asked.clone();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("wait").await;
    let began = phone.until("held true").await;
    phone.say("hello hello").await;
    phone.key('5').await;
    phone.silence(15_000).await;
    phone.tell(Control::Resume).await;
    let ended = phone.until_since(began, "held false").await;
    phone.until("2.0 timing").await;
    phone.say("seven").await;
    phone.until("You said seven").await;
    let (report, log) = phone.hang_up().await;
    assert_eq!(report.reason, EndReason::Caller);
    log.assert_order(&["held true", "key 5", "clear", "held false", "Back Resumed", "You said seven"]);
    assert_eq!(log.count("partial \"hello"), 0, "nobody listens: {}", log.text());
    let asked = asked.lock().unwrap();
    assert!(matches!(asked[2], Cause::HoldOver(Back::Resumed)), "{asked:?}");

    let music = between(&log, "held true", "held false");
    let due = (ended - began) / 20;
    assert!(
        (due - 1..=due + 3).contains(&(music.len() as u64)),
        "{} frames in {} ms",
        music.len(),
        ended - began
    );
    let mut melody = HoldMusic::melody(MELODY);
    for (at, pcm) in &music {
        let mut frame = [0; 320];
        melody.fill(&mut frame);
        assert_eq!(pcm[..], frame, "the melody, from its beginning and without a gap: {at}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_hold_ends_by_its_time_and_by_its_key() {
    for (keyed, words) in [(false, "wait quietly"), (true, "wait")] {
        let phone = Phone::call(&mut Desk::default());
        phone.until("0.0 timing").await;
        phone.typed(words).await;
        let began = phone.until("held true").await;
        if keyed {
            phone.silence(2_000).await;
            phone.key('#').await;
        }
        let ended = phone.until_since(began, "held false").await;
        phone.until(if keyed { "Back Keyed" } else { "Back TimedOut" }).await;
        let (_, log) = phone.hang_up().await;
        if !keyed {
            assert!((29_900..=30_100).contains(&(ended - began)), "{began} to {ended}");
            assert_eq!(between(&log, "held true", "held false").len(), 0, "no music was wanted");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn somebody_else_holds_a_call_whatever_is_said_and_a_hang_up_ends_it() {
    let phone = Phone::call(&mut Desk::default());
    phone.until("0.0 timing").await;
    phone.typed("long").await;
    phone.until("1.0 speaking").await;
    phone.silence(1_000).await;
    phone.tell(hold(60)).await;
    phone.until("held true").await;
    phone.tell(hold(60)).await;
    phone.silence(3_000).await;
    phone.tell(Control::Resume).await;
    phone.until("Back Resumed").await;
    phone.until("2.0 timing").await;
    phone.tell(hold(60)).await;
    phone.silence(5_000).await;
    let (report, log) = phone.hang_up().await;
    assert_eq!((report.reason, report.interruptions), (EndReason::Caller, 0));
    assert_eq!((log.count("held true"), log.count("held false")), (2, 1), "{}", log.text());
    log.assert_order(&["1.0 speaking", "clear", "held true", "held false", "Back Resumed", "held true"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_on_hold_goes_to_a_person_and_the_music_plays_on() {
    let manner = Manner { connect: Span::from_millis(60_000), ..Manner::default() };
    let phone = Phone::call(&mut Desk { manner, ..Desk::default() });
    phone.until("0.0 timing").await;
    phone.say("wait").await;
    phone.until("held true").await;
    phone.tell(Control::Connect).await;
    phone.until("connecting true").await;
    phone.silence(2_000).await;
    phone.tell(hold(60)).await;
    phone.silence(2_000).await;
    phone.tell(Control::NotConnected).await;
    phone.until("Nobody there").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["held true", "held false", "connecting true", "connecting false", "Nobody there"]);
    assert!(between(&log, "connecting true", "connecting false").len() >= 200, "{}", log.text());
}

#[tokio::test(start_paused = true)]
async fn the_greeting_is_heard_before_a_hold() {
    let phone = Phone::call(&mut Desk::default());
    phone.tell(hold(60)).await;
    phone.tell(Control::Dtmf(Key::from_char('1').unwrap())).await;
    phone.until("held true").await;
    phone.silence(12_000).await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["reply \"Hello, this is a test\"", "held true"]);
    assert_eq!(log.count("You pressed"), 0, "{}", log.text());
}
