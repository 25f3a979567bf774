//! How do 400 positions become one probability?
//!
//! They are added up, weighted by how much each matters, and three small layers judge the sum.

use rten_gemm::GemmError;

use super::layer::Norm;
use super::linear::Linear;
use super::matrix::Kernel;
use super::{Own, WIDTH};
use crate::graph::{Graph, ModelError, Quant, input, output};
use crate::lanes::{exp, gelu, tanh, wide};

/// A layer of weights for a single row, small enough for plain arithmetic.
struct Small {
    weights: Vec<f32>,
    bias: Vec<f32>,
    input: Quant,
    output: Quant,
}

impl Small {
    fn load(graph: &Graph, name: &str, from: usize, to: usize) -> Result<Self, ModelError> {
        let dequantised = format!("{name}.weight_DequantizeLinear_Output");
        let node = graph.user(&dequantised, "Gemm")?;
        let weights = graph.weights(&dequantised)?;
        let bias = graph.whole(&format!("{name}.bias_quantized"))?;
        let scales = graph.floats(&format!("{name}.bias_quantized_scale"))?;
        if weights.dims != [to, from] || weights.scales.len() != to || bias.len() != to || scales.len() != to
        {
            return Err(ModelError::Another(format!("{name} has another shape")));
        }
        let rows = weights.values.chunks_exact(from).zip(&weights.scales);
        Ok(Self {
            weights: rows.flat_map(|(row, scale)| row.iter().map(move |x| f32::from(*x) * scale)).collect(),
            bias: bias.iter().zip(&scales).map(|(bias, scale)| *bias as f32 * scale).collect(),
            input: graph.quant_of(input(node, 0)?)?,
            output: graph.next_quant(&output(node)?)?.0,
        })
    }

    fn run(&self, row: &[f32]) -> Vec<f32> {
        let inverse = 1.0 / self.input.scale;
        let row: Vec<f32> = row.iter().map(|x| self.input.number(self.input.byte(*x, inverse))).collect();
        let inverse = 1.0 / self.output.scale;
        let outputs = self.weights.chunks_exact(row.len()).zip(&self.bias);
        outputs
            .map(|(weights, bias)| {
                let sum: f32 = weights.iter().zip(&row).map(|(weight, x)| weight * x).sum();
                self.output.number(self.output.byte(sum + bias, inverse))
            })
            .collect()
    }
}

/// What stands after the encoder.
pub(crate) struct Head {
    norm: Norm,
    pool: Linear,
    pooled: Quant,
    weigh: Linear,
    layers: [Small; 3],
    between: Norm,
}

impl Head {
    pub(crate) fn load(graph: &Graph, kernel: &Kernel) -> Result<Self, ModelError> {
        let pool = Linear::with_bias(graph, kernel, "inner.pool_attention.0.bias")?;
        let weigh = Linear::with_bias(graph, kernel, "inner.pool_attention.2.bias")?;
        let classifier = |n: usize, from, to| Small::load(graph, &format!("inner.classifier.{n}"), from, to);
        Ok(Self {
            norm: Norm::load(graph, "inner.encoder.layer_norm", WIDTH)?,
            pooled: weigh.input(),
            pool,
            weigh,
            layers: [classifier(0, WIDTH, 256)?, classifier(4, 256, 64)?, classifier(6, 64, 1)?],
            between: Norm::load(graph, "inner.classifier.1", 256)?,
        })
    }

    pub(crate) fn run(&self, kernel: &Kernel, x: &[f32], s: &mut Own) -> Result<f32, GemmError> {
        let quant = self.pool.input();
        self.norm.bytes(x, quant, &mut s.normed);
        let sums = self.pool.sums(kernel, &s.normed, &mut s.sums)?;
        s.middle.resize(sums.len(), 0);
        squash(&self.pool, sums, self.pooled, &mut s.middle);
        let sums = self.weigh.sums(kernel, &s.middle, &mut s.sums)?;
        let mut shares = vec![0.0; sums.len()];
        for (sum, share) in sums.chunks_exact(1).zip(shares.chunks_exact_mut(1)) {
            self.weigh.row(sum, share, |x, out| *out = x);
        }
        let most = shares.iter().copied().fold(f32::MIN, f32::max);
        shares.iter_mut().for_each(|share| *share = exp(*share - most));
        let whole: f32 = shares.iter().sum();
        let mut sum = vec![0.0; WIDTH];
        for (row, share) in s.normed.chunks_exact(WIDTH).zip(&shares) {
            for (byte, sum) in row.iter().zip(&mut sum) {
                *sum += quant.number(*byte) * (share / whole);
            }
        }
        let first = self.layers[0].run(&sum);
        let mut normed = vec![0.0; first.len()];
        self.between.row(&first, &mut normed, |x, out| *out = gelu(x));
        let mut second = self.layers[1].run(&normed);
        second.iter_mut().for_each(|x| *x = gelu(*x));
        let last = self.layers[2].run(&second);
        Ok(1.0 / (1.0 + exp(-last[0])))
    }
}

wide! {
    /// What comes out of a layer of weights, between -1 and 1, as bytes.
    fn squash(linear: &Linear, sums: &[i32], quant: Quant, out: &mut [u8]) {
        let (cols, inverse) = (linear.cols(), 1.0 / quant.scale);
        for (sums, out) in sums.chunks_exact(cols).zip(out.chunks_exact_mut(cols)) {
            linear.row(sums, out, |x, out| *out = quant.byte(tanh(x), inverse));
        }
    }
}
