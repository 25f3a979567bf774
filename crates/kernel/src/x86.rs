//! The vector operations in AVX2 with FMA, and in AVX-512.
#![expect(unsafe_code, reason = "intrinsics need their instruction set, whose presence the token proves")]

use std::arch::x86_64::*;

use crate::simd::Simd;

/// Proof that the processor has AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx2(());

/// Proof that the processor has AVX-512 F, VL, DQ and BW beside AVX2 and FMA.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

impl Avx2 {
    /// # Safety
    /// The processor must have AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

impl Avx512 {
    /// # Safety
    /// The processor must have AVX-512 F, VL, DQ and BW, AVX2 and FMA.
    #[inline(always)]
    pub(crate) unsafe fn new() -> Self {
        Self(())
    }
}

/// The index of group `n`.
#[inline(always)]
fn group(at: usize, step: isize, n: isize) -> usize {
    at.wrapping_add_signed(step * n)
}

/// Four numbers from `from[at]` on.
#[inline(always)]
fn four(from: &[f32], at: usize) -> __m128 {
    let from = &from[at..at + 4];
    // SAFETY: SSE belongs to x86-64, and four numbers lie there.
    unsafe { _mm_loadu_ps(from.as_ptr()) }
}

/// Puts four numbers to `to[at]` and following.
#[inline(always)]
fn put_four(v: __m128, to: &mut [f32], at: usize) {
    let to = &mut to[at..at + 4];
    // SAFETY: SSE belongs to x86-64, and there is room for four numbers.
    unsafe { _mm_storeu_ps(to.as_mut_ptr(), v) }
}

/// The operations that differ in nothing but the intrinsic's name.
macro_rules! same {
    ($($name:ident($($arg:ident),+) = $intrinsic:ident($($given:ident),+);)+) => {$(
        #[inline(always)]
        fn $name(self, $($arg: Self::V),+) -> Self::V {
            // SAFETY: `self` proves that the instruction is there.
            unsafe { $intrinsic($($given),+) }
        }
    )+};
}

impl Simd for Avx2 {
    type V = __m256;
    const N: usize = 8;

    same! {
        add(a, b) = _mm256_add_ps(a, b);
        sub(a, b) = _mm256_sub_ps(a, b);
        mul(a, b) = _mm256_mul_ps(a, b);
        div(a, b) = _mm256_div_ps(a, b);
        max(a, b) = _mm256_max_ps(a, b);
        min(a, b) = _mm256_min_ps(a, b);
        sqrt(a) = _mm256_sqrt_ps(a);
        add_mul(sum, a, b) = _mm256_fmadd_ps(a, b, sum);
        sub_mul(sum, a, b) = _mm256_fnmadd_ps(a, b, sum);
    }
    #[inline(always)]
    fn splat(self, x: f32) -> __m256 {
        // SAFETY: `self` proves AVX2.
        unsafe { _mm256_set1_ps(x) }
    }
    #[inline(always)]
    fn load(self, from: &[f32], at: usize) -> __m256 {
        let from = &from[at..at + 8];
        // SAFETY: `self` proves AVX2, and eight numbers lie there.
        unsafe { _mm256_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, v: __m256, to: &mut [f32], at: usize) {
        let to = &mut to[at..at + 8];
        // SAFETY: `self` proves AVX2, and there is room for eight numbers.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), v) }
    }
    #[inline(always)]
    fn load_fours(self, from: &[f32], at: usize, step: isize) -> __m256 {
        let (a, b) = (four(from, at), four(from, group(at, step, 1)));
        // SAFETY: `self` proves AVX2.
        unsafe { _mm256_set_m128(b, a) }
    }
    #[inline(always)]
    fn store_fours(self, v: __m256, to: &mut [f32], at: usize, step: isize) {
        // SAFETY: `self` proves AVX2.
        let (a, b) = unsafe { (_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v)) };
        put_four(a, to, at);
        put_four(b, to, group(at, step, 1));
    }
    #[inline(always)]
    fn pow2(self, n: __m256) -> __m256 {
        // SAFETY: `self` proves AVX2.
        unsafe {
            let exponent = _mm256_add_epi32(_mm256_castps_si256(n), _mm256_set1_epi32(127));
            _mm256_castsi256_ps(_mm256_slli_epi32::<23>(exponent))
        }
    }
    #[inline(always)]
    fn transpose_fours(self, [a, b, c, d]: [__m256; 4]) -> [__m256; 4] {
        // SAFETY: `self` proves AVX2.
        unsafe {
            let (ab, cd) = (_mm256_unpacklo_ps(a, b), _mm256_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (_mm256_unpackhi_ps(a, b), _mm256_unpackhi_ps(c, d));
            [
                _mm256_shuffle_ps::<0b01_00_01_00>(ab, cd),
                _mm256_shuffle_ps::<0b11_10_11_10>(ab, cd),
                _mm256_shuffle_ps::<0b01_00_01_00>(ab_high, cd_high),
                _mm256_shuffle_ps::<0b11_10_11_10>(ab_high, cd_high),
            ]
        }
    }
    #[inline(always)]
    fn sum(self, v: __m256) -> f32 {
        // SAFETY: `self` proves AVX2, which no machine has without these.
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(v), _mm256_extractf128_ps::<1>(v));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }
}

impl Simd for Avx512 {
    type V = __m512;
    const N: usize = 16;

    same! {
        add(a, b) = _mm512_add_ps(a, b);
        sub(a, b) = _mm512_sub_ps(a, b);
        mul(a, b) = _mm512_mul_ps(a, b);
        div(a, b) = _mm512_div_ps(a, b);
        max(a, b) = _mm512_max_ps(a, b);
        min(a, b) = _mm512_min_ps(a, b);
        sqrt(a) = _mm512_sqrt_ps(a);
        add_mul(sum, a, b) = _mm512_fmadd_ps(a, b, sum);
        sub_mul(sum, a, b) = _mm512_fnmadd_ps(a, b, sum);
    }
    #[inline(always)]
    fn splat(self, x: f32) -> __m512 {
        // SAFETY: `self` proves AVX-512.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    fn load(self, from: &[f32], at: usize) -> __m512 {
        let from = &from[at..at + 16];
        // SAFETY: `self` proves AVX-512, and sixteen numbers lie there.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, v: __m512, to: &mut [f32], at: usize) {
        let to = &mut to[at..at + 16];
        // SAFETY: `self` proves AVX-512, and there is room for sixteen numbers.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), v) }
    }
    #[inline(always)]
    fn load_fours(self, from: &[f32], at: usize, step: isize) -> __m512 {
        let (a, b) = (four(from, at), four(from, group(at, step, 1)));
        let (c, d) = (four(from, group(at, step, 2)), four(from, group(at, step, 3)));
        // SAFETY: `self` proves AVX-512.
        unsafe {
            let v = _mm512_insertf32x4::<1>(_mm512_castps128_ps512(a), b);
            _mm512_insertf32x4::<3>(_mm512_insertf32x4::<2>(v, c), d)
        }
    }
    #[inline(always)]
    fn store_fours(self, v: __m512, to: &mut [f32], at: usize, step: isize) {
        // SAFETY: `self` proves AVX-512.
        let (a, b, c, d) = unsafe {
            (
                _mm512_castps512_ps128(v),
                _mm512_extractf32x4_ps::<1>(v),
                _mm512_extractf32x4_ps::<2>(v),
                _mm512_extractf32x4_ps::<3>(v),
            )
        };
        put_four(a, to, at);
        put_four(b, to, group(at, step, 1));
        put_four(c, to, group(at, step, 2));
        put_four(d, to, group(at, step, 3));
    }
    #[inline(always)]
    fn pow2(self, n: __m512) -> __m512 {
        // SAFETY: `self` proves AVX-512.
        unsafe {
            let exponent = _mm512_add_epi32(_mm512_castps_si512(n), _mm512_set1_epi32(127));
            _mm512_castsi512_ps(_mm512_slli_epi32::<23>(exponent))
        }
    }
    #[inline(always)]
    fn transpose_fours(self, [a, b, c, d]: [__m512; 4]) -> [__m512; 4] {
        // SAFETY: `self` proves AVX-512.
        unsafe {
            let (ab, cd) = (_mm512_unpacklo_ps(a, b), _mm512_unpacklo_ps(c, d));
            let (ab_high, cd_high) = (_mm512_unpackhi_ps(a, b), _mm512_unpackhi_ps(c, d));
            [
                _mm512_shuffle_ps::<0b01_00_01_00>(ab, cd),
                _mm512_shuffle_ps::<0b11_10_11_10>(ab, cd),
                _mm512_shuffle_ps::<0b01_00_01_00>(ab_high, cd_high),
                _mm512_shuffle_ps::<0b11_10_11_10>(ab_high, cd_high),
            ]
        }
    }
    #[inline(always)]
    fn sum(self, v: __m512) -> f32 {
        // SAFETY: `self` proves AVX-512.
        unsafe { _mm512_reduce_add_ps(v) }
    }
}
