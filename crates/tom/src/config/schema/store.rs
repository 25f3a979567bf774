//! The settings of what is kept of calls.

use super::{Kind, Row, fixed, key};

pub(super) const STORE: &[Row] = &[
    fixed(
        "store.path",
        Kind::Path,
        "",
        "The database of calls; off: nothing is kept but the last 50 in memory; not set: tom.db in the data folder.",
    ),
    key(
        "store.transcripts",
        Kind::Switch,
        "false",
        "Whether what was said is kept, and the data of messages and the like. Telephone numbers never are.",
    ),
    key("store.retention_days", Kind::Number(1, 36_500), "30", "Days after which a call is deleted."),
];
