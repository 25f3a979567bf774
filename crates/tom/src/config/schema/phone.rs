//! The settings of telephone lines.

use super::{Kind, Row, fixed, secret};

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
    secret(
        "carriers.twilio_auth_token",
        "Twilio's auth token, with which it signs: /answer/twilio then takes signed requests only. Prefer the file.",
    ),
    fixed("carriers.twilio_auth_token_file", Kind::Path, "", "A file that holds it."),
    fixed(
        "carriers.telnyx_public_key",
        Kind::Text,
        "",
        "Telnyx's public key, as its portal shows it: /answer/telnyx then takes signed requests only.",
    ),
    secret(
        "carriers.vonage_signature_secret",
        "The signature secret of the Vonage account: /answer/vonage then takes signed requests only. Prefer the file.",
    ),
    fixed("carriers.vonage_signature_secret_file", Kind::Path, "", "A file that holds it."),
    secret(
        "carriers.plivo_auth_token",
        "Plivo's auth token, with which it signs: /answer/plivo then takes signed requests only. Prefer the file.",
    ),
    fixed("carriers.plivo_auth_token_file", Kind::Path, "", "A file that holds it."),
];
