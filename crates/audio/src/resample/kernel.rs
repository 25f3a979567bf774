//! Which filter a pair of rates needs: its design and its arithmetic.

use std::f64::consts::PI;
use std::time::Duration;

use tom_kernel::{Isa, Op, Simd};

use super::few::Beside;

/// Samples of the lower rate that the filter reaches to either side.
const REACH: u64 = 16;

/// The middle of the slope, as a share of the lower Nyquist frequency.
const CUTOFF: f64 = 0.985;

/// Stop-band attenuation the window is made for, in decibels.
const ATTENUATION: f64 = 70.0;

/// Filter branches at most. Pairs with a larger common multiple take the nearest branch; the error of that
/// is a jitter of 1/2048 of an input sample, below -75 dB for speech.
const MAX_BRANCHES: u64 = 1024;

/// The filter of one pair of rates, cut into branches.
#[derive(Clone, Debug)]
pub(super) struct Kernel {
    /// `branches` rows of `taps` coefficients, oldest sample first.
    rows: Vec<f32>,
    taps: usize,
    branches: u64,
    up: u64,
    down: u64,
    half: u64,
    from_hz: u64,
    isa: Isa,
}

impl Kernel {
    /// The filter of a pair, for those instructions; `None` when the rates are one.
    pub(super) fn new(from_hz: u32, to_hz: u32, isa: Isa) -> Option<Self> {
        let from = u64::from(from_hz.clamp(1, 768_000));
        let to = u64::from(to_hz.clamp(1, 768_000));
        if from == to {
            return None;
        }
        let shared = gcd(from, to);
        let (up, down) = (to / shared, from / shared);
        // A sample of the lower rate lasts `max(up, down)` steps of the common multiple.
        let half = REACH * up.max(down);
        let taps = ((2 * half).div_ceil(up) as usize + 1).next_multiple_of(isa.run(Lanes));
        let branches = up.min(MAX_BRANCHES);
        let mut kernel = Self {
            rows: Vec::with_capacity(taps * branches as usize),
            taps,
            branches,
            up,
            down,
            half,
            from_hz: from,
            isa,
        };
        kernel.design(CUTOFF / up.max(down) as f64);
        Some(kernel)
    }

    /// Fills the rows: a sinc of that cut-off (share of the common multiple's Nyquist frequency) under a
    /// Kaiser window (J. F. Kaiser, 1974), each branch scaled to pass DC as it is.
    fn design(&mut self, cutoff: f64) {
        let beta = 0.1102 * (ATTENUATION - 8.7);
        let half = self.half as f64;
        for branch in 0..self.branches {
            let phase = branch as f64 * self.up as f64 / self.branches as f64;
            let row: Vec<f64> = (0..self.taps)
                .rev()
                .map(|age| {
                    // Where this sample's zero-stuffed neighbour meets the filter, from its middle.
                    let x = age as f64 * self.up as f64 + phase - half;
                    let inside = 1.0 - (x / half).powi(2);
                    if inside < 0.0 {
                        return 0.0;
                    }
                    let sinc = if x.abs() < 1e-9 { 1.0 } else { (PI * cutoff * x).sin() / (PI * cutoff * x) };
                    sinc * bessel_i0(beta * inside.sqrt())
                })
                .collect();
            let sum: f64 = row.iter().sum();
            self.rows.extend(row.iter().map(|&tap| (tap / sum) as f32));
        }
    }

    /// The coefficients of a branch, for the oldest sample first.
    #[inline(always)]
    pub(super) fn row(&self, phase: u64) -> &[f32] {
        let branch = if self.branches == self.up { phase } else { phase * self.branches / self.up };
        &self.rows[branch as usize * self.taps..][..self.taps]
    }

    /// Samples one output looks at.
    pub(super) fn taps(&self) -> usize {
        self.taps
    }

    /// Steps of the common multiple from one input sample to the next.
    pub(super) fn up(&self) -> u64 {
        self.up
    }

    /// Steps of the common multiple from one output sample to the next.
    pub(super) fn down(&self) -> u64 {
        self.down
    }

    /// The group delay in steps of the common multiple.
    pub(super) fn half(&self) -> u64 {
        self.half
    }

    /// The group delay.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_secs_f64(self.half as f64 / (self.up * self.from_hz) as f64)
    }

    /// Fills `out` with what lies `at` steps and so on after the first new sample of `samples`, before which there
    /// are `taps - 1` of the past.
    pub(super) fn run(&self, samples: &[f32], at: u64, out: &mut [i16]) {
        let beside = Beside { kernel: self, samples, at, out };
        if beside.fits() {
            self.isa.run(beside);
        } else {
            let Beside { out, .. } = beside;
            self.isa.run(InTurn { kernel: self, samples, at, out });
        }
    }
}

/// One output after the other, each in whatever vector instructions there are.
struct InTurn<'a> {
    kernel: &'a Kernel,
    samples: &'a [f32],
    at: u64,
    out: &'a mut [i16],
}

/// Numbers in a register of this machine's: a row is as long as some of them, its rest zeros.
struct Lanes;

impl Op for Lanes {
    type Out = usize;

    #[inline(always)]
    fn run<S: Simd>(self, _: S) -> usize {
        S::N
    }
}

impl Op for InTurn<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Kernel { taps, up, down, .. } = self.kernel;
        // Counted on instead of divided: two divisions an output cost as much as its filter.
        let (mut newest, mut phase) = ((self.at / up) as usize, self.at % up);
        let (whole, part) = ((down / up) as usize, down % up);
        for out in self.out {
            let row = self.kernel.row(phase);
            let window = &self.samples[newest..][..*taps];
            let mut sums = s.splat(0.0);
            for at in (0..*taps).step_by(S::N) {
                sums = s.add_mul(sums, s.load(row, at), s.load(window, at));
            }
            *out = nearest(s.sum(sums));
            newest += whole;
            phase += part;
            if phase >= *up {
                phase -= up;
                newest += 1;
            }
        }
    }
}

/// The amount of the quietest sample, and the loudest: what an overshoot becomes.
pub(super) const FULL: f32 = -(i16::MIN as f32);
pub(super) const LOUDEST: f32 = i16::MAX as f32;
/// Adding this to a number below 2^22 leaves its nearest whole number in the lowest bits. `round` is a call into the C
/// library on machines as old as the program has to run on.
pub(super) const ROUNDER: f32 = 12_582_912.0;

/// The nearest sample.
#[inline(always)]
fn nearest(x: f32) -> i16 {
    (x.clamp(-FULL, LOUDEST) + ROUNDER).to_bits().wrapping_sub(ROUNDER.to_bits()) as i16
}

fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}

/// The modified Bessel function of order zero, by its power series.
fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term, mut k) = (1.0, 1.0, 1.0);
    while term > sum * 1e-12 {
        term *= quarter / (k * k);
        sum += term;
        k += 1.0;
    }
    sum
}
