//! Layer: sim. Whole calls with a language model, in virtual time. Caller, transport, voice and ears are those of
//! the call's own tests.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

mod ahead;
mod conversation;
mod failing;
mod house;
mod model;
mod random;
mod relay;
mod tools;

#[path = "../../../call/tests/sim/desk.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod desk;
#[path = "../../../call/tests/sim/log.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod log;
#[path = "../../../call/tests/sim/phone.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod phone;
#[path = "../../../call/tests/sim/recogniser.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod recogniser;
#[path = "../../../call/tests/sim/rules.rs"]
mod rules;
#[path = "../../../call/tests/sim/tone.rs"]
mod tone;
#[path = "../../../call/tests/sim/voice.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod voice;
