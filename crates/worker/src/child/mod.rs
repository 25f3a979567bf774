//! What a worker's `main` is made of.
//!
//! ```no_run
//! use tom_worker::child::{Handler, Link, Reply, Trouble};
//! use tom_worker::{Fault, Hello};
//!
//! struct Parrot;
//! impl Handler for Parrot {
//!     fn speak(&mut self, _: u32, text: &str, reply: &mut Reply<'_>) -> Result<(), Trouble> {
//!         reply.pcm(&vec![0; text.len() * 160])?;
//!         Ok(())
//!     }
//! }
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let mut link = Link::inherit()?; // first of all: from here on no orphan can be left
//!     let hello = Hello { engine: "parrot".into(), version: "1".into(), details: "{}".into() };
//!     tom_worker::child::serve(&mut link, hello, &mut Parrot)?;
//!     Ok(())
//! }
//! ```

mod link;
mod reply;
mod serve;

pub(crate) use link::PARENT;
pub use link::{Link, LinkError, Next};
pub use reply::Reply;
pub use serve::{Handler, Trouble, serve};
