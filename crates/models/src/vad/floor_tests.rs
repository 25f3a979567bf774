//! Layer: pure. The noise floor against levels it should find.

use super::super::level::{HighPass, PIECE};
use super::*;

/// A floor behind its filter, as a call has it.
struct Heard(NoiseFloor, HighPass);

impl Heard {
    fn new() -> Self {
        Self(NoiseFloor::new(&VadConfig::earshot()), HighPass::default())
    }

    fn snr_db(&mut self, block: &[i16; BLOCK], speaking: bool) -> f32 {
        let (pieces, _) = block.as_chunks::<PIECE>();
        let power = pieces.iter().map(|p| self.1.power(p)).sum::<f32>() / pieces.len() as f32;
        self.0.snr_db(power, speaking)
    }

    fn floor_db(&self) -> f32 {
        self.0.floor_db()
    }
}

/// A block of a square wave at 1 kHz with this level.
fn tone(db: f32) -> [i16; BLOCK] {
    let a = (32_768.0 * 10f32.powf(db / 20.0)) as i16;
    std::array::from_fn(|n| if n % 16 < 8 { a } else { -a })
}

fn after(floor: &mut Heard, db: f32, seconds: f32) -> f32 {
    let mut snr = 0.0;
    for _ in 0..(seconds * PER_SECOND) as u32 {
        snr = floor.snr_db(&tone(db), false);
    }
    snr
}

#[test]
fn steady_noise_becomes_the_floor() {
    for db in [-55.0, -40.0, -30.0] {
        let mut floor = Heard::new();
        assert!(after(&mut floor, db, 3.0).abs() < 3.0, "{db}");
    }
}

#[test]
fn the_floor_falls_at_once_and_not_below_its_limit() {
    let mut floor = Heard::new();
    after(&mut floor, -30.0, 3.0);
    after(&mut floor, -90.0, 0.4);
    assert!((floor.floor_db() - VadConfig::earshot().floor_min_db).abs() < 0.1);
}

#[test]
fn speech_with_gaps_does_not_lift_it() {
    let mut floor = Heard::new();
    after(&mut floor, -55.0, 2.0);
    for _ in 0..10 {
        let snr = after(&mut floor, -20.0, 0.6);
        assert!(snr > 20.0, "{snr}");
        after(&mut floor, -55.0, 0.2);
    }
}

#[test]
fn it_rises_more_slowly_while_somebody_speaks() {
    let rise = |speaking| {
        let mut floor = Heard::new();
        after(&mut floor, -55.0, 2.0);
        let before = floor.floor_db();
        for _ in 0..125 {
            floor.snr_db(&tone(-20.0), speaking);
        }
        floor.floor_db() - before
    };
    assert!(rise(true) < rise(false) / 2.0);
}

#[test]
fn an_offset_is_no_sound() {
    let mut floor = Heard::new();
    for _ in 0..30 {
        floor.snr_db(&[3_000; BLOCK], false);
    }
    assert!(floor.snr_db(&[3_000; BLOCK], false) < 0.0);
}

#[test]
fn digital_silence_from_the_first_block_is_no_sound() {
    let mut floor = Heard::new();
    for _ in 0..100 {
        let snr = floor.snr_db(&[0; BLOCK], false);
        assert!(snr.is_finite() && snr < 0.0);
    }
}
