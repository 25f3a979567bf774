//! How are bytes multiplied exactly by a machine that has AVX2 but no instruction for sums of their products?
//!
//! `vpmaddubsw` multiplies bytes, but adds neighbouring products into 16 bits and clips what does not fit. It always fits
//! as long as the left-hand numbers do not exceed 128. Most of them lie close to their zero: so all are counted from 64
//! below that, and of the few that are then negative or above 127, what is beyond is multiplied in a step of its own.
//! Nothing is ever clipped, and nothing is rounded.
//!
//! The left side is laid out in blocks of five rows and the right one in panels of sixteen columns, so that ten registers
//! of sums are kept while both are read from end to end.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16,
    _mm256_set1_epi16, _mm256_set1_epi32, _mm256_storeu_si256, _mm256_sub_epi32,
};

use rten_tensor::prelude::*;
use rten_tensor::{Matrix, NdTensorView};

use crate::lanes::{Level, level, wide};

/// Rows of a block and columns of a panel.
const ROWS: usize = 5;
const COLS: usize = 16;
/// Numbers in a register of sums.
const LANES: usize = 8;
/// Neighbours along the sum that are multiplied by one instruction.
const DEEP: usize = 4;
/// Quads that are looked at together.
const AT_ONCE: usize = 8;
/// Left-hand numbers up to this are never clipped.
const MOST: u8 = 127;

/// Four neighbours along the sum for each row of a block.
type Quads = [[u8; DEEP]; ROWS];
/// The same for each column of a panel.
type Step = [[i8; DEEP]; COLS];
/// Sums of a row, one for each column of a panel.
type Sums = [[i32; LANES]; 2];

/// A right-hand matrix in panels.
pub(super) struct Panels {
    depth: usize,
    panels: Vec<Panel>,
    /// What is subtracted from each of its numbers.
    zero: i32,
}

/// Sixteen columns of it.
#[derive(Clone)]
struct Panel {
    steps: Vec<Step>,
    /// What each column adds up to.
    sums: [i32; COLS],
}

impl Panels {
    /// `b - zero`; both its rows and its columns may lie together in memory.
    pub(super) fn new(b: Matrix<'_, i8>, zero: i8) -> Self {
        let (depth, cols) = (b.size(0), b.size(1));
        let empty = Panel { steps: vec![Step::default(); depth.div_ceil(DEEP)], sums: [0; COLS] };
        let mut panels = vec![empty; cols.div_ceil(COLS)];
        let turned = b.transposed();
        match (b.data(), turned.data()) {
            (None, Some(columns)) => by_columns(columns, depth, &mut panels),
            (Some(together), _) => by_rows(together, cols, &mut panels),
            (None, None) => by_rows(&b.to_vec(), cols, &mut panels),
        }
        panels.iter_mut().for_each(add_up);
        Self { depth, panels, zero: zero.into() }
    }
}

/// Fills panels from rows that lie one behind the other.
fn by_rows(b: &[i8], cols: usize, panels: &mut [Panel]) {
    for (at, row) in b.chunks_exact(cols).enumerate() {
        for (columns, panel) in row.chunks(COLS).zip(&mut *panels) {
            for (x, to) in columns.iter().zip(&mut panel.steps[at / DEEP]) {
                to[at % DEEP] = *x;
            }
        }
    }
}

/// Fills panels from columns of that length that lie one behind the other.
fn by_columns(b: &[i8], length: usize, panels: &mut [Panel]) {
    for (at, column) in b.chunks_exact(length).enumerate() {
        for (quad, step) in column.chunks(DEEP).zip(&mut panels[at / COLS].steps) {
            step[at % COLS][..quad.len()].copy_from_slice(quad);
        }
    }
}

wide! {
    /// Adds up each column.
    fn add_up(panel: &mut Panel) {
        for step in &panel.steps {
            for (quad, sum) in step.iter().zip(&mut panel.sums) {
                *sum += quad.iter().map(|x| i32::from(*x)).sum::<i32>();
            }
        }
    }
}

/// Five rows of a left-hand matrix, counted from `low`.
struct Block {
    steps: Vec<Quads>,
    beyond: Vec<Beyond>,
}

/// What is above [`MOST`] at a place along the sum, or, as a sign of -1 says, below 0.
struct Beyond {
    place: usize,
    quads: Quads,
    sign: i16,
}

impl Block {
    /// Rows beyond the last and numbers beyond the end of a row become zeros.
    fn new(rows: &[NdTensorView<'_, u8, 1>], depth: usize, low: u8) -> Self {
        let mut steps = vec![Quads::default(); depth.div_ceil(DEEP)];
        let (mut within, mut marks) = (vec![0; steps.len() * DEEP], vec![false; steps.len()]);
        for (at, row) in rows.iter().enumerate() {
            let row = row.to_contiguous();
            shift(row.data(), low, &mut within, &mut marks);
            for (quad, to) in within.as_chunks().0.iter().zip(&mut steps) {
                to[at] = *quad;
            }
        }
        let above = |x: u8| x.saturating_sub(low).saturating_sub(MOST);
        let below = |x: u8| low.saturating_sub(x);
        let mut beyond = Vec::new();
        for place in (0..marks.len()).filter(|place| marks[*place]) {
            beyond.extend(Beyond::new(rows, place, 1, above));
            beyond.extend(Beyond::new(rows, place, -1, below));
        }
        Self { steps, beyond }
    }
}

impl Beyond {
    /// Nothing where nothing is beyond.
    fn new(rows: &[NdTensorView<'_, u8, 1>], place: usize, sign: i16, by: impl Fn(u8) -> u8) -> Option<Self> {
        let mut quads = Quads::default();
        for (row, quad) in rows.iter().zip(&mut quads) {
            for (at, to) in (place * DEEP..row.len()).zip(quad) {
                *to = by(row[[at]]);
            }
        }
        (quads != Quads::default()).then_some(Self { place, quads, sign })
    }
}

wide! {
    /// A row counted from `low`, within bounds; marks the places that have more.
    fn shift(row: &[u8], low: u8, within: &mut [u8], marks: &mut [bool]) {
        for (x, to) in row.iter().zip(&mut *within) {
            *to = x.saturating_sub(low).min(MOST);
        }
        // Below `low` the difference wraps around to what is above the bound as well.
        let beyond = |some: &[u8]| some.iter().fold(0, |all, x| all | x.wrapping_sub(low)) > MOST;
        let (many, rest) = row.as_chunks::<{ AT_ONCE * DEEP }>();
        let (marks, last) = marks.split_at_mut(many.len() * AT_ONCE);
        for (some, marks) in many.iter().zip(marks.chunks_exact_mut(AT_ONCE)) {
            if beyond(some) {
                some.chunks_exact(DEEP).zip(marks).for_each(|(quad, mark)| *mark |= beyond(quad));
            }
        }
        rest.chunks(DEEP).zip(last).for_each(|(quad, mark)| *mark |= beyond(quad));
    }
}

/// `out = (a - zero) * b + bias`, row by row, `cols` columns; nothing is added if there is no bias.
///
/// # Panics
/// On a machine without AVX2.
pub(super) fn multiply(
    out: &mut [i32],
    cols: usize,
    (a, zero): (Matrix<'_, u8>, u8),
    b: &Panels,
    bias: &[i32],
) {
    assert!(level() != Level::Plain, "these products are made with AVX2");
    let low = zero.saturating_sub(MOST / 2).min(MOST);
    let rows: Vec<_> = a.axis_iter(0).collect();
    let blocks: Vec<Block> = rows.chunks(ROWS).map(|rows| Block::new(rows, b.depth, low)).collect();
    // With both counted from `low`: (a - zero) * (b - other) = a * b - zero * (b - other) - other * a.
    let (zero, depth, other) = (i32::from(zero - low), b.depth as i32, b.zero);
    let total = |row: &NdTensorView<'_, u8, 1>| row.iter().map(|x| i32::from(*x)).sum::<i32>();
    let less: Vec<i32> = match other {
        0 => vec![0; rows.len()],
        _ => rows.iter().map(|row| other * (total(row) - depth * i32::from(low))).collect(),
    };
    for (number, panel) in b.panels.iter().enumerate() {
        let columns = number * COLS..cols.min((number + 1) * COLS);
        let mut first = Sums::default();
        for (n, (first, sum)) in first.as_flattened_mut().iter_mut().zip(panel.sums).enumerate() {
            let bias = bias.get(columns.start + n).copied().unwrap_or_default();
            *first = bias - zero * (sum - depth * other);
        }
        for ((block, out), less) in blocks.iter().zip(out.chunks_mut(ROWS * cols)).zip(less.chunks(ROWS)) {
            let rows = out.chunks_exact_mut(cols).map(|row| &mut row[columns.clone()]).zip(less);
            // SAFETY: the machine has AVX2, as was asked above.
            #[expect(unsafe_code, reason = "instructions that not every machine has")]
            unsafe {
                tile(block, panel, &first, rows);
            }
        }
    }
}

/// Sums of products of a block with a panel, which begin at `first`; each row with what is subtracted from it.
#[target_feature(enable = "avx2")]
fn tile<'a>(
    block: &Block,
    panel: &Panel,
    first: &Sums,
    rows: impl Iterator<Item = (&'a mut [i32], &'a i32)>,
) {
    let mut sums = [[load(&first[0]), load(&first[1])]; ROWS];
    for (quads, step) in block.steps.iter().zip(&panel.steps) {
        add(&mut sums, quads, step, 1);
    }
    for Beyond { place, quads, sign } in &block.beyond {
        add(&mut sums, quads, &panel.steps[*place], *sign);
    }
    for (sums, (out, less)) in sums.into_iter().zip(rows) {
        let sums = sums.map(|sum| _mm256_sub_epi32(sum, _mm256_set1_epi32(*less)));
        if let Some(out) = out.as_chunks_mut::<LANES>().0.first_chunk_mut::<2>() {
            out.iter_mut().zip(sums).for_each(|(out, sum)| store(sum, out));
        } else {
            let mut all = Sums::default();
            all.iter_mut().zip(sums).for_each(|(to, sum)| store(sum, to));
            out.copy_from_slice(&all.as_flattened()[..out.len()]);
        }
    }
}

/// Adds the products of a block's quads with a panel's step, times 1 or -1.
#[target_feature(enable = "avx2")]
#[inline]
fn add(sums: &mut [[__m256i; 2]; ROWS], quads: &Quads, step: &Step, sign: i16) {
    let (step, sign) = (halves(step), _mm256_set1_epi16(sign));
    for (quad, sums) in quads.iter().zip(sums) {
        let quad = _mm256_set1_epi32(i32::from_le_bytes(*quad));
        for (half, sum) in step.iter().zip(sums) {
            let pairs = _mm256_maddubs_epi16(quad, *half);
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(pairs, sign));
        }
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn halves(step: &Step) -> [__m256i; 2] {
    let (halves, _) = step.as_chunks::<LANES>();
    // SAFETY: each half has the 32 bytes that are read; they need not be aligned.
    #[expect(unsafe_code, reason = "reads through a pointer")]
    [&halves[0], &halves[1]].map(|half| unsafe { _mm256_loadu_si256(half.as_ptr().cast()) })
}

#[target_feature(enable = "avx2")]
#[inline]
fn load(numbers: &[i32; LANES]) -> __m256i {
    // SAFETY: the eight numbers are there; they need not be aligned.
    #[expect(unsafe_code, reason = "reads through a pointer")]
    unsafe {
        _mm256_loadu_si256(numbers.as_ptr().cast())
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn store(sums: __m256i, to: &mut [i32; LANES]) {
    // SAFETY: there is room for the eight numbers that are written; they need not be aligned.
    #[expect(unsafe_code, reason = "writes through a pointer")]
    unsafe {
        _mm256_storeu_si256(to.as_mut_ptr().cast(), sums);
    }
}
