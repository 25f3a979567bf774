//! Programs of other makers on the loopback, for tests and benches.
//!
//! [`there`] tells whether one is there, [`free_port`] where it may listen, and [`Sipp`] plays one side of a call as a
//! scenario tells.
#![forbid(unsafe_code)]

mod port;
mod sipp;

pub use port::free_port;
pub use sipp::{Sipp, SippError};

/// Whether a program is on the path, or where Debian puts what only root runs. A test that needs it returns when it is
/// not.
///
/// # Panics
/// When it is missing in CI, where everything is installed and nothing may be skipped.
#[must_use]
pub fn there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found =
        std::env::split_paths(&path).chain(["/usr/sbin".into()]).any(|folder| folder.join(program).exists());
    if !found {
        assert!(std::env::var_os("CI").is_none(), "{program} is missing, and in CI nothing may be skipped");
        println!("skipped: {program} is not installed");
    }
    found
}
