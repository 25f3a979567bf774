//! Measures TOM: the corpus, the suites, and the table of `docs/performance.md`.
//!
//! `cargo xtask bench` builds the server, its workers and this, and runs it.
#![forbid(unsafe_code)]

pub mod callers;
pub mod corpus;
pub mod engines;
pub mod machine;
pub mod phone;
pub mod server;
pub mod suites;
pub mod table;
pub mod transcript;
