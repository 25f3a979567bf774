//! The vector operations in NEON, which every 64-bit ARM has. Type-checked in development, not yet run.
#![expect(unsafe_code, reason = "intrinsics need their instruction set, which the architecture guarantees")]

use std::arch::aarch64::*;

use crate::simd::Simd;

/// NEON: part of the architecture, so nothing has to be proven.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Neon;

/// The operations that differ in nothing but the intrinsic's name.
macro_rules! same {
    ($($name:ident($($arg:ident),+) = $intrinsic:ident($($given:ident),+);)+) => {$(
        #[inline(always)]
        fn $name(self, $($arg: float32x4_t),+) -> float32x4_t {
            // SAFETY: NEON belongs to the architecture.
            unsafe { $intrinsic($($given),+) }
        }
    )+};
}

impl Simd for Neon {
    type V = float32x4_t;
    const N: usize = 4;

    same! {
        add(a, b) = vaddq_f32(a, b);
        sub(a, b) = vsubq_f32(a, b);
        mul(a, b) = vmulq_f32(a, b);
        div(a, b) = vdivq_f32(a, b);
        max(a, b) = vmaxq_f32(a, b);
        min(a, b) = vminq_f32(a, b);
        sqrt(a) = vsqrtq_f32(a);
        add_mul(sum, a, b) = vfmaq_f32(sum, a, b);
        sub_mul(sum, a, b) = vfmsq_f32(sum, a, b);
    }
    #[inline(always)]
    fn splat(self, x: f32) -> float32x4_t {
        // SAFETY: NEON belongs to the architecture.
        unsafe { vdupq_n_f32(x) }
    }
    #[inline(always)]
    fn load(self, from: &[f32], at: usize) -> float32x4_t {
        let from = &from[at..at + 4];
        // SAFETY: NEON belongs to the architecture, and four numbers lie there.
        unsafe { vld1q_f32(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, v: float32x4_t, to: &mut [f32], at: usize) {
        let to = &mut to[at..at + 4];
        // SAFETY: NEON belongs to the architecture, and there is room for four numbers.
        unsafe { vst1q_f32(to.as_mut_ptr(), v) }
    }
    #[inline(always)]
    fn load_fours(self, from: &[f32], at: usize, _step: isize) -> float32x4_t {
        self.load(from, at)
    }
    #[inline(always)]
    fn store_fours(self, v: float32x4_t, to: &mut [f32], at: usize, _step: isize) {
        self.store(v, to, at);
    }
    #[inline(always)]
    fn pow2(self, n: float32x4_t) -> float32x4_t {
        // SAFETY: NEON belongs to the architecture.
        unsafe {
            let exponent = vaddq_s32(vreinterpretq_s32_f32(n), vdupq_n_s32(127));
            vreinterpretq_f32_s32(vshlq_n_s32::<23>(exponent))
        }
    }
    #[inline(always)]
    fn transpose_fours(self, [a, b, c, d]: [float32x4_t; 4]) -> [float32x4_t; 4] {
        // SAFETY: NEON belongs to the architecture.
        unsafe {
            // Pairs (a0 c0 a1 c1), (a2 c2 a3 c3) and the same of b and d; zipped again they are columns.
            let (ac, ac_high) = (vzip1q_f32(a, c), vzip2q_f32(a, c));
            let (bd, bd_high) = (vzip1q_f32(b, d), vzip2q_f32(b, d));
            [
                vzip1q_f32(ac, bd),
                vzip2q_f32(ac, bd),
                vzip1q_f32(ac_high, bd_high),
                vzip2q_f32(ac_high, bd_high),
            ]
        }
    }
    #[inline(always)]
    fn sum(self, v: float32x4_t) -> f32 {
        // SAFETY: NEON belongs to the architecture.
        unsafe { vaddvq_f32(v) }
    }
}
