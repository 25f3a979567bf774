//! Layer: real. The program as people run it: real workers, real sockets, real exit codes.
#![expect(clippy::expect_used, clippy::panic, reason = "helpers of tests fail like tests")]

mod call;
mod calls;
mod config;
mod deploy;
mod engines;
mod models;
mod phone;
mod probe;
mod remote;
mod serve;
mod spare;
mod support;
mod voice;
mod wheels;
mod whisper;
