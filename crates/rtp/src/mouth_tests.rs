//! Layer: pure. When frames of the agent leave: never later than they came after the first, and keys before them.
use std::net::Ipv4Addr;

use tom_wire::sdp::Direction;

use super::*;

fn mouth() -> Mouth {
    let far = (Ipv4Addr::LOCALHOST, 9).into();
    let agreed = Negotiated {
        codec: Codec::Pcmu,
        payload: 0,
        receive: Vec::new(),
        event_out: Some(101),
        event_in: None,
        event_clock: 8_000,
        noise: false,
        remote: far,
        remote_rtcp: far,
        mux: false,
        direction: Direction::SendRecv,
        secure: None,
    };
    Mouth::new(&agreed, [0; 10], Duration::ZERO).unwrap()
}

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A packet: when it left, its timestamp, and whether it is silence, a voice or a key.
type Left = (u64, u32, &'static str);

/// Ticks every 20 ms from a moment on, and gives frames at others. What left until then.
fn leaves(mouth: &mut Mouth, ticks_from: u64, frames: &[u64], until: u64) -> Vec<Left> {
    let (mut buffer, mut left) = (Vec::new(), Vec::new());
    for now in 0..until {
        let mut send = |packet: &mut Vec<u8>| {
            // The filter of the band needs a moment, so the middle of a packet tells what it holds.
            let what = match packet[1] & 0x7f {
                0 if packet[12 + 80] == 0xff => "silence",
                0 => "voice",
                _ => "key",
            };
            left.push((now, u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]), what));
        };
        for _ in frames.iter().filter(|frame| **frame == now) {
            mouth.frame(&[9_000; FRAME], at(now), &mut buffer, &mut send);
        }
        if now >= ticks_from && (now - ticks_from).is_multiple_of(20) {
            mouth.tick(at(now), &mut buffer, &mut send);
        }
    }
    left
}

fn voice(left: &[Left]) -> Vec<u64> {
    left.iter().filter(|(.., what)| *what == "voice").map(|(now, ..)| *now).collect()
}

/// Wherever a voice begins between two slots and two ticks, and however late its first frame is.
#[test]
fn no_frame_leaves_later_than_it_came_after_the_first() {
    for begins in 300..320 {
        for ticks_from in 0..20 {
            for late in 0..=20 {
                let frames: Vec<u64> =
                    (0..20).map(|n| begins + 20 * n + if n == 0 { late } else { 0 }).collect();
                let left = leaves(&mut mouth(), ticks_from, &frames, 1_000);
                let (voice, case) = (voice(&left), (begins, ticks_from, late));
                assert_eq!(voice.len(), 20, "{case:?}");
                // A far end that holds 20 ms has each of them in time.
                for (n, (came, left)) in frames.iter().zip(&voice).enumerate() {
                    let rhythm = voice[0] + 20 * n as u64;
                    assert!(left - came <= 20, "{case:?}: {came} left at {left}");
                    assert!(*left <= rhythm + if late <= 10 { 0 } else { 20 }, "{case:?}: {came}, {left}");
                }
                let (first, last) = (left.iter().position(|p| p.2 == "voice").unwrap(), voice[19]);
                assert!(left[first..first + 20].iter().all(|p| p.2 == "voice"), "{case:?}: a hole");
                assert!(left.windows(2).all(|two| two[1].1 == two[0].1 + 160), "{case:?}: slots");
                assert!(left.iter().any(|p| p.0 > last && p.2 == "silence"), "{case:?}");
            }
        }
    }
}

#[test]
fn a_burst_leaves_as_it_is_due_and_not_all_at_once() {
    let left = leaves(&mut mouth(), 7, &[301, 301, 301, 301], 500);
    for (now, timestamp, _) in left.iter().filter(|(.., what)| *what == "voice") {
        assert!(u64::from(timestamp / 8) <= now + 30, "{left:?}");
    }
    let voice = voice(&left);
    assert_eq!(voice.len(), 4, "{left:?}");
    assert!(voice[1] - voice[0] <= 20 && voice[3] > voice[0] + 20, "{left:?}");
}

#[test]
fn keys_leave_before_the_voice_that_waits() {
    let mut mouth = mouth();
    assert!(mouth.press(Key::from_char('5').unwrap(), 60));
    let left = leaves(&mut mouth, 3, &[1, 21], 400);
    let first = left.iter().position(|p| p.2 == "voice").unwrap();
    assert!(left[..first].iter().any(|p| p.2 == "key"), "{left:?}");
    assert!(left[first..].iter().all(|p| p.2 != "key"), "{left:?}");
    assert_eq!(voice(&left).len(), 2, "{left:?}");
}
