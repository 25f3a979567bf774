//! What is alike in the messages of all carriers?

use std::borrow::Cow;

use serde::{Deserialize, Deserializer};

use crate::WireError;
use crate::phone::bad;

/// A message, apart from what only `start` has. Texts are lent from the message, so that audio is not copied twice.
#[derive(Debug, Deserialize)]
pub(super) struct Envelope<'a> {
    #[serde(borrow)]
    pub(super) event: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) media: Option<MediaIn<'a>>,
    #[serde(default)]
    pub(super) dtmf: Option<DtmfIn>,
    #[serde(borrow, default)]
    pub(super) mark: Option<MarkIn<'a>>,
    /// Plivo's place for the name of a mark.
    #[serde(borrow, default)]
    pub(super) name: Cow<'a, str>,
}

/// Caller audio.
#[derive(Debug, Deserialize)]
pub(super) struct MediaIn<'a> {
    /// `inbound`; what we sent comes back as `outbound` where that is asked for.
    #[serde(borrow, default)]
    pub(super) track: Cow<'a, str>,
    /// Counts the messages of a track.
    #[serde(default, deserialize_with = "number")]
    pub(super) chunk: u64,
    /// Base64.
    #[serde(borrow)]
    pub(super) payload: Cow<'a, str>,
}

/// A key.
#[derive(Debug, Deserialize)]
pub(super) struct DtmfIn {
    pub(super) digit: String,
}

/// The name of a mark.
#[derive(Debug, Deserialize)]
pub(super) struct MarkIn<'a> {
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
}

/// Reads JSON.
///
/// # Errors
/// `BAD_EVENT`, which names the place and never what stands there.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a str, what: &str) -> Result<T, WireError> {
    serde_json::from_str(text)
        .map_err(|e| bad(format!("not a message of {what} (line {}, column {})", e.line(), e.column())))
}

/// A number that may be written as a text.
pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    struct Lenient;

    impl serde::de::Visitor<'_> for Lenient {
        type Value = u64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a whole number, perhaps in quotation marks")
        }

        fn visit_u64<E: serde::de::Error>(self, n: u64) -> Result<u64, E> {
            Ok(n)
        }

        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<u64, E> {
            text.parse().map_err(|_| E::invalid_value(serde::de::Unexpected::Str(text), &self))
        }
    }

    deserializer.deserialize_any(Lenient)
}
