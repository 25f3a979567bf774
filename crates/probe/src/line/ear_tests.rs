//! Layer: pure. The far end plays in time, and its echo comes back late and weak.
use super::*;
use crate::voice::envelope;

fn frame(value: i16) -> ([u16; STEPS], Vec<u8>) {
    let pcm = [value; FRAME];
    (envelope(&pcm), tom_wire::pcm_to_bytes(&pcm))
}

fn microphone(ear: &mut Ear, now: Micros) -> Vec<i16> {
    let mut wire = [0; WIRE];
    ear.mix(now, &mut wire);
    tom_wire::bytes_to_pcm(&wire[8..]).unwrap()
}

#[test]
fn a_voice_is_where_it_is_played() {
    let mut ear = Ear::new(None);
    let (rms, bytes) = frame(3_000);
    for _ in 0..3 {
        assert!(ear.arrive(100_000, rms, &bytes));
    }
    assert_eq!((ear.voice_from, ear.voice_until), (Some(100_000), 160_000));
    ear.clear(130_000);
    assert_eq!(ear.voice_until, 130_000);
    assert!(ear.arrive(600_000, rms, &bytes));
    assert_eq!(ear.voice_from, Some(600_000), "a new voice after a silence");
}

#[test]
fn a_flood_is_not_taken() {
    let mut ear = Ear::new(None);
    let (rms, bytes) = frame(0);
    let taken = (0..5_000).filter(|_| ear.arrive(0, rms, &bytes)).count();
    assert_eq!(taken, 1_501, "thirty seconds, and the frame that passes them");
}

/// What comes back until a moment, a frame every 20 ms, with a clock that is unsteady.
fn hear(ear: &mut Ear, until: Micros) -> Vec<i16> {
    (1..=until / 20_000).flat_map(|n| microphone(ear, n * 20_000 + n % 3 * 2_000)).collect()
}

#[test]
fn the_echo_comes_after_buffer_and_delay_without_a_gap() {
    let mut ear = Ear::new(Some(Echo { gain_db: -20.0, delay_ms: 100 }));
    let (rms, bytes) = frame(10_000);
    // Frames come unsteadily; the loudspeaker's buffer makes one sound of them.
    for at in [0, 25_000, 38_000, 71_000] {
        ear.arrive(at, rms, &bytes);
    }
    let back = hear(&mut ear, 400_000);
    let first = back.iter().position(|s| *s == 1_000).unwrap();
    // 60 ms of buffer and 100 ms of delay, give or take the unsteady clock.
    assert!((2_480..2_640).contains(&first), "{first}");
    assert_eq!(back.iter().filter(|s| **s == 1_000).count(), 4 * FRAME);
    assert!(back[first..first + 4 * FRAME].iter().all(|s| *s == 1_000), "one sound");
}

#[test]
fn what_was_cleared_does_not_come_back() {
    let mut ear = Ear::new(Some(Echo { gain_db: -20.0, delay_ms: 100 }));
    let (rms, bytes) = frame(10_000);
    ear.arrive(0, rms, &bytes);
    ear.arrive(0, rms, &bytes);
    ear.clear(70_000);
    // It played for 10 ms, from 60 ms on.
    assert_eq!(hear(&mut ear, 400_000).iter().filter(|s| **s == 1_000).count(), 160);
}
