//! Layer: pure. Lost speech is made up so that it is like the speech around it, fades, and clicks nowhere; noise is as
//! loud as it was described.
use tom_audio::{ComfortNoise, Concealer, level};

/// A voice of sorts: a falling pitch with six harmonics.
fn voice(rate: usize, samples: usize) -> Vec<i16> {
    let mut phase = 0.0_f64;
    (0..samples)
        .map(|at| {
            let seconds = at as f64 / rate as f64;
            phase += (140.0 - 10.0 * seconds) / rate as f64 * std::f64::consts::TAU;
            let sum: f64 = (1..7).map(|n| (phase * f64::from(n)).sin() / f64::from(n)).sum();
            (sum * 7_000.0) as i16
        })
        .collect()
}

/// Loses the pieces of 20 ms that `lost` names.
fn lose(rate: usize, pcm: &[i16], lost: impl Fn(usize) -> bool) -> Vec<i16> {
    let mut concealer = Concealer::new(rate as u32);
    let mut out = Vec::new();
    for (at, piece) in pcm.chunks_exact(rate / 50).enumerate() {
        if lost(at) {
            concealer.fill(piece.len(), &mut out);
        } else {
            let mut piece = piece.to_vec();
            concealer.good(&mut piece);
            out.extend(piece);
        }
    }
    out
}

fn ratio(signal: &[i16], with_error: &[i16]) -> f64 {
    let power = |sum: f64, (a, b): (&i16, &i16)| sum + f64::from(*a - *b).powi(2);
    let error = signal.iter().zip(with_error).fold(1.0, power);
    10.0 * (signal.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / error).log10()
}

#[test]
fn a_lost_piece_is_like_what_was_lost() {
    for rate in [8_000, 16_000] {
        let pcm = voice(rate, rate);
        for at in [10, 20, 33, 44] {
            let out = lose(rate, &pcm, |piece| piece == at);
            let piece = at * rate / 50..(at + 1) * rate / 50;
            let ratio = ratio(&pcm[piece.clone()], &out[piece]);
            println!("{rate} Hz, piece {at}: {ratio:.1} dB");
            assert!(ratio > 6.0, "{rate} Hz, piece {at}: {ratio:.1} dB");
        }
    }
}

#[test]
fn nothing_clicks() {
    for rate in [8_000, 16_000] {
        let pcm = voice(rate, rate * 2);
        let steepest = |pcm: &[i16]| pcm.windows(2).map(|pair| pair[0].abs_diff(pair[1])).max();
        let out = lose(rate, &pcm, |piece| piece > 5 && piece % 7 < 2);
        let (before, after) = (steepest(&pcm).unwrap_or(0), steepest(&out).unwrap_or(0));
        assert!(after < before * 3 / 2, "{rate} Hz: {after} after {before}");
    }
}

#[test]
fn it_fades_within_60_ms_and_comes_back_at_once() {
    let rate = 8_000;
    let pcm = voice(rate, rate);
    let out = lose(rate, &pcm, |piece| (20..30).contains(&piece));
    let loud = |piece: usize| level::rms_dbfs(&out[piece * 160..(piece + 1) * 160]);
    let levels: Vec<f32> = (19..31).map(loud).collect();
    println!("{levels:.0?}");
    assert!(levels[1] > levels[0] - 3.0 && levels[2] < levels[1] && levels[3] < levels[2]);
    assert!(levels[4..11].iter().all(|&level| level <= level::SILENCE_DBFS));
    assert!(levels[11] > levels[0] - 3.0);
    let mut concealer = Concealer::new(8_000);
    assert!(!concealer.is_faded());
    concealer.fill(480, &mut Vec::new());
    assert!(concealer.is_faded());
}

#[test]
fn noise_is_as_loud_as_described() {
    // White; with a hump of low frequencies; with one of high ones.
    for spectrum in [&[][..], &[20, 127], &[230, 180, 127, 90]] {
        for dbov in [30_u8, 45, 60] {
            let mut noise = ComfortNoise::default();
            noise.describe(&[&[dbov], spectrum].concat());
            let mut out = Vec::new();
            noise.fill(16_000, &mut out);
            let level = level::rms_dbfs(&out[1_000..]);
            assert!((level + f32::from(dbov)).abs() < 1.5, "{spectrum:?} at -{dbov}: {level:.1}");
        }
    }
}

#[test]
fn noise_has_the_colour_described() {
    let steps = |spectrum: u8| {
        let mut noise = ComfortNoise::default();
        noise.describe(&[30, spectrum]);
        let mut out = Vec::new();
        noise.fill(8_000, &mut out);
        out.windows(2).map(|pair| f64::from(pair[0].abs_diff(pair[1]))).sum::<f64>() / 8_000.0
    };
    assert!(steps(20) < steps(127) * 0.6, "a negative coefficient makes it dark");
    assert!(steps(235) > steps(127) * 1.2, "a positive one makes it bright");
}

#[test]
fn no_noise_is_silence() {
    let mut out = Vec::new();
    let mut noise = ComfortNoise::white(40);
    noise.describe(&[]);
    noise.fill(100, &mut out);
    ComfortNoise::white(127).fill(100, &mut out);
    assert_eq!(out, [0; 200]);
}
