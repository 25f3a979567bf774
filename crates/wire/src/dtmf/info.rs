//! Which key does the body of a SIP INFO name?

use std::fmt::Write as _;

use tom_base::Key;

/// Longest body read.
const MAX_BODY: usize = 256;

/// Why a body names no key. The signalling answers 415 to the first, 400 to the second.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InfoFault {
    /// Not a type that carries keys.
    #[error("INFO bodies that carry keys are application/dtmf-relay and application/dtmf")]
    Type,
    /// No key in it.
    #[error("the INFO body names no key: a dtmf-relay body has a line Signal=, a dtmf body is the key")]
    NoKey,
}

/// Reads a body: `application/dtmf-relay` with `Signal=5` and `Duration=160`, or `application/dtmf` with `5`. Names
/// and types are compared without case; 10 and 11 are `*` and `#`.
///
/// # Errors
/// [`InfoFault`]: another type, or no key.
pub fn read_info(content_type: &str, body: &[u8]) -> Result<Key, InfoFault> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    let relay = kind.eq_ignore_ascii_case("application/dtmf-relay");
    if !relay && !kind.eq_ignore_ascii_case("application/dtmf") {
        return Err(InfoFault::Type);
    }
    let text = body.get(..body.len().min(MAX_BODY)).and_then(|body| std::str::from_utf8(body).ok());
    let text = text.ok_or(InfoFault::NoKey)?;
    let signal = text.lines().find_map(|line| {
        let (name, value) = line.split_once('=')?;
        name.trim().eq_ignore_ascii_case("signal").then_some(value)
    });
    // Some write the relay form under the other type.
    key(signal.or((!relay).then_some(text)).ok_or(InfoFault::NoKey)?.trim()).ok_or(InfoFault::NoKey)
}

fn key(face: &str) -> Option<Key> {
    let mut chars = face.chars();
    match (chars.next(), chars.next()) {
        (Some(char), None) => Key::from_char(char),
        _ => face.parse().ok().and_then(Key::from_event),
    }
}

/// The body of type `application/dtmf-relay` that presses a key for so many milliseconds.
#[must_use]
pub fn key_info(key: Key, milliseconds: u32) -> String {
    let mut body = String::new();
    // Writing to a string cannot fail.
    let _ = write!(body, "Signal={key}\r\nDuration={milliseconds}\r\n");
    body
}
