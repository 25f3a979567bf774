//! How loud is each frequency of 400 samples? For eight frames at once.
//!
//! A Fourier transform of 400 = 4 * 4 * 5 * 5 points by Stockham's method, which sorts as it goes. Each point holds
//! [`LANES`] complex numbers of independent frames side by side, and each complex number two real frames.

use std::f64::consts::TAU;

use super::BINS;
use crate::lanes::wide;

/// Points of a transform: 25 ms.
pub(crate) const POINTS: usize = 400;
/// Transforms side by side.
pub(crate) const LANES: usize = 4;

const RADICES: [usize; 4] = [4, 4, 5, 5];

/// A point: real parts, imaginary parts.
pub(crate) type Point = [[f64; LANES]; 2];

/// The transform.
pub(crate) struct Fourier {
    /// `e^(-2 pi i n / 400)`.
    circle: Vec<(f64, f64)>,
    other: Box<[Point; POINTS]>,
}

impl Default for Fourier {
    fn default() -> Self {
        let turn = |n: usize| -TAU * n as f64 / POINTS as f64;
        Self {
            circle: (0..POINTS).map(|n| (turn(n).cos(), turn(n).sin())).collect(),
            other: Box::new([[[0.0; LANES]; 2]; POINTS]),
        }
    }
}

impl Fourier {
    /// The powers of frames, two in each lane: one in the real parts, one in the imaginary. Overwrites them.
    pub(crate) fn powers(&mut self, frames: &mut [Point; POINTS], powers: &mut [Point; BINS]) {
        transform(&self.circle, frames, &mut self.other, powers);
    }
}

wide! {
    /// All stages, and what each bin says of the two frames of a lane.
    fn transform(
        circle: &[(f64, f64)],
        frames: &mut [Point; POINTS],
        other: &mut [Point; POINTS],
        powers: &mut [Point; BINS],
    ) {
        let (mut from, mut to) = (frames, other);
        let (mut length, mut stride) = (POINTS, 1);
        for radix in RADICES {
            stage(circle, from, to, (radix, length, stride));
            std::mem::swap(&mut from, &mut to);
            (length, stride) = (length / radix, stride * radix);
        }
        // What is even belongs to the real frame, what is odd to the imaginary one.
        for (bin, power) in powers.iter_mut().enumerate() {
            let (a, b) = (from[bin], from[(POINTS - bin) % POINTS]);
            for lane in 0..LANES {
                let even = ((a[0][lane] + b[0][lane]) / 2.0, (a[1][lane] - b[1][lane]) / 2.0);
                let odd = ((a[1][lane] + b[1][lane]) / 2.0, (b[0][lane] - a[0][lane]) / 2.0);
                power[0][lane] = even.0 * even.0 + even.1 * even.1;
                power[1][lane] = odd.0 * odd.0 + odd.1 * odd.1;
            }
        }
    }
}

/// One of Stockham's stages: transforms of `radix` points over points that lie `length / radix` apart.
#[inline(always)]
fn stage(
    circle: &[(f64, f64)],
    from: &[Point; POINTS],
    to: &mut [Point; POINTS],
    (radix, length, stride): (usize, usize, usize),
) {
    let part = length / radix;
    for p in 0..part {
        for q in 0..stride {
            for out in 0..radix {
                let mut sum: Point = [[0.0; LANES]; 2];
                for k in 0..radix {
                    let (re, im) = circle[(k * out % radix) * (POINTS / radix)];
                    let x = &from[q + stride * (p + part * k)];
                    for lane in 0..LANES {
                        sum[0][lane] += x[0][lane] * re - x[1][lane] * im;
                        sum[1][lane] += x[0][lane] * im + x[1][lane] * re;
                    }
                }
                let (re, im) = circle[(p * out * stride) % POINTS];
                let target = &mut to[q + stride * (radix * p + out)];
                for lane in 0..LANES {
                    target[0][lane] = sum[0][lane] * re - sum[1][lane] * im;
                    target[1][lane] = sum[0][lane] * im + sum[1][lane] * re;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn powers_are_those_of_the_definition(seed: u32) {
            let mut state = seed;
            let mut next = || {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                f64::from(state) / f64::from(u32::MAX) - 0.5
            };
            let mut frames = [[[0.0; LANES]; 2]; POINTS];
            frames.iter_mut().flatten().flatten().for_each(|x| *x = next());
            let original = frames;
            let mut powers = [[[0.0; LANES]; 2]; BINS];
            Fourier::default().powers(&mut frames, &mut powers);
            for bin in [0, 1, 7, 100, 199, 200] {
                for (part, lane) in [(0, 0), (1, 0), (0, 3), (1, 2)] {
                    let (mut re, mut im) = (0.0, 0.0);
                    for (n, point) in original.iter().enumerate() {
                        let turn = -TAU * (n * bin % POINTS) as f64 / POINTS as f64;
                        re += point[part][lane] * turn.cos();
                        im += point[part][lane] * turn.sin();
                    }
                    prop_assert!((powers[bin][part][lane] - (re * re + im * im)).abs() < 1e-9);
                }
            }
        }
    }
}
