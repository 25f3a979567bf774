//! Layer: real. The probe against servers of every kind over real sockets: it ends in time, with the right code.
#![expect(clippy::unwrap_used, reason = "a test")]

mod agent;
mod capacity;
mod datagrams;
mod impair;
mod probe;
