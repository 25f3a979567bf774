//! Layer: real. Calls out to a telephone of another maker: a person picks up, or a machine.

use tom_call::OnMachine;
use tom_peers::there;
use tom_server::{ServerConfig, Token};
use tom_sip::Trunk;

use super::baresip::Baresip;
use super::dialling::{SECRET, dial, until_stage};
use super::far::noise;
use super::sip_config;
use crate::common::desk::{Desk, GREETING};
use crate::common::{TestServer, config};

/// A server whose trunk is that telephone.
async fn server(baresip: &Baresip, machine: Option<OnMachine>) -> TestServer {
    let mut sip = sip_config();
    sip.signalling.trunks.push(Trunk {
        name: "home".into(),
        registrar: baresip.address.to_string(),
        username: "line".into(),
        register: false,
        ..Trunk::default()
    });
    sip.dial.machine = machine;
    let secret = ServerConfig { token: Some(Token::new(SECRET).unwrap()), ..config() };
    TestServer::with_sip(secret, Desk::default(), sip).await
}

/// Silence and a voice, in turn, of so many milliseconds each, then silence: 8 kHz. A tone would be a beep.
fn speech(pieces: &[usize]) -> Vec<i16> {
    let mut pcm = Vec::new();
    for (n, ms) in pieces.iter().enumerate() {
        pcm.extend(noise(ms * 8, n % 2 == 1, 7 + n as u64));
    }
    pcm.extend(vec![0; 60 * 8_000]);
    pcm
}

async fn called(server: &TestServer) -> String {
    let (status, body) = dial(server, "+49 30 12345").await;
    assert_eq!(status, 202, "{body}");
    body["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_person_is_greeted() {
    if !there("baresip") {
        return;
    }
    let mut baresip = Baresip::start(&speech(&[500, 500])).await;
    let server = server(&baresip, Some(OnMachine::HangUp)).await;
    let id = called(&server).await;
    server.until("the greeting is spoken", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
    let stage = until_stage(&server, &id, "answered").await;
    assert_eq!(stage["picked_up_by"], "human", "{stage}");
    baresip.command("hangup", "").await;
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let report = server.calls.past()[0].clone();
    assert!(report.timeline.contains(GREETING), "{}", report.timeline);
    assert_eq!(report.actions[0].kind, "picked_up_by_human");
    assert_eq!(server.metric("tom_dial_picked_up_total{by=\"human\"}"), 1.0);
}

#[tokio::test]
async fn a_machine_is_hung_up_on_or_gets_a_message_after_its_beep() {
    if !there("baresip") {
        return;
    }
    let baresip = Baresip::start(&speech(&[300, 30_000])).await;
    let hangs_up = server(&baresip, Some(OnMachine::HangUp)).await;
    let id = called(&hangs_up).await;
    let stage = until_stage(&hangs_up, &id, "ended").await;
    assert_eq!((&stage["picked_up_by"], &stage["end"]), (&"machine".into(), &"us".into()), "{stage}");
    let report = hangs_up.calls.past()[0].clone();
    assert_eq!(report.reason, tom_turn::EndReason::Unanswered);
    assert!(!report.timeline.contains(GREETING), "{}", report.timeline);
    drop(baresip);

    let mut mailbox = speech(&[300, 4_000, 300])[..4_600 * 8].to_vec();
    mailbox.extend((0..8 * 400).map(|n| ((n as f32 * 0.8).sin() * 9_000.0) as i16));
    mailbox.extend(vec![0; 60 * 8_000]);
    let baresip = Baresip::start(&mailbox).await;
    let leaves = server(&baresip, Some(OnMachine::Message("Please call us back".into()))).await;
    let id = called(&leaves).await;
    let stage = until_stage(&leaves, &id, "ended").await;
    assert_eq!((&stage["picked_up_by"], &stage["end"]), (&"machine".into(), &"us".into()), "{stage}");
    let report = leaves.calls.past()[0].clone();
    assert_eq!(report.reason, tom_turn::EndReason::Agent);
    assert!(report.timeline.contains("Please call us back"), "{}", report.timeline);
}
