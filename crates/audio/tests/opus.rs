//! Layer: pure. Opus: packets of libopus are understood, ours as well, and no bytes are too wild.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use proptest::prelude::*;
use tom_audio::opus::{BadOpus, OpusDecode, OpusEncode, duration};

/// A voice of sorts: a pulse train of 120 Hz through two resonances, whole numbers only.
fn voice(frames: usize) -> Vec<i16> {
    let (mut a, mut b) = ([0_i32; 2], [0_i32; 2]);
    (0..frames * 320)
        .map(|at| {
            let pulse = if at % 133 == 0 { 6_000 } else { 0 };
            let ring = |state: &mut [i32; 2], turn: i32| {
                let next = pulse + (state[0] * turn - state[1] * 250) / 256;
                *state = [next, state[0]];
                next
            };
            (ring(&mut a, 490) + ring(&mut b, 340)).clamp(-30_000, 30_000) as i16
        })
        .collect()
}

fn encode(pcm: &[i16]) -> Vec<Vec<u8>> {
    let mut encoder = OpusEncode::new().unwrap();
    let packet = |frame: &[i16]| {
        let mut packet = Vec::new();
        encoder.encode_into(frame, &mut packet).unwrap();
        packet
    };
    pcm.chunks_exact(320).map(packet).collect()
}

/// How like two pieces are at the best lag, 0 to 1.
fn likeness(a: &[i16], b: &[i16]) -> f64 {
    let at_lag = |lag: usize| {
        let pairs = || a.iter().zip(&b[lag..]).map(|(&a, &b)| (f64::from(a), f64::from(b)));
        let dot: f64 = pairs().map(|(a, b)| a * b).sum();
        let (x, y): (f64, f64) = pairs().fold((0.0, 0.0), |(x, y), (a, b)| (x + a * a, y + b * b));
        dot / (x * y).sqrt().max(1.0)
    };
    (0..250).map(at_lag).fold(0.0, f64::max)
}

#[test]
fn speech_survives() {
    let pcm = voice(100);
    let packets = encode(&pcm);
    let bytes: usize = packets.iter().map(Vec::len).sum();
    assert!((3_000..9_000).contains(&bytes), "two seconds at 24 kbit/s: {bytes} bytes");
    let (mut decoder, mut back) = (OpusDecode::new().unwrap(), Vec::new());
    for packet in &packets {
        assert_eq!(duration(packet), Some(960));
        decoder.decode_into(packet, &mut back).unwrap();
    }
    assert_eq!(back.len(), pcm.len());
    let like = likeness(&pcm[16_000..30_000], &back[16_000..]);
    println!("likeness {like:.3}");
    assert!(like > 0.9, "{like}");
}

#[test]
fn a_lost_packet_is_made_up_and_the_next_one_fits() {
    let packets = encode(&voice(60));
    let (mut decoder, mut back) = (OpusDecode::new().unwrap(), Vec::new());
    for (at, packet) in packets.iter().enumerate() {
        if at % 10 == 5 {
            decoder.lost_into(320, &mut back).unwrap();
        } else {
            decoder.decode_into(packet, &mut back).unwrap();
        }
    }
    assert_eq!(back.len(), 60 * 320);
    let loud = back[55 * 320..56 * 320].iter().filter(|sample| sample.unsigned_abs() > 500).count();
    assert!(loud > 100, "what was made up is no silence: {loud}");
    assert_eq!(decoder.lost_into(321, &mut back), Err(BadOpus));
}

#[test]
fn what_is_no_packet_is_refused() {
    let (mut decoder, mut back) = (OpusDecode::new().unwrap(), Vec::new());
    assert_eq!(decoder.decode_into(&[], &mut back), Err(BadOpus));
    // Three frames of a constant size that does not divide what is there.
    assert_eq!(decoder.decode_into(&[0x4b, 0x03, 1, 2], &mut back), Err(BadOpus));
    assert_eq!((duration(&[]), duration(&[0x4b, 0x03, 1, 2])), (None, Some(2_880)));
    let mut out = Vec::new();
    assert_eq!(OpusEncode::new().unwrap().encode_into(&[0; 160], &mut out), Err(BadOpus));
    assert!(back.is_empty() && out.is_empty());
}

proptest! {
    #[test]
    fn no_bytes_are_too_wild(
        packets in prop::collection::vec((0usize..40, prop::collection::vec((any::<u16>(), any::<u8>()), 0..6),
            prop::collection::vec(any::<u8>(), 0..200), any::<bool>()), 1..12))
    {
        let good = encode(&voice(40));
        let (mut decoder, mut back) = (OpusDecode::new().unwrap(), Vec::new());
        for (which, changes, random, damaged) in packets {
            let mut packet = if damaged { good[which].clone() } else { random };
            for (at, byte) in changes {
                if let Some(len) = std::num::NonZeroUsize::new(packet.len()) {
                    packet[usize::from(at) % len] = byte;
                }
            }
            back.clear();
            if decoder.decode_into(&packet, &mut back).is_ok() {
                prop_assert_eq!(Some(back.len() as u32 * 3), duration(&packet));
            }
        }
    }
}
