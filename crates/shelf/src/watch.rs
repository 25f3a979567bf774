//! Who is told how far a pull is?

use crate::RelPath;

/// Told of every file's progress, from several tasks at once.
pub trait Watch: Send + Sync {
    /// A file is begun, or begun again: so many bytes of it are there already.
    fn began(&self, file: &RelPath, have: u64, size: u64);
    /// More bytes of it are there.
    fn grew(&self, file: &RelPath, by: u64);
    /// It is done, or given up.
    fn ended(&self, file: &RelPath);
    /// Something that a person wants to know: a cut, another source.
    fn said(&self, text: &str);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Watch for Quiet {
    fn began(&self, _: &RelPath, _: u64, _: u64) {}
    fn grew(&self, _: &RelPath, _: u64) {}
    fn ended(&self, _: &RelPath) {}
    fn said(&self, _: &str) {}
}
