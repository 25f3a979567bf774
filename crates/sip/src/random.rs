//! Where do tags, branches and nonces come from?

use std::hash::{BuildHasher, Hasher, RandomState};

/// 64 bits nobody can guess: a keyed hash whose key the operating system gave.
pub(crate) fn number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// So many hex digits, at most 32.
pub(crate) fn hex(digits: usize) -> String {
    let mut text = format!("{:016x}{:016x}", number(), number());
    text.truncate(digits);
    text
}

/// A branch (RFC 3261, 8.1.1.7).
pub(crate) fn branch() -> String {
    format!("z9hG4bK{}", hex(20))
}
