//! Layer: pure. The torture messages of RFC 4475, as far as they reach a user agent: each gets the RFC's answer.

use super::rig::Rig;
use crate::api::{Ask, Transport};
use crate::core::io::Input;

const MESSAGES: &str = include_str!("torture.txt");

/// Name and message; the length is filled in where the message is not about it.
fn messages() -> Vec<(String, Vec<u8>)> {
    MESSAGES
        .split("### ")
        .skip(1)
        .map(|part| {
            let (name, text) = part.split_once('\n').unwrap();
            let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
            let body = body.replace('\n', "\r\n");
            let head = head.replace("LENGTH", &body.len().to_string()).replace('\n', "\r\n");
            (name.to_owned(), format!("{head}\r\n\r\n{body}").into_bytes())
        })
        .collect()
}

#[test]
fn each_torture_message_gets_its_answer_and_leaves_nothing_behind() {
    let messages = messages();
    assert_eq!(messages.len(), 38);
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
