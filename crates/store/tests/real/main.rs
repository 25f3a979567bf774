//! Layer: real. The store on real files.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod common;
mod keeps;
mod kill;
mod migrations;
mod pages;
mod tallies;
mod trouble;
