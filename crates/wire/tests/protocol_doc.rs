//! Layer: pure. The protocol's page names every message, every error and every close code.

use tom_wire::rvc::{CLIENT_TYPES, RvcEvent};
use tom_wire::{ClientMessage, CloseCode, ErrorCode, ServerEvent};

#[test]
fn the_page_names_everything_a_client_may_meet() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");
    let page = std::fs::read_to_string(path).unwrap();
    let section = |from: &str, to: &str| {
        let at = page.find(from).unwrap();
        &page[at..at + page[at..].find(to).unwrap()]
    };
    let client = section("\n## From the client", "\n## From the server");
    let server = section("\n## From the server", "\n## A session");
    let errors = section("\n## Errors", "\n## Twilio");
    for kind in ClientMessage::TYPES {
        assert!(client.contains(&format!("`{kind}`")), "client {kind}");
    }
    for kind in ServerEvent::TYPES {
        assert!(server.contains(&format!("`{kind}`")), "server {kind}");
    }
    let rvc = &page[page.find("\n## RealtimeVoiceChat").unwrap()..];
    for kind in CLIENT_TYPES.into_iter().chain(RvcEvent::TYPES) {
        assert!(rvc.contains(&format!("`{kind}`")), "rvc {kind}");
    }
    for code in ErrorCode::ALL {
        assert!(errors.contains(&format!("`{}`", code.as_str())), "{code:?}");
    }
    for close in CloseCode::ALL {
        assert!(errors.contains(&close.code().to_string()), "{close:?}");
    }
}

#[test]
fn the_session_on_the_page_uses_real_messages() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md");
    let page = std::fs::read_to_string(path).unwrap();
    let known = |kind: &str| ClientMessage::TYPES.contains(&kind) || ServerEvent::TYPES.contains(&kind);
    let mut seen = 0;
    for piece in page.split("{\"type\":\"").skip(1) {
        let kind = piece.split('"').next().unwrap();
        assert!(known(kind), "{kind} is no message");
        seen += 1;
    }
    assert!(seen > 10);
}
