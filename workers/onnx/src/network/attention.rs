//! How do positions look at each other?

use rayon::prelude::*;
use rten_gemm::GemmError;

use super::layer::{add, keys};
use super::linear::Linear;
use super::matrix::{Kernel, matrix};
use super::{Own, POSITIONS, Scratch, WIDTH};
use crate::graph::{Graph, ModelError, Quant, output};
use crate::lanes::{exp, sum, wide};

/// Attention is divided into so many heads.
const HEADS: usize = 6;
/// Numbers of a position that belong to one head.
const HEAD: usize = WIDTH / HEADS;

/// The attention of one layer.
pub(crate) struct Attention {
    query: Linear,
    key: Linear,
    value: Linear,
    out: Linear,
    /// How queries, keys and values are quantised for each other.
    queries: Quant,
    keys: Quant,
    values: Quant,
    /// Products of queries and keys; what remains of them after the softmax; values weighted by that.
    scores: Quant,
    shares: Quant,
    mixed: Quant,
}

impl Attention {
    pub(crate) fn load(graph: &Graph, kernel: &Kernel, layer: &str) -> Result<Self, ModelError> {
        let bias = |name: &str| format!("{layer}.self_attn.{name}_proj.bias");
        let (query_bias, value_bias) = (bias("q"), bias("v"));
        let (key, behind_key) = keys(graph, kernel, &query_bias, &value_bias)?;
        let (queries, behind) = graph.next_quant(&output(graph.user(&query_bias, "Add")?)?)?;
        let (scores, behind) = graph.next_quant(&behind)?;
        let (shares, behind) = graph.next_quant(&behind)?;
        let (mixed, _) = graph.next_quant(&behind)?;
        let out = Linear::with_bias(graph, kernel, &bias("out"))?;
        let this = Self {
            query: Linear::with_bias(graph, kernel, &query_bias)?,
            key,
            value: Linear::with_bias(graph, kernel, &value_bias)?,
            queries,
            keys: graph.next_quant(&behind_key)?.0,
            values: graph.next_quant(&output(graph.user(&value_bias, "Add")?)?)?.0,
            scores,
            shares,
            mixed,
            out,
        };
        let square = [&this.query, &this.key, &this.value, &this.out].map(Linear::cols) == [WIDTH; 4];
        if !square || this.out.input() != mixed || shares.zero != 0 {
            return Err(ModelError::Another(format!("{layer} has another shape")));
        }
        Ok(this)
    }

    pub(crate) const fn input(&self) -> Quant {
        self.query.input()
    }

    /// Queries, keys and values of some positions, from `own.normed`.
    pub(crate) fn ask(
        &self,
        kernel: &Kernel,
        own: &mut Own,
        (queries, keys, values): (&mut [u8], &mut [u8], &mut [u8]),
    ) -> Result<(), GemmError> {
        // Queries and keys are both divided by the fourth root of the head's width.
        let root = (HEAD as f32).powf(-0.25);
        for (linear, quant, factor, out) in [
            (&self.query, self.queries, root, queries),
            (&self.key, self.keys, root, keys),
            (&self.value, self.values, 1.0, values),
        ] {
            let sums = linear.sums(kernel, &own.normed, &mut own.sums)?;
            rescale(linear, sums, quant, factor, out);
        }
        Ok(())
    }

    /// Lets all positions look at each other: fills `s.mixed`.
    pub(crate) fn look(&self, kernel: &Kernel, s: &mut Scratch) -> Result<(), GemmError> {
        let each = s.share(HEADS);
        let Scratch { queries, keys, values, mixed, own } = s;
        let mixed = mixed.par_chunks_mut(each * POSITIONS * HEAD).zip(own).enumerate();
        mixed.try_for_each(|(part, (mixed, own))| {
            for (n, mixed) in mixed.chunks_exact_mut(POSITIONS * HEAD).enumerate() {
                self.head(kernel, part * each + n, (queries, keys, values), own, mixed)?;
            }
            Ok(())
        })
    }

    /// One head, all positions.
    fn head(
        &self,
        kernel: &Kernel,
        head: usize,
        (queries, keys, values): (&[u8], &[u8], &[u8]),
        own: &mut Own,
        mixed: &mut [u8],
    ) -> Result<(), GemmError> {
        let columns = head * HEAD..(head + 1) * HEAD;
        let signed = |bytes: &[u8], out: &mut Vec<i8>| {
            out.clear();
            for row in bytes.chunks_exact(WIDTH) {
                out.extend(row[columns.clone()].iter().map(|byte| (byte ^ 0x80).cast_signed()));
            }
        };
        let signed_zero = |quant: Quant| (quant.zero ^ 0x80).cast_signed();

        signed(keys, &mut own.signed);
        let queries = matrix(queries, WIDTH);
        let queries = queries.slice((.., columns.clone()));
        let keys = matrix(&own.signed, HEAD);
        own.scores.resize(POSITIONS * POSITIONS, 0);
        let zeros = (self.queries.zero, signed_zero(self.keys));
        kernel.multiply_once(&mut own.scores, queries, keys.transposed(), zeros)?;
        own.shares.resize(POSITIONS * POSITIONS, 0);
        softmax(self, &own.scores, &mut own.shares);

        signed(values, &mut own.signed);
        let sums = &mut own.scores[..POSITIONS * HEAD];
        let (shares, values) = (matrix(&own.shares, POSITIONS), matrix(&own.signed, HEAD));
        kernel.multiply_once(sums, shares, values, (0, signed_zero(self.values)))?;
        mix(sums, self.mixed, self.shares.scale * self.values.scale / self.mixed.scale, mixed);
        Ok(())
    }

    /// Adds what the heads made, `mixed`, to some positions `x`, the first of which is the `first`.
    pub(crate) fn answer(
        &self,
        kernel: &Kernel,
        mixed: &[u8],
        first: usize,
        own: &mut Own,
        x: &mut [f32],
    ) -> Result<(), GemmError> {
        own.middle.resize(x.len(), 0);
        for (n, row) in own.middle.chunks_exact_mut(WIDTH).enumerate() {
            for (head, to) in row.chunks_exact_mut(HEAD).enumerate() {
                to.copy_from_slice(&mixed[(head * POSITIONS + first + n) * HEAD..][..HEAD]);
            }
        }
        let sums = self.out.sums(kernel, &own.middle, &mut own.sums)?;
        add(&self.out, sums, x);
        Ok(())
    }
}

wide! {
    /// What comes out of a layer of weights, times a factor, as bytes.
    fn rescale(linear: &Linear, sums: &[i32], quant: Quant, factor: f32, out: &mut [u8]) {
        let inverse = 1.0 / quant.scale;
        for (sums, out) in sums.chunks_exact(WIDTH).zip(out.chunks_exact_mut(WIDTH)) {
            linear.row(sums, out, |x, out| *out = quant.byte(x * factor, inverse));
        }
    }
}

wide! {
    /// From scores to shares, which add up to about 1 in each row.
    fn softmax(this: &Attention, scores: &[i32], shares: &mut [u8]) {
        let factor = this.queries.scale * this.keys.scale / this.scores.scale;
        let scale = this.scores.scale;
        let mut powers = [0.0; POSITIONS];
        for (scores, shares) in scores.chunks_exact(POSITIONS).zip(shares.chunks_exact_mut(POSITIONS)) {
            let most = scores.iter().fold(i32::MIN, |most, score| most.max(*score));
            let most = this.scores.steps(most as f32 * factor);
            for (score, power) in scores.iter().zip(&mut powers) {
                *power = exp((this.scores.steps(*score as f32 * factor) - most) * scale);
            }
            let inverse = 1.0 / (sum(&powers, |x| x) * this.shares.scale);
            for (power, share) in powers.iter().zip(shares) {
                *share = this.shares.byte(*power, inverse);
            }
        }
    }
}

wide! {
    /// The weighted values of a head as bytes.
    fn mix(sums: &[i32], quant: Quant, factor: f32, out: &mut [u8]) {
        for (sum, out) in sums.iter().zip(out) {
            *out = quant.byte(*sum as f32, factor);
        }
    }
}
