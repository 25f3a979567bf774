//! How do positions look at each other?

use rten_gemm::GemmError;

use super::layer::{add, keys};
use super::linear::Linear;
use super::matrix::{Kernel, matrix};
use super::{POSITIONS, Scratch, WIDTH};
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

    /// Adds to `x` what attention makes of `s.normed`.
    pub(crate) fn run(&self, kernel: &Kernel, x: &mut [f32], s: &mut Scratch) -> Result<(), GemmError> {
        // Queries and keys are both divided by the fourth root of the head's width.
        let root = (HEAD as f32).powf(-0.25);
        for (linear, quant, factor, out) in [
            (&self.query, self.queries, root, &mut s.queries),
            (&self.key, self.keys, root, &mut s.keys),
            (&self.value, self.values, 1.0, &mut s.values),
        ] {
            let sums = linear.sums(kernel, &s.normed, &mut s.sums)?;
            out.resize(sums.len(), 0);
            rescale(linear, sums, quant, factor, out);
        }
        s.mixed.resize(x.len(), 0);
        for head in 0..HEADS {
            self.head(kernel, head, s)?;
        }
        let sums = self.out.sums(kernel, &s.mixed, &mut s.sums)?;
        add(&self.out, sums, x);
        Ok(())
    }

    /// One head: fills its columns of `s.mixed`.
    fn head(&self, kernel: &Kernel, head: usize, s: &mut Scratch) -> Result<(), GemmError> {
        let columns = head * HEAD..(head + 1) * HEAD;
        let signed = |bytes: &[u8], out: &mut Vec<i8>| {
            out.clear();
            for row in bytes.chunks_exact(WIDTH) {
                out.extend(row[columns.clone()].iter().map(|byte| (byte ^ 0x80).cast_signed()));
            }
        };
        let signed_zero = |quant: Quant| (quant.zero ^ 0x80).cast_signed();

        signed(&s.keys, &mut s.signed);
        let queries = matrix(&s.queries, WIDTH);
        let queries = queries.slice((.., columns.clone()));
        let keys = matrix(&s.signed, HEAD);
        s.scores.resize(POSITIONS * POSITIONS, 0);
        let zeros = (self.queries.zero, signed_zero(self.keys));
        kernel.multiply_once(&mut s.scores, queries, keys.transposed(), zeros)?;
        s.shares.resize(POSITIONS * POSITIONS, 0);
        softmax(self, &s.scores, &mut s.shares);

        signed(&s.values, &mut s.signed);
        s.mix.resize(POSITIONS * HEAD, 0);
        let (shares, values) = (matrix(&s.shares, POSITIONS), matrix(&s.signed, HEAD));
        kernel.multiply_once(&mut s.mix, shares, values, (0, signed_zero(self.values)))?;
        let factor = self.shares.scale * self.values.scale / self.mixed.scale;
        mix(&s.mix, self.mixed, factor, columns.start, &mut s.mixed);
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
    /// Puts the weighted values of a head into its columns.
    fn mix(sums: &[i32], quant: Quant, factor: f32, column: usize, out: &mut [u8]) {
        for (sums, out) in sums.chunks_exact(HEAD).zip(out.chunks_exact_mut(WIDTH)) {
            for (sum, out) in sums.iter().zip(&mut out[column..column + HEAD]) {
                *out = quant.byte(*sum as f32, factor);
            }
        }
    }
}
