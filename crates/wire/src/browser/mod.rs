//! What do a browser and the server say to each other?

pub(crate) mod client;
pub(crate) mod decode;
pub(crate) mod dialect;
pub(crate) mod encode;
pub(crate) mod fit;
pub(crate) mod parts;
pub(crate) mod server;
mod types;
