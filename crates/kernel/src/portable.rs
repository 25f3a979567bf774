//! The vector operations without any special instruction: four numbers at a time, in plain Rust.

use crate::simd::Simd;

/// Plain arithmetic; compilers make the machine's basic vector instructions of it.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

type V = [f32; 4];

#[inline(always)]
fn each(a: V, b: V, f: impl Fn(f32, f32) -> f32) -> V {
    [f(a[0], b[0]), f(a[1], b[1]), f(a[2], b[2]), f(a[3], b[3])]
}

impl Simd for Portable {
    type V = V;
    const N: usize = 4;

    #[inline(always)]
    fn splat(self, x: f32) -> V {
        [x; 4]
    }
    #[inline(always)]
    fn load(self, from: &[f32], at: usize) -> V {
        let from = &from[at..at + 4];
        [from[0], from[1], from[2], from[3]]
    }
    #[inline(always)]
    fn store(self, v: V, to: &mut [f32], at: usize) {
        to[at..at + 4].copy_from_slice(&v);
    }
    #[inline(always)]
    fn load_fours(self, from: &[f32], at: usize, _step: isize) -> V {
        self.load(from, at)
    }
    #[inline(always)]
    fn store_fours(self, v: V, to: &mut [f32], at: usize, _step: isize) {
        self.store(v, to, at);
    }
    #[inline(always)]
    fn add(self, a: V, b: V) -> V {
        each(a, b, |a, b| a + b)
    }
    #[inline(always)]
    fn sub(self, a: V, b: V) -> V {
        each(a, b, |a, b| a - b)
    }
    #[inline(always)]
    fn mul(self, a: V, b: V) -> V {
        each(a, b, |a, b| a * b)
    }
    #[inline(always)]
    fn div(self, a: V, b: V) -> V {
        each(a, b, |a, b| a / b)
    }
    #[inline(always)]
    fn max(self, a: V, b: V) -> V {
        each(a, b, |a, b| if a > b { a } else { b })
    }
    #[inline(always)]
    fn min(self, a: V, b: V) -> V {
        each(a, b, |a, b| if a < b { a } else { b })
    }
    #[inline(always)]
    fn sqrt(self, a: V) -> V {
        each(a, a, |a, _| a.sqrt())
    }
    #[inline(always)]
    fn add_mul(self, sum: V, a: V, b: V) -> V {
        // Two roundings: a fused one in software would cost a hundred times as much.
        self.add(sum, self.mul(a, b))
    }
    #[inline(always)]
    fn sub_mul(self, sum: V, a: V, b: V) -> V {
        self.sub(sum, self.mul(a, b))
    }
    #[inline(always)]
    fn pow2(self, n: V) -> V {
        each(n, n, |n, _| f32::from_bits(n.to_bits().wrapping_add(127) << 23))
    }
    #[inline(always)]
    fn transpose_fours(self, rows: [V; 4]) -> [V; 4] {
        // Seeing through this, compilers take columns for registers in all that led here, five times as slow.
        let [a, b, c, d] = std::hint::black_box(rows);
        [
            [a[0], b[0], c[0], d[0]],
            [a[1], b[1], c[1], d[1]],
            [a[2], b[2], c[2], d[2]],
            [a[3], b[3], c[3], d[3]],
        ]
    }
    #[inline(always)]
    fn sum(self, v: V) -> f32 {
        (v[0] + v[2]) + (v[1] + v[3])
    }
}
