//! How do models and configuration reach a machine without a network, in one file that can be trusted?
//!
//! The archive is plain tar of ordinary files: a manifest (`tom-bundle.json`) with every file's size and checksum, the
//! files in the manifest's order, and a seal with the manifest's own checksum.

mod create;
mod manifest;
mod restore;
mod tar;
#[cfg(test)]
mod tests;

pub use create::{Bundle, Made};
pub use restore::{Keep, Restore, Restored, keep};
