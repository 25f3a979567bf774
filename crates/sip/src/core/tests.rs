//! Layer: pure. The core in virtual time: what is lost, what comes twice, who waits how long.

mod broken;
mod rig;
mod timers;
mod torture;
