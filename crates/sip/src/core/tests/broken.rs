//! Layer: pure. Messages nobody should send: answered as the RFC says, or not at all, and nothing breaks.

use proptest::prelude::*;

use super::rig::{Rig, theirs};
use crate::api::{Ask, Transport};
use crate::core::io::Input;

fn status_of(text: &str) -> Option<u16> {
    let mut rig = Rig::new(Transport::Udp);
    rig.packet(text);
    rig.statuses().first().copied()
}

#[test]
fn each_fault_gets_its_status() {
    let options = theirs("OPTIONS", 1, "", "", "");
    let changed = |from: &str, to: &str| status_of(&options.replace(from, to));
    assert_eq!(status_of(&options), Some(200));
    assert_eq!(changed("Call-ID: one\n", ""), Some(400));
    assert_eq!(changed("To: <sip:tom@192.0.2.1>\n", ""), Some(400));
    assert_eq!(changed("CSeq: 1 OPTIONS", "CSeq: 1 INVITE"), Some(400));
    assert_eq!(changed("CSeq: 1 ", "CSeq: 36893488147419103232 "), Some(400));
    assert_eq!(changed("CSeq: 1 OPTIONS\n", "CSeq: 1 OPTIONS\nCSeq: 2 OPTIONS\n"), Some(400));
    assert_eq!(changed("<sip:anna@198.51.100.7>;tag", "\"Anna <sip:anna@198.51.100.7>;tag"), Some(400));
    assert_eq!(changed("sip:tom@192.0.2.1 SIP", "<sip:tom@192.0.2.1> SIP"), Some(400));
    assert_eq!(changed("sip:tom@192.0.2.1 SIP", "sip:tom@192.0.2.1; lr SIP"), Some(400));
    assert_eq!(changed("sip:tom@192.0.2.1 SIP", " sip:tom@192.0.2.1  SIP"), Some(400));
    assert_eq!(changed("sip:tom@192.0.2.1 SIP", "soap.beep://192.0.2.1 SIP"), Some(416));
    assert_eq!(changed("SIP/2.0\nVia", "SIP/7.0\nVia"), Some(505));
    assert_eq!(changed("Content-Length: 0", "Content-Length: -999"), Some(400));
    assert_eq!(changed("Content-Length: 0", "Content-Length: 99"), Some(400));
    assert_eq!(changed("Max-Forwards: 70", "Max-Forwards: 256"), Some(400));
    assert_eq!(changed("Max-Forwards: 70", "Max-Forwards: 0"), Some(200), "we do not forward");
    assert_eq!(changed("Contact: <sip:anna@198.51.100.7:5062>", "Contact: \"Anna\" <sip:anna@>"), Some(400));
    assert_eq!(changed("OPTIONS", "NEWMETHOD"), Some(501));
    assert_eq!(changed(";branch=z9hG4bKb1", ""), Some(200), "RFC 2543 knew no branches");
    assert_eq!(changed("From: <sip:anna@198.51.100.7>;tag=hers", "From: sip:anna@198.51.100.7"), Some(200));
    assert_eq!(changed("Via: ", "Via: SIP/2.0/UDP a.example, "), Some(200));
    assert_eq!(
        changed("Via: SIP/2.0/UDP 198.51.100.7:5062;branch=z9hG4bKb1\n", ""),
        None,
        "nowhere to answer"
    );
}

#[test]
fn odd_writing_is_read() {
    let odd = "OPTIONS sip:tom@192.0.2.1;unknownparam SIP/2.0\nTO :\n sip:tom@192.0.2.1 ;   tag    = x\n\
               from   : \"J Rosenberg \\\\\\\"\"       <sip:anna@198.51.100.7>\n  ;\n  tag = 98asjd8\nMaX-fOrWaRdS: 0068\n\
               i: wsinv.ndaksdj@192.0.2.1\ncseq: 0009\n  OPTIONS\n\
               v:  SIP  / 2.0\n /UDP\n    198.51.100.7;branch=z9hG4bK390skdjuw\ns :\nNewFangledHeader:   newfangled value\n \
               continued newfangled value\nUnknownHeaderWithUnusualValue: ;;,,;;,;\nl: 0\n\n";
    // Its To has a tag, and no such call is known.
    assert_eq!(status_of(odd), Some(481));
    assert_eq!(status_of(&odd.replace(" ;   tag    = x", "")), Some(200));
}

#[test]
fn strangers_get_ten_answers_a_second_and_then_none() {
    let mut rig = Rig::new(Transport::Udp);
    rig.flow.peer = "203.0.113.9:5060".parse().unwrap();
    for seq in 1..100 {
        rig.packet(&theirs("INVITE", seq, "", "", "v=0"));
    }
    assert_eq!(rig.statuses(), vec![403; 10]);
    assert!(rig.incoming.is_empty());
    // What they break is not even answered.
    rig.packet(&theirs("INVITE", 500, "", "", "v=0").replace("Content-Length: 3", "Content-Length: 9"));
    assert_eq!(rig.statuses().len(), 10);
}

#[test]
fn a_responses_number_does_not_pass_for_an_answer_of_somebody_else() {
    let mut rig = Rig::new(Transport::Udp);
    rig.dial();
    let invite = rig.requests("INVITE")[0].clone();
    let mut strange = invite.clone();
    let via = invite.headers.get("Via").unwrap().replace("branch=z9hG4bK", "branch=z9hG4bKx");
    strange.headers.set("Via", via);
    rig.answer(&strange, 200, "", "v=0");
    assert!(rig.events.is_empty());
    assert!(rig.requests("ACK").is_empty());
}

fn mangle(text: &str, changes: &[(usize, u8)]) -> Vec<u8> {
    let mut bytes = text.replace('\n', "\r\n").into_bytes();
    for (at, byte) in changes {
        let at = at % bytes.len();
        bytes[at] = *byte;
    }
    bytes
}

proptest! {
    #[test]
    fn whatever_comes_nothing_breaks_and_time_goes_on(
        packets in prop::collection::vec((0usize..9, prop::collection::vec((any::<usize>(), any::<u8>()), 0..6), 0u64..40), 1..12),
    ) {
        let mut rig = Rig::new(Transport::Udp);
        let methods = ["INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "UPDATE", "INFO", "PRACK", "REFER"];
        let call = rig.talking("Supported: timer, 100rel\nSession-Expires: 100\n");
        for (which, changes, wait) in packets {
            let seq = u32::try_from(wait).unwrap() % 5;
            let text = theirs(methods[which], seq, if wait % 2 == 0 { "" } else { ";tag=x" }, "Replaces: one;to-tag=x;from-tag=hers\n", "v=0");
            rig.core.handle(rig.now, Input::Packet(rig.flow, mangle(&text, &changes)));
            rig.drain();
            rig.pass(std::time::Duration::from_secs(wait));
        }
        rig.ask(call, Ask::HangUp { reason: String::new() });
        rig.core.handle(rig.now, Input::Leave);
        rig.drain();
        rig.pass(std::time::Duration::from_secs(400));
        prop_assert!(rig.core.is_idle(), "something waits for ever");
    }

    #[test]
    fn noise_is_never_answered_by_a_crash(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut rig = Rig::new(Transport::Udp);
        rig.core.handle(rig.now, Input::Packet(rig.flow, bytes.clone()));
        rig.drain();
        // Streams are cut into messages by their own rules.
        let mut buffer = bytes;
        while !buffer.is_empty() {
            match crate::text::frame::next(&buffer) {
                crate::text::frame::Framed::Message(length) | crate::text::frame::Framed::Ping(length) | crate::text::frame::Framed::Blank(length) => {
                    prop_assert!(length > 0 && length <= buffer.len());
                    buffer.drain(..length);
                }
                crate::text::frame::Framed::More | crate::text::frame::Framed::Lost => break,
            }
        }
    }

    #[test]
    fn what_we_read_we_write_the_same(seq in 0u32..1_000_000, body in "[a-z=0-9 ]{0,40}", extra in "[A-Za-z]{1,10}: [ -~]{0,30}") {
        let text = theirs("INVITE", seq, ";tag=x", &format!("{extra}\n"), &body).replace('\n', "\r\n");
        if let Ok(crate::text::message::Message::Request(request)) = crate::text::parse::message(text.as_bytes()) {
            let again = crate::text::parse::message(&request.write()).unwrap();
            let crate::text::message::Message::Request(mut again) = again else { panic!("a request") };
            // Content-Length moves to the end.
            again.headers.remove("Content-Length");
            let mut request = request;
            request.headers.remove("Content-Length");
            prop_assert_eq!(again, request);
        }
    }
}
