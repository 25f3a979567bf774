//! Layer: sim. Transports that echo marks, send nothing, send bursts, or do not read.

use std::time::Duration;

use tom_base::{Epoch, Span};
use tom_call::{Control, Outbound};
use tom_turn::EndReason;

use crate::desk::{Desk, GREETING};
use crate::phone::{Phone, sound};
use crate::voice::{Manner, ToneVoice};

#[tokio::test(start_paused = true)]
async fn a_reply_is_heard_when_its_mark_comes_back() {
    let mut desk = Desk { marks: true, ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.echoes(Some(300));
    phone.until("0.0 timing").await;
    let (_, log) = phone.hang_up().await;
    let first = log.at(0, "frame").unwrap();
    let over = log.at(0, "0.0 turn end").unwrap();
    assert_eq!(over, first + 42 * 20 + 300, "played to its end, and the way back");
    assert_eq!(log.count("mark"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_mark_that_is_echoed_because_of_a_clear_was_not_heard() {
    let mut desk = Desk { marks: true, ..Desk::default() };
    let phone = Phone::call(&mut desk);
    // The echo of the greeting's mark is late; the caller interrupts before it comes.
    phone.echoes(Some(1_500));
    phone.until("0.0 speech complete").await;
    phone.tell(Control::BargeIn).await;
    phone.typed("long").await;
    phone.until_since(0, "1.0 speaking").await;
    let before = phone.now();
    phone.silence(3_000).await;
    assert!(phone.log().at(before, "1.0 turn end").is_none(), "neither echo is the new reply's");
    let (_, log) = phone.hang_up().await;
    assert_eq!(log.count("clear"), 2, "the greeting, and the reply at the end");
    assert_eq!(log.count("0.0 turn end"), 1);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_never_echoes_costs_two_seconds_once() {
    let mut desk = Desk { marks: true, ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.echoes(None);
    phone.until("0.0 timing").await;
    phone.key('1').await;
    phone.until("1.0 timing").await;
    let (_, log) = phone.hang_up().await;
    let wait = |turn: &str| {
        let sent = log.at(0, &format!("{turn} speech complete")).unwrap();
        log.at(0, &format!("{turn} turn end")).unwrap() - sent
    };
    assert!((2_000..2_100).contains(&wait("0.0")), "{}", log.text());
    assert!(wait("1.0") < 100);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_sends_nothing_is_a_silent_caller() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.hold(120_000).await;
    assert!(phone.is_over());
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Silence);
    log.assert_order(&["reprompt 1", "reprompt 2", "reply \"Goodbye then\"", "ended Silence"]);
    assert_eq!(report.media.concealed, report.media.frames_in);
    assert!(report.duration > Span::from_millis(24_000));
}

#[tokio::test(start_paused = true)]
async fn audio_that_stops_in_a_word_ends_it() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.play(&sound("hello")[..320 * 8]).await;
    phone.hold(3_000).await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 committed \"hello\"", "1.0 reply"]);
    assert!(report.media.concealed > 100);
}

#[tokio::test(start_paused = true)]
async fn a_burst_is_taken_as_far_as_a_second() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.burst(&vec![0; 16_000 * 3]);
    phone.silence(3_000).await;
    let (report, _) = phone.hang_up().await;
    assert!(report.media.dropped_in >= 16_000 * 2, "the ring holds one second");
    assert_eq!(report.media.concealed, 0);
}

#[tokio::test(start_paused = true)]
async fn words_that_come_late_and_at_once_are_understood() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.hold(400).await;
    phone.burst(&sound("hello question"));
    phone.hold(20).await;
    phone.until("committed").await;
    let (_, log) = phone.hang_up().await;
    assert!(log.has("committed \"hello question\""));
}

#[tokio::test(start_paused = true)]
async fn a_task_that_was_late_catches_up() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("long").await;
    phone.until("1.0 speaking").await;
    phone.silence(500).await;
    tokio::time::advance(std::time::Duration::from_secs(3)).await;
    phone.until("1.0 timing").await;
    phone.say("yes").await;
    phone.until("committed").await;
    let now = phone.now();
    let (report, log) = phone.hang_up().await;
    assert!(log.audio(Epoch::new(1, 0)).len() >= 4 * 48 * 640, "late and whole");
    assert_eq!(report.media.underruns, 1);
    assert!((140..=150).contains(&report.media.concealed), "3 s less what jitter is");
    assert!(report.duration.as_millis().abs_diff(now) <= 100, "media time is real time again");
    assert!(log.has("committed \"yes\""));
}

#[tokio::test(start_paused = true)]
async fn a_slow_transport_loses_audio_and_no_events() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("long").await;
    phone.until("1.0 speaking").await;
    phone.stuck(true);
    phone.silence(4_000).await;
    phone.stuck(false);
    phone.until_since(0, "1.0 timing").await;
    phone.key('1').await;
    phone.until_since(0, "2.0 timing").await;
    let (report, log) = phone.hang_up().await;
    assert!(report.media.dropped_out > 100, "{:?}", report.media);
    let sent = log.all_frames().len() as u64;
    assert_eq!(sent, report.media.frames_out);
    let whole = desk.sound(&["red gold blue grey teal pink black white amber tan"; 4].concat()).len() / 320;
    assert_eq!(log.frames(Epoch::new(1, 0)).len() as u64 + report.media.dropped_out, whole as u64);
    assert!(log.has("1.0 turn end \"red gold"), "all events came");
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_does_not_read_at_all_ends_the_call() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.stuck(true);
    for key in 0..100 {
        phone.key(char::from(b'0' + key % 10)).await;
        phone.silence(40).await;
        if phone.is_over() {
            break;
        }
    }
    phone.silence(3_000).await;
    assert!(phone.is_over());
    let (report, _) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Caller);
}

#[tokio::test(start_paused = true)]
async fn a_transport_that_is_gone_ends_the_call() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 speaking").await;
    phone.silence(200).await;
    let report = phone.drop_line().await;
    assert_eq!(report.reason, EndReason::Caller);
    assert!(report.timeline.contains("Hello"), "{}", report.timeline);
}

#[tokio::test(start_paused = true)]
async fn sequence_numbers_have_no_gaps_even_when_audio_was_dropped() {
    let mut desk = Desk::default();
    let phone = Phone::call(&mut desk);
    phone.stuck(true);
    phone.silence(3_000).await;
    phone.stuck(false);
    phone.until_since(0, "0.0 timing").await;
    let (report, log) = phone.hang_up().await;
    let numbers: Vec<u64> = log
        .0
        .iter()
        .filter_map(|(_, m)| match m {
            Outbound::Notice(notice) => Some(notice.seq),
            _ => None,
        })
        .collect();
    assert!(numbers.iter().copied().eq(1..=numbers.len() as u64));
    assert!(log.audio(Epoch::new(0, 0)).len() < desk.sound(GREETING).len() || report.media.dropped_out == 0);
}

#[tokio::test(start_paused = true)]
async fn frames_are_even_wherever_those_of_a_caller_lie_who_sends_none_at_first() {
    for phase in 0..20 {
        for lead in [20, 40, 60] {
            // A word that comes from the voice is a moment at which a frame may leave, too.
            let manner = Manner { pace: Duration::from_millis(111), ..Manner::default() };
            let mut desk = Desk { lead, voice: Some(ToneVoice::new(500.0, manner)), ..Desk::default() };
            let phone = Phone::call(&mut desk);
            phone.hold(280 + phase).await;
            phone.until("0.0 timing").await;
            let (_, log) = phone.hang_up().await;
            let frames = log.frames(Epoch::default());
            let settled: Vec<u64> = frames.iter().map(|(at, _)| *at).filter(|at| *at > 340).collect();
            assert!(settled.len() > 25, "{}", log.text());
            let gaps: Vec<u64> = settled.windows(2).map(|pair| pair[1] - pair[0]).collect();
            assert!(gaps.iter().all(|gap| (16..=24).contains(gap)), "{phase}, {lead}: {gaps:?}");
        }
    }
}
