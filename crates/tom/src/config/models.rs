//! Where do models come from, as the configuration says it?

use std::path::PathBuf;

use super::Reader;

/// `[models]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModelsConfig {
    /// The profile's name; `auto`: the one that suits this machine.
    pub(crate) profile: String,
    /// A web address or a folder, instead of the catalogue's places.
    pub(crate) mirror: Option<String>,
    /// Certificates to trust.
    pub(crate) ca_file: Option<PathBuf>,
    /// A catalogue beside TOM's.
    pub(crate) catalogue: Option<PathBuf>,
}

impl ModelsConfig {
    pub(super) fn read(r: &Reader<'_>) -> Self {
        Self {
            profile: r.word("models.profile"),
            mirror: r.text("models.mirror"),
            ca_file: r.text("models.ca_file").map(PathBuf::from),
            catalogue: r.text("models.catalogue").map(PathBuf::from),
        }
    }
}
