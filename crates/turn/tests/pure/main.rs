//! Layer: pure. The turn core as its owner sees it: inputs in, outputs out, no clock.
#![cfg(test)]

mod ahead;
mod callers_turn;
mod checker;
mod endings;
mod failures;
mod first_call;
mod hold;
mod hush;
mod interruptions;
mod joins;
mod journals;
mod keys;
mod kinds;
mod masking;
mod opening;
mod random_calls;
mod script;
