//! A fully connected layer: what do all inputs, each weighted, add up to?

use crate::row::Row;
use crate::simd::Simd;

/// Outputs in a panel: summed together while the inputs pass by once.
const PANEL: usize = 32;
/// Sums that are under way at once: as many as a machine needs that starts two a cycle and takes four for each.
const SUMS: usize = 8;

/// A layer `out[o] = bias[o] + sum over i of weight[o][i] * x[i]`.
#[derive(Debug)]
pub struct Dense {
    /// `[output / PANEL][input][output % PANEL]`: read from front to back.
    weights: Box<[Row<PANEL>]>,
    bias: Box<[Row<PANEL>]>,
}

impl Dense {
    /// A layer of `outputs` (a multiple of 32) and `inputs` (a multiple of 4), from functions that give the bias
    /// of an output and the weight of (output, input).
    pub fn new(
        outputs: usize,
        inputs: usize,
        bias: impl Fn(usize) -> f32,
        weight: impl Fn(usize, usize) -> f32,
    ) -> Self {
        debug_assert!(outputs.is_multiple_of(PANEL) && inputs.is_multiple_of(4));
        let panels = outputs / PANEL;
        Self {
            weights: (0..panels * inputs)
                .map(|n| Row(std::array::from_fn(|j| weight(n / inputs * PANEL + j, n % inputs))))
                .collect(),
            bias: (0..panels).map(|p| Row(std::array::from_fn(|j| bias(p * PANEL + j)))).collect(),
        }
    }

    /// Computes all outputs from all inputs; the slices must have those lengths.
    #[inline(always)]
    pub fn run<S: Simd>(&self, s: S, x: &[f32], out: &mut [f32]) {
        // A wide machine has few registers in a panel: it sums several inputs' parts apart, to have enough to do.
        let regs = PANEL / S::N;
        let apart = (SUMS / regs).max(1);
        let (out, _) = out.as_chunks_mut::<PANEL>();
        let panels = self.weights.chunks_exact(x.len());
        for ((out, bias), rows) in out.iter_mut().zip(&self.bias).zip(panels) {
            let mut sums = [s.splat(0.0); SUMS];
            for (r, sum) in sums.iter_mut().enumerate().take(regs) {
                *sum = s.load(&bias.0, r * S::N);
            }
            for (rows, x) in rows.chunks_exact(apart).zip(x.chunks_exact(apart)) {
                for part in 0..apart {
                    let x = s.splat(x[part]);
                    for r in 0..regs {
                        let weight = s.load(&rows[part].0, r * S::N);
                        let sum = &mut sums[part * regs + r];
                        *sum = s.add_mul(*sum, weight, x);
                    }
                }
            }
            for r in 0..regs {
                let mut sum = sums[r];
                for part in 1..apart {
                    sum = s.add(sum, sums[part * regs + r]);
                }
                s.store(sum, out, r * S::N);
            }
        }
    }
}
