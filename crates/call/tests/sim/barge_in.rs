//! Layer: sim. The caller speaks over the reply.

use tom_base::{Epoch, Span};
use tom_call::Control;

use crate::desk::{Desk, GREETING};
use crate::log::Log;
use crate::phone::{Phone, sound};
use crate::voice::CHAR;

const REPLY: Epoch = Epoch::new(1, 0);
/// From the first voiced sample to the edge of the test's detector.
const ONSET_MS: u64 = 40;
const LONG: &str = "red gold blue grey teal pink black white amber tan";

/// A call in which a long reply has been heard for a second.
async fn in_a_reply(desk: &mut Desk) -> Phone {
    let phone = Phone::call(desk);
    phone.until("0.0 timing").await;
    phone.typed("long").await;
    phone.until("1.0 speaking").await;
    phone.silence(1_000).await;
    phone
}

/// Speech of 80 ms: too short for a word.
fn cough() -> Vec<i16> {
    sound("yes")[..320 * 4].to_vec()
}

/// What of the long reply is in this text.
fn all_of_it() -> String {
    [LONG; 4].join(" ")
}

fn frames_between(log: &Log, from: u64, to: u64) -> usize {
    log.frames(REPLY).iter().filter(|(at, _)| (from..to).contains(at)).count()
}

#[tokio::test(start_paused = true)]
async fn a_cough_pauses_within_a_frame_and_the_reply_goes_on_from_the_same_sample() {
    for lead in [20, 40, 60] {
        let mut desk = Desk { lead, ..Desk::default() };
        let phone = in_a_reply(&mut desk).await;
        let onset = phone.now();
        phone.play(&cough()).await;
        let resumed = phone.until_since(onset, "1.0 resumed").await;
        phone.until("1.0 timing").await;
        let (report, log) = phone.hang_up().await;

        let paused = log.at(onset, "1.0 paused").unwrap();
        assert_eq!(paused, onset + ONSET_MS - 20, "when the second loud frame is in");
        assert!(frames_between(&log, paused + 1, resumed) <= 1, "one frame to fade out in");
        assert!(frames_between(&log, paused + 21, resumed) == 0);

        let frames = log.frames(REPLY);
        let fading = frames.iter().rposition(|(at, _)| *at < resumed).unwrap();
        assert!(frames[fading].1[80..].iter().all(|s| *s == 0), "silent after 5 ms");
        let all = desk.sound(LONG).repeat(4);
        let sent: Vec<i16> = log.audio(REPLY);
        let (at, place) = (fading * 320, fading * 320 + 80);
        assert_eq!(sent[..at], all[..at], "untouched before");
        let after = &sent[at + 640..];
        assert_eq!(after[..16_000], all[place + 320..][..16_000], "and exact after the frame that fades in");
        assert!(sent[at + 320].unsigned_abs() < 500);

        log.assert_order(&["1.0 paused", "1.0 resumed", "turn end", "1.0 timing"]);
        assert!(log.has(&format!("1.0 turn end {:?} all", all_of_it())));
        assert!(!log.has("clear"));
        assert_eq!((report.false_interruptions, report.interruptions), (1, 0));
        assert_eq!(log.timing(1).barge_in, None);
    }
}

#[tokio::test(start_paused = true)]
async fn a_word_cancels_the_reply_once_and_the_history_keeps_what_was_heard() {
    let mut desk = Desk::default();
    let phone = in_a_reply(&mut desk).await;
    let onset = phone.now();
    phone.say("stop").await;
    phone.until_since(onset, "2.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 paused", "clear", "1.0 interrupted", "1.0 timing", "2.0 committed \"stop\""]);
    assert_eq!(log.count("clear"), 1);
    assert_eq!((report.interruptions, report.false_interruptions), (1, 0));

    // The far end got so much, of which at most 60 ms may not have been played.
    let sent = log.audio(REPLY).len();
    let heard = desk.clerk.history.lock().unwrap()[2].clone();
    assert!(!heard.1 && all_of_it().starts_with(&heard.0), "{heard:?}");
    assert!(heard.0.len() * CHAR <= sent, "heard is never more than said");
    let next = all_of_it()[heard.0.len() + 1..].find(' ').unwrap();
    assert!((heard.0.len() + 1 + next) * CHAR + 320 * 3 > sent, "{heard:?} of {sent} samples");

    let last = log.frames(REPLY).last().unwrap().0;
    // The first loud frame is complete when it is sent.
    assert_eq!(log.timing(1).barge_in, Some(Span::from_millis(last + 20 - onset)));
    assert!(log.timing(1).barge_in < Some(Span::from_millis(120)));
}

#[tokio::test(start_paused = true)]
async fn a_listeners_word_does_not_take_the_floor() {
    let mut desk = Desk::default();
    let phone = in_a_reply(&mut desk).await;
    phone.say("mhm").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 paused", "1.0 resumed after a listener's word", "1.0 turn end"]);
    assert_eq!((report.interruptions, report.false_interruptions), (0, 1));
}

#[tokio::test(start_paused = true)]
async fn faint_speech_makes_the_reply_quieter() {
    let mut desk = Desk::default();
    desk.turn.hush = Span::ZERO;
    let phone = in_a_reply(&mut desk).await;
    let faint: Vec<i16> = cough().iter().map(|s| s / 4).collect();
    let from = phone.now();
    phone.play(&faint).await;
    let resumed = phone.until_since(from, "1.0 resumed").await;
    let (_, log) = phone.hang_up().await;
    let ducked = log.at(from, "1.0 ducked").unwrap();
    let loudest = |from: u64, to: u64| {
        let frames = log.frames(REPLY);
        let within = frames.iter().filter(|(at, _)| (from..to).contains(at));
        within.flat_map(|(_, pcm)| pcm.map(i16::unsigned_abs)).max().unwrap_or_default()
    };
    assert!(loudest(from - 200, ducked) > 4_000);
    let quiet = loudest(ducked + 25, resumed);
    assert!((400..2_000).contains(&quiet), "{quiet} is quieter and not silent");
}

#[tokio::test(start_paused = true)]
async fn the_client_can_stop_the_reply() {
    let mut desk = Desk::default();
    let phone = in_a_reply(&mut desk).await;
    let told = phone.now();
    phone.tell(Control::BargeIn).await;
    phone.silence(40).await;
    let (report, log) = phone.hang_up().await;
    assert_eq!(log.at(told, "clear"), Some(told));
    assert_eq!(log.at(told, "1.0 interrupted"), Some(told));
    assert_eq!(log.timing(1).barge_in, Some(Span::ZERO));
    assert_eq!((log.count("clear"), report.interruptions), (1, 1));
    assert!(log.frames(REPLY).iter().all(|(at, _)| *at <= told));
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_ends_while_it_is_paused_is_over_once() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 speech complete").await;
    // Over the last 40 ms of the greeting.
    phone.say("and").await;
    phone.until("1.0 timing").await;
    let (_, log) = phone.hang_up().await;
    assert_eq!(log.count("0.0 turn end"), 1);
    assert!(log.audio(Epoch::new(0, 0)) == desk.sound(GREETING));
}

#[tokio::test(start_paused = true)]
async fn what_an_engine_still_says_after_the_cancel_is_dropped() {
    let mut desk = Desk::default();
    {
        let mut manner = desk.voice.as_ref().unwrap().manner.lock().unwrap();
        manner.ignores_cancel = true;
        manner.pace = std::time::Duration::from_millis(100);
    }
    let phone = in_a_reply(&mut desk).await;
    phone.say("stop").await;
    phone.until("2.0 timing").await;
    phone.silence(2_000).await;
    let (_, log) = phone.hang_up().await;
    let reply = log.audio(Epoch::new(2, 0));
    assert!(reply == desk.sound("You said stop."), "only the new reply's own sound");
}
