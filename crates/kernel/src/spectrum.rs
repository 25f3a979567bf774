//! How strong is each frequency in four overlapping frames? The front of Silero's network.
//!
//! The published network computes this with a 258 x 256 matrix (windowed cosines and sines). A fast Fourier
//! transform gives the same numbers with a fiftieth of the work. Each frame's 256 real samples are transformed
//! as 128 complex ones, all four frames side by side; 128 points are taken as 8 x 16.

use std::f64::consts::TAU;

use crate::dft::{Complex, eight, sixteen, turn};
use crate::simd::Simd;

/// Samples per spectral frame.
pub const FRAME: usize = 256;
/// Samples from one frame to the next.
pub const HOP: usize = 128;
/// Frequencies per frame: 0 Hz to 8 kHz.
pub const BINS: usize = FRAME / 2 + 1;
/// Frames that are transformed at once.
pub const LANES: usize = 4;
/// Samples that four frames cover.
pub const SAMPLES: usize = FRAME + HOP * (LANES - 1);

/// Points of the complex transform that carries a real one of twice the length.
const HALF: usize = FRAME / 2;
/// `HALF` as rows and columns.
const ROWS: usize = 8;
const COLUMNS: usize = 16;
/// The numbers of all frames at one point are neighbours.
const ALL: usize = HALF * LANES;

/// The analysis window and the transform's constants.
#[derive(Debug)]
pub struct Spectrum {
    /// Half the window: the last step would halve otherwise.
    window: Box<[f32; FRAME]>,
    /// Cosines, then sines of `TAU * row * column / HALF`, once per frame: `[row][column][frame]`.
    turns: Box<[[[f32; COLUMNS * LANES]; 2]; ROWS]>,
    /// Cosines, then sines of `TAU * k / FRAME`: `[k][frame]`, up to a quarter turn.
    unfold: Box<[[f32; ALL / 2]; 2]>,
}

/// The real or imaginary parts of all points: `[point][frame]`, and one point more, to repeat the first.
type Parts = [f32; ALL + LANES];

/// Working memory of one transform: real and imaginary parts, twice.
#[derive(Clone, Debug)]
pub struct SpectrumState([Parts; 4]);

impl Default for SpectrumState {
    fn default() -> Self {
        Self([[0.0; ALL + LANES]; 4])
    }
}

/// Cosine and sine of `n` of `of` parts of a full turn.
fn angle(n: usize, of: usize) -> [f64; 2] {
    let (sin, cos) = (TAU * (n % of) as f64 / of as f64).sin_cos();
    [cos, sin]
}

impl Spectrum {
    /// Takes the published matrix apart: its first row is the window, and the rest must be that window times
    /// cosines and sines. None if it is something else.
    #[must_use]
    pub fn from_basis(basis: &[f32]) -> Option<Self> {
        let window: &[f32; FRAME] = basis.first_chunk()?;
        for (row, values) in basis.chunks_exact(FRAME).enumerate() {
            for (n, (&value, &w)) in values.iter().zip(window).enumerate() {
                let part = angle(row % BINS * n, FRAME)[row / BINS % 2];
                // The sign of a sine does not change a magnitude.
                if ((part * f64::from(w)).abs() - f64::from(value).abs()).abs() > 1e-5 {
                    return None;
                }
            }
        }
        let turns = |row: usize| {
            [0, 1].map(|part| std::array::from_fn(|at| angle(row * (at / LANES), HALF)[part] as f32))
        };
        Some(Self {
            window: Box::new(window.map(|w| 0.5 * w)),
            turns: Box::new(std::array::from_fn(turns)),
            unfold: Box::new(
                [0, 1].map(|part| std::array::from_fn(|at| angle(at / LANES, FRAME)[part] as f32)),
            ),
        })
    }

    /// The magnitudes of four frames of [`FRAME`] samples, [`HOP`] apart: `[bin][frame]`.
    #[inline(always)]
    pub fn magnitudes<S: Simd>(
        &self,
        s: S,
        samples: &[f32; SAMPLES],
        state: &mut SpectrumState,
        out: &mut [f32; BINS * LANES],
    ) {
        let [re, im, re_between, im_between] = &mut state.0;
        self.place(s, samples, re, im);
        self.rows(s, re, im, re_between, im_between);
        columns(s, re_between, im_between, re, im);
        for parts in [&mut *re, &mut *im] {
            parts.copy_within(..LANES, ALL);
        }
        self.unfold(s, re, im, out);
    }

    /// Windows the samples, and lays even ones down as real parts, odd ones as imaginary parts.
    #[inline(always)]
    fn place<S: Simd>(&self, s: S, samples: &[f32; SAMPLES], re: &mut Parts, im: &mut Parts) {
        for step in 0..FRAME / S::N {
            let n = step * S::N;
            let w = s.load(&*self.window, n);
            let columns = s.transpose_fours([
                s.mul(s.load(samples, n), w),
                s.mul(s.load(samples, n + HOP), w),
                s.mul(s.load(samples, n + 2 * HOP), w),
                s.mul(s.load(samples, n + 3 * HOP), w),
            ]);
            // Column c holds samples n + c, n + c + 4 and so on: points two apart, for two samples are one.
            let at = n / 2 * LANES;
            s.store_fours(columns[0], re, at, 8);
            s.store_fours(columns[1], im, at, 8);
            s.store_fours(columns[2], re, at + LANES, 8);
            s.store_fours(columns[3], im, at + LANES, 8);
        }
    }

    /// Transforms over the points 16 apart and turns the results; `[row][column]` becomes `[column][row]`.
    #[inline(always)]
    fn rows<S: Simd>(&self, s: S, re: &Parts, im: &Parts, re_out: &mut Parts, im_out: &mut Parts) {
        const WIDTH: usize = COLUMNS * LANES;
        for step in 0..WIDTH / S::N {
            let at = step * S::N;
            let mut x = [(s.splat(0.0), s.splat(0.0)); ROWS];
            for (row, x) in x.iter_mut().enumerate() {
                *x = (s.load(re, row * WIDTH + at), s.load(im, row * WIDTH + at));
            }
            let mut y = eight(s, x);
            for (y, [cos, sin]) in y.iter_mut().zip(&*self.turns).skip(1) {
                *y = turn(s, *y, s.load(cos, at), s.load(sin, at));
            }
            for (row, y) in y.into_iter().enumerate() {
                let to = at * ROWS + row * LANES;
                s.store_fours(y.0, re_out, to, (ROWS * LANES) as isize);
                s.store_fours(y.1, im_out, to, (ROWS * LANES) as isize);
            }
        }
    }

    /// From the transform of even + i * odd samples to the magnitudes of the real transform.
    #[inline(always)]
    fn unfold<S: Simd>(&self, s: S, re: &Parts, im: &Parts, out: &mut [f32; BINS * LANES]) {
        const BACK: isize = -(LANES as isize);
        let [cosines, sines] = &*self.unfold;
        for step in 0..ALL / 2 / S::N {
            let at = step * S::N;
            let mirrored = ALL - at;
            let (ra, ia) = (s.load(re, at), s.load(im, at));
            let (rb, ib) = (s.load_fours(re, mirrored, BACK), s.load_fours(im, mirrored, BACK));
            let even: Complex<S> = (s.add(ra, rb), s.sub(ia, ib));
            let odd = (s.add(ia, ib), s.sub(rb, ra));
            let odd = turn(s, odd, s.load(cosines, at), s.load(sines, at));
            s.store(length(s, (s.add(even.0, odd.0), s.add(even.1, odd.1))), out, at);
            let other = length(s, (s.sub(even.0, odd.0), s.sub(even.1, odd.1)));
            s.store_fours(other, out, mirrored, BACK);
        }
        // The bin in the middle is its own mirror image.
        for at in ALL / 2..ALL / 2 + LANES {
            out[at] = 2.0 * (re[at] * re[at] + im[at] * im[at]).sqrt();
        }
    }
}

/// Transforms over the rows, which are neighbours, and leaves the points in their natural order.
#[inline(always)]
fn columns<S: Simd>(s: S, re: &Parts, im: &Parts, re_out: &mut Parts, im_out: &mut Parts) {
    const WIDTH: usize = ROWS * LANES;
    for step in 0..WIDTH / S::N {
        let at = step * S::N;
        let mut x = [(s.splat(0.0), s.splat(0.0)); COLUMNS];
        for (column, x) in x.iter_mut().enumerate() {
            *x = (s.load(re, column * WIDTH + at), s.load(im, column * WIDTH + at));
        }
        for (k, y) in sixteen(s, x).into_iter().enumerate() {
            s.store(y.0, re_out, k * WIDTH + at);
            s.store(y.1, im_out, k * WIDTH + at);
        }
    }
}

/// The magnitudes of complex numbers.
#[inline(always)]
fn length<S: Simd>(s: S, a: Complex<S>) -> S::V {
    s.sqrt(s.add_mul(s.mul(a.0, a.0), a.1, a.1))
}
