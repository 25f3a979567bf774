//! How does a request reach the server without delay?

mod connect;
mod pool;
mod status;

pub(crate) use pool::{Answer, Pool};
pub(crate) use status::{excerpt, refusal};
