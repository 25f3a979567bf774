//! A convolution over four positions with a kernel of three and one step of padding.

use crate::row::Row;
use crate::simd::Simd;

/// Outputs in a panel of weights.
const PANEL: usize = 16;

/// The layer. Inputs lie channel by channel, the four positions of each side by side.
#[derive(Debug)]
pub struct Conv {
    /// `[output / PANEL][input][tap][output % PANEL]`.
    weights: Box<[[Row<PANEL>; 3]]>,
    bias: Box<[Row<PANEL>]>,
    inputs: usize,
}

impl Conv {
    /// A layer of `outputs` (a multiple of 16) from PyTorch's order `[output][input][tap]`.
    #[must_use]
    pub fn new(outputs: usize, inputs: usize, weight: &[f32], bias: &[f32]) -> Self {
        debug_assert!(outputs.is_multiple_of(PANEL));
        let panels = outputs / PANEL;
        let at = |o: usize, i: usize, tap: usize| weight[(o * inputs + i) * 3 + tap];
        Self {
            weights: (0..panels * inputs)
                .map(|n| {
                    let (panel, i) = (n / inputs, n % inputs);
                    std::array::from_fn(|tap| Row(std::array::from_fn(|j| at(panel * PANEL + j, i, tap))))
                })
                .collect(),
            bias: bias.as_chunks::<PANEL>().0.iter().map(|b| Row(*b)).collect(),
            inputs,
        }
    }

    /// Four positions in, four out (stride 1), negative sums cut off. `x` holds `[input][position]`, `out`
    /// `[output][position]`.
    ///
    /// Each of the ten products of tap and position is summed apart: no sum waits for another.
    #[inline(always)]
    pub fn run4<S: Simd>(&self, s: S, x: &[f32], out: &mut [f32]) {
        let (x, _) = x.as_chunks::<4>();
        let (outs, _) = out.as_chunks_mut::<{ 4 * PANEL }>();
        let panels = self.weights.chunks_exact(self.inputs).zip(&self.bias);
        for ((rows, bias), out) in panels.zip(outs) {
            for lane in 0..PANEL / S::N {
                let at = lane * S::N;
                let bias = s.load(&bias.0, at);
                let zero = s.splat(0.0);
                let (mut b0, mut c1) = (bias, zero);
                let (mut a0, mut b1, mut c2) = (bias, zero, zero);
                let (mut a1, mut b2, mut c3) = (bias, zero, zero);
                let (mut a2, mut b3) = (bias, zero);
                for ([a, b, c], x) in rows.iter().zip(x) {
                    let (a, b, c) = (s.load(&a.0, at), s.load(&b.0, at), s.load(&c.0, at));
                    let x0 = s.splat(x[0]);
                    b0 = s.add_mul(b0, b, x0);
                    a0 = s.add_mul(a0, a, x0);
                    let x1 = s.splat(x[1]);
                    c1 = s.add_mul(c1, c, x1);
                    b1 = s.add_mul(b1, b, x1);
                    a1 = s.add_mul(a1, a, x1);
                    let x2 = s.splat(x[2]);
                    c2 = s.add_mul(c2, c, x2);
                    b2 = s.add_mul(b2, b, x2);
                    a2 = s.add_mul(a2, a, x2);
                    let x3 = s.splat(x[3]);
                    c3 = s.add_mul(c3, c, x3);
                    b3 = s.add_mul(b3, b, x3);
                }
                let columns = s.transpose_fours([
                    s.max(s.add(b0, c1), zero),
                    s.max(s.add(s.add(a0, b1), c2), zero),
                    s.max(s.add(s.add(a1, b2), c3), zero),
                    s.max(s.add(a2, b3), zero),
                ]);
                for (n, column) in columns.into_iter().enumerate() {
                    // Each group of four in a column is one output: every fourth output of this register.
                    s.store_fours(column, out, 4 * (at + n), 16);
                }
            }
        }
    }

    /// Four positions in, two out (stride 2), negative sums cut off; an even number of inputs. `x` holds
    /// `[input][position]`, `out` all outputs of the first position, then all of the second.
    #[inline(always)]
    pub fn run4to2<S: Simd>(&self, s: S, x: &[f32], out: &mut [f32]) {
        let (x, _) = x.as_chunks::<8>();
        let (first, second) = out.split_at_mut(self.bias.len() * PANEL);
        let (first, _) = first.as_chunks_mut::<PANEL>();
        let (second, _) = second.as_chunks_mut::<PANEL>();
        let panels = self.weights.chunks_exact(self.inputs).zip(&self.bias);
        for ((rows, bias), (first, second)) in panels.zip(first.iter_mut().zip(second)) {
            let (rows, _) = rows.as_chunks::<2>();
            for lane in 0..PANEL / S::N {
                let at = lane * S::N;
                let zero = s.splat(0.0);
                let bias = s.load(&bias.0, at);
                let mut sums = [[zero; 5]; 2];
                for (rows, x) in rows.iter().zip(x) {
                    for (n, ([a, b, c], sums)) in rows.iter().zip(&mut sums).enumerate() {
                        let (a, b, c) = (s.load(&a.0, at), s.load(&b.0, at), s.load(&c.0, at));
                        let x1 = s.splat(x[4 * n + 1]);
                        sums[0] = s.add_mul(sums[0], b, s.splat(x[4 * n]));
                        sums[1] = s.add_mul(sums[1], c, x1);
                        sums[2] = s.add_mul(sums[2], a, x1);
                        sums[3] = s.add_mul(sums[3], b, s.splat(x[4 * n + 2]));
                        sums[4] = s.add_mul(sums[4], c, s.splat(x[4 * n + 3]));
                    }
                }
                let [p, q] = sums;
                let y0 = s.add(s.add(p[0], p[1]), s.add(q[0], q[1]));
                let y1 = s.add(s.add(p[2], p[3]), s.add(q[2], q[3]));
                let y1 = s.add(y1, s.add(p[4], q[4]));
                s.store(s.max(s.add(y0, bias), zero), first, at);
                s.store(s.max(s.add(y1, bias), zero), second, at);
            }
        }
    }
}
