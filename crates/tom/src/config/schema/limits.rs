//! The settings of how much of everything there may be.

use super::{Kind, Row, fixed};

pub(super) const LIMITS: &[Row] = &[
    fixed("limits.max_calls", Kind::Number(1, 100_000), "100", "Calls at once; more are refused."),
    fixed(
        "limits.connections_per_address",
        Kind::Number(1, 10_000),
        "20",
        "Connections at once from one address.",
    ),
    fixed(
        "limits.connections_per_minute",
        Kind::Number(1, 100_000),
        "30",
        "New connections a minute from one address.",
    ),
    fixed(
        "limits.messages_per_second",
        Kind::Number(1, 100_000),
        "120",
        "Messages a second on one connection.",
    ),
    fixed(
        "limits.bytes_per_second",
        Kind::Number(1_024, 100_000_000),
        "262144",
        "Bytes a second on one connection.",
    ),
    fixed("limits.max_frame_bytes", Kind::Number(1_024, 1_048_576), "65536", "The largest message."),
    fixed(
        "limits.idle_s",
        Kind::Number(5, 86_400),
        "300",
        "Seconds without any message after which a connection is closed.",
    ),
    fixed(
        "limits.engine_calls",
        Kind::Number(0, 1_000),
        "8",
        "Calls at once for each process of a large engine of this machine (piper, whisper, llama); 0: any number.",
    ),
    fixed(
        "limits.when_full",
        Kind::Word(&["built-in", "hold", "refuse"]),
        "\"built-in\"",
        "A call for which such an engine has no room. built-in: gets the built-in engine; hold: the built-in voice asks \
         the caller to hold the line until there is room; refuse: is refused, to try again later.",
    ),
    fixed(
        "limits.hold_s",
        Kind::Number(1, 600),
        "60",
        "Seconds that a caller holds the line at most (limits.when_full); then TOM asks to call again, and hangs up.",
    ),
    fixed(
        "limits.spare",
        Kind::Word(&["auto", "off"]),
        "\"auto\"",
        "Whether little memory, heat or swapping makes new calls cheaper, in steps up to refusing them, and back.",
    ),
];
