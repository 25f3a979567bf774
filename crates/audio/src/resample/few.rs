//! How are many outputs computed beside each other, where both rates are small multiples of one?
//!
//! Outputs that meet the same branch of the filter lie `up` apart, and what they look at lies `down` apart. So the input
//! is dealt out into `down` lanes, and then a register holds what as many such outputs need next: no sums across a
//! register, and no output waits for the one before.

use tom_kernel::{Op, Simd};

use super::kernel::{FULL, Kernel, LOUDEST, ROUNDER};

/// The most that either factor may be: what the lanes then take lies on the stack.
const FEW: u64 = 6;
/// Registers of outputs beside each other.
const BESIDE: usize = 4;
/// Numbers of the widest registers, and room for all lanes of a block with what is read beyond their ends.
const WIDEST: usize = 16;
const ROOM: usize = 1_024;

/// The same as [`Kernel::run`], for [few](Self::fits) branches and lanes.
pub(super) struct Beside<'a> {
    pub(super) kernel: &'a Kernel,
    pub(super) samples: &'a [f32],
    pub(super) at: u64,
    pub(super) out: &'a mut [i16],
}

impl Beside<'_> {
    /// Whether it can be done so.
    pub(super) fn fits(&self) -> bool {
        let (up, down) = (self.kernel.up(), self.kernel.down());
        up <= FEW && down <= FEW && down as usize * self.stride() <= ROOM
    }

    /// From one lane to the next.
    fn stride(&self) -> usize {
        self.samples.len().div_ceil(self.kernel.down() as usize) + BESIDE * WIDEST
    }
}

impl Op for Beside<'_> {
    type Out = ();

    #[inline(always)]
    fn run<S: Simd>(self, s: S) {
        let (up, down) = (self.kernel.up() as usize, self.kernel.down() as usize);
        let stride = self.stride();
        let mut lanes = [0.0; ROOM];
        match down {
            1 => lanes[..self.samples.len()].copy_from_slice(self.samples),
            2 => deal::<2>(self.samples, &mut lanes, stride),
            3 => deal::<3>(self.samples, &mut lanes, stride),
            _ => {
                for (place, x) in self.samples.iter().enumerate() {
                    lanes[place % down * stride + place / down] = *x;
                }
            }
        }
        for first in 0..up.min(self.out.len()) {
            let at = self.at as usize + first * down;
            // A row begins with zeros: it is as long as whole registers, for other ratios.
            let row = self.kernel.row((at % up) as u64);
            let zeros = row.iter().take_while(|tap| **tap == 0.0).count();
            let (oldest, row) = (at / up + zeros, &row[zeros..]);
            let count = (self.out.len() - first).div_ceil(up);
            for i in (0..count).step_by(BESIDE * S::N) {
                let sums = sums(s, row, &lanes, (oldest, i, down, stride));
                let due = (count - i).min(BESIDE * S::N);
                let out = self.out[first + i * up..].iter_mut().step_by(up);
                for (out, x) in out.zip(&sums[..due]) {
                    // What was added leaves the nearest whole number in the lowest bits.
                    *out = x.to_bits().wrapping_sub(ROUNDER.to_bits()) as i16;
                }
            }
        }
    }
}

/// Deals samples out into lanes.
#[inline(always)]
fn deal<const LANES: usize>(samples: &[f32], lanes: &mut [f32], stride: usize) {
    let (groups, rest) = samples.as_chunks::<LANES>();
    for (number, lane) in lanes.chunks_mut(stride).take(LANES).enumerate() {
        for (to, group) in lane.iter_mut().zip(groups) {
            *to = group[number];
        }
        if let (Some(to), Some(x)) = (lane.get_mut(groups.len()), rest.get(number)) {
            *to = *x;
        }
    }
}

/// The sums of the `i`-th output of a branch and those after it, [`ROUNDER`] added to each. The first of them looks at
/// `oldest` and what follows.
#[inline(always)]
fn sums<S: Simd>(
    s: S,
    row: &[f32],
    lanes: &[f32],
    (oldest, i, down, stride): (usize, usize, usize, usize),
) -> [f32; BESIDE * WIDEST] {
    let mut sums = [s.splat(0.0); BESIDE];
    let (mut lane, mut place) = (oldest % down, oldest / down + i);
    for tap in row {
        let tap = s.splat(*tap);
        for (n, sum) in sums.iter_mut().enumerate() {
            *sum = s.add_mul(*sum, tap, s.load(lanes, lane * stride + place + n * S::N));
        }
        lane += 1;
        if lane == down {
            (lane, place) = (0, place + 1);
        }
    }
    let mut rounded = [0.0; BESIDE * WIDEST];
    for (n, sum) in sums.into_iter().enumerate() {
        let sum = s.min(s.max(sum, s.splat(-FULL)), s.splat(LOUDEST));
        s.store(s.add(sum, s.splat(ROUNDER)), &mut rounded, n * S::N);
    }
    rounded
}
