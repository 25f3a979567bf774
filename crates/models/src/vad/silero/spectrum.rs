//! How strong is each frequency in four overlapping frames? The front of Silero's network.
//!
//! The published network computes this with a 258 x 256 matrix (windowed cosines and sines). A fast Fourier
//! transform gives the same numbers with a fiftieth of the work. All four frames of a window are
//! transformed at once, one per lane, so that each step of the transform is one vector operation.

use std::f64::consts::TAU;

/// Samples per spectral frame.
pub(super) const FRAME: usize = 256;
/// Samples from one frame to the next.
pub(super) const HOP: usize = 128;
/// Frequencies per frame: 0 Hz to 8 kHz.
pub(super) const BINS: usize = FRAME / 2 + 1;
/// Frames per window, and lanes of each operation.
pub(super) const LANES: usize = 4;

/// Points of the complex transform that carries a real one of twice the length.
const HALF: usize = FRAME / 2;

/// One value per spectral frame.
type Lane = [f32; LANES];

/// The analysis window and the transform's constants.
#[derive(Debug)]
pub(super) struct Spectrum {
    window: Box<[f32]>,
    /// cos and sin of `TAU * k / FRAME`, k in 0..HALF.
    twiddle: Box<[(f32, f32)]>,
    /// Bit-reversed order of 0..HALF.
    order: Box<[u8]>,
}

/// Working memory of one transform.
#[derive(Clone, Debug)]
pub(super) struct SpectrumState {
    re: Box<[Lane]>,
    im: Box<[Lane]>,
}

impl SpectrumState {
    pub(super) fn new() -> Self {
        Self { re: vec![[0.0; LANES]; HALF].into(), im: vec![[0.0; LANES]; HALF].into() }
    }
}

/// `TAU * k / FRAME`, exact for any k.
fn angle(k: usize) -> f64 {
    TAU * (k % FRAME) as f64 / FRAME as f64
}

impl Spectrum {
    /// Takes the published matrix apart: its first row is the window, and the rest must be that window times
    /// cosines and sines. None if it is something else.
    pub(super) fn from_basis(basis: &[f32]) -> Option<Self> {
        let window = basis.get(..FRAME)?;
        for (row, values) in basis.chunks_exact(FRAME).enumerate() {
            let bin = row % BINS;
            for (n, (&value, &w)) in values.iter().zip(window).enumerate() {
                let (sin, cos) = angle(bin * n).sin_cos();
                let part = if row < BINS { cos } else { sin };
                // The sign of a sine does not change a magnitude.
                let expected = part * f64::from(w);
                if (expected.abs() - f64::from(value).abs()).abs() > 1e-5 {
                    return None;
                }
            }
        }
        Some(Self {
            window: window.into(),
            twiddle: (0..HALF)
                .map(|k| {
                    let (sin, cos) = angle(k).sin_cos();
                    (cos as f32, -sin as f32)
                })
                .collect(),
            order: (0..HALF as u8).map(|n| n.reverse_bits() >> 1).collect(),
        })
    }

    /// The magnitudes of four frames of `FRAME` samples, `HOP` apart, in `samples`: all of the first frame,
    /// then all of the second and so on.
    pub(super) fn magnitudes(
        &self,
        samples: &[f32; FRAME + HOP * (LANES - 1)],
        state: &mut SpectrumState,
        out: &mut [f32; BINS * LANES],
    ) {
        let at = |n: usize| -> Lane {
            let w = self.window[n];
            std::array::from_fn(|lane| samples[lane * HOP + n] * w)
        };
        for (&from, (re, im)) in self.order.iter().zip(state.re.iter_mut().zip(state.im.iter_mut())) {
            let n = 2 * usize::from(from);
            *re = at(n);
            *im = at(n + 1);
        }
        self.transform(&mut state.re, &mut state.im);
        self.split(&state.re, &state.im, out);
    }

    /// Radix-2 decimation in time over `HALF` points that are already in bit-reversed order.
    fn transform(&self, re: &mut [Lane], im: &mut [Lane]) {
        let mut half = 1;
        while half < HALF {
            // The table is for FRAME points; a stage of 2 * half points uses every stride-th of it.
            let stride = FRAME / (2 * half);
            for (re, im) in re.chunks_exact_mut(2 * half).zip(im.chunks_exact_mut(2 * half)) {
                let (re_a, re_b) = re.split_at_mut(half);
                let (im_a, im_b) = im.split_at_mut(half);
                let twiddles = self.twiddle.iter().step_by(stride);
                for ((((ra, rb), ia), ib), &(c, s)) in
                    re_a.iter_mut().zip(re_b).zip(im_a).zip(im_b).zip(twiddles)
                {
                    for l in 0..LANES {
                        let tr = rb[l] * c - ib[l] * s;
                        let ti = rb[l] * s + ib[l] * c;
                        rb[l] = ra[l] - tr;
                        ib[l] = ia[l] - ti;
                        ra[l] += tr;
                        ia[l] += ti;
                    }
                }
            }
            half *= 2;
        }
    }

    /// From the transform of even + i * odd samples to the magnitudes of the real transform.
    fn split(&self, re: &[Lane], im: &[Lane], out: &mut [f32; BINS * LANES]) {
        for k in 0..BINS {
            let (a, b) = (k % HALF, (HALF - k) % HALF);
            let (c, s) = self.twiddle.get(k).copied().unwrap_or((-1.0, 0.0));
            for l in 0..LANES {
                let even_re = 0.5 * (re[a][l] + re[b][l]);
                let even_im = 0.5 * (im[a][l] - im[b][l]);
                let odd_re = 0.5 * (im[a][l] + im[b][l]);
                let odd_im = 0.5 * (re[b][l] - re[a][l]);
                let x = even_re + c * odd_re - s * odd_im;
                let y = even_im + c * odd_im + s * odd_re;
                out[l * BINS + k] = (x * x + y * y).sqrt();
            }
        }
    }
}
