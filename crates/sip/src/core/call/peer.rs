//! What does the other side of a call understand, as far as it has said?

use crate::text::headers::Headers;

/// What the INVITE that came, or the answer to ours, allows.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Peer {
    /// Sessions may change by UPDATE.
    pub(super) updates: bool,
    /// It may be sent on by REFER.
    pub(super) refers: bool,
    /// Another call may take this one's place, and it knows how to ask for that.
    pub(super) replaces: bool,
}

impl Peer {
    pub(super) fn of(headers: &Headers) -> Self {
        Self {
            updates: headers.lists("Allow", "UPDATE"),
            refers: headers.lists("Allow", "REFER"),
            replaces: headers.lists("Supported", "replaces"),
        }
    }
}
