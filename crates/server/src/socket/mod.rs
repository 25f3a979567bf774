//! How does a WebSocket carry a call?

pub(crate) mod browser;
pub(crate) mod drive;
pub(crate) mod end;
pub(crate) mod lane;
pub(crate) mod notices;
pub(crate) mod press;
pub(crate) mod rvc;
pub(crate) mod throttle;
pub(crate) mod twilio;
pub(crate) mod wall;
