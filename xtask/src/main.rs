//! What a contributor runs: run, test, ci, tidy, setup.

fn main() {}
