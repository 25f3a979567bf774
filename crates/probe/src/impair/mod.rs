//! A bad network between a caller and a server: loses and delays audio messages, the same way for one seed.

mod fates;
mod relay;
mod spec;

pub use fates::Fates;
pub use relay::{Counts, Relay};
pub use spec::{BadSpec, Impairment};
