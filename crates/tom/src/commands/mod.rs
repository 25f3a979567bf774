//! One file per command.

pub(crate) mod bench;
pub(crate) mod bundle;
pub(crate) mod call;
pub(crate) mod calls;
pub(crate) mod config;
pub(crate) mod dial;
pub(crate) mod doctor;
pub(crate) mod flow;
mod measure;
pub(crate) mod models;
pub(crate) mod probe;
pub(crate) mod replay;
pub(crate) mod say;
pub(crate) mod serve;
pub(crate) mod sip;
pub(crate) mod transcribe;
pub(crate) mod trunk;
