//! Layer: pure. Somebody asks us to call another one: we do, and the call goes on there, or we do not and it stays.

use std::time::Duration;

use super::header_of;
use crate::api::{Ask, CallEvent, Ended, EndedBy, Transport};
use crate::core::tests::rig::{Rig, SDP};
use crate::options::Options;
use crate::text::message::Request;

/// A call that is answered, and may be sent elsewhere.
fn talking() -> (Rig, u64) {
    let mut rig = Rig::with(Options {
        listen: vec![(Transport::Udp, "192.0.2.1:5060".parse().unwrap())],
        allow: vec!["198.51.100.0/24".parse().unwrap()],
        refer: true,
        ..Options::default()
    });
    let call = rig.talking("");
    (rig, call)
}

/// The same after a REFER that we follow; with the new call's INVITE.
fn following(to: &str) -> (Rig, u64, Request) {
    let (mut rig, call) = talking();
    rig.inside("REFER", 2, &format!("Refer-To: {to}\nReferred-By: <sip:anna@198.51.100.7>\n"), "");
    let (_, event) = rig.events.last().unwrap().clone();
    let CallEvent::Referred { to, near } = event else { panic!("{event:?}") };
    assert_eq!((&*to.number, near), ("bert", true));
    rig.ask(call, Ask::Follow { offer: b"v=0 ours".to_vec() });
    assert_eq!(*rig.statuses().last().unwrap(), 202);
    let invite = rig.requests("INVITE")[0].clone();
    assert_eq!((&*invite.uri, &*invite.body), ("sip:bert@198.51.100.7", &b"v=0 ours"[..]));
    assert_eq!(invite.headers.get("Referred-By"), Some("<sip:anna@198.51.100.7>"));
    (rig, call, invite)
}

/// What they were told, and whether that was the last word.
fn told(rig: &Rig) -> Vec<(String, bool)> {
    let mut notices: Vec<&Request> = rig.requests("NOTIFY");
    notices.dedup_by_key(|request| request.cseq());
    let line = |request: &Request| String::from_utf8(request.body.clone()).unwrap().trim().to_owned();
    let over =
        |request: &Request| request.headers.get("Subscription-State").unwrap().starts_with("terminated");
    notices.into_iter().map(|request| (line(request), over(request))).collect()
}

fn ended(rig: &Rig) -> Option<Ended> {
    rig.events.iter().find_map(|(_, event)| match event {
        CallEvent::Ended(ended) => Some(ended.clone()),
        _ => None,
    })
}

#[test]
fn the_call_goes_on_with_whom_they_named() {
    let (mut rig, call, invite) = following("<sip:bert@198.51.100.7>");
    rig.answer(&invite, 180, "", "");
    rig.answer(&invite, 200, "Content-Type: application/sdp\n", "v=0 bert");
    assert_eq!(rig.events.last(), Some(&(call, CallEvent::Answer { sdp: b"v=0 bert".to_vec() })));
    assert_eq!(rig.requests("ACK").len(), 1);
    let wanted =
        [("SIP/2.0 100 Trying", false), ("SIP/2.0 180 Whatever", false), ("SIP/2.0 200 Whatever", true)];
    assert_eq!(told(&rig), wanted.map(|(line, over)| (line.to_owned(), over)));
    let bye = rig.requests("BYE")[0].clone();
    assert_eq!(bye.headers.get("Call-ID"), Some("one"), "the one who asked is let go");
    // What follows goes to the new partner, and what the old one still says finds nothing.
    rig.inside("INFO", 3, "", "");
    assert_eq!(*rig.statuses().last().unwrap(), 481);
    rig.answer(&bye, 200, "", "");
    assert_eq!(ended(&rig), None);
    rig.ask(call, Ask::HangUp { reason: String::new() });
    let bye = rig.requests("BYE").last().copied().unwrap().clone();
    assert_eq!(bye.headers.get("Call-ID"), invite.headers.get("Call-ID"));
    assert!(bye.headers.get("To").unwrap().ends_with("tag=theirs"));
    rig.answer(&bye, 200, "", "");
    rig.pass(Duration::from_secs(300));
    assert!(rig.core.is_idle());
}

#[test]
fn an_attended_transfer_takes_the_place_of_their_other_call() {
    let to = "<sip:bert@198.51.100.7?Replaces=two%40x%3Bto-tag%3D1%3Bfrom-tag%3D2&X=y>";
    let (_, _, invite) = following(to);
    assert_eq!(invite.headers.get("Replaces"), Some("two@x;to-tag=1;from-tag=2"));
    assert!(!invite.uri.contains('?'));
    assert_eq!(header_of("a=b&REPLACES=%0d%0aX", "replaces").as_deref(), Some("X"), "no line of its own");
    assert_eq!(header_of("a=b", "replaces"), None);
}

#[test]
fn the_call_stays_where_nobody_answers_there() {
    for status in [486, 603, 404] {
        let (mut rig, call, invite) = following("<sip:bert@198.51.100.7>");
        rig.answer(&invite, status, "", "");
        assert_eq!(rig.events.last(), Some(&(call, CallEvent::OfferRefused { status })));
        assert_eq!(told(&rig).last(), Some(&(format!("SIP/2.0 {status} Whatever"), true)));
        rig.inside("INFO", 3, "", "");
        assert_eq!(*rig.statuses().last().unwrap(), 200, "they are still here");
        rig.inside("REFER", 4, "Refer-To: <sip:bert@198.51.100.7>\n", "");
        assert!(matches!(rig.events.last(), Some((_, CallEvent::Referred { .. }))), "and may try again");
    }
    // It rings for ever.
    let (mut rig, call, invite) = following("<sip:bert@198.51.100.7>");
    rig.answer(&invite, 180, "", "");
    rig.pass(Duration::from_secs(59));
    assert!(rig.requests("CANCEL").is_empty());
    rig.pass(Duration::from_secs(2));
    assert_eq!(rig.events.last(), Some(&(call, CallEvent::OfferRefused { status: 408 })));
    assert!(!rig.requests("CANCEL").is_empty());
}

#[test]
fn who_asks_and_hangs_up_at_once_ends_nothing() {
    let (mut rig, call, invite) = following("<sip:bert@198.51.100.7>");
    rig.inside("BYE", 3, "", "");
    assert_eq!((*rig.statuses().last().unwrap(), ended(&rig)), (200, None));
    rig.answer(&invite, 200, "Content-Type: application/sdp\n", "v=0 bert");
    assert_eq!(rig.events.last(), Some(&(call, CallEvent::Answer { sdp: b"v=0 bert".to_vec() })));
    assert!(rig.requests("BYE").is_empty());
    // Where the new one does not answer either, it is over.
    let (mut rig, _, invite) = following("<sip:bert@198.51.100.7>");
    rig.inside("BYE", 3, "", "");
    rig.answer(&invite, 486, "", "");
    assert_eq!(ended(&rig).map(|ended| (ended.by, ended.status)), Some((EndedBy::Peer, Some(486))));
    rig.pass(Duration::from_secs(300));
    assert!(rig.core.is_idle());
}

#[test]
fn we_may_hang_up_meanwhile() {
    for alone in [false, true] {
        let (mut rig, call, invite) = following("<sip:bert@198.51.100.7>");
        rig.answer(&invite, 180, "", "");
        if alone {
            rig.inside("BYE", 3, "", "");
        }
        rig.ask(call, Ask::HangUp { reason: String::new() });
        assert_eq!(ended(&rig).map(|ended| ended.by), Some(EndedBy::Us));
        assert_eq!(rig.requests("CANCEL").len(), 1);
        assert_eq!(rig.requests("BYE").len(), usize::from(!alone));
        rig.pass(Duration::from_secs(300));
        assert!(rig.core.is_idle());
    }
}

#[test]
fn what_is_no_wish_of_that_kind_is_refused() {
    let (mut rig, call) = talking();
    let mut seq = 2;
    for (headers, status) in [
        ("", 400),
        ("Refer-To: nobody\n", 400),
        ("Refer-To: <tel:+49301>\n", 400),
        ("Refer-To: <sip:a@b>\nRefer-To: <sip:c@d>\n", 400),
        ("Refer-To: <sip:a@b;method=BYE>\n", 603),
    ] {
        rig.inside("REFER", seq, headers, "");
        assert_eq!(*rig.statuses().last().unwrap(), status, "{headers}");
        seq += 1;
    }
    assert!(rig.events.is_empty());
    rig.inside("REFER", seq, "Refer-To: <sip:eve@203.0.113.1>\n", "");
    assert!(matches!(rig.events.last(), Some((_, CallEvent::Referred { near: false, .. }))));
    rig.inside("REFER", seq + 1, "Refer-To: <sip:a@b>\n", "");
    assert_eq!(*rig.statuses().last().unwrap(), 491, "one at a time");
    rig.ask(call, Ask::Stay { status: 603 });
    assert_eq!(*rig.statuses().last().unwrap(), 603);
    assert!(rig.requests("INVITE").is_empty());
    // Without the setting nobody is even asked.
    let mut rig = Rig::new(Transport::Udp);
    rig.talking("");
    rig.inside("REFER", 2, "Refer-To: <sip:a@198.51.100.7>\n", "");
    assert_eq!(*rig.statuses().last().unwrap(), 603);
    assert!(rig.events.is_empty() && SDP.starts_with(b"v=0"));
}
