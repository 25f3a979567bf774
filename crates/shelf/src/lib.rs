//! How do models get onto this machine, whole and unchanged, and stay there?
//!
//! A [`Catalogue`] names models, their files, sizes and checksums, and where to have them. A [`Shelf`] is the
//! folder they lie in. [`Shelf::pull`] brings what is missing: over HTTP with resumption, out of a PyPI package,
//! or from a local file; nothing gets its final name before its checksum was seen to be right. Nothing here runs
//! while TOM serves calls.
#![forbid(unsafe_code)]

mod bundle;
mod catalogue;
mod digest;
mod error;
mod fetch;
mod import;
mod lock;
mod net;
mod part;
mod path;
mod profile;
mod pull;
mod shelf;
mod watch;

pub use bundle::{Bundle, Keep, Made, Restore, Restored, keep};
pub use catalogue::{Catalogue, Kind, Model, ModelFile, Origin};
pub use digest::{BadDigest, Digest};
pub use error::{ShelfError, size};
pub use import::Imported;
pub use lock::Lock;
pub use net::{BadUrl, Client, NetOptions, Patience, Proxies, Url};
pub use path::{BadPath, RelPath};
pub use profile::{Choice, Machine, Profile};
pub use pull::{Plan, Pulled, Wish};
pub use shelf::{Shelf, State};
pub use watch::{Quiet, Watch};
