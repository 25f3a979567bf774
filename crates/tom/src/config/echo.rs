//! In which calls is the echo of the agent's voice taken out?

use super::Reader;

/// `audio.echo`: in which calls the echo of the agent's voice is taken out, not only recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EchoPlan {
    /// In none.
    Gate,
    /// In those by telephone.
    Telephone,
    /// In all.
    Cancel,
}

impl EchoPlan {
    pub(super) fn read(r: &Reader<'_>) -> Self {
        match r.text("audio.echo").as_deref() {
            Some("cancel") => Self::Cancel,
            Some("telephone") => Self::Telephone,
            _ => Self::Gate,
        }
    }
}
