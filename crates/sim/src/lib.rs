//! Calls as text, in virtual time.
#![forbid(unsafe_code)]
