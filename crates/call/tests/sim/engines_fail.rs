//! Layer: sim. Engines that are down, slow, busy or silent: the caller hears an apology or another voice, or
//! reads the text.

use std::time::Duration;

use tom_base::Epoch;
use tom_engine::ErrorKind;
use tom_turn::{Cause, EndReason, Stage};

use crate::desk::{Desk, GREETING};
use crate::log::Log;
use crate::phone::Phone;
use crate::recogniser::{self, ToneEars};
use crate::voice::{CHAR, Fault, Manner, ToneVoice};

fn voice(fault: Fault, times: u32) -> Option<ToneVoice> {
    Some(ToneVoice::new(500.0, Manner { fault: Some((fault, times)), ..Manner::default() }))
}

fn other() -> Option<ToneVoice> {
    Some(ToneVoice::new(1_500.0, Manner::default()))
}

const OPENING: Epoch = Epoch::new(0, 0);

/// Says "hello" to a recogniser.
async fn say_hello(ears: ToneEars) -> (tom_call::CallReport, Log, Vec<Cause>) {
    let mut desk = Desk { ears: Some(ears), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("hello").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    (report, log, desk.clerk.asked.lock().unwrap().clone())
}

#[tokio::test(start_paused = true)]
async fn a_dead_recogniser_is_an_apology_and_keys_still_work() {
    let faults = [
        recogniser::Fault::Down,
        recogniser::Fault::Refuses(ErrorKind::Unavailable),
        recogniser::Fault::Full,
        recogniser::Fault::Dies,
        recogniser::Fault::Silent,
        recogniser::Fault::Fails,
    ];
    for fault in faults {
        let ears = ToneEars { partials: false, ..ToneEars::failing(fault, 100) };
        let (report, log, asked) = say_hello(ears).await;
        assert_eq!(asked[1], Cause::Failed(Stage::Stt), "{fault:?}");
        log.assert_order(&["failed Stt", "1.0 reply \"Sorry, again please\"", "speech complete"]);
        assert_eq!(log.count("failed"), 1, "{fault:?}");
        assert!(report.failures >= 1, "{fault:?}");
        let (voice, failed) = (log.at(0, "floor User").unwrap(), log.at(0, "failed").unwrap());
        let within = if fault == recogniser::Fault::Silent { 5_500 } else { 500 };
        assert!(failed - voice < within, "{fault:?}: after {} ms", failed - voice);
    }
}

#[tokio::test(start_paused = true)]
async fn a_recogniser_gets_a_second_chance_and_may_miss_a_little() {
    let once = recogniser::Fault::Refuses(ErrorKind::Crashed);
    for (fault, times) in [(once, 1), (recogniser::Fault::Busy, 100)] {
        let (report, log, _) = say_hello(ToneEars::failing(fault, times)).await;
        assert!(log.has("1.0 committed \"hello\""), "{fault:?} in\n{}", log.text());
        assert_eq!(report.failures, 0, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_recogniser_that_fails_one_utterance_understands_the_next() {
    let mut desk = Desk { ears: Some(ToneEars::failing(recogniser::Fault::Silent, 1)), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("hello").await;
    phone.until("1.0 timing").await;
    phone.say("yes").await;
    phone.until("2.0 timing").await;
    let (_, log) = phone.hang_up().await;
    assert!(log.has("2.0 committed \"yes\""));
}

#[tokio::test(start_paused = true)]
async fn a_slow_recogniser_may_owe_two_utterances_and_fail_one() {
    let ears = ToneEars {
        delay: Duration::from_millis(1_200),
        partials: false,
        ..ToneEars::failing(recogniser::Fault::Fails, 1)
    };
    let mut desk = Desk { ears: Some(ears), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    let began = phone.now();
    phone.say("hello").await;
    phone.silence(300).await;
    phone.say("yes").await;
    phone.until("1.1 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 failed Stt", "1.1 final \"yes\"", "1.1 committed \"yes\""]);
    assert!(log.at(began, "committed").unwrap() - began < 2_500, "nobody waits for what has failed");
    assert_eq!(report.failures, 1);
}

#[tokio::test(start_paused = true)]
async fn a_brain_that_fails_is_an_apology_and_then_the_end() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("fail").await;
    phone.until("2.0 timing").await;
    phone.typed("fail").await;
    let (report, log) = phone.ended().await;
    log.assert_order(&["1.0 failed Llm", "1.0 timing", "2.0 reply", "2.0 speech complete", "2.0 timing"]);
    log.assert_order(&["3.0 failed Llm", "4.0 reply", "4.0 speech complete", "ended Failure"]);
    assert_eq!((report.reason, report.failures), (EndReason::Failure, 2));
}

#[tokio::test(start_paused = true)]
async fn with_the_voice_dead_the_text_is_still_told() {
    for fault in [
        Fault::Down,
        Fault::Refuses(ErrorKind::Unavailable),
        Fault::Refuses(ErrorKind::Overload),
        Fault::Fails(ErrorKind::Crashed),
        Fault::Silent,
    ] {
        let mut desk = Desk { voice: voice(fault, 1_000), ..Desk::default() };
        let phone = Phone::call(&mut desk);
        phone.until("0.0 timing").await;
        phone.typed("question").await;
        phone.until("1.0 timing").await;
        let (report, log) = phone.hang_up().await;
        log.assert_order(&["0.0 reply", "0.0 text complete", "0.0 failed Tts", "0.0 turn end", "0.0 timing"]);
        log.assert_order(&["1.0 reply \"I have noted that\"", "1.0 text complete", "1.0 action message"]);
        assert!(log.all_frames().is_empty() && !log.has("speech complete"), "{fault:?}");
        assert!(log.at(0, "0.0 turn end").unwrap() <= 5_040, "{fault:?}: the stage's deadline is 5 s");
        assert!(report.failures >= 2, "{fault:?}");
        assert_eq!(log.count("failed"), 2, "{fault:?}: told once a reply");
    }
}

#[tokio::test(start_paused = true)]
async fn a_voice_gets_a_second_chance() {
    for fault in [Fault::Refuses(ErrorKind::Overload), Fault::Fails(ErrorKind::Crashed)] {
        let mut desk = Desk { voice: voice(fault, 1), fallback: other(), ..Desk::default() };
        let phone = Phone::call(&mut desk);
        phone.until("0.0 timing").await;
        let (report, log) = phone.hang_up().await;
        assert!(log.audio(OPENING) == desk.sound(GREETING), "{fault:?}");
        assert_eq!((report.failures, log.count("failed")), (1, 0), "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_voice_takes_over_and_stays_for_a_while() {
    for (fault, within) in [
        (Fault::Down, 100),
        (Fault::Refuses(ErrorKind::Unavailable), 100),
        (Fault::Fails(ErrorKind::Missing), 100),
        (Fault::Fails(ErrorKind::Crashed), 100),
        (Fault::Silent, 2_100),
    ] {
        let mut desk = Desk { voice: voice(fault, 1_000), fallback: other(), ..Desk::default() };
        let phone = Phone::call(&mut desk);
        phone.until("0.0 timing").await;
        let asked = phone.now();
        phone.key('1').await;
        phone.until("1.0 timing").await;
        let fallback = desk.fallback.clone().unwrap();
        let before = desk.voice.as_ref().unwrap().asked().len();
        let (_, log) = phone.hang_up().await;
        assert!(log.audio(OPENING) == fallback.sound(GREETING), "{fault:?}");
        assert!(log.at(0, "0.0 speaking").unwrap() <= within, "{fault:?}");
        assert!(log.at(asked, "1.0 speaking").unwrap() - asked < 100, "{fault:?}: no second wait");
        assert!(before <= 2, "{fault:?}: the first voice rests");
    }
}

#[tokio::test(start_paused = true)]
async fn a_voice_that_breaks_off_goes_on_at_the_word() {
    // "red gold blue " has been made when it dies, the last word only in half.
    let mut desk = Desk { voice: voice(Fault::BreaksOff(3), 0), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    desk.voice.as_ref().unwrap().manner.lock().unwrap().fault = Some((Fault::BreaksOff(3), 1));
    phone.typed("long").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    let (head, tail) = ("red gold ", "blue grey teal pink black white amber tan");
    let asked = desk.voice.as_ref().unwrap().asked();
    assert!(asked.contains(&tail.to_owned()), "{asked:?}");
    let sent = log.audio(Epoch::new(1, 0));
    let n = head.len() * CHAR;
    assert!(sent[..n] == desk.sound(head), "the half word was not sent yet");
    assert!(sent[n..n + tail.len() * CHAR] == desk.sound(tail), "it is said again, whole");
    let clause = format!("{head}{tail}");
    assert_eq!(sent.len(), desk.sound(&clause).len() * 4, "and nothing is said twice or left out");
    assert!(log.has(&format!("1.0 turn end {:?} all", [&*clause; 4].join(" "))));
    assert_eq!((report.failures, log.count("failed")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_reply_whose_voice_dies_for_good_is_heard_as_far_as_it_goes() {
    let mut desk = Desk::default();
    let voice = desk.voice.clone().unwrap();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    {
        let mut manner = voice.manner.lock().unwrap();
        manner.pace = Duration::from_millis(100);
        manner.fault = Some((Fault::BreaksOff(4), 1_000));
    }
    phone.typed("long").await;
    let over = phone.until("1.0 timing").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["1.0 speaking", "1.0 failed Tts", "speech complete", "1.0 turn end", "1.0 timing"]);
    let last = log.frames(Epoch::new(1, 0)).last().unwrap().0;
    assert!(over - last <= 100, "no dead air after the last sound: {} ms", over - last);
    let end = log.text().lines().find(|l| l.contains("1.0 turn end")).unwrap().to_owned();
    assert!(end.contains("red gold blue") && end.ends_with("part"), "{end}");
}

#[tokio::test(start_paused = true)]
async fn a_slow_voice_is_waited_for() {
    let mut desk = Desk::default();
    desk.voice.as_ref().unwrap().manner.lock().unwrap().pace = Duration::from_millis(400);
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    let (report, log) = phone.hang_up().await;
    assert!(report.media.underruns > 0);
    assert!(log.audio(OPENING) == desk.sound(GREETING), "late and whole");
    assert!(log.has("0.0 turn end \"Hello, this is a test\" all"));
}

#[tokio::test(start_paused = true)]
async fn a_voice_without_an_end_is_cut_off() {
    let mut desk = Desk { voice: voice(Fault::Endless, 1), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 speaking").await;
    phone.key('1').await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    assert!(log.has("1.0 turn end \"You pressed 1\" all"));
    assert!(report.failures >= 1);
}

#[tokio::test(start_paused = true)]
async fn a_voice_that_says_things_twice_is_not_believed() {
    let mut desk = Desk { voice: voice(Fault::Stutters, 1_000), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("long").await;
    phone.until("1.0 timing").await;
    let (_, log) = phone.hang_up().await;
    assert!(log.audio(OPENING) == desk.sound(GREETING));
    assert_eq!(log.count("speech complete"), 2);
}

#[tokio::test(start_paused = true)]
async fn only_so_much_of_a_long_reply_is_made_ahead() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("longer").await;
    phone.until("1.0 speaking").await;
    phone.silence(2_000).await;
    let voice = desk.voice.clone().unwrap();
    let ahead = voice.asked().len() - 1;
    assert!((5..=9).contains(&ahead), "{ahead} clauses of 2 s when 2 s are heard and 10 s wait");
    phone.silence(20_000).await;
    assert!(voice.asked().len() > 15, "and the rest in time");
    let (report, _) = phone.hang_up().await;
    assert_eq!(report.media.underruns, 0);
}
