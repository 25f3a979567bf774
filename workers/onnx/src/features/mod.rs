//! What does the network look at? The log-mel spectrum of the last 8 s, as Whisper's feature extractor makes it.
//!
//! The wave is padded with silence in front, brought to mean 0 and variance 1, cut into windows of 25 ms every 10 ms
//! and turned into 80 bands on the mel scale, in logarithms. The numbers follow `WhisperFeatureExtractor` of
//! Hugging Face's transformers with `do_normalize`.

mod bands;
mod fourier;

pub(crate) use self::bands::Bands;
pub(crate) use self::fourier::{Fourier, LANES, POINTS, Point};

/// Samples of the window, 16 kHz: 8 s.
pub const WINDOW: usize = 128_000;
/// Frames of its spectrum.
pub const FRAMES: usize = 800;
/// Bands of each frame.
pub const BANDS: usize = 80;

/// Samples from one frame to the next.
const HOP: usize = WINDOW / FRAMES;
/// Frequencies of a frame's spectrum.
pub(crate) const BINS: usize = POINTS / 2 + 1;

/// Makes spectra.
pub struct Features {
    fourier: Fourier,
    bands: Bands,
    window: [f64; POINTS],
    /// The wave with half a frame of reflection at both ends.
    wave: Vec<f32>,
    spectrum: Vec<f32>,
}

impl Default for Features {
    fn default() -> Self {
        // Hann's window, periodic.
        let hann = |n: usize| 0.5 - 0.5 * (std::f64::consts::TAU * n as f64 / POINTS as f64).cos();
        Self {
            fourier: Fourier::default(),
            bands: Bands::new(BANDS),
            window: std::array::from_fn(hann),
            wave: vec![0.0; WINDOW + POINTS],
            spectrum: vec![0.0; FRAMES * BANDS],
        }
    }
}

impl Features {
    /// The spectrum of the end of a wave (16 kHz): frame by frame, 80 bands each.
    pub fn spectrum(&mut self, wave: &[i16]) -> &[f32] {
        let wave = &wave[wave.len().saturating_sub(WINDOW)..];
        let silence = WINDOW - wave.len();
        self.normalise(wave, silence);
        // Frames that see only the silence in front are all alike, and so is their reflection.
        let mute = silence.saturating_sub(POINTS / 2).div_ceil(HOP);
        let first = mute.saturating_sub(1);
        let powers: Vec<usize> = (first..FRAMES).collect();
        for frames in powers.chunks(2 * LANES) {
            self.frames(frames);
        }
        let (before, after) = self.spectrum.split_at_mut(first * BANDS);
        for frame in before.chunks_exact_mut(BANDS) {
            frame.copy_from_slice(&after[..BANDS]);
        }
        self.compress();
        &self.spectrum
    }

    /// Fills `self.wave`: mean 0, variance 1, reflected at both ends.
    fn normalise(&mut self, wave: &[i16], silence: usize) {
        let number = |x: i16| f64::from(x) / 32_768.0;
        let mean = wave.iter().map(|x| number(*x)).sum::<f64>() / WINDOW as f64;
        let squares = wave.iter().map(|x| (number(*x) - mean).powi(2)).sum::<f64>();
        let variance = (squares + mean * mean * silence as f64) / WINDOW as f64;
        let factor = 1.0 / (variance + 1e-7).sqrt();
        let half = POINTS / 2;
        let (mute, voiced) = self.wave[half..half + WINDOW].split_at_mut(silence);
        mute.fill((-mean * factor) as f32);
        for (out, x) in voiced.iter_mut().zip(wave) {
            *out = ((number(*x) - mean) * factor) as f32;
        }
        for i in 1..=half {
            self.wave[half - i] = self.wave[half + i];
            self.wave[half + WINDOW - 1 + i] = self.wave[half + WINDOW - 1 - i];
        }
    }

    /// Fills some frames of the spectrum with the energies of their bands.
    fn frames(&mut self, frames: &[usize]) {
        let mut input = [[[0.0; LANES]; 2]; POINTS];
        for (place, frame) in frames.iter().enumerate() {
            let (lane, part) = (place / 2, place % 2);
            let samples = &self.wave[frame * HOP..frame * HOP + POINTS];
            for ((x, weight), out) in samples.iter().zip(&self.window).zip(&mut input) {
                out[part][lane] = f64::from(*x) * weight;
            }
        }
        let mut powers = [[[0.0; LANES]; 2]; BINS];
        self.fourier.powers(&mut input, &mut powers);
        for (place, frame) in frames.iter().enumerate() {
            let (lane, part) = (place / 2, place % 2);
            let powers: [f64; BINS] = std::array::from_fn(|bin| powers[bin][part][lane]);
            self.bands.energies(&powers, &mut self.spectrum[frame * BANDS..(frame + 1) * BANDS]);
        }
    }

    /// From energies to logarithms, of which those more than 80 dB below the loudest are raised to that.
    fn compress(&mut self) {
        let mut most = f32::MIN;
        for x in &mut self.spectrum {
            *x = x.max(1e-10).log10();
            most = most.max(*x);
        }
        for x in &mut self.spectrum {
            *x = (x.max(most - 8.0) + 4.0) / 4.0;
        }
    }
}
