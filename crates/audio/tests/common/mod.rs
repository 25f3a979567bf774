//! Sines and how clean they come back: shared by the audio tests.

use std::f64::consts::TAU;

/// A sine of that many samples at half scale.
pub(crate) fn sine(hz: f64, rate: u32, samples: usize) -> Vec<i16> {
    (0..samples).map(|n| (16_000.0 * (TAU * hz * n as f64 / f64::from(rate)).sin()).round() as i16).collect()
}

/// Amplitude and phase (radians, of the sine at sample 0) of the best-fitting sine, and the ratio of its power
/// to that of everything else, in dB.
pub(crate) fn fit(pcm: &[i16], hz: f64, rate: u32) -> (f64, f64, f64) {
    let angle = |n: usize| TAU * hz * n as f64 / f64::from(rate);
    let mut sums = [0.0; 5];
    for (n, &x) in pcm.iter().enumerate() {
        let (s, c) = angle(n).sin_cos();
        let x = f64::from(x);
        for (sum, term) in sums.iter_mut().zip([s * s, s * c, c * c, x * s, x * c]) {
            *sum += term;
        }
    }
    let [ss, sc, cc, xs, xc] = sums;
    let det = ss * cc - sc * sc;
    let (a, b) = ((xs * cc - xc * sc) / det, (xc * ss - xs * sc) / det);
    let (mut signal, mut noise) = (0.0, 1e-9);
    for (n, &x) in pcm.iter().enumerate() {
        let (s, c) = angle(n).sin_cos();
        let fitted = a * s + b * c;
        signal += fitted * fitted;
        noise += (f64::from(x) - fitted).powi(2);
    }
    (a.hypot(b), b.atan2(a), 10.0 * (signal / noise).log10())
}
