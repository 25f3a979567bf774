//! Layer: wire. Keys: one press is one event, however many packets tell of it; INFO bodies name keys.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use proptest::prelude::*;
use tom_base::Key;
use tom_wire::dtmf::{EventReceiver, EventSender, InfoFault, TelephoneEvent, key_info, read_info};

fn key(face: char) -> Key {
    Key::from_char(face).unwrap()
}

#[test]
fn the_payload_is_that_of_the_rfc() {
    let event = TelephoneEvent { event: 11, end: true, volume: 10, duration: 800 };
    assert_eq!(event.write(), [11, 0x8a, 0x03, 0x20]);
    assert_eq!(TelephoneEvent::parse(&[11, 0x8a, 0x03, 0x20, 99]), Some(event));
    assert_eq!(TelephoneEvent::parse(&[11, 0x8a, 0x03]), None);
}

#[test]
fn a_press_of_100_ms_is_told_in_five_packets_and_three_ends() {
    let mut sender = EventSender::new(key('5'), 5, 160);
    let packets: Vec<_> = std::iter::from_fn(|| sender.next_packet()).collect();
    let told: Vec<_> = packets.iter().map(|(event, first)| (event.duration, event.end, *first)).collect();
    assert_eq!(
        told,
        [
            (160, false, true),
            (320, false, false),
            (480, false, false),
            (640, false, false),
            (800, false, false),
            (800, true, false),
            (800, true, false),
            (800, true, false)
        ]
    );
    assert!(packets.iter().all(|(event, _)| event.event == 5));
}

#[test]
fn one_timestamp_is_one_press() {
    let mut receiver = EventReceiver::default();
    let mut pressed = Vec::new();
    for (at, face) in [(1_000, '5'), (3_000, '5'), (5_000, '#')] {
        let mut sender = EventSender::new(key(face), 4, 160);
        while let Some((event, _)) = sender.next_packet() {
            pressed.extend(receiver.take(at, &event.write()));
        }
    }
    assert_eq!(pressed, [key('5'), key('5'), key('#')]);
    // A packet of the first press comes very late.
    assert_eq!(receiver.take(1_000, &[5, 10, 0, 160]), None);
}

#[test]
fn a_press_is_told_though_only_its_last_packet_comes() {
    let mut receiver = EventReceiver::default();
    assert_eq!(receiver.take(9, &[10, 0x80, 3, 32]), Some(key('*')));
    assert_eq!(receiver.take(9, &[16, 0, 0, 0]), None, "a flash is no key");
    assert_eq!(receiver.take(10, &[]), None);
}

#[test]
fn info_bodies_name_keys() {
    for (kind, body, face) in [
        ("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n", '5'),
        ("Application/DTMF-Relay; charset=utf-8", "Duration= 250\nsignal = *\n", '*'),
        ("application/dtmf-relay", "Signal=11", '#'),
        ("application/dtmf", "7", '7'),
        ("application/dtmf", " 10\r\n", '*'),
        ("application/dtmf", "Signal=d\r\n", 'D'),
    ] {
        assert_eq!(read_info(kind, body.as_bytes()), Ok(key(face)), "{kind} {body}");
    }
    assert_eq!(read_info("text/plain", b"5"), Err(InfoFault::Type));
    for body in ["", "Signal=\r\n", "Signal=16", "Duration=5", "55555", "\u{7f}"] {
        assert_eq!(read_info("application/dtmf-relay", body.as_bytes()), Err(InfoFault::NoKey), "{body}");
    }
    assert_eq!(read_info("application/dtmf", &[0xff; 9]), Err(InfoFault::NoKey));
}

proptest! {
    #[test]
    fn a_press_is_one_press_whatever_is_lost_and_however_it_comes(
        face in 0u8..16, packets in 2u32..60, kept in prop::collection::vec(any::<bool>(), 64), rotate in 0usize..64)
    {
        let key = Key::from_event(face).unwrap();
        let mut sender = EventSender::new(key, packets, 160);
        let mut sent: Vec<_> = std::iter::from_fn(|| sender.next_packet()).map(|(event, _)| event.write()).collect();
        let len = sent.len();
        sent.rotate_left(rotate % len);
        let mut receiver = EventReceiver::default();
        let came: Vec<_> = sent.iter().zip(&kept).filter(|(_, kept)| **kept).collect();
        let pressed: Vec<_> = came.iter().filter_map(|(payload, _)| receiver.take(77, &payload[..])).collect();
        prop_assert_eq!(pressed, came.first().map(|_| key).into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn info_survives_its_way_and_anything_else(face in 0u8..16, ms: u32, bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let key = Key::from_event(face).unwrap();
        prop_assert_eq!(read_info("application/dtmf-relay", key_info(key, ms).as_bytes()), Ok(key));
        let _ = read_info("application/dtmf", &bytes);
        let _ = EventReceiver::default().take(0, &bytes);
    }
}
