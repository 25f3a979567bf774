//! How strong is each band of a frame? Pre-emphasis, window, Fourier transform, mel filters.
//!
//! With the numbers of the model's `feat.params` and the library's defaults: frames of 410 samples every 160, pre-emphasis
//! 0.97, Hamming window, 512 points, 25 triangular filters from 130 to 6800 Hz of unit area.

use std::f32::consts::PI;
use std::sync::LazyLock;

/// Bands of a frame.
pub(crate) const MEL: usize = 25;
/// The energy in each band.
pub(crate) type Mel = [f32; MEL];

/// Samples of a frame.
const FRAME: usize = 410;
/// Samples from one frame to the next.
const SHIFT: usize = 160;
const POINTS: usize = 512;
const PRE_EMPHASIS: f32 = 0.97;
/// Added to every band: what one step of 16-bit samples makes as white noise. Digital silence would else be
/// unlike anything the model has heard.
const DITHER: f32 = 10.0;

/// Cuts audio into overlapping frames.
#[derive(Debug, Default)]
pub(crate) struct Spectrum {
    /// Pre-emphasised samples that are not consumed.
    samples: Vec<f32>,
    /// The sample before; none at the beginning of an utterance, which must not look like a click.
    last: Option<f32>,
}

impl Spectrum {
    pub(super) fn begin(&mut self) {
        self.samples.clear();
        self.last = None;
    }

    /// Takes samples and gives each complete frame's bands.
    pub(crate) fn push(&mut self, pcm: &[i16], mut frame: impl FnMut(Mel)) {
        for sample in pcm.iter().map(|s| f32::from(*s)) {
            self.samples.push(sample - PRE_EMPHASIS * self.last.unwrap_or(sample));
            self.last = Some(sample);
        }
        let mut start = 0;
        while let Some(samples) = self.samples.get(start..start + FRAME) {
            frame(bands(samples));
            start += SHIFT;
        }
        self.samples.drain(..start);
    }
}

/// What is the same for all frames.
struct Tables {
    window: Vec<f32>,
    /// Cosine and sine of -2 pi k / 512, k below 256.
    turns: Vec<(f32, f32)>,
    /// First point and weights of each filter.
    filters: Vec<(usize, Vec<f32>)>,
}

static TABLES: LazyLock<Tables> = LazyLock::new(|| {
    let mel = |hz: f32| 2595.0 * (1.0 + hz / 700.0).log10();
    let hz = |mel: f32| 700.0 * (10.0_f32.powf(mel / 2595.0) - 1.0);
    let (low, high) = (mel(130.0), mel(6800.0));
    let step = 16_000.0 / POINTS as f32;
    // Corners lie on points of the transform, as the library has it.
    let corner = |n: usize| {
        let exact = hz(low + n as f32 * (high - low) / (MEL + 1) as f32);
        (exact / step + 0.5).floor()
    };
    let filters = (0..MEL).map(|n| {
        let (left, centre, right) = (corner(n), corner(n + 1), corner(n + 2));
        let area = 2.0 / ((right - left) * step);
        let first = left as usize;
        let weights = (first..=right as usize).map(|point| {
            let up = (point as f32 - left) / (centre - left);
            let down = (right - point as f32) / (right - centre);
            up.min(down).max(0.0) * area
        });
        (first, weights.collect())
    });
    let turn = |k: usize| (-2.0 * PI * k as f32 / POINTS as f32).sin_cos();
    Tables {
        window: (0..FRAME).map(|n| 0.54 - 0.46 * (2.0 * PI * n as f32 / (FRAME - 1) as f32).cos()).collect(),
        turns: (0..POINTS / 2).map(turn).map(|(sin, cos)| (cos, sin)).collect(),
        filters: filters.collect(),
    }
});

/// The bands of one frame's samples.
fn bands(samples: &[f32]) -> Mel {
    let tables = &*TABLES;
    let mut points = [(0.0_f32, 0.0_f32); POINTS];
    for (n, (sample, weight)) in samples.iter().zip(&tables.window).enumerate() {
        points[(n as u32).reverse_bits() as usize >> (32 - POINTS.ilog2())].0 = sample * weight;
    }
    transform(&mut points, &tables.turns);
    let mut mel = [0.0; MEL];
    for (band, (first, weights)) in mel.iter_mut().zip(&tables.filters) {
        let power = points[*first..].iter().map(|(re, im)| re * re + im * im);
        *band = DITHER + power.zip(weights).map(|(power, weight)| power * weight).sum::<f32>();
    }
    mel
}

/// The fast Fourier transform (radix 2, decimation in time) of points in bit-reversed order, in place.
fn transform(points: &mut [(f32, f32); POINTS], turns: &[(f32, f32)]) {
    let mut half = 1;
    while half < POINTS {
        let stride = POINTS / (2 * half);
        for block in points.chunks_exact_mut(2 * half) {
            let (low, high) = block.split_at_mut(half);
            for (k, (a, b)) in low.iter_mut().zip(high).enumerate() {
                let (cos, sin) = turns[k * stride];
                let (re, im) = (b.0 * cos - b.1 * sin, b.0 * sin + b.1 * cos);
                *b = (a.0 - re, a.1 - im);
                *a = (a.0 + re, a.1 + im);
            }
        }
        half *= 2;
    }
}
