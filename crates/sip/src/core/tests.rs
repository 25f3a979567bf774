//! Layer: pure. The core in virtual time: what is lost, what comes twice, who waits how long.

mod broken;
pub(crate) mod rig;
mod timers;
mod torture;
