//! Layer: real. A session over loopback: what is said arrives, keys are pressed, hold holds, timestamps run on.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tom_base::Key;
use tom_rtp::{MediaEvent, Options, Ports, Reject};
use tom_wire::sdp::{Codec, Direction, MasterKey, Negotiated, Secure, Suite};

mod common;
use common::{Call, PATIENCE, agreed, media, until};

/// 20 ms of a tone of 500 Hz at 16 kHz.
fn tone() -> [i16; 320] {
    std::array::from_fn(|at| ((at as f32 * std::f32::consts::TAU / 32.0).sin() * 12_000.0) as i16)
}

#[tokio::test]
async fn two_sessions_hear_each_other() {
    talk(|_, _| {}).await;
}

#[tokio::test]
async fn two_sessions_hear_each_other_in_wideband() {
    for (codec, payload) in [(Codec::G722, 9), (Codec::Opus, 96)] {
        talk(|a, b| {
            for side in [a, b] {
                (side.codec, side.payload, side.receive) = (codec, payload, vec![(payload, codec)]);
            }
        })
        .await;
    }
}

#[tokio::test]
async fn two_sessions_hear_each_other_encrypted() {
    for suite in Suite::ALL {
        talk(|a, b| {
            let keys = (MasterKey([1; 30]), MasterKey([2; 30]));
            a.secure = Some(Secure { suite, ours: keys.0, theirs: keys.1 });
            b.secure = Some(Secure { suite, ours: keys.1, theirs: keys.0 });
        })
        .await;
    }
}

#[tokio::test]
async fn who_has_no_key_is_not_heard() {
    let secure =
        Secure { suite: Suite::Aes128Sha1Tag80, ours: MasterKey([1; 30]), theirs: MasterKey([2; 30]) };
    let mut call = Call::with(|agreed| agreed.secure = Some(secure)).await;
    let (_, payload) = call.receive().await;
    assert_eq!(payload.len(), 170, "ten bytes of authentication");
    assert!(payload[..160].iter().any(|&code| code != 0xff), "silence is not readable");
    for _ in 0..5 {
        call.speak(0x80).await;
    }
    let unheard = || call.session.statistics().rejected(Reject::Authentication) == 5;
    until("plain packets are refused", unheard).await;
    assert_eq!(call.loud(), 0);
}

async fn talk(change: impl FnOnce(&mut Negotiated, &mut Negotiated)) {
    let (a, b) = (media(), media());
    let (mut to_a, mut to_b) = (agreed(b.local()), agreed(a.local()));
    change(&mut to_a, &mut to_b);
    let heard = [Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(Vec::new()))];
    let (tx, _rx) = mpsc::channel(4);
    let sink = |at: usize| {
        let heard = heard[at].clone();
        move |pcm: &[i16]| heard.lock().unwrap().extend_from_slice(pcm)
    };
    let a = a.start(&to_a, Options::default(), tx.clone(), sink(0)).unwrap();
    let b = b.start(&to_b, Options::default(), tx, sink(1)).unwrap();
    let energy = |at: usize| {
        let heard = heard[at].lock().unwrap();
        heard.iter().filter(|sample: &&i16| sample.unsigned_abs() > 6_000).count()
    };
    until("both hear a second of tone", || {
        a.send(&tone());
        b.send(&tone());
        energy(0) > 8_000 && energy(1) > 8_000
    })
    .await;
    let (a, b) = (a.statistics(), b.statistics());
    assert_eq!((a.rejected_all(), b.rejected_all()), (0, 0));
    assert!(a.received > 0 && b.received > 0);
}

#[tokio::test]
async fn silence_is_sent_too_and_time_runs_on() {
    let call = Call::new().await;
    let (mut last, payload) = call.receive().await;
    assert_eq!((last.payload_type, payload.len(), last.marker), (0, 160, true));
    let mut talked = 0;
    for step in 0..60 {
        if step == 10 {
            call.session.send(&tone());
        }
        let (header, payload) = call.receive().await;
        assert_eq!(header.sequence, last.sequence.wrapping_add(1));
        let slots = header.timestamp.wrapping_sub(last.timestamp);
        assert!(slots > 0 && slots % 160 == 0, "{slots}");
        assert_eq!(header.ssrc, last.ssrc);
        // The filter's tail is in the packet behind it.
        let loud = payload.iter().filter(|&&code| code & 0x7f < 0x40).count() > 80;
        assert_eq!(header.marker, loud, "the marker begins speech, and this is 20 ms of it");
        talked += u32::from(header.marker);
        last = header;
    }
    assert_eq!(talked, 1);
}

#[tokio::test]
async fn comfort_noise_stands_in_for_silence_where_agreed() {
    let call = Call::with(|agreed| agreed.noise = true).await;
    let (first, payload) = call.receive().await;
    assert_eq!((first.payload_type, payload.len()), (13, 1));
    call.session.send(&tone());
    let (speech, payload) = call.receive().await;
    assert_eq!((speech.payload_type, payload.len(), speech.marker), (0, 160, true));
    let (after, _) = call.receive().await;
    assert_eq!(after.payload_type, 13);
}

#[tokio::test]
async fn keys_are_pressed_both_ways() {
    let mut call = Call::new().await;
    call.speak(0xff).await;
    // Seven packets tell of one press; two presses follow each other.
    for (timestamp, packets) in [(5_000, 7), (9_000, 3)] {
        for step in 0..packets {
            let payload = [10, if step + 1 == packets { 0x8a } else { 0x0a }, step, 160];
            call.timestamp = timestamp;
            let packet = call.packet(101, &payload);
            call.far.send_to(&packet, call.to).await.unwrap();
        }
    }
    for _ in 0..2 {
        let event = tokio::time::timeout(PATIENCE, call.events.recv()).await.unwrap();
        assert_eq!(event, Some(MediaEvent::Key(Key::from_char('*').unwrap())));
    }
    assert!(call.session.press(Key::from_char('7').unwrap(), 100));
    let mut told = Vec::new();
    while told.len() < 8 {
        let (header, payload) = call.receive().await;
        if header.payload_type == 101 {
            assert_eq!(payload[0], 7);
            assert_eq!(header.marker, told.is_empty());
            told.push((header.timestamp, payload[1] & 0x80 != 0));
        }
    }
    assert!(told.iter().all(|&(timestamp, _)| timestamp == told[0].0), "one press has one timestamp");
    assert_eq!(told.iter().filter(|(_, end)| *end).count(), 3, "the end is told three times");
    assert!(call.events.try_recv().is_err(), "no press was told twice");
}

#[tokio::test]
async fn a_call_may_run_over_ipv6() {
    let Ok(far) = UdpSocket::bind("[::1]:0").await else {
        println!("this machine has no IPv6");
        return;
    };
    let ports = Ports::new(18_000 + (std::process::id() % 400) as u16 * 4, 19_999).unwrap();
    let media = ports.bind("::1".parse().unwrap()).unwrap();
    let (tx, _rx) = mpsc::channel(4);
    let _session = media.start(&agreed(far.local_addr().unwrap()), Options::default(), tx, |_| {}).unwrap();
    let mut bytes = [0; 2_000];
    let (len, _) = tokio::time::timeout(PATIENCE, far.recv_from(&mut bytes)).await.unwrap().unwrap();
    assert_eq!(len, 172);
}

#[tokio::test]
async fn keys_need_an_agreement() {
    let call = Call::with(|agreed| agreed.event_out = None).await;
    assert!(!call.session.press(Key::from_char('1').unwrap(), 100));
}

#[tokio::test]
async fn hold_stops_what_is_held_and_resume_resumes() {
    let mut call = Call::new().await;
    call.receive().await;
    let mut held = agreed(call.far.local_addr().unwrap());
    held.direction = Direction::RecvOnly;
    call.session.renegotiate(&held).unwrap();
    // What was under way may still come.
    let sent = call.session.statistics().sent;
    call.session.send(&tone());
    call.speak(0x80).await;
    until("its music is not listened to", || call.session.statistics().rejected_all() == 1).await;
    tokio::time::sleep(Duration::from_millis(100)).await;
    let statistics = call.session.statistics();
    assert_eq!((statistics.sent, statistics.dropped), (sent, 1));
    assert_eq!(call.loud(), 0);
    held.direction = Direction::SendRecv;
    call.session.renegotiate(&held).unwrap();
    until("it is heard and speaks again", || call.session.statistics().sent > sent + 5).await;
    while call.loud() == 0 {
        call.speak(0x80).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_far_end_may_change_its_codec_as_agreed() {
    let mut call = Call::new().await;
    call.speak(0x80).await;
    let packet = call.packet(8, &[0x2a; 160]);
    call.far.send_to(&packet, call.to).await.unwrap();
    let heard = call.heard.clone();
    let lowest = move || heard.lock().unwrap().iter().copied().min();
    until("A-law is understood", || lowest() < Some(-30_000)).await;
}

#[tokio::test]
async fn a_far_end_that_falls_silent_is_told_once() {
    let (tx, mut events) = mpsc::channel(4);
    let options = Options { silence: Duration::from_millis(50), ..Options::default() };
    let _session = media().start(&agreed("127.0.0.1:9".parse().unwrap()), options, tx, |_| {}).unwrap();
    let event = tokio::time::timeout(PATIENCE, events.recv()).await.unwrap();
    assert_eq!(event, Some(MediaEvent::Silent));
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(events.try_recv().is_err());
}

#[tokio::test]
async fn what_came_while_we_did_not_run_is_not_late() {
    for _ in 0..5 {
        let mut call = Call::new().await;
        call.speak(0xff).await;
        until("the stream has begun", || call.session.statistics().received == 1).await;
        for _ in 0..9 {
            call.speak(0x80).await;
        }
        // Nothing runs: the packets wait in the system for longer than anybody waits for a packet.
        std::thread::sleep(Duration::from_millis(250));
        until("all is heard", || call.session.statistics().received == 10).await;
        assert_eq!(call.session.statistics().buffer.late, 0);
        assert!(call.loud() > 9 * 300);
    }
}
