//! Layer: pure. Every layer on every set of instructions against its definition, computed slowly in f64.

use proptest::prelude::*;
use tom_kernel::{
    BINS, Conv, Dense, FRAME, HOP, Isa, LANES, Op, SAMPLES, Simd, Spectrum, SpectrumState, sigmoid, tanh,
};

/// Numbers between -1 and 1 from a seed.
fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
        (x.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..len).map(|_| next()).collect()
}

fn close(isa: Isa, what: &str, ours: &[f32], exact: &[f64], most: f64) {
    assert_eq!(ours.len(), exact.len());
    for (n, (a, b)) in ours.iter().zip(exact).enumerate() {
        assert!((f64::from(*a) - b).abs() < most, "{isa:?}, {what}, {n}: {a} for {b}");
    }
}

/// Which curve.
struct Curve<'a>(bool, &'a [f32], &'a mut [f32]);

impl Op for Curve<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self(is_tanh, x, out) = self;
        for at in (0..x.len()).step_by(S::N) {
            let x = s.load(x, at);
            let y = if is_tanh { tanh(s, x) } else { sigmoid(s, x) };
            s.store(y, out, at);
        }
    }
}

#[test]
fn curves_agree_with_the_library_over_the_whole_range() {
    let x: Vec<f32> = (-40_000..40_000).map(|n| n as f32 / 400.0).collect();
    for isa in Isa::all() {
        let mut out = vec![0.0; x.len()];
        isa.run(Curve(false, &x, &mut out));
        let exact: Vec<f64> = x.iter().map(|x| 1.0 / (1.0 + (-f64::from(*x)).exp())).collect();
        close(isa, "sigmoid", &out, &exact, 2e-7);
        isa.run(Curve(true, &x, &mut out));
        let exact: Vec<f64> = x.iter().map(|x| f64::from(*x).tanh()).collect();
        close(isa, "tanh", &out, &exact, 4e-7);
    }
}

struct RunDense<'a>(&'a Dense, &'a [f32], &'a mut [f32]);

impl Op for RunDense<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        self.0.run(s, self.1, self.2);
    }
}

struct RunConv<'a>(&'a Conv, bool, &'a [f32], &'a mut [f32]);

impl Op for RunConv<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let Self(conv, halves, x, out) = self;
        if halves { conv.run4to2(s, x, out) } else { conv.run4(s, x, out) }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn dense_layers_weigh_and_add(blocks in 1usize..5, quads in 1usize..40, seed: u64) {
        let (outputs, inputs) = (32 * blocks, 4 * quads);
        let (w, b, x) =
            (numbers(outputs * inputs, seed), numbers(outputs, !seed), numbers(inputs, seed ^ 5));
        let layer = Dense::new(outputs, inputs, |o| b[o], |o, i| w[o * inputs + i]);
        let exact: Vec<f64> = (0..outputs)
            .map(|o| f64::from(b[o]) + (0..inputs).map(|i| f64::from(w[o * inputs + i]) * f64::from(x[i])).sum::<f64>())
            .collect();
        for isa in Isa::all() {
            let mut out = vec![f32::NAN; outputs];
            isa.run(RunDense(&layer, &x, &mut out));
            close(isa, "dense", &out, &exact, 1e-4);
        }
    }

    #[test]
    fn convolutions_are_their_definition(blocks in 1usize..4, pairs in 1usize..40, odd: bool, seed: u64) {
        let outputs = 16 * blocks;
        for (halves, inputs) in [(true, 2 * pairs), (false, 2 * pairs + usize::from(odd))] {
            let (w, b, x) =
                (numbers(outputs * inputs * 3, seed), numbers(outputs, !seed), numbers(inputs * 4, seed ^ 5));
            let layer = Conv::new(outputs, inputs, &w, &b);
            let at = |o: usize, position: usize| {
                let mut sum = f64::from(b[o]);
                for i in 0..inputs {
                    for tap in 0..3 {
                        // One step of padding on both sides.
                        if let Some(from) = (position + tap).checked_sub(1).filter(|p| *p < 4) {
                            sum += f64::from(w[(o * inputs + i) * 3 + tap]) * f64::from(x[i * 4 + from]);
                        }
                    }
                }
                sum.max(0.0)
            };
            let exact: Vec<f64> = if halves {
                (0..2 * outputs).map(|n| at(n % outputs, n / outputs * 2)).collect()
            } else {
                (0..4 * outputs).map(|n| at(n / 4, n % 4)).collect()
            };
            for isa in Isa::all() {
                let mut out = vec![f32::NAN; exact.len()];
                isa.run(RunConv(&layer, halves, &x, &mut out));
                close(isa, if halves { "4 to 2" } else { "4 to 4" }, &out, &exact, 1e-4);
            }
        }
    }
}

/// The published matrix' form, with a window of our own.
fn basis() -> Vec<f32> {
    let window = |n: usize| (std::f64::consts::PI * (n as f64 + 0.5) / FRAME as f64).sin();
    let at = |row: usize, n: usize| {
        let angle = std::f64::consts::TAU * (row % BINS * n % FRAME) as f64 / FRAME as f64;
        window(n) * if row < BINS { angle.cos() } else { angle.sin() }
    };
    (0..2 * BINS * FRAME).map(|i| at(i / FRAME, i % FRAME) as f32).collect()
}

struct RunSpectrum<'a>(&'a Spectrum, &'a [f32; SAMPLES], &'a mut [f32; BINS * LANES]);

impl Op for RunSpectrum<'_> {
    type Out = ();
    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        self.0.magnitudes(s, self.1, &mut SpectrumState::default(), self.2);
    }
}

#[test]
fn the_transform_gives_what_the_matrix_gives() {
    let basis = basis();
    let spectrum = Spectrum::from_basis(&basis).unwrap();
    for seed in 0..20 {
        let x: [f32; SAMPLES] = numbers(SAMPLES, seed).try_into().unwrap();
        let exact: Vec<f64> = (0..BINS * LANES)
            .map(|n| {
                let (bin, frame) = (n / LANES, n % LANES);
                let part = |row: usize| -> f64 {
                    let products = basis[row * FRAME..][..FRAME].iter().zip(&x[frame * HOP..]);
                    products.map(|(b, x)| f64::from(*b) * f64::from(*x)).sum()
                };
                part(bin).hypot(part(bin + BINS))
            })
            .collect();
        for isa in Isa::all() {
            let mut out = [f32::NAN; BINS * LANES];
            isa.run(RunSpectrum(&spectrum, &x, &mut out));
            close(isa, "spectrum", &out, &exact, 2e-5);
        }
    }
}

#[test]
fn a_matrix_of_something_else_is_refused() {
    let mut other = basis();
    other[5000] += 0.1;
    assert!(Spectrum::from_basis(&other).is_none());
    assert!(Spectrum::from_basis(&other[..100]).is_none());
}

#[test]
fn the_portable_instructions_are_always_there_and_the_best_come_last() {
    assert_eq!(Isa::all().next(), Some(Isa::PORTABLE));
    assert_eq!(Isa::all().last(), Some(Isa::best()));
    println!("here: {:?}", Isa::all().collect::<Vec<_>>());
}
