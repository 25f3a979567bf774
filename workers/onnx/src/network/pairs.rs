//! How are bytes multiplied exactly by a machine that has AVX2 but no instruction for sums of their products?
//!
//! Both sides are widened to 16 bits. One instruction (`vpmaddwd`) multiplies two neighbours of a row with two of a
//! column, in eight columns at once, and adds both products: twice what the same registers do in floats, and nothing is
//! rounded or clipped. The left side is laid out in blocks of six rows and the right one in panels of sixteen columns, so
//! that twelve registers of sums are kept while both are read from end to end.

use std::arch::x86_64::{
    __m256i, _mm256_add_epi32, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_set1_epi32,
    _mm256_setzero_si256, _mm256_storeu_si256,
};

use rten_tensor::Matrix;
use rten_tensor::prelude::*;

use crate::lanes::wide;

/// Rows of a block and columns of a panel.
const ROWS: usize = 6;
const COLS: usize = 16;
/// Numbers in a register.
const LANES: usize = 8;
/// So many pairs of a panel (16 KB) and of a block (6 KB) stay in the first cache together.
const DEPTH: usize = 256;

/// Two neighbours along the sum for each row of a block, the first in the lower half.
type Block = [i32; ROWS];
/// The same for each column of a panel.
type Panel = [i32; COLS];

/// A right-hand matrix in panels.
pub(super) struct Panels {
    pairs: usize,
    panels: Vec<Panel>,
}

/// Two numbers of 16 bits beside each other.
#[inline(always)]
fn pair(first: i16, second: i16) -> i32 {
    i32::from(second) << 16 | i32::from(first.cast_unsigned())
}

impl Panels {
    /// `b - zero`; both its rows and its columns may lie together in memory.
    pub(super) fn new(b: Matrix<'_, i8>, zero: i8) -> Self {
        let (rows, cols) = (b.size(0), b.size(1));
        let pairs = rows.div_ceil(2);
        let mut panels = vec![[0; COLS]; pairs * cols.div_ceil(COLS)];
        let turned = b.transposed();
        match (b.data(), turned.data()) {
            (None, Some(columns)) => by_columns(columns, rows, zero, &mut panels),
            (Some(together), _) => by_rows(together, cols, zero, &mut panels),
            (None, None) => by_rows(&b.to_vec(), cols, zero, &mut panels),
        }
        Self { pairs, panels }
    }
}

wide! {
    /// Fills panels from rows that lie one behind the other.
    fn by_rows(b: &[i8], cols: usize, zero: i8, panels: &mut [Panel]) {
        let zero = i16::from(zero);
        let pairs = b.len().div_ceil(cols).div_ceil(2);
        for (at, rows) in b.chunks(2 * cols).enumerate() {
            let (first, second) = rows.split_at(cols);
            for (number, columns) in first.chunks(COLS).enumerate() {
                let panel = &mut panels[number * pairs + at];
                for (to, x) in panel.iter_mut().zip(columns) {
                    *to = pair(i16::from(*x) - zero, 0);
                }
                for (to, x) in panel.iter_mut().zip(second.iter().skip(number * COLS)) {
                    *to |= pair(0, i16::from(*x) - zero);
                }
            }
        }
    }
}

wide! {
    /// Fills panels from columns of that length that lie one behind the other.
    fn by_columns(b: &[i8], length: usize, zero: i8, panels: &mut [Panel]) {
        let zero = i16::from(zero);
        let pairs = length.div_ceil(2);
        for (at, column) in b.chunks(length).enumerate() {
            let panel = &mut panels[at / COLS * pairs..][..pairs];
            for (to, two) in panel.iter_mut().zip(column.chunks(2)) {
                let second = two.get(1).map_or(0, |x| i16::from(*x) - zero);
                to[at % COLS] = pair(i16::from(two[0]) - zero, second);
            }
        }
    }
}

/// `a - zero` in blocks; rows beyond the last are zeros.
fn blocks(a: Matrix<'_, u8>, zero: u8) -> Vec<Block> {
    let (rows, pairs) = (a.size(0), a.size(1).div_ceil(2));
    let mut blocks = vec![[0; ROWS]; pairs * rows.div_ceil(ROWS)];
    for (number, block) in blocks.chunks_exact_mut(pairs).enumerate() {
        for (at, row) in (number * ROWS..rows.min((number + 1) * ROWS)).enumerate() {
            let row = a.slice(row);
            match row.data() {
                Some(row) => fill(row, zero, at, block),
                None => fill(&row.to_vec(), zero, at, block),
            }
        }
    }
    blocks
}

wide! {
    /// One row of a block.
    fn fill(row: &[u8], zero: u8, at: usize, block: &mut [Block]) {
        let zero = i16::from(zero);
        let (twos, rest) = row.as_chunks::<2>();
        for (two, to) in twos.iter().zip(&mut *block) {
            to[at] = pair(i16::from(two[0]) - zero, i16::from(two[1]) - zero);
        }
        if let ([last], Some(to)) = (rest, block.last_mut()) {
            to[at] = pair(i16::from(*last) - zero, 0);
        }
    }
}

/// `out = (a - zero) * b`, row by row, `cols` columns.
///
/// # Panics
/// On a machine without AVX2.
pub(super) fn multiply(out: &mut [i32], cols: usize, (a, zero): (Matrix<'_, u8>, u8), b: &Panels) {
    assert!(is_x86_feature_detected!("avx2"), "these products are made with AVX2");
    let blocks = blocks(a, zero);
    for depth in (0..b.pairs).step_by(DEPTH) {
        let part = depth..b.pairs.min(depth + DEPTH);
        for (panel, columns) in b.panels.chunks_exact(b.pairs).zip((0..cols).step_by(COLS)) {
            for (block, rows) in blocks.chunks_exact(b.pairs).zip(out.chunks_mut(ROWS * cols)) {
                let rows = rows.chunks_exact_mut(cols).map(|row| &mut row[columns..]);
                // SAFETY: the machine has AVX2, as was just asked.
                #[expect(unsafe_code, reason = "instructions that not every machine has")]
                unsafe {
                    tile(&block[part.clone()], &panel[part.clone()], rows, depth > 0);
                }
            }
        }
    }
}

/// Numbers go to the beginning of a row, or are added to what is there.
#[inline(always)]
fn put(to: &mut [i32], sums: &Panel, add: bool) {
    match to.first_chunk_mut::<COLS>() {
        Some(whole) if add => whole.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum),
        Some(whole) => *whole = *sums,
        None if add => to.iter_mut().zip(sums).for_each(|(to, sum)| *to += sum),
        None => to.iter_mut().zip(sums).for_each(|(to, sum)| *to = *sum),
    }
}

/// The products of a block with a panel, summed up: they begin the rows, or are added to what is there.
#[target_feature(enable = "avx2")]
fn tile<'a>(block: &[Block], panel: &[Panel], rows: impl Iterator<Item = &'a mut [i32]>, add: bool) {
    let mut sums = [[_mm256_setzero_si256(); 2]; ROWS];
    for (a, b) in block.iter().zip(panel) {
        let b = registers(b);
        for (a, sums) in a.iter().zip(&mut sums) {
            let a = _mm256_set1_epi32(*a);
            for (b, sum) in b.iter().zip(sums) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(a, *b));
            }
        }
    }
    for (row, sums) in rows.zip(sums) {
        put(row, &numbers(sums), add);
    }
}

#[target_feature(enable = "avx2")]
#[inline]
fn registers(b: &Panel) -> [__m256i; 2] {
    let (halves, _) = b.as_chunks::<LANES>();
    // SAFETY: each half has the eight numbers that are read; they need not be aligned.
    #[expect(unsafe_code, reason = "reads through a pointer")]
    [&halves[0], &halves[1]].map(|half| unsafe { _mm256_loadu_si256(half.as_ptr().cast()) })
}

#[target_feature(enable = "avx2")]
#[inline]
fn numbers(sums: [__m256i; 2]) -> Panel {
    let mut numbers = [0; COLS];
    for (half, sum) in numbers.as_chunks_mut::<LANES>().0.iter_mut().zip(sums) {
        // SAFETY: the half has room for the eight numbers that are written; it need not be aligned.
        #[expect(unsafe_code, reason = "writes through a pointer")]
        unsafe {
            _mm256_storeu_si256(half.as_mut_ptr().cast(), sum);
        }
    }
    numbers
}
