//! The arithmetic of Silero's network: weights in the order they are read, and the loops over them.
//!
//! Weights lie in blocks of neighbouring outputs, innermost: one step takes one input value, multiplies it
//! with a block of weights and adds to a block of sums. The block is a whole number of vector registers on
//! every machine, so the compiler vectorises the loops, and a hand-written kernel can replace them and read
//! the same layout.

/// Outputs in a block of [`Dense`].
const DENSE: usize = 32;
/// Outputs in a block of [`Conv`]: four positions are summed at once, so fewer outputs fit the registers.
const CONV: usize = 8;

/// A fully connected layer: `out[o] = bias[o] + sum over i of weight[o][i] * x[i]`.
#[derive(Debug)]
pub(super) struct Dense {
    /// `[output / DENSE][input][output % DENSE]`.
    weights: Box<[[f32; DENSE]]>,
    bias: Box<[[f32; DENSE]]>,
}

impl Dense {
    /// A layer of `outputs` (a multiple of 32) from a function that gives weight (output, input).
    pub(super) fn new(
        outputs: usize,
        inputs: usize,
        bias: impl Fn(usize) -> f32,
        weight: impl Fn(usize, usize) -> f32,
    ) -> Self {
        let blocks = outputs / DENSE;
        Self {
            weights: (0..blocks * inputs)
                .map(|n| std::array::from_fn(|j| weight(n / inputs * DENSE + j, n % inputs)))
                .collect(),
            bias: (0..blocks).map(|b| std::array::from_fn(|j| bias(b * DENSE + j))).collect(),
        }
    }

    /// Computes all outputs; `out` must be as long as there are outputs.
    pub(super) fn run(&self, x: &[f32], out: &mut [f32]) {
        let (out, _) = out.as_chunks_mut::<DENSE>();
        let blocks = self.weights.chunks_exact(x.len());
        for ((out, bias), weights) in out.iter_mut().zip(&self.bias).zip(blocks) {
            let mut sum = *bias;
            for (w, &x) in weights.iter().zip(x) {
                add(&mut sum, w, x);
            }
            *out = sum;
        }
    }
}

/// A one-dimensional convolution with a kernel of three and one step of padding.
#[derive(Debug)]
pub(super) struct Conv {
    /// `[output / CONV][input][tap][output % CONV]`.
    weights: Box<[[[f32; CONV]; 3]]>,
    bias: Box<[[f32; CONV]]>,
    inputs: usize,
}

impl Conv {
    /// A layer from PyTorch's order `[output][input][tap]`.
    pub(super) fn new(outputs: usize, inputs: usize, weight: &[f32], bias: &[f32]) -> Self {
        let blocks = outputs / CONV;
        let at = |o: usize, i: usize, tap: usize| weight[(o * inputs + i) * 3 + tap];
        Self {
            weights: (0..blocks * inputs)
                .map(|n| {
                    let (block, i) = (n / inputs, n % inputs);
                    std::array::from_fn(|tap| std::array::from_fn(|j| at(block * CONV + j, i, tap)))
                })
                .collect(),
            bias: bias.as_chunks::<CONV>().0.into(),
            inputs,
        }
    }

    /// Four positions in, four out (stride 1), negative sums cut off.
    ///
    /// Position-major like all layers here: the channels of the first position, of the second and so on.
    /// Lanes are then always channels; with positions side by side the compiler picks those, and loses.
    pub(super) fn run4(&self, x: &[f32], out: &mut [f32]) {
        let [x0, x1, x2, x3] = quarters(x, self.inputs);
        let (outs, _) = out.as_chunks_mut::<CONV>();
        let blocks = self.bias.len();
        for (n, weights) in self.weights.chunks_exact(self.inputs).enumerate() {
            let mut sum = [self.bias[n]; 4];
            let inputs = x0.iter().zip(x1).zip(x2).zip(x3);
            for ([a, b, c], (((x0, x1), x2), x3)) in weights.iter().zip(inputs) {
                add(&mut sum[0], b, *x0);
                add(&mut sum[1], a, *x0);
                add(&mut sum[0], c, *x1);
                add(&mut sum[1], b, *x1);
                add(&mut sum[2], a, *x1);
                add(&mut sum[1], c, *x2);
                add(&mut sum[2], b, *x2);
                add(&mut sum[3], a, *x2);
                add(&mut sum[2], c, *x3);
                add(&mut sum[3], b, *x3);
            }
            for (position, sum) in sum.iter().enumerate() {
                outs[position * blocks + n] = sum.map(|v| v.max(0.0));
            }
        }
    }

    /// Four positions in, two out (stride 2), negative sums cut off.
    pub(super) fn run4to2(&self, x: &[f32], out: &mut [f32]) {
        let [x0, x1, x2, x3] = quarters(x, self.inputs);
        let (outs, _) = out.as_chunks_mut::<CONV>();
        let blocks = self.bias.len();
        for (n, weights) in self.weights.chunks_exact(self.inputs).enumerate() {
            let mut sum = [self.bias[n]; 2];
            let inputs = x0.iter().zip(x1).zip(x2).zip(x3);
            for ([a, b, c], (((x0, x1), x2), x3)) in weights.iter().zip(inputs) {
                add(&mut sum[0], b, *x0);
                add(&mut sum[0], c, *x1);
                add(&mut sum[1], a, *x1);
                add(&mut sum[1], b, *x2);
                add(&mut sum[1], c, *x3);
            }
            for (position, sum) in sum.iter().enumerate() {
                outs[position * blocks + n] = sum.map(|v| v.max(0.0));
            }
        }
    }
}

/// The channels of four positions.
fn quarters(x: &[f32], channels: usize) -> [&[f32]; 4] {
    std::array::from_fn(|n| &x[n * channels..(n + 1) * channels])
}

/// Adds a block of weights times one value to a block of sums.
#[inline(always)]
fn add<const N: usize>(sum: &mut [f32; N], weights: &[f32; N], x: f32) {
    for (sum, w) in sum.iter_mut().zip(weights) {
        *sum += w * x;
    }
}

/// The exponential function to about seven digits, in steps that vectorise: the libraries' does not.
///
/// `exp(x) = 2^n * exp(r)` with `r` within half of `ln 2`, and seven terms of the series for `exp(r)`.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to a whole number.
    const ROUND: f32 = 12_582_912.0;
    let x = x.clamp(-87.0, 87.0);
    let n = (x * std::f32::consts::LOG2_E + ROUND) - ROUND;
    // ln 2 in two parts, the first of them exact in few bits, keeps the remainder exact.
    let r = (x - n * 0.693_359_4) + n * 2.121_944_4e-4;
    let p = 1.0 / 5040.0;
    let p = p * r + 1.0 / 720.0;
    let p = p * r + 1.0 / 120.0;
    let p = p * r + 1.0 / 24.0;
    let p = p * r + 1.0 / 6.0;
    let p = p * r + 0.5;
    let p = p * r * r + r + 1.0;
    let power = ((n as i32 + 127) << 23) as u32;
    p * f32::from_bits(power)
}

/// The logistic function, 0 to 1.
#[inline(always)]
pub(super) fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// The hyperbolic tangent, off by at most 4e-7.
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    2.0 * sigmoid(2.0 * x) - 1.0
}

#[cfg(test)]
mod tests {
    use super::{sigmoid, tanh};

    #[test]
    fn curves_agree_with_the_library_over_the_whole_range() {
        for n in -40_000..=40_000 {
            let x = n as f32 / 400.0;
            let exact = 1.0 / (1.0 + (-f64::from(x)).exp());
            assert!((f64::from(sigmoid(x)) - exact).abs() < 2e-7, "sigmoid {x}");
            assert!((f64::from(tanh(x)) - f64::from(x).tanh()).abs() < 4e-7, "tanh {x}");
        }
    }
}
