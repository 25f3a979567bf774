//! Measures a TOM server as its callers hear it.
//!
//! * [`mod@line`]: callers in software, many on one thread. They send 20 ms frames in real time and keep the
//!   envelope of what comes back.
//! * [`trace`], [`schedule`], [`figures`]: what a call was, when its audio is played, and what that says.
//! * [`stats`]: many measurements in a few numbers.
//! * [`impair`]: a relay that loses and delays audio, the same way for the same seed.
//! * [`probe`] and [`capacity`]: what `tom probe` and `tom bench` do.
//!
//! Definitions. *Audible* is 20 ms with an RMS above -50 dBFS, its edges found to 5 ms. A caller's sample is
//! *in* when the frame that holds it is sent. An agent's sample is *out* when the pacing schedule plays it:
//! frames are played every 20 ms from their arrival on, in order. *Barge-in* is the first voiced caller sample
//! in, to the last audible agent sample out. *Voice-to-voice* is the last voiced caller sample in, to the first
//! audible agent sample out.
#![forbid(unsafe_code)]

pub mod capacity;
pub mod clip;
pub mod figures;
pub mod frames;
pub mod impair;
pub mod line;
pub mod probe;
pub mod process;
pub mod schedule;
pub mod stats;
pub mod trace;
pub mod voice;

pub use clip::Clip;
pub use trace::{Micros, Trace};
