//! Fourier transforms of 4, 8 and 16 points that stay in registers, one transform per lane.

use crate::simd::Simd;

/// A complex number per lane: real and imaginary parts.
pub(crate) type Complex<S> = (<S as Simd>::V, <S as Simd>::V);

/// `cos(TAU / 8)`.
const DIAGONAL: f32 = std::f32::consts::FRAC_1_SQRT_2;
/// `cos(TAU / 16)` and `sin(TAU / 16)`.
const STEEP: (f32, f32) = (0.923_879_5, 0.382_683_43);

#[inline(always)]
fn add<S: Simd>(s: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    (s.add(a.0, b.0), s.add(a.1, b.1))
}

#[inline(always)]
fn sub<S: Simd>(s: S, a: Complex<S>, b: Complex<S>) -> Complex<S> {
    (s.sub(a.0, b.0), s.sub(a.1, b.1))
}

/// `a * (c - i * d)`: a turn back by the angle whose cosine and sine are `c` and `d`, as forward transforms do.
#[inline(always)]
pub(crate) fn turn<S: Simd>(s: S, a: Complex<S>, c: S::V, d: S::V) -> Complex<S> {
    (s.add_mul(s.mul(a.0, c), a.1, d), s.sub_mul(s.mul(a.1, c), a.0, d))
}

/// Four points.
#[inline(always)]
fn four<S: Simd>(s: S, x: [Complex<S>; 4]) -> [Complex<S>; 4] {
    let (even, odd) = (add(s, x[0], x[2]), add(s, x[1], x[3]));
    let (even_less, odd_less) = (sub(s, x[0], x[2]), sub(s, x[1], x[3]));
    [
        add(s, even, odd),
        // Minus i times a number swaps its parts and one sign.
        (s.add(even_less.0, odd_less.1), s.sub(even_less.1, odd_less.0)),
        sub(s, even, odd),
        (s.sub(even_less.0, odd_less.1), s.add(even_less.1, odd_less.0)),
    ]
}

/// Eight points.
#[inline(always)]
pub(crate) fn eight<S: Simd>(s: S, x: [Complex<S>; 8]) -> [Complex<S>; 8] {
    let even = four(s, [x[0], x[2], x[4], x[6]]);
    let odd = four(s, [x[1], x[3], x[5], x[7]]);
    let half = s.splat(DIAGONAL);
    // Turned by 1, 2 and 3 eighths.
    let (re, im) = odd[1];
    let one = (s.mul(s.add(re, im), half), s.mul(s.sub(im, re), half));
    let two = (odd[2].1, s.sub(s.splat(0.0), odd[2].0));
    let (re, im) = odd[3];
    let three = (s.mul(s.sub(im, re), half), s.mul(s.add(re, im), s.splat(-DIAGONAL)));
    [
        add(s, even[0], odd[0]),
        add(s, even[1], one),
        add(s, even[2], two),
        add(s, even[3], three),
        sub(s, even[0], odd[0]),
        sub(s, even[1], one),
        sub(s, even[2], two),
        sub(s, even[3], three),
    ]
}

/// Sixteen points, as four times four.
#[inline(always)]
pub(crate) fn sixteen<S: Simd>(s: S, x: [Complex<S>; 16]) -> [Complex<S>; 16] {
    let a = four(s, [x[0], x[4], x[8], x[12]]);
    let b = four(s, [x[1], x[5], x[9], x[13]]);
    let c = four(s, [x[2], x[6], x[10], x[14]]);
    let d = four(s, [x[3], x[7], x[11], x[15]]);
    let (steep, flat) = (s.splat(STEEP.0), s.splat(STEEP.1));
    let half = s.splat(DIAGONAL);
    let less_half = s.splat(-DIAGONAL);
    let less_steep = s.splat(-STEEP.0);
    let less_flat = s.splat(-STEEP.1);
    // Column k of row n is turned by n * k sixteenths.
    let b1 = turn(s, b[1], steep, flat);
    let b2 = turn(s, b[2], half, half);
    let b3 = turn(s, b[3], flat, steep);
    let c1 = turn(s, c[1], half, half);
    let c2 = (c[2].1, s.sub(s.splat(0.0), c[2].0));
    let c3 = turn(s, c[3], less_half, half);
    let d1 = turn(s, d[1], flat, steep);
    let d2 = turn(s, d[2], less_half, half);
    let d3 = turn(s, d[3], less_steep, less_flat);
    let k0 = four(s, [a[0], b[0], c[0], d[0]]);
    let k1 = four(s, [a[1], b1, c1, d1]);
    let k2 = four(s, [a[2], b2, c2, d2]);
    let k3 = four(s, [a[3], b3, c3, d3]);
    [
        k0[0], k1[0], k2[0], k3[0], k0[1], k1[1], k2[1], k3[1], k0[2], k1[2], k2[2], k3[2], k0[3], k1[3],
        k2[3], k3[3],
    ]
}
