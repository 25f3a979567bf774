//! Layer: pure. The far end plays in time, and its echo is mixed into what the caller says.
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

#[test]
fn an_echo_is_mixed_into_the_frame_of_the_socket() {
    let mut ear = Ear::new(Some(Echo { gain_db: -20.0, delay_ms: 100 }));
    let (rms, bytes) = frame(10_000);
    ear.arrive(0, rms, &bytes);
    assert!(microphone(&mut ear, 160_000).iter().all(|s| *s == 0), "not yet");
    assert!(microphone(&mut ear, 180_000).iter().all(|s| *s == 1_000));
}
