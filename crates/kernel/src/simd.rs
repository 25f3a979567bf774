//! What can be done with a register of numbers, whatever its width?

/// A set of vector instructions, as a value that is proof of their presence.
///
/// `at` and `step` count numbers, not bytes. Where a slice is too short the methods panic, as indexing does.
pub trait Simd: Copy {
    /// A register of [`Simd::N`] numbers.
    type V: Copy;
    /// Numbers in a register: a multiple of four.
    const N: usize;

    /// The same number everywhere.
    fn splat(self, x: f32) -> Self::V;
    /// `N` numbers from `from[at]` on.
    fn load(self, from: &[f32], at: usize) -> Self::V;
    /// Puts `N` numbers to `to[at]` and following.
    fn store(self, v: Self::V, to: &mut [f32], at: usize);
    /// Groups of four numbers, the first from `from[at]` on, each next one `step` further (or back).
    fn load_fours(self, from: &[f32], at: usize, step: isize) -> Self::V;
    /// Puts groups of four numbers to `to[at]`, `to[at + step]` and so on.
    fn store_fours(self, v: Self::V, to: &mut [f32], at: usize, step: isize);
    /// `a + b`.
    fn add(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a - b`.
    fn sub(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a * b`.
    fn mul(self, a: Self::V, b: Self::V) -> Self::V;
    /// `a / b`.
    fn div(self, a: Self::V, b: Self::V) -> Self::V;
    /// The larger one of each pair.
    fn max(self, a: Self::V, b: Self::V) -> Self::V;
    /// The smaller one of each pair.
    fn min(self, a: Self::V, b: Self::V) -> Self::V;
    /// The square roots.
    fn sqrt(self, a: Self::V) -> Self::V;
    /// `sum + a * b`, rounded once where the machine can.
    fn add_mul(self, sum: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// `sum - a * b`, rounded once where the machine can.
    fn sub_mul(self, sum: Self::V, a: Self::V, b: Self::V) -> Self::V;
    /// Two to the power of `n`, for whole `n` in -126..=127 to which `1.5 * 2^23` was added.
    fn pow2(self, n: Self::V) -> Self::V;
    /// Within each group of four columns: rows become columns.
    fn transpose_fours(self, rows: [Self::V; 4]) -> [Self::V; 4];
    /// The sum of all numbers of a register.
    fn sum(self, v: Self::V) -> f32;
}

/// Something to do with whatever instructions there are: hand it to [`crate::Isa::run`].
///
/// Everything that `run` calls should be `#[inline(always)]`, for only what ends up inside of it is compiled for
/// the instructions it runs on.
pub trait Op {
    /// What comes out.
    type Out;
    /// Does it.
    fn run<S: Simd>(self, s: S) -> Self::Out;
}
