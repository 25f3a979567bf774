//! Layer: wire. What PBXs and carriers send is understood, what we send is what they document, and nothing panics.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on stops")]

mod asterisk;
mod audiosocket;
mod carriers;
mod common;
mod detection;
mod freeswitch;
mod vonage;
