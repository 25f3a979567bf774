//! How does a connection carry a call?

pub(crate) mod browser;
pub(crate) mod drive;
pub(crate) mod end;
pub(crate) mod lane;
pub(crate) mod line;
pub(crate) mod looks;
pub(crate) mod notices;
pub(crate) mod phone;
pub(crate) mod press;
pub(crate) mod protocol;
pub(crate) mod rvc;
pub(crate) mod throttle;
pub(crate) mod wall;
pub(crate) mod web;
