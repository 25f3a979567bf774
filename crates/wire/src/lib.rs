//! Bytes to messages and back, sans IO.
#![forbid(unsafe_code)]
