//! The settings of where models come from.

use super::{Kind, Row, fixed, key};

/// The profiles' names; a test compares them with the data.
pub(crate) const PROFILES: &[&str] =
    &["auto", "none", "server", "pi5_performance", "pi5_balanced", "pi5_quality", "desktop", "minimal"];

pub(super) const MODELS: &[Row] = &[
    fixed(
        "models.profile",
        Kind::Word(PROFILES),
        "\"auto\"",
        "Which models this machine shall have: [stt], [llm] and [tts] are set so where you set neither engine nor model \
         there and the models are here. auto: what suits the machine (tom models profiles); none: nothing is set.",
    ),
    key(
        "models.mirror",
        Kind::Text,
        "",
        "Where tom models pull has all files from, instead of the places in the catalogue: an address such as \
         http://HOST/models, or a folder, with the paths of a models folder below it.",
    ),
    key(
        "models.ca_file",
        Kind::Path,
        "",
        "A PEM file with certificates to trust beside the system's, for tom models pull.",
    ),
    key(
        "models.catalogue",
        Kind::Path,
        "",
        "A catalogue of your own, beside TOM's; not set: catalogue.toml in the data folder, if there.",
    ),
];
