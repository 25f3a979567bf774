//! One task per call: drives the turn core, feeds engines, paces playout.
#![forbid(unsafe_code)]
