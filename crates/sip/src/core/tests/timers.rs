//! Layer: pure. Retransmissions, session timers, patience.

use std::time::Duration;

use super::rig::{Rig, SDP};
use crate::api::{Ask, CallEvent, EndedBy, Transport};

fn ended(rig: &Rig) -> Option<EndedBy> {
    rig.events.iter().find_map(|(_, event)| match event {
        CallEvent::Ended(ended) => Some(ended.by),
        _ => None,
    })
}

#[test]
fn an_invite_is_sent_seven_times_and_then_given_up() {
    let mut rig = Rig::new(Transport::Udp);
    rig.dial();
    rig.pass(Duration::from_secs(40));
    assert_eq!(rig.requests("INVITE").len(), 7, "RFC 3261, 17.1.1.2");
    assert_eq!(ended(&rig), Some(EndedBy::Lost));
    assert!(rig.core.is_idle());
}

#[test]
fn over_a_stream_nothing_is_sent_twice() {
    let mut rig = Rig::new(Transport::Tcp);
    rig.dial();
    rig.pass(Duration::from_secs(40));
    assert_eq!(rig.requests("INVITE").len(), 1);
    assert_eq!(ended(&rig), Some(EndedBy::Lost));
}

#[test]
fn an_answer_nobody_acknowledges_is_repeated_and_then_taken_back() {
    let mut rig = Rig::new(Transport::Udp);
    rig.invite("");
    rig.ask(1, Ask::Answer(SDP.to_vec()));
    rig.pass(Duration::from_secs(40));
    let answers = rig.statuses().iter().filter(|status| **status == 200).count();
    assert_eq!(answers, 11, "after 0.5, 1, 2 s, and every 4 s");
    assert_eq!(rig.distinct("BYE"), 1, "a BYE into the dark");
    assert_eq!(ended(&rig), Some(EndedBy::Lost));
}

#[test]
fn a_hang_up_before_the_acknowledgement_waits_for_it() {
    let mut rig = Rig::new(Transport::Udp);
    rig.invite("");
    rig.ask(1, Ask::Answer(SDP.to_vec()));
    rig.ask(1, Ask::HangUp { reason: String::new() });
    assert_eq!(rig.requests("BYE").len(), 0);
    assert_eq!(ended(&rig), Some(EndedBy::Us));
    rig.inside("ACK", 1, "", "");
    assert_eq!(rig.requests("BYE").len(), 1);
}

#[test]
fn we_refresh_a_session_at_half_time_and_live_on_the_answer() {
    let mut rig = Rig::new(Transport::Udp);
    rig.talking("Supported: timer\nSession-Expires: 600\nAllow: UPDATE\n");
    rig.pass(Duration::from_secs(299));
    assert_eq!(rig.requests("UPDATE").len(), 0);
    rig.pass(Duration::from_secs(2));
    let update = rig.requests("UPDATE")[0].clone();
    assert_eq!(update.headers.get("Session-Expires"), Some("600;refresher=uac"));
    assert!(update.body.is_empty());
    rig.answer(&update, 200, "Session-Expires: 600;refresher=uac\n", "");
    rig.pass(Duration::from_secs(301));
    assert_eq!(rig.distinct("UPDATE"), 2);
    assert_eq!(ended(&rig), None);
    let update = rig.requests("UPDATE").pop().unwrap().clone();
    rig.answer(&update, 481, "", "");
    assert_eq!(ended(&rig), Some(EndedBy::Lost), "they know nothing of the call");
    assert_eq!(rig.requests("BYE").len(), 1);
}

#[test]
fn without_update_the_session_is_refreshed_by_an_invite_that_changes_nothing() {
    let mut rig = Rig::new(Transport::Udp);
    rig.talking("Supported: timer\nSession-Expires: 600\n");
    rig.pass(Duration::from_secs(301));
    let invite = rig.requests("INVITE")[0].clone();
    assert_eq!(invite.body, SDP);
    rig.answer(&invite, 200, "", "v=0");
    assert_eq!(rig.requests("ACK").len(), 1);
    assert_eq!(rig.events, vec![], "nobody needs to hear of it");
}

#[test]
fn a_side_that_promised_to_refresh_and_does_not_is_hung_up() {
    let mut rig = Rig::new(Transport::Udp);
    rig.talking("Supported: timer\nSession-Expires: 90;refresher=uac\n");
    rig.pass(Duration::from_secs(59));
    assert_eq!(ended(&rig), None);
    rig.pass(Duration::from_secs(2));
    assert_eq!(ended(&rig), Some(EndedBy::Lost));
    assert_eq!(rig.distinct("BYE"), 1);
}

#[test]
fn a_call_that_nobody_answers_is_cancelled_after_our_patience() {
    let mut rig = Rig::new(Transport::Udp);
    rig.dial();
    let invite = rig.requests("INVITE")[0].clone();
    rig.answer(&invite, 180, "", "");
    rig.pass(Duration::from_secs(121));
    assert_eq!(ended(&rig), Some(EndedBy::NoAnswer));
    let cancel = rig.requests("CANCEL")[0].clone();
    assert_eq!(cancel.headers.get("Via"), invite.headers.get("Via"));
    rig.answer(&cancel, 200, "", "");
    rig.answer(&invite, 487, "", "");
    assert_eq!(rig.requests("ACK").len(), 1);
    rig.pass(Duration::from_secs(60));
    assert!(rig.core.is_idle());
}

#[test]
fn a_repeated_answer_is_acknowledged_again_and_told_once() {
    let mut rig = Rig::new(Transport::Udp);
    rig.dial();
    let invite = rig.requests("INVITE")[0].clone();
    rig.answer(&invite, 200, "", "v=0");
    rig.answer(&invite, 200, "", "v=0");
    assert_eq!(rig.requests("ACK").len(), 2);
    assert_eq!(rig.requests("ACK")[0], rig.requests("ACK")[1]);
    let answered = rig.events.iter().filter(|(_, event)| matches!(event, CallEvent::Answered { .. })).count();
    assert_eq!(answered, 1);
}

#[test]
fn a_second_side_that_answers_is_told_goodbye() {
    let mut rig = Rig::new(Transport::Udp);
    rig.dial();
    let invite = rig.requests("INVITE")[0].clone();
    rig.answer(&invite, 200, "", "v=0");
    let mut other = invite.clone();
    other.headers.set("To", "<sip:bert@198.51.100.7>");
    let text = format!(
        "SIP/2.0 200 OK\nVia: {}\nFrom: {}\nTo: <sip:bert@198.51.100.7>;tag=second\nCall-ID: {}\nCSeq: 1 INVITE\n\
         Contact: <sip:cora@198.51.100.8>\nContent-Length: 0\n\n",
        invite.headers.get("Via").unwrap(),
        invite.headers.get("From").unwrap(),
        invite.headers.get("Call-ID").unwrap(),
    );
    rig.packet(&text);
    let bye = rig.requests("BYE");
    assert_eq!(bye.len(), 1);
    assert!(bye[0].headers.get("To").unwrap().ends_with("tag=second"));
    assert_eq!(ended(&rig), None, "the first goes on");
}

#[test]
fn a_replaced_call_goes_on_with_the_new_partner() {
    let mut rig = Rig::new(Transport::Udp);
    let call = rig.talking("");
    let ours = crate::text::address::tag(rig.responses().last().unwrap().headers.get("To").unwrap()).unwrap();
    let text =
        super::rig::theirs("INVITE", 1, "", &format!("Replaces: one;to-tag={ours};from-tag=hers\n"), "v=0");
    let text = text.replace("Call-ID: one", "Call-ID: two").replace("z9hG4bKb1", "z9hG4bKtwo");
    rig.packet(&text);
    assert_eq!(rig.events, vec![(call, CallEvent::Offer { sdp: b"v=0".to_vec() })]);
    rig.ask(call, Ask::AnswerOffer(Some(SDP.to_vec())));
    assert_eq!(*rig.statuses().last().unwrap(), 200);
    let bye = rig.requests("BYE")[0].clone();
    assert_eq!(bye.headers.get("Call-ID"), Some("one"));
    rig.ask(call, Ask::HangUp { reason: String::new() });
    let ack = super::rig::theirs("ACK", 1, "", "", "").replace("Call-ID: one", "Call-ID: two");
    let new = crate::text::address::tag(rig.responses().last().unwrap().headers.get("To").unwrap()).unwrap();
    rig.packet(&ack.replace("To: <sip:tom@192.0.2.1>", &format!("To: <sip:tom@192.0.2.1>;tag={new}")));
    let byes = rig.requests("BYE");
    assert_eq!(byes.last().unwrap().headers.get("Call-ID"), Some("two"));
}

#[test]
fn the_same_invite_twice_is_one_call_and_gets_the_same_answer() {
    let mut rig = Rig::new(Transport::Udp);
    rig.invite("");
    rig.invite("");
    assert_eq!(rig.incoming, [1]);
    rig.ask(1, Ask::Answer(SDP.to_vec()));
    rig.invite("");
    assert_eq!(rig.statuses(), [100, 100, 200, 200]);
    assert_eq!(rig.responses()[2], rig.responses()[3]);
}

#[test]
fn a_line_registers_before_it_runs_out_and_pings_in_between() {
    let trunk = crate::options::Trunk {
        name: "home".into(),
        registrar: "198.51.100.7".into(),
        username: "line".into(),
        ..crate::options::Trunk::default()
    };
    let mut rig = Rig::with(crate::options::Options {
        listen: vec![(Transport::Udp, "192.0.2.1:5060".parse().unwrap())],
        trunks: vec![trunk],
        ..crate::options::Options::default()
    });
    rig.drain();
    let register = rig.requests("REGISTER")[0].clone();
    rig.answer(&register, 200, "Expires: 400\n", "");
    rig.pass(Duration::from_secs(299));
    assert_eq!(rig.distinct("REGISTER"), 1);
    assert_eq!(rig.pings, 11, "one in 25 s: a router forgets after 30");
    rig.pass(Duration::from_secs(2));
    assert_eq!(rig.distinct("REGISTER"), 2);
    let again = rig.requests("REGISTER").pop().unwrap().clone();
    rig.answer(&again, 503, "", "");
    let pings = rig.pings;
    rig.pass(Duration::from_secs(4));
    assert_eq!(rig.distinct("REGISTER"), 2);
    rig.pass(Duration::from_secs(3));
    assert_eq!(rig.distinct("REGISTER"), 3, "tried again after five seconds");
    assert_eq!(rig.pings, pings, "nobody to ping");
}
