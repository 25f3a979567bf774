//! Layer: real. The program as people run it: real workers, real sockets, real exit codes.

mod call;
mod config;
mod engines;
mod serve;
mod support;
