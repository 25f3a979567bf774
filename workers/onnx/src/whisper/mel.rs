//! What does Whisper look at? The log-mel spectrum of a window that begins with the utterance.
//!
//! Windows of 25 ms every 10 ms, 80 or 128 bands on Slaney's mel scale, logarithms, of which those more than 80 dB below the
//! loudest are raised to that. The numbers follow `WhisperFeatureExtractor` of Hugging Face's transformers; what lies behind
//! the utterance is silence.

use crate::features::{BINS, Bands, Fourier, LANES, POINTS, Point};

/// Samples from one frame to the next.
pub const HOP: usize = 160;
/// The logarithm of silence.
const FLOOR: f32 = -10.0;

/// Makes spectra.
pub struct Mel {
    fourier: Fourier,
    bands: Bands,
    count: usize,
    window: [f64; POINTS],
}

impl Mel {
    /// For spectra of so many bands.
    #[must_use]
    pub fn new(bands: usize) -> Self {
        // Hann's window, periodic.
        let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / POINTS as f64).cos();
        Self {
            fourier: Fourier::default(),
            bands: Bands::new(bands),
            count: bands,
            window: std::array::from_fn(hann),
        }
    }

    /// The spectrum of so many frames of a wave (16 kHz): band by band, its frames one after the other.
    pub fn spectrum(&mut self, wave: &[i16], frames: usize) -> Vec<f32> {
        let wave = &wave[..wave.len().min(frames * HOP)];
        // Frames that see none of it are silent.
        let voiced = (wave.len() + POINTS / 2).div_ceil(HOP).min(frames);
        let mut spectrum = vec![FLOOR; self.count * frames];
        let (mut energies, mut most) = (vec![0.0f32; self.count], FLOOR);
        let all: Vec<usize> = (0..voiced).collect();
        for some in all.chunks(2 * LANES) {
            let mut input = [[[0.0; LANES]; 2]; POINTS];
            for (place, frame) in some.iter().enumerate() {
                let (lane, part) = (place / 2, place % 2);
                for (n, (weight, out)) in self.window.iter().zip(&mut input).enumerate() {
                    out[part][lane] = sample(wave, frame * HOP + n, frames * HOP) * weight;
                }
            }
            let mut powers: [Point; BINS] = [[[0.0; LANES]; 2]; BINS];
            self.fourier.powers(&mut input, &mut powers);
            for (place, frame) in some.iter().enumerate() {
                let (lane, part) = (place / 2, place % 2);
                let powers: [f64; BINS] = std::array::from_fn(|bin| powers[bin][part][lane]);
                self.bands.energies(&powers, &mut energies);
                for (band, energy) in energies.iter().enumerate() {
                    let x = energy.max(1e-10).log10();
                    spectrum[band * frames + frame] = x;
                    most = most.max(x);
                }
            }
        }
        for x in &mut spectrum {
            *x = (x.max(most - 8.0) + 4.0) / 4.0;
        }
        spectrum
    }
}

/// A sample of the wave, which has half a frame of its own reflection at both ends and silence behind it.
fn sample(wave: &[i16], at: usize, length: usize) -> f64 {
    let half = POINTS / 2;
    let at = if at < half {
        half - at
    } else if at - half >= length {
        (2 * length + half - 2).saturating_sub(at)
    } else {
        at - half
    };
    wave.get(at).map_or(0.0, |x| f64::from(*x) / 32_768.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_flat_and_a_tone_is_not() {
        let mut mel = Mel::new(80);
        assert!(mel.spectrum(&[], 100).iter().all(|x| (*x + 1.5).abs() < 1e-6));
        let tone: Vec<i16> = (0..16_000).map(|n| ((f64::from(n) * 0.4).sin() * 8_000.0) as i16).collect();
        let spectrum = mel.spectrum(&tone, 300);
        assert_eq!(spectrum.len(), 80 * 300);
        let at = |band: usize, frame: usize| spectrum[band * 300 + frame];
        let loudest = (0..80).max_by(|a, b| at(*a, 50).total_cmp(&at(*b, 50))).unwrap();
        // 0.4 rad a sample is 1019 Hz.
        assert!((24..=28).contains(&loudest), "{loudest}");
        assert!(at(loudest, 50) - at(loudest, 250) > 1.9, "behind it is silence");
    }

    #[test]
    fn the_window_ends_where_it_ends() {
        let wave: Vec<i16> = (0..3_200).map(|n| (n * 7 % 501) as i16).collect();
        let mut mel = Mel::new(128);
        assert_eq!(mel.spectrum(&wave, 10), mel.spectrum(&wave[..1_600], 10));
    }
}
