//! Voice activity.
pub mod silero;
