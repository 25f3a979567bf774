//! Layer: pure. The 49 torture messages of RFC 4475: each gets the answer that the RFC asks for of a user agent.

use super::rig::Rig;
use crate::api::{Ask, Transport};
use crate::core::io::Input;

const MESSAGES: &str = include_str!("torture.txt");

/// Resolves the RFC's own shorthand: `<repeat count=3>ab</repeat>`, `<hex>00FF</hex>`.
fn expand(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find("<repeat count=").into_iter().chain(rest.find("<hex>")).min() {
        out.extend_from_slice(&rest.as_bytes()[..at]);
        rest = &rest[at..];
        if let Some(hex) = rest.strip_prefix("<hex>") {
            let (digits, behind) = hex.split_once("</hex>").unwrap();
            let digits: Vec<u8> = digits.bytes().filter(u8::is_ascii_hexdigit).collect();
            let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
            out.extend(digits.chunks(2).map(byte));
            rest = behind;
        } else {
            let (count, inner) = rest["<repeat count=".len()..].split_once('>').unwrap();
            let (inner, behind) = inner.split_once("</repeat>").unwrap();
            out.extend(inner.repeat(count.parse().unwrap()).into_bytes());
            rest = behind;
        }
    }
    out.extend_from_slice(rest.as_bytes());
    out
}

/// Name and message; the length is filled in where the message is not about it.
fn messages() -> Vec<(String, Vec<u8>)> {
    MESSAGES
        .split("### ")
        .skip(1)
        .map(|part| {
            let (name, text) = part.split_once('\n').unwrap();
            let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
            let body = expand(&body.replace('\n', "\r\n"));
            let head = head.replace("LENGTH", &body.len().to_string()).replace('\n', "\r\n");
            (name.to_owned(), [expand(&head), b"\r\n\r\n".to_vec(), body].concat())
        })
        .collect()
}

#[test]
fn each_torture_message_gets_its_answer_and_leaves_nothing_behind() {
    let messages = messages();
    assert_eq!(messages.len(), 49);
    for (name, bytes) in messages {
        let (name, wanted) = name.rsplit_once(" -> ").unwrap();
        let mut rig = Rig::new(Transport::Udp);
        rig.core.handle(rig.now, Input::Packet(rig.flow, bytes));
        rig.drain();
        // A call that is good as far as SIP goes is refused here for its session.
        for call in rig.incoming.clone() {
            rig.ask(call, Ask::Reject { status: 488, reason: String::new(), retry_after: None });
        }
        let last = rig.statuses().last().map_or("nothing".to_owned(), u16::to_string);
        assert_eq!(last, wanted, "{name}");
        rig.pass(std::time::Duration::from_secs(300));
        assert!(rig.core.is_idle(), "{name}");
    }
}

/// What a caller takes for an answer (RFC 3261, 20.1): the call is good, and is refused here for its session, or it
/// gets 406.
#[test]
fn who_takes_no_sdp_gets_no_session() {
    let (_, bytes) = messages().into_iter().find(|(name, _)| name.contains("sdp01")).unwrap();
    let message = String::from_utf8(bytes).unwrap();
    for (accept, wanted) in [
        ("Accept: text/plain, Application/SDP;level=1\r\n", 488),
        ("Accept: text/plain\r\nAccept: application/*;q=0.1\r\n", 488),
        ("Accept: */*\r\n", 488),
        ("", 488),
        ("Accept:\r\n", 406),
        ("Accept: text/plain\r\nAccept: application/pidf+xml\r\n", 406),
    ] {
        let mut rig = Rig::new(Transport::Udp);
        let bytes = message.replace("Accept: text/nobodyKnowsThis\r\n", accept).into_bytes();
        rig.core.handle(rig.now, Input::Packet(rig.flow, bytes));
        rig.drain();
        for call in rig.incoming.clone() {
            rig.ask(call, Ask::Reject { status: 488, reason: String::new(), retry_after: None });
        }
        assert_eq!(rig.statuses().last(), Some(&wanted), "{accept:?}");
    }
}
