//! Layer: pure. The turn core as its owner sees it: inputs in, outputs out, no clock.

mod first_call;
#[cfg(test)]
mod script;
