//! Which sounds are no speech? Coughs, clicks, music and a street, made by sox and by rule.

use std::path::Path;
use std::process::Command;

use anyhow::Result;
use tom_probe::clip::next;

use super::voices::Store;

/// Samples of a second.
const SECOND: usize = 16_000;

fn sox(out: &Path, args: &[String]) -> Command {
    let mut command = Command::new("sox");
    // -R: the same noise for the same words, which is sox's default as well.
    command.args(["-R", "-n", "-r", "16000", "-b", "16", "-c", "1"]).arg(out).args(args);
    command
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn made(store: &Store, text: &str) -> Result<Vec<i16>> {
    store.make(&("sox", text), |out| sox(out, &words(text)))
}

/// A number of `from..to`, by lot.
fn lot(dice: &mut u64, from: u64, to: u64) -> u64 {
    from + next(dice) % (to - from).max(1)
}

/// A cough: two or three bursts of noise from a throat.
///
/// # Errors
/// When sox is missing or fails.
pub(super) fn cough(store: &Store, dice: &mut u64) -> Result<Vec<i16>> {
    let mut out = Vec::new();
    for _ in 0..lot(dice, 1, 4) {
        let (length, throat) = (lot(dice, 8, 22), lot(dice, 400, 1_400));
        let text = format!(
            "synth 0.{length:02} pinknoise bandpass {throat} 1.5q fade l 0.008 0.{length:02} 0.{:02} gain -n -3",
            length * 7 / 10
        );
        out.extend(made(store, &text)?);
        out.resize(out.len() + lot(dice, 800, 3_200) as usize, 0);
    }
    Ok(out)
}

/// One to three clicks, as of a switch or a keyboard.
pub(super) fn click(dice: &mut u64) -> Vec<i16> {
    let mut out = Vec::new();
    for _ in 0..lot(dice, 1, 4) {
        let (ring, decay) = (lot(dice, 600, 3_500) as f64, lot(dice, 2, 12) as f64);
        out.extend((0..960).map(|n| {
            let t = f64::from(n) / SECOND as f64;
            let tone = (t * ring * std::f64::consts::TAU).cos();
            (24_000.0 * tone * (-t * 1_000.0 / decay).exp()) as i16
        }));
        out.resize(out.len() + lot(dice, 800, 6_400) as usize, 0);
    }
    out
}

/// Three to six seconds of plucked chords.
///
/// # Errors
/// When sox is missing or fails.
pub(super) fn music(store: &Store, dice: &mut u64) -> Result<Vec<i16>> {
    const CHORDS: [&str; 6] = ["C3 E3 G3", "A2 C3 E3", "F2 A2 C3", "G2 B2 D3", "D3 F3 A3", "E2 G2 B2"];
    let mut out = Vec::new();
    let beat = lot(dice, 3, 7);
    for _ in 0..lot(dice, 6, 10) {
        let chord = CHORDS[lot(dice, 0, CHORDS.len() as u64) as usize];
        let strings: Vec<String> =
            chord.split(' ').enumerate().map(|(n, note)| format!("pluck {note} delay-{n}")).collect();
        let tones: String = strings
            .iter()
            .filter_map(|s| s.split(" delay").next())
            .fold(String::new(), |all, s| all + " " + s);
        out.extend(made(store, &format!("synth 0.{beat}{tones} remix - gain -n -6"))?);
    }
    Ok(out)
}

/// Four to six seconds of a street: rumble, a passing car, sometimes a horn.
///
/// # Errors
/// When sox is missing or fails.
pub(super) fn street(store: &Store, dice: &mut u64) -> Result<Vec<i16>> {
    let seconds = lot(dice, 4, 7);
    let (sway, low) = (lot(dice, 2, 9), lot(dice, 300, 900));
    let mut out =
        made(store, &format!("synth {seconds} brownnoise tremolo 0.{sway} 60 lowpass {low} gain -n -6"))?;
    let car = made(
        store,
        &format!("synth 2 pinknoise bandpass {} 1q fade h 0.9 2 0.9 gain -n -9", lot(dice, 500, 1_500)),
    )?;
    let at = lot(dice, 0, (seconds - 2) * SECOND as u64) as usize;
    mix(&mut out, at, &car);
    if lot(dice, 0, 3) == 0 {
        let horn = made(
            store,
            &format!(
                "synth 0.4 sawtooth {} lowpass 1500 fade 0.02 0.4 0.05 gain -n -10",
                lot(dice, 350, 480)
            ),
        )?;
        mix(&mut out, lot(dice, 0, 3 * SECOND as u64) as usize, &horn);
    }
    Ok(out)
}

fn mix(out: &mut [i16], at: usize, with: &[i16]) {
    for (sample, more) in out.iter_mut().skip(at).zip(with) {
        *sample = sample.saturating_add(*more);
    }
}
