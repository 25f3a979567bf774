//! Layer: real. Callers who go to a person: connected by us or by their own side, and fetched back where nobody takes
//! the call. Telephones of another maker, and of ours with sockets of their own for audio.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tom_peers::there;
use tom_server::{DialRules, Post, SipConfig, TransferRules};
use tom_sip::{Ask, Call, CallEvent, Dial, Incoming, Options, Phone};
use tom_turn::EndReason;

use super::baresip::Baresip;
use super::far::noise;
use super::voice::Voice;
use super::{next, sip_config};
use crate::common::desk::{Desk, GREETING, SUMMARY};
use crate::common::{PATIENCE, TestServer, config};

pub(super) async fn server(sip: SipConfig, person: String) -> TestServer {
    TestServer::with_sip(config(), Desk { person, ..Desk::default() }, sip).await
}

/// A person's telephone, and its address.
pub(super) async fn person() -> (Phone, Incoming, String) {
    let (phone, incoming) = Phone::start(sip_config().signalling).await.unwrap();
    let address = format!("sip:person@{}", phone.listens()[0].1);
    (phone, incoming, address)
}

/// A caller who was greeted.
async fn caller(server: &TestServer, voice: &Voice) -> (Phone, Call) {
    caller_who(server, voice, false).await
}

/// The same, who goes where they are sent, or does not.
pub(super) async fn caller_who(server: &TestServer, voice: &Voice, refer: bool) -> (Phone, Call) {
    let (phone, _incoming) = Phone::start(Options { refer, ..sip_config().signalling }).await.unwrap();
    let to = format!("sip:tom@{}", server.sip[0].1);
    let dial = Dial { to, offer: voice.sdp.clone(), ..Dial::default() };
    let mut call = phone.dial(dial).await.unwrap();
    assert!(matches!(next(&mut call).await, CallEvent::Answered { .. }));
    server.until("the greeting is spoken", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
    (phone, call)
}

/// They press 9 until the agent has heard it: during the greeting a key counts as well.
pub(super) async fn wants_a_person(call: &Call) {
    call.ask(Ask::Key('9')).await.unwrap();
}

pub(super) fn transfers(server: &TestServer, way: &str, end: &str) -> f64 {
    server.metric(&format!("tom_transfers_total{{way=\"{way}\",end=\"{end}\"}}"))
}

pub(super) fn joins(server: &TestServer, end: &str) -> f64 {
    server.metric(&format!("tom_transfer_joins_total{{end=\"{end}\"}}"))
}

async fn until(what: &str, test: impl Fn() -> bool) {
    let wait = async {
        while !test() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    assert!(tokio::time::timeout(PATIENCE, wait).await.is_ok(), "never: {what}");
}

#[tokio::test]
async fn a_person_is_told_and_then_the_two_talk() {
    let (_phone, mut incoming, address) = person().await;
    let posted = Arc::new(Mutex::new(Vec::new()));
    let kept = posted.clone();
    let post: Post = Arc::new(move |body: String| {
        kept.lock().unwrap().push(body);
        Box::pin(async { Ok(()) })
    });
    let transfer = TransferRules { post: Some(post), ..TransferRules::default() };
    let server = server(SipConfig { transfer, ..sip_config() }, address).await;
    let (near, far) = (Voice::new().await, Voice::new().await);
    let (_theirs, call) = caller(&server, &near).await;
    wants_a_person(&call).await;
    let (_, mut taken) = tokio::time::timeout(PATIENCE, incoming.next()).await.unwrap().unwrap();
    let body: serde_json::Value = serde_json::from_str(&posted.lock().unwrap()[0]).unwrap();
    assert_eq!((&body["summary"], &body["reason"]), (&SUMMARY.into(), &"asked".into()), "{body}");
    // It rings there, and the caller hears music.
    let before = near.heard();
    until("the caller hears music", || near.heard() > before + 50).await;
    taken.ask(Ask::Answer(far.sdp.clone())).await.unwrap();
    // Nobody says a word there: after a while they are told all the same.
    server.until("the person hears the summary", |_| far.heard() > 20).await;
    server.until("they are connected", |s| transfers(s, "attended", "connected") == 1.0).await;
    server.until("the call of the agent is over", |s| s.calls.count() == 0).await;
    let reports = server.calls.past();
    assert!(reports.iter().any(|report| report.reason == EndReason::Transferred), "{reports:?}");
    assert!(reports.iter().any(|report| report.timeline.contains(SUMMARY)), "{reports:?}");
    assert_eq!(server.metric("tom_transfer_summaries_total{result=\"ok\"}"), 1.0);
    // What one says the other hears, and only that.
    for (from, to) in [(&near, &far), (&far, &near)] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (heard, own) = (to.heard(), from.heard());
        from.speaks(true);
        until("the other one hears it", || to.heard() > heard + 50).await;
        from.speaks(false);
        assert!(from.heard() < own + 10, "nobody hears themselves");
    }
    // A key, a hold, and the end go through.
    call.ask(Ask::Key('5')).await.unwrap();
    let told = async {
        loop {
            if let CallEvent::Key { key } = next(&mut taken).await {
                return key;
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, told).await.unwrap(), '5');
    call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    loop {
        if let CallEvent::Ended(_) = next(&mut taken).await {
            break;
        }
    }
    server
        .until("it is counted", |s| s.metric("tom_sip_calls_total{direction=\"in\",end=\"peer\"}") == 1.0)
        .await;
}

#[tokio::test]
async fn a_caller_is_fetched_back_from_whoever_does_not_take_the_call() {
    let quick = || {
        let transfer = TransferRules { ring: Duration::from_secs(1), ..TransferRules::default() };
        SipConfig { transfer, ..sip_config() }
    };
    for (end, status) in
        [("busy", Some(486)), ("declined", Some(603)), ("no_answer", None), ("machine", None)]
    {
        let (_phone, mut incoming, address) = person().await;
        let server = server(quick(), address).await;
        let (near, far) = (Voice::new().await, Voice::new().await);
        let (_theirs, call) = caller(&server, &near).await;
        wants_a_person(&call).await;
        let (_, taken) = tokio::time::timeout(PATIENCE, incoming.next()).await.unwrap().unwrap();
        if let Some(status) = status {
            taken.ask(Ask::Reject { status, reason: String::new(), retry_after: None }).await.unwrap();
        } else if end == "machine" {
            far.speaks(true);
            taken.ask(Ask::Answer(far.sdp.clone())).await.unwrap();
        }
        server.until(end, |s| transfers(s, "attended", end) == 1.0).await;
        // Back with the agent, who says so and listens.
        let spoken = server.metric("tom_tts_ttfb_seconds_count");
        server.until("it is said", |s| s.metric("tom_tts_ttfb_seconds_count") >= spoken.max(3.0)).await;
        call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
        server.until("it is over", |s| s.calls.count() == 0 && !s.calls.past().is_empty()).await;
        let reports = server.calls.past();
        let own = reports.iter().find(|report| report.timeline.contains(GREETING)).unwrap();
        assert!(own.timeline.contains("Nobody is there"), "{end}: {}", own.timeline);
        assert_eq!(own.reason, EndReason::Caller, "{end}");
    }
}

#[tokio::test]
async fn a_caller_who_hangs_up_meanwhile_takes_the_other_call_with_them() {
    let (_phone, mut incoming, address) = person().await;
    let server = server(sip_config(), address).await;
    let near = Voice::new().await;
    let (_theirs, call) = caller(&server, &near).await;
    wants_a_person(&call).await;
    let (_, mut taken) = tokio::time::timeout(PATIENCE, incoming.next()).await.unwrap().unwrap();
    taken.ask(Ask::Ringing).await.unwrap();
    call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    let CallEvent::Ended(ended) = next(&mut taken).await else { panic!("it rings on") };
    assert_eq!(ended.by, tom_sip::EndedBy::Cancelled);
    server.until("it is over", |s| s.calls.count() == 0).await;
}

#[tokio::test]
async fn nobody_is_connected_with_a_number_that_costs_or_beyond_the_limits() {
    let none_more = || SipConfig { dial: DialRules { at_once: 0, ..sip_config().dial }, ..sip_config() };
    let (costs, no_place) = ("sip:0900-1@127.0.0.1:9", "sip:+493012345@127.0.0.1:9");
    for (way, sip, person, why) in [
        ("attended", sip_config(), costs, "dial_denied"),
        ("blind", blind(), costs, "dial_denied"),
        ("attended", none_more(), no_place, "dial_at_once"),
    ] {
        let server = server(sip, person.into()).await;
        let near = Voice::new().await;
        let (_theirs, call) = caller(&server, &near).await;
        wants_a_person(&call).await;
        server.until(why, |s| transfers(s, way, "failed") == 1.0).await;
        server.until("it is said", |s| s.metric("tom_tts_ttfb_seconds_count") >= 3.0).await;
        let blocked = format!("tom_blocked_dial_attempts_total{{reason=\"{why}\"}}");
        assert_eq!(server.metric(&blocked), 1.0, "{way} {why}");
        call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
        server.until("it is over", |s| !s.calls.past().is_empty()).await;
        assert!(server.calls.past()[0].timeline.contains("Nobody is there"), "{way} {why}");
    }
}

fn blind() -> SipConfig {
    let transfer = TransferRules { attended: false, ..TransferRules::default() };
    SipConfig { transfer, ..sip_config() }
}

#[tokio::test]
async fn a_side_that_does_not_connect_them_leaves_the_caller_with_the_agent() {
    let server = server(blind(), "sip:person@127.0.0.1:9".into()).await;
    let near = Voice::new().await;
    let (_theirs, call) = caller(&server, &near).await;
    // A telephone of ours declines to be transferred.
    wants_a_person(&call).await;
    server.until("it is refused", |s| transfers(s, "blind", "declined") == 1.0).await;
    server.until("it is said", |s| s.metric("tom_tts_ttfb_seconds_count") >= 3.0).await;
    call.ask(Ask::HangUp { reason: String::new() }).await.unwrap();
    server.until("it is over", |s| !s.calls.past().is_empty()).await;
    let report = server.calls.past()[0].clone();
    assert!(report.timeline.contains("Nobody is there"), "{}", report.timeline);
}

/// Silence for a second, a voice for half of one, silence.
fn speech() -> Vec<i16> {
    let mut pcm = vec![0; 8_000];
    pcm.extend(noise(4_000, true, 3));
    pcm.extend(vec![0; 90 * 8_000]);
    pcm
}

#[tokio::test]
async fn telephones_of_another_maker_are_connected_both_ways() {
    if !there("baresip") {
        return;
    }
    for (way, sip) in [("attended", sip_config()), ("blind", blind())] {
        let person = Baresip::start(&speech()).await;
        let server = server(sip, format!("sip:+493012345@{}", person.address)).await;
        let mut caller = Baresip::start(&speech()).await;
        caller.command("dial", &format!("sip:tom@{}", server.sip[0].1)).await;
        server.until("the greeting is spoken", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
        caller.command("sndcode", "9").await;
        server.until(way, |s| transfers(s, way, "connected") == 1.0).await;
        server.until("the agent has left", |s| s.calls.count() == 0 && !s.calls.past().is_empty()).await;
        let reports = server.calls.past();
        assert!(
            reports.iter().any(|report| report.reason == EndReason::Transferred),
            "{way}: {reports:?}\n{}\n{}",
            caller.log(),
            person.log()
        );
        // It does not say that it takes another call's place: nobody asks it to, and the two talk on through us.
        let not_able = if way == "attended" { 1.0 } else { 0.0 };
        server.until("it is not asked", |s| joins(s, "not_able") == not_able).await;
        caller.command("hangup", "").await;
    }
}
