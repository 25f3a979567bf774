//! Layer: pure. The turn core as its owner sees it: inputs in, outputs out, no clock.

#[cfg(test)]
mod callers_turn;
#[cfg(test)]
mod first_call;
#[cfg(test)]
mod interruptions;
mod masking;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod random_calls;
#[cfg(test)]
mod script;
