//! How does a row of bytes go through a layer of weights?

use rten_gemm::GemmError;
use rten_onnx::onnx::NodeProto;

use super::matrix::{Kernel, Packed, matrix};
use crate::graph::{Graph, ModelError, Quant, input, output};
use crate::lanes::{round, round_to_int};

impl Quant {
    /// The step nearest to a number in units of the scale, counted from 0, within what a byte holds.
    #[inline(always)]
    pub(crate) fn steps(self, scaled: f32) -> f32 {
        let zero = f32::from(self.zero);
        round(scaled.clamp(-zero, 255.0 - zero))
    }

    /// The byte nearest to a number, by the inverse of the scale.
    #[inline(always)]
    pub(crate) fn byte(self, value: f32, inverse: f32) -> u8 {
        let zero = f32::from(self.zero);
        let steps = (value * inverse).clamp(-zero, 255.0 - zero);
        (round_to_int(steps) + i32::from(self.zero)) as u8
    }

    /// The number a byte stands for.
    #[inline(always)]
    pub(crate) fn number(self, byte: u8) -> f32 {
        (f32::from(byte) - f32::from(self.zero)) * self.scale
    }
}

/// A matrix of weights, and how its input and output are quantised. Its bias is added to the output.
pub(crate) struct Linear {
    weights: Packed,
    input: Quant,
    output: Quant,
    /// From sums of products to steps of the output, by column.
    factors: Vec<f32>,
    bias: Vec<f32>,
}

impl Linear {
    /// The layer that has a bias of that name.
    pub(crate) fn with_bias(graph: &Graph, kernel: &Kernel, bias: &str) -> Result<Self, ModelError> {
        let add = graph.user(bias, "Add")?;
        let product = if input(add, 0)? == bias { input(add, 1)? } else { input(add, 0)? };
        let quantised = graph.maker(input(graph.maker(product)?, 0)?)?;
        let matmul = graph.maker(input(quantised, 0)?)?;
        Self::new(graph, kernel, matmul, graph.floats(bias)?)
    }

    /// The layer of a `MatMul`; without a bias if that is empty.
    pub(crate) fn new(
        graph: &Graph,
        kernel: &Kernel,
        matmul: &NodeProto,
        bias: Vec<f32>,
    ) -> Result<Self, ModelError> {
        let from = graph.quant_of(input(matmul, 0)?)?;
        let weights = graph.weights(input(matmul, 1)?)?;
        let (to, _) = graph.next_quant(&output(matmul)?)?;
        let fits = matches!(weights.dims[..], [_, cols] if cols == weights.scales.len());
        let cols = weights.scales.len();
        if !fits || !(bias.is_empty() || bias.len() == cols) {
            return Err(ModelError::Another("a layer has another shape".into()));
        }
        let factors = weights.scales.iter().map(|scale| from.scale * scale / to.scale).collect();
        let bias = if bias.is_empty() { vec![0.0; cols] } else { bias };
        let packed = kernel.pack(matrix(&weights.values, cols));
        Ok(Self { weights: packed, input: from, output: to, factors, bias })
    }

    /// How its input is quantised.
    pub(crate) const fn input(&self) -> Quant {
        self.input
    }

    pub(crate) const fn cols(&self) -> usize {
        self.weights.cols()
    }

    /// Sums of products of each row with each column. Gives them as rows.
    pub(crate) fn sums<'a>(
        &self,
        kernel: &Kernel,
        rows: &[u8],
        sums: &'a mut Vec<i32>,
    ) -> Result<&'a [i32], GemmError> {
        let a = matrix(rows, self.weights.rows());
        let all = rows.len() / self.weights.rows() * self.cols();
        if sums.len() < all {
            sums.resize(all, 0);
        }
        let out = &mut sums[..all];
        kernel.multiply(out, (a, self.input.zero), &self.weights, None)?;
        Ok(out)
    }

    /// Hands the numbers of a row of sums to `put`, each with its place.
    #[inline(always)]
    pub(crate) fn row<T>(&self, sums: &[i32], out: &mut [T], put: impl Fn(f32, &mut T)) {
        let columns = self.factors.iter().zip(&self.bias);
        for ((sum, out), (factor, bias)) in sums.iter().zip(out).zip(columns) {
            let steps = self.output.steps(*sum as f32 * factor);
            put(steps * self.output.scale + bias, out);
        }
    }
}
