//! Layer: pure. One far end is asked to take the place of another call, where both know how; else nobody is asked.

use std::time::Duration;

use super::escaped;
use crate::api::{Ask, CallEvent, Transport};
use crate::core::io::Input;
use crate::core::tests::rig::{Rig, SDP};

const KNOWS: &str = "Allow: INVITE, ACK, BYE, REFER\nSupported: timer, replaces\n";

/// A call that came in and one we made, both answered.
fn two(theirs: &str, person: &str) -> (Rig, u64, u64) {
    let mut rig = Rig::new(Transport::Udp);
    let near = rig.talking(theirs);
    let far = rig.dial();
    let invite = rig.requests("INVITE")[0].clone();
    rig.answer(&invite, 200, &format!("{person}Content-Type: application/sdp\n"), "v=0");
    rig.events.clear();
    (rig, near, far)
}

fn join(rig: &mut Rig, near: u64, far: u64) {
    rig.core.handle(rig.now, Input::Join(near, far));
    rig.drain();
}

#[test]
fn the_far_end_is_told_whose_place_it_takes() {
    let (mut rig, near, far) = two(KNOWS, KNOWS);
    let made = rig.requests("INVITE")[0].clone();
    join(&mut rig, near, far);
    let refer = rig.requests("REFER")[0].clone();
    assert_eq!(refer.headers.get("Call-ID"), Some("one"), "the caller is asked");
    let id = escaped(made.headers.get("Call-ID").unwrap());
    let ours = crate::text::address::tag(made.headers.get("From").unwrap()).unwrap();
    let wanted = format!(
        "<sip:bert@198.51.100.7:5062?Replaces={id}%3Bto-tag%3Dtheirs%3Bfrom-tag%3D{}>",
        escaped(&ours)
    );
    assert_eq!(refer.headers.get("Refer-To"), Some(&*wanted));
    rig.answer(&refer, 202, "", "");
    rig.inside("NOTIFY", 2, "Event: refer\nSubscription-State: terminated\n", "SIP/2.0 200 OK\n");
    let told = [100, 200].map(|status| (near, CallEvent::Transfer { status }));
    assert_eq!(rig.events, told);
    // Neither is over before we leave it.
    assert!(rig.requests("BYE").is_empty());
    for call in [near, far] {
        rig.ask(call, Ask::HangUp { reason: String::new() });
        let bye = rig.requests("BYE").last().copied().unwrap().clone();
        rig.answer(&bye, 200, "", "");
    }
    rig.pass(Duration::from_secs(300));
    assert!(rig.core.is_idle());
}

#[test]
fn who_refuses_or_says_nothing_keeps_both_calls() {
    for status in [403, 405, 481, 501, 603] {
        let (mut rig, near, far) = two(KNOWS, KNOWS);
        join(&mut rig, near, far);
        let refer = rig.requests("REFER")[0].clone();
        rig.answer(&refer, status, "", "");
        assert_eq!(rig.events, [(near, CallEvent::Transfer { status })], "481 as well: they talk on");
        assert!(rig.requests("BYE").is_empty());
    }
    let (mut rig, near, far) = two(KNOWS, KNOWS);
    join(&mut rig, near, far);
    rig.pass(Duration::from_secs(40));
    assert_eq!(rig.events, [(near, CallEvent::Transfer { status: 408 })]);
    assert!(rig.requests("BYE").is_empty());
}

#[test]
fn nobody_is_asked_where_one_of_them_does_not_know_how() {
    let refers = "Allow: INVITE, ACK, BYE, REFER\n";
    let replaces = "Allow: INVITE, ACK, BYE\nSupported: replaces\n";
    for (theirs, person) in
        [("", KNOWS), (KNOWS, ""), (refers, KNOWS), (replaces, KNOWS), (KNOWS, refers), ("", "")]
    {
        let (mut rig, near, far) = two(theirs, person);
        join(&mut rig, near, far);
        assert_eq!(rig.events, [(near, CallEvent::Transfer { status: 501 })], "{theirs} {person}");
        assert!(rig.requests("REFER").is_empty());
    }
    let (mut rig, near, _) = two(KNOWS, KNOWS);
    join(&mut rig, near, 99);
    assert_eq!(rig.events, [(near, CallEvent::Transfer { status: 501 })], "nor with a call that is over");
    assert!(SDP.starts_with(b"v=0"));
}

#[test]
fn what_stands_in_an_address_is_escaped() {
    assert_eq!(escaped("a.b@c;to-tag=1 2%"), "a.b%40c%3Bto-tag%3D1%202%25");
}
