//! Exponential and the two curves of a recurrent cell, for a register at a time.

use crate::simd::Simd;

/// The exponential function to about seven digits.
///
/// `exp(x) = 2^n * exp(r)` with `r` within half of `ln 2`, and seven terms of the series for `exp(r)`.
#[inline(always)]
fn exp<S: Simd>(s: S, x: S::V) -> S::V {
    // Adding 1.5 * 2^23 rounds to a whole number.
    let round = s.splat(12_582_912.0);
    let x = s.max(s.min(x, s.splat(87.0)), s.splat(-87.0));
    let whole = s.add(s.mul(x, s.splat(std::f32::consts::LOG2_E)), round);
    let n = s.sub(whole, round);
    // ln 2 in two parts, the first of them exact in few bits, keeps the remainder exact.
    let r = s.sub_mul(x, n, s.splat(0.693_359_4));
    let r = s.add_mul(r, n, s.splat(2.121_944_4e-4));
    let mut p = s.splat(1.0 / 5040.0);
    for term in [1.0 / 720.0, 1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        p = s.add_mul(s.splat(term), p, r);
    }
    s.mul(p, s.pow2(whole))
}

/// The logistic function, 0 to 1.
#[inline(always)]
pub fn sigmoid<S: Simd>(s: S, x: S::V) -> S::V {
    let one = s.splat(1.0);
    s.div(one, s.add(one, exp(s, s.sub(s.splat(0.0), x))))
}

/// The hyperbolic tangent, off by at most 4e-7.
#[inline(always)]
pub fn tanh<S: Simd>(s: S, x: S::V) -> S::V {
    let y = sigmoid(s, s.add(x, x));
    s.sub(s.add(y, y), s.splat(1.0))
}
