//! What do the servers' voices sound like?

use std::collections::HashMap;
use std::f64::consts::TAU;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Syllables a second.
const SYLLABLES: f64 = 4.0;
/// The pitch, a divisor of every usual rate.
const PITCH_HZ: f64 = 125.0;
/// Seconds of speech that a character of text makes: about 15 characters a second.
const SECONDS_PER_CHAR: f64 = 1.0 / 15.0;

/// A second of something voiced at a rate: a pitch of 125 Hz with harmonics under two formants, four syllables
/// long. Voice activity takes it for speech. Put end to end it goes on without a click.
#[must_use]
pub fn voiced_second(rate_hz: u32) -> Arc<[i16]> {
    static MADE: OnceLock<Mutex<HashMap<u32, Arc<[i16]>>>> = OnceLock::new();
    let mut made = MADE.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
    made.entry(rate_hz).or_insert_with(|| make(rate_hz)).clone()
}

fn make(rate_hz: u32) -> Arc<[i16]> {
    let rate = f64::from(rate_hz);
    // Every harmonic below 3.4 kHz (and half the rate), louder near 500 and 1 500 Hz.
    let harmonics: Vec<(f64, f64)> = (1..)
        .map(|n| f64::from(n) * PITCH_HZ)
        .take_while(|hz| *hz < 3_400.0 && *hz < rate / 2.0)
        .map(|hz| {
            let near = |formant: f64, width: f64| 1.0 / (1.0 + ((hz - formant) / width).powi(2));
            (hz, near(500.0, 150.0) + 0.5 * near(1_500.0, 200.0))
        })
        .collect();
    let loud: f64 = harmonics.iter().map(|(_, gain)| gain).sum();
    let sample = |n: u32| {
        let t = f64::from(n) / rate;
        let syllable = (TAU * SYLLABLES * t).cos().mul_add(-0.45, 0.55);
        let voice: f64 = harmonics.iter().map(|(hz, gain)| gain * (TAU * hz * t).sin()).sum();
        (voice / loud * syllable * 24_000.0) as i16
    };
    (0..rate_hz).map(sample).collect()
}

/// How many samples a text makes.
pub(crate) fn samples(text: &str, rate_hz: u32) -> usize {
    let seconds = (text.chars().count() as f64 * SECONDS_PER_CHAR).clamp(0.2, 60.0);
    (seconds * f64::from(rate_hz)) as usize
}

/// Something voiced whose length follows a text: 15 characters a second, from 0.2 to 60 s.
#[must_use]
pub fn speech_like(text: &str, rate_hz: u32) -> Vec<i16> {
    let second = voiced_second(rate_hz);
    second.iter().copied().cycle().take(samples(text, rate_hz)).collect()
}
