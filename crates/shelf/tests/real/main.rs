//! Layer: real. The model store against real HTTP servers on loopback, real disks and real archives.
#![expect(clippy::unwrap_used, reason = "helpers of tests fail like tests")]

mod bundle;
mod import;
mod network;
mod pull;
mod server;
mod trouble;
mod world;
