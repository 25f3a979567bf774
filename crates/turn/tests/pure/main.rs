//! Layer: pure. The turn core as its owner sees it: inputs in, outputs out, no clock.

mod first_call;
mod masking;
#[cfg(test)]
mod random_calls;
#[cfg(test)]
mod script;
