//! Layer: real. The user agent against peers of other makers: sipp, kamailio, baresip.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that cannot go on stops")]

mod common;
mod dialled;
mod incoming;
mod kamailio;
#[expect(dead_code, reason = "the tests of the look-ups themselves use the rest of it")]
mod names;
mod places;
mod sent_on;
mod streams;
