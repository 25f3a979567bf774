//! Layer: pure. Flows, from their text to what callers hear; one program, so that it links once.

mod builtin;
mod common;
mod rating;
