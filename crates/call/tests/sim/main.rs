//! Layer: sim. Whole calls in virtual time, over engines of a known sound and a transport that is watched.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod barge_in;
mod conversation;
mod desk;
mod drafts;
mod echo;
mod ending;
mod engines_fail;
mod hold;
mod log;
mod phone;
mod pickup;
mod promises;
mod random;
mod recogniser;
mod rules;
mod tone;
mod transport;
mod turns;
mod voice;
