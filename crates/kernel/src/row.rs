//! How do weights lie in memory? In rows of whole cache lines, one row read at a time.

/// As many weights as are read in one step, at the beginning of a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub(crate) struct Row<const P: usize>(pub(crate) [f32; P]);
