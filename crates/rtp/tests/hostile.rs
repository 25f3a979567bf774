//! Layer: real. What comes over the network and is none of the call's business is counted and changes nothing.
use std::time::Duration;

use proptest::prelude::*;
use tokio::net::UdpSocket;
use tom_rtp::{Options, PortError, Ports, Reject};

mod common;
use common::{Call, LOCAL, PATIENCE, until};

#[tokio::test]
async fn bad_packets_are_counted_by_reason_and_the_call_goes_on() {
    let mut call = Call::new().await;
    call.speak(0x80).await;
    let good = call.packet(0, &[0x80; 160]);
    let with = |at: usize, byte: u8| {
        let mut bytes = good.clone();
        bytes[at] = byte;
        bytes
    };
    let mut far_away = good.clone();
    far_away[2] ^= 0x60;
    let bad = [
        (Reject::Empty, Vec::new()),
        (Reject::Empty, good[..12].to_vec()),
        (Reject::Short, good[..7].to_vec()),
        (Reject::Long, vec![0x80; 65_507]),
        (Reject::Long, vec![0x80; 1_501]),
        (Reject::Version, with(0, 0x40)),
        (Reject::Csrc, with(0, 0x8f)[..40].to_vec()),
        (Reject::Extension, [&with(0, 0x90)[..14], &[0xff, 0xff]].concat()),
        (Reject::Padding, [&with(0, 0xa0)[..171], &[0xff]].concat()),
        (Reject::PayloadType, with(1, 77)),
        (Reject::Sequence, far_away),
        (Reject::Stream, with(8, 0xee)),
    ];
    until("the first packet is taken", || call.session.statistics().received == 1).await;
    for (reason, bytes) in &bad {
        let before = call.session.statistics().rejected(*reason);
        call.far.send_to(bytes, call.to).await.unwrap();
        let what = format!("{reason:?} is counted");
        until(&what, || call.session.statistics().rejected(*reason) == before + 1).await;
    }
    assert_eq!(call.session.statistics().rejected_all(), bad.len() as u64);
    let before = call.loud();
    call.far.send_to(&good, call.to).await.unwrap();
    // On a busy machine the first of them come too late for their place in the stream.
    let began = std::time::Instant::now();
    while call.loud() <= before {
        assert!(began.elapsed() < PATIENCE, "the call goes on");
        call.speak(0x80).await;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(call.events.try_recv().is_err(), "nobody pressed anything");
}

#[tokio::test]
async fn strangers_are_not_heard_and_nothing_is_sent_to_them() {
    let mut call = Call::new().await;
    call.speak(0xff).await;
    until("the far end is known", || call.session.statistics().received == 1).await;
    let stranger = UdpSocket::bind((LOCAL, 0)).await.unwrap();
    for _ in 0..50 {
        let packet = call.packet(0, &[0x80; 160]);
        stranger.send_to(&packet, call.to).await.unwrap();
    }
    until("they are counted", || call.session.statistics().rejected(Reject::Foreign) == 50).await;
    assert_eq!(call.loud(), 0);
    let statistics = call.session.statistics();
    assert_eq!(statistics.remote, call.far.local_addr().unwrap());
    let mut bytes = [0; 2_000];
    assert!(stranger.try_recv_from(&mut bytes).is_err());
}

#[tokio::test]
async fn a_far_end_behind_address_translation_is_answered_where_it_is() {
    let mut call = Call::with(|agreed| agreed.remote = "192.0.2.77:4000".parse().unwrap()).await;
    while call.loud() == 0 {
        call.speak(0x80).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    call.receive().await;
    assert_eq!(call.session.statistics().remote, call.far.local_addr().unwrap());
}

/// The stranger sends first, and sends a stream; the far end sends from a port it did not describe, as behind address
/// translation.
#[tokio::test]
async fn a_stranger_who_is_faster_than_the_far_end_gets_nothing() {
    for behind in [false, true] {
        let described = if behind { "192.0.2.77:4000" } else { "127.0.0.1:9" };
        let options = Options { signalling: Some(LOCAL), ..Options::default() };
        let mut call = Call::start(options, |agreed| agreed.remote = described.parse().unwrap()).await;
        let stranger = UdpSocket::bind(("127.0.0.2", 0)).await.unwrap();
        while call.loud() == 0 {
            for _ in 0..5 {
                let packet = call.packet(0, &[0xff; 160]);
                stranger.send_to(&packet, call.to).await.unwrap();
            }
            call.speak(0x80).await;
            call.speak(0x80).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(call.session.statistics().remote, call.far.local_addr().unwrap());
        let before = call.session.statistics().rejected(Reject::Foreign);
        let packet = call.packet(0, &[0x80; 160]);
        stranger.send_to(&packet, call.to).await.unwrap();
        until("it is a stranger", || call.session.statistics().rejected(Reject::Foreign) > before).await;
    }
}

#[tokio::test]
async fn another_calls_packets_harm_nobody() {
    let (mut a, mut b) = (Call::new().await, Call::new().await);
    a.speak(0xff).await;
    b.speak(0xff).await;
    until("both run", || a.session.statistics().received + b.session.statistics().received == 2).await;
    for _ in 0..20 {
        let packet = a.packet(0, &[0x80; 160]);
        a.far.send_to(&packet, b.to).await.unwrap();
    }
    until("they are counted", || b.session.statistics().rejected(Reject::Foreign) == 20).await;
    assert_eq!((a.loud(), b.loud()), (0, 0));
}

#[tokio::test]
async fn ports_are_lent_in_pairs_and_come_back() {
    let start = 10_000 + (std::process::id() % 500) as u16 * 10;
    assert!(matches!(Ports::new(7, 7), Err(PortError::NoPair(7, 7))));
    let ports = Ports::new(start + 1, start + 7).unwrap();
    assert_eq!(ports.free(), 3, "{} to {}", start + 2, start + 7);
    // The odd port of the second pair belongs to somebody else.
    let taken = std::net::UdpSocket::bind((LOCAL, start + 5)).unwrap();
    let (first, second) = (ports.bind(LOCAL).unwrap(), ports.bind(LOCAL).unwrap());
    let mut lent = [first.local().port(), second.local().port()];
    lent.sort_unstable();
    assert_eq!(lent, [start + 2, start + 6]);
    assert!(matches!(ports.bind(LOCAL), Err(PortError::Exhausted(3))));
    drop(taken);
    assert_eq!(ports.bind(LOCAL).unwrap().local().port(), start + 4);
    let (first_port, second_port) = (first.local().port(), second.local().port());
    drop(first);
    assert_eq!(ports.free(), 2);
    drop(second);
    let order: Vec<u16> = (0..3).map(|_| ports.bind(LOCAL).unwrap().local().port()).collect();
    assert_eq!(order, [start + 4, first_port, second_port], "the one free for the longest time first");
    let elsewhere = ports.bind("192.0.2.1".parse().unwrap());
    assert!(matches!(elsewhere, Err(PortError::Bind(..))));
    assert_eq!(ports.free(), 3);
}

#[tokio::test]
async fn a_server_that_is_started_again_begins_elsewhere() {
    let first = || Ports::new(30_000, 31_999).unwrap().bind(LOCAL).unwrap().local().port();
    let drawn: std::collections::BTreeSet<u16> = (0..8).map(|_| first()).collect();
    assert!(drawn.len() > 1, "eight times the same of a thousand pairs: {drawn:?}");
}

#[tokio::test]
async fn a_session_gives_its_ports_back() {
    let start = 16_000 + (std::process::id() % 500) as u16 * 4;
    let ports = Ports::new(start, start + 1).unwrap();
    for _ in 0..3 {
        let media = ports.bind(LOCAL).unwrap();
        let (tx, _rx) = tokio::sync::mpsc::channel(1);
        let agreed = common::agreed("127.0.0.1:9".parse().unwrap());
        let session = media.start(&agreed, tom_rtp::Options::default(), tx, |_| {}).unwrap();
        assert_eq!(ports.free(), 0);
        drop(session);
        until("the pair is back", || ports.free() == 1).await;
    }
}

#[tokio::test]
async fn a_thousand_short_calls_leave_nothing_behind() {
    let open = || std::fs::read_dir("/proc/self/fd").map_or(0, Iterator::count);
    let start = 12_000 + (std::process::id() % 500) as u16 * 4;
    let ports = Ports::new(start, start + 99).unwrap();
    let all = ports.free();
    let (tx, _rx) = tokio::sync::mpsc::channel(1);
    let mut before = 0;
    for round in 0..20 {
        let mut sessions = Vec::new();
        while let Ok(media) = ports.bind(LOCAL) {
            let agreed = common::agreed(media.local());
            let session = media.start(&agreed, tom_rtp::Options::default(), tx.clone(), |_| {});
            sessions.push(session.unwrap());
        }
        assert!(sessions.len() > 40, "{}", sessions.len());
        drop(sessions);
        until("all ports are back", || ports.free() == all).await;
        if round == 0 {
            before = open();
        }
    }
    // Other tests of this program open and close sockets meanwhile.
    until("all sockets are closed", || open() <= before + 20).await;
}

#[test]
fn no_datagram_ends_a_session() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let datagram = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..200),
        (0u8..4, any::<u8>(), prop::collection::vec(any::<u8>(), 8..180))
            .prop_map(|(flags, kind, rest)| { [vec![0x80 | flags << 4, kind], rest].concat() }),
    ];
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(30));
    runner
        .run(&prop::collection::vec(datagram, 1..40), |datagrams| {
            runtime.block_on(async {
                let mut call = Call::new().await;
                for datagram in &datagrams {
                    call.far.send_to(datagram, call.to).await.unwrap();
                }
                call.sequence = 50_000;
                // Whatever came before, a stream is heard in the end.
                while call.loud() < 3_000 {
                    call.speak(0x80).await;
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
            });
            Ok(())
        })
        .unwrap();
}
