//! The settings of telephone lines.

use super::{Kind, Row, fixed};

pub(super) const PHONE: &[Row] = &[
    fixed(
        "audiosocket.listen",
        Kind::Text,
        "",
        "Address and port for calls from Asterisk over AudioSocket, such as 127.0.0.1:9092; not set: none are taken.",
    ),
    fixed(
        "audiosocket.allow",
        Kind::List,
        "[\"127.0.0.0/8\", \"::1\"]",
        "Addresses and networks whose Asterisk may call over AudioSocket, which knows no token and no encryption.",
    ),
];
