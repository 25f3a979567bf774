//! How does plain arithmetic over long rows use the widest registers of this machine?
//!
//! The loops are written so that the compiler can put many elements into one register. Which registers it may use is
//! said by [`wide!`], which compiles a function three times.

/// The vector instructions of a machine, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// 512 bits wide.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256 bits wide.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// What every machine of this architecture has.
    Plain,
}

/// What this machine has.
#[inline]
pub(crate) fn level() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        let avx2 = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let avx512 = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if avx2 && avx512 {
            return Level::Avx512;
        } else if avx2 {
            return Level::Avx2;
        }
    }
    Level::Plain
}

/// Defines a function that is compiled for each [`Level`] and runs as the widest the machine has.
macro_rules! wide {
    ($(#[$doc:meta])* $vis:vis fn $name:ident($($arg:ident: $kind:ty),* $(,)?) $body:block) => {
        $(#[$doc])*
        $vis fn $name($($arg: $kind),*) {
            #[inline(always)]
            fn plain($($arg: $kind),*) $body
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn in_avx512($($arg: $kind),*) {
                    plain($($arg),*);
                }
                #[target_feature(enable = "avx2,fma")]
                fn in_avx2($($arg: $kind),*) {
                    plain($($arg),*);
                }
                match $crate::lanes::level() {
                    $crate::lanes::Level::Avx512 => {
                        // SAFETY: the machine has these instructions, as was just asked.
                        #[expect(unsafe_code, reason = "instructions that not every machine has")]
                        return unsafe { in_avx512($($arg),*) };
                    }
                    $crate::lanes::Level::Avx2 => {
                        // SAFETY: the machine has these instructions, as was just asked.
                        #[expect(unsafe_code, reason = "instructions that not every machine has")]
                        return unsafe { in_avx2($($arg),*) };
                    }
                    $crate::lanes::Level::Plain => {}
                }
            }
            plain($($arg),*);
        }
    };
}
pub(crate) use wide;

/// How many sums run beside each other.
const LANES: usize = 16;

/// A sum over a row, in lanes: the order of adding differs from a plain loop's.
#[inline(always)]
pub(crate) fn sum(row: &[f32], term: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = row.as_chunks::<LANES>();
    let mut sums = [0.0f32; LANES];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += term(*x);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|x| term(*x)).sum::<f32>()
}

/// Adding this to a number below 2^22 leaves its nearest whole number (ties to even) in the lowest bits.
const ROUNDER: f32 = 12_582_912.0;

/// The nearest whole number, ties to even, of a number below 2^22.
#[inline(always)]
pub(crate) fn round(x: f32) -> f32 {
    (x + ROUNDER) - ROUNDER
}

/// The same as a whole number.
#[inline(always)]
pub(crate) fn round_to_int(x: f32) -> i32 {
    (x + ROUNDER).to_bits().wrapping_sub(ROUNDER.to_bits()).cast_signed()
}

/// e to the power of a number, at most 88; relative error below 3e-7.
///
/// The whole part of `x / ln 2` becomes the exponent, and a polynomial (Taylor's) gives the rest.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    let x = x.clamp(-87.0, 88.0);
    let whole = round(x * std::f32::consts::LOG2_E);
    // ln 2 in two parts, so that the product with a small whole number is exact.
    let r = whole.mul_add_wide(-0.693_359_4, x);
    let r = whole.mul_add_wide(2.121_944_4e-4, r);
    let mut p = 1.0 / 5040.0;
    for c in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = p * r + c;
    }
    let power = (round_to_int(whole) + 127) << 23;
    p * f32::from_bits(power.cast_unsigned())
}

trait MulAdd {
    fn mul_add_wide(self, by: f32, plus: f32) -> f32;
}

impl MulAdd for f32 {
    /// `f32::mul_add` is a call into the C library where the machine lacks the instruction.
    #[inline(always)]
    fn mul_add_wide(self, by: f32, plus: f32) -> f32 {
        self * by + plus
    }
}

/// The Gaussian error function, Abramowitz and Stegun 7.1.28: absolute error below 1e-6.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let z = x.abs();
    let mut p = 4.306_38e-5f32;
    for c in [2.765_672e-4, 1.520_143e-4, 9.270_527e-3, 4.228_201e-2, 7.052_308e-2, 1.0] {
        p = p * z + c;
    }
    // To the power of 16.
    for _ in 0..4 {
        p *= p;
    }
    (1.0 - 1.0 / p).copysign(x)
}

/// The activation of the network: `x / 2 * (1 + erf(x / sqrt 2))`.
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// The hyperbolic tangent.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    1.0 - 2.0 / (exp((2.0 * x).clamp(-60.0, 60.0)) + 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn functions_agree_with_the_library(x in -30.0f32..30.0) {
            let close = |a: f32, b: f64, within: f64| (f64::from(a) - b).abs() <= within;
            prop_assert!(close(exp(x) / (f64::from(x).exp() as f32), 1.0, 1e-6), "exp {x}");
            prop_assert!(close(tanh(x), f64::from(x).tanh(), 1e-6), "tanh {x}");
            prop_assert_eq!(round(x * 1000.0), (x * 1000.0).round_ties_even());
            prop_assert_eq!(round_to_int(x), x.round_ties_even() as i32);
        }

        #[test]
        fn sums_in_lanes_are_sums(row in proptest::collection::vec(-9.0f32..9.0, 0..70)) {
            let plain: f64 = row.iter().map(|x| f64::from(*x)).sum();
            prop_assert!((f64::from(sum(&row, |x| x)) - plain).abs() < 1e-3);
        }
    }

    #[test]
    fn the_activation_has_its_known_values() {
        // From tables of the normal distribution: x times its integral up to x.
        for (x, want) in
            [(0.0, 0.0), (1.0, 0.841_344_7), (-1.0, -0.158_655_3), (3.0, 2.995_950_3), (-6.0, 0.0)]
        {
            assert!((gelu(x) - want).abs() < 2e-6, "{x}: {}", gelu(x));
        }
    }
}
