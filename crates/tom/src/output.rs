//! What commands print: lines for people, JSON for machines, and never a panic when nobody reads.

use std::fmt::Arguments;
use std::io::Write as _;

use tom_base::Lang;

use crate::exit::Failure;

/// One line on standard output. A closed pipe is no error: the reader has seen enough.
pub(crate) fn line(text: Arguments<'_>) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// A JSON document on standard output.
pub(crate) fn json(value: &serde_json::Value) {
    line(format_args!("{value:#}"));
}

/// The language a flag names, or the configured one.
pub(crate) fn language(flag: Option<&str>, configured: Lang) -> Result<Lang, Failure> {
    flag.map_or(Ok(configured), |text| {
        text.parse().map_err(|why| Failure::Usage(format!("--lang {text}: {why}")))
    })
}
