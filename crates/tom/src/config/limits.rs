//! How much of everything may there be?

use super::Reader;

/// What becomes of a call for which an engine has no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// It gets the built-in engine.
    BuiltIn,
    /// It is refused.
    Refuse,
    /// The caller is asked to hold the line until there is room.
    Hold,
}

/// `[limits]`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Limits {
    pub(crate) max_calls: usize,
    pub(crate) connections_per_address: usize,
    pub(crate) connections_per_minute: u32,
    pub(crate) messages_per_second: u32,
    pub(crate) bytes_per_second: u32,
    pub(crate) max_frame_bytes: usize,
    pub(crate) idle_s: u64,
    /// Calls that a process of an engine of this machine may have at once; 0: any number.
    pub(crate) engine_calls: usize,
    /// What becomes of a call for which an engine has no room.
    pub(crate) when_full: WhenFull,
    /// Seconds that such a call waits at most, where it waits.
    pub(crate) hold_s: u64,
    /// Little memory, heat and swapping make calls cheaper.
    pub(crate) spare: bool,
}

impl Limits {
    pub(super) fn read(r: &Reader<'_>) -> Self {
        Self {
            max_calls: r.number("limits.max_calls"),
            connections_per_address: r.number("limits.connections_per_address"),
            connections_per_minute: r.number("limits.connections_per_minute"),
            messages_per_second: r.number("limits.messages_per_second"),
            bytes_per_second: r.number("limits.bytes_per_second"),
            max_frame_bytes: r.number("limits.max_frame_bytes"),
            idle_s: r.number("limits.idle_s"),
            engine_calls: r.number("limits.engine_calls"),
            when_full: match &*r.word("limits.when_full") {
                "refuse" => WhenFull::Refuse,
                "hold" => WhenFull::Hold,
                _ => WhenFull::BuiltIn,
            },
            hold_s: r.number("limits.hold_s"),
            spare: r.word("limits.spare") == "auto",
        }
    }
}
