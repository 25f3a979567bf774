//! A bad network between a caller and a server: loses and delays audio messages, or datagrams, the same way for one
//! seed.

mod datagrams;
mod fates;
mod luck;
mod relay;
mod spec;
mod weather;

pub use datagrams::{DatagramRelay, Passed};
pub use fates::Fates;
pub use luck::Luck;
pub use relay::{Counts, Relay};
pub use spec::{BadSpec, Impairment};
pub use weather::Weather;
