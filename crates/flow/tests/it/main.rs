//! Layer: pure. Flows, from their text to what callers hear; one program, so that it links once.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "helpers of tests fail the test, as the tests themselves do"
)]

mod builtin;
mod common;
mod docs;
mod handover;
mod hold;
mod load;
mod load_texts;
mod random;
mod rating;
mod special;
mod talk;
mod values;
