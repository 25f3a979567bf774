//! What does one layer of the encoder do to the positions?

use rayon::prelude::*;
use rten_gemm::GemmError;

use super::attention::Attention;
use super::linear::Linear;
use super::matrix::Kernel;
use super::{Own, POSITIONS, Scratch, WIDTH};
use crate::graph::{Graph, ModelError, Quant, input, output};
use crate::lanes::{gelu, sum, wide};

/// Brings each position to mean 0 and variance 1, then scales it.
pub(crate) struct Norm {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

impl Norm {
    pub(crate) fn load(graph: &Graph, name: &str, width: usize) -> Result<Self, ModelError> {
        let weight = graph.floats(&format!("{name}.weight"))?;
        let bias = graph.floats(&format!("{name}.bias"))?;
        if weight.len() != width || bias.len() != width {
            return Err(ModelError::Another(format!("{name} has another shape")));
        }
        Ok(Self { weight, bias })
    }

    /// A row, by `put`.
    #[inline(always)]
    pub(crate) fn row<T>(&self, row: &[f32], out: &mut [T], put: impl Fn(f32, &mut T)) {
        let inverse = 1.0 / row.len() as f32;
        let mean = sum(row, |x| x) * inverse;
        let variance = sum(row, |x| (x - mean) * (x - mean)) * inverse;
        let factor = 1.0 / (variance + 1e-5).sqrt();
        for (((x, weight), bias), out) in row.iter().zip(&self.weight).zip(&self.bias).zip(out) {
            put((x - mean) * factor * weight + bias, out);
        }
    }

    /// All rows as bytes.
    pub(crate) fn bytes(&self, rows: &[f32], quant: Quant, out: &mut Vec<u8>) {
        out.resize(rows.len(), 0);
        normalise(self, rows, quant, out);
    }
}

wide! {
    /// All rows of a norm as bytes.
    fn normalise(norm: &Norm, rows: &[f32], quant: Quant, out: &mut [u8]) {
        let (width, inverse) = (norm.weight.len(), 1.0 / quant.scale);
        for (row, out) in rows.chunks_exact(width).zip(out.chunks_exact_mut(width)) {
            norm.row(row, out, |x, out| *out = quant.byte(x, inverse));
        }
    }
}

/// Attention and a small network for each position, both added to what was there.
pub(crate) struct Layer {
    before_attention: Norm,
    attention: Attention,
    before_network: Norm,
    widen: Linear,
    activated: Quant,
    narrow: Linear,
}

impl Layer {
    pub(crate) fn load(graph: &Graph, kernel: &Kernel, number: usize) -> Result<Self, ModelError> {
        let name = format!("inner.encoder.layers.{number}");
        let widen = Linear::with_bias(graph, kernel, &format!("{name}.fc1.bias"))?;
        let narrow = Linear::with_bias(graph, kernel, &format!("{name}.fc2.bias"))?;
        let activated = narrow.input();
        if narrow.cols() != WIDTH {
            return Err(ModelError::Another(format!("{name} has another shape")));
        }
        Ok(Self {
            before_attention: Norm::load(graph, &format!("{name}.self_attn_layer_norm"), WIDTH)?,
            attention: Attention::load(graph, kernel, &name)?,
            before_network: Norm::load(graph, &format!("{name}.final_layer_norm"), WIDTH)?,
            widen,
            activated,
            narrow,
        })
    }

    /// Positions in, positions out. Each thread has its part of them; only in between do all look at all.
    pub(crate) fn run(&self, kernel: &Kernel, x: &mut [f32], s: &mut Scratch) -> Result<(), GemmError> {
        let each = s.share(POSITIONS);
        let part = each * WIDTH;
        let Scratch { queries, keys, values, own, .. } = s;
        let asked =
            queries.par_chunks_mut(part).zip(keys.par_chunks_mut(part)).zip(values.par_chunks_mut(part));
        x.par_chunks(part).zip(own).zip(asked).try_for_each(|((x, own), ((queries, keys), values))| {
            self.before_attention.bytes(x, self.attention.input(), &mut own.normed);
            self.attention.ask(kernel, own, (queries, keys, values))
        })?;
        self.attention.look(kernel, s)?;
        let Scratch { mixed, own, .. } = s;
        x.par_chunks_mut(part).zip(own).enumerate().try_for_each(|(n, (x, own))| {
            self.attention.answer(kernel, mixed, n * each, own, x)?;
            self.think(kernel, x, own)
        })
    }

    /// The small network, for some positions.
    fn think(&self, kernel: &Kernel, x: &mut [f32], own: &mut Own) -> Result<(), GemmError> {
        self.before_network.bytes(x, self.widen.input(), &mut own.normed);
        let sums = self.widen.sums(kernel, &own.normed, &mut own.sums)?;
        own.middle.resize(sums.len(), 0);
        activate(&self.widen, sums, self.activated, &mut own.middle);
        let sums = self.narrow.sums(kernel, &own.middle, &mut own.sums)?;
        add(&self.narrow, sums, x);
        Ok(())
    }
}

wide! {
    /// What comes out of a layer of weights, through the activation, as bytes.
    fn activate(linear: &Linear, sums: &[i32], quant: Quant, out: &mut [u8]) {
        let (cols, inverse) = (linear.cols(), 1.0 / quant.scale);
        for (sums, out) in sums.chunks_exact(cols).zip(out.chunks_exact_mut(cols)) {
            linear.row(sums, out, |x, out| *out = quant.byte(gelu(x), inverse));
        }
    }
}

wide! {
    /// Adds what comes out of a layer of weights to what was there.
    pub(crate) fn add(linear: &Linear, sums: &[i32], x: &mut [f32]) {
        for (sums, x) in sums.chunks_exact(WIDTH).zip(x.chunks_exact_mut(WIDTH)) {
            linear.row(sums, x, |more, x| *x += more);
        }
    }
}

/// The only `MatMul` besides those of two layers that takes the same input: the keys', which have no bias.
pub(crate) fn keys(
    graph: &Graph,
    kernel: &Kernel,
    query_bias: &str,
    value_bias: &str,
) -> Result<(Linear, String), ModelError> {
    let product = |bias: &str| -> Result<String, ModelError> {
        let add = graph.user(bias, "Add")?;
        let product = if input(add, 0)? == bias { input(add, 1)? } else { input(add, 0)? };
        let quantised = graph.maker(input(graph.maker(product)?, 0)?)?;
        Ok(input(quantised, 0)?.to_owned())
    };
    let (query, value) = (product(query_bias)?, product(value_bias)?);
    let normed = input(graph.maker(&query)?, 0)?;
    for matmul in graph.users(normed, "MatMul") {
        let made = output(matmul)?;
        if made != query && made != value {
            let (_, behind) = graph.next_quant(&made)?;
            return Ok((Linear::new(graph, kernel, matmul, Vec::new())?, behind));
        }
    }
    Err(ModelError::Another(format!("nothing makes keys beside {query_bias}")))
}
