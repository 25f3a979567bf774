//! The worker protocol and its supervisor.
#![forbid(unsafe_code)]
