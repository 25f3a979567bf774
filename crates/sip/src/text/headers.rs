//! How are a message's headers kept and found?

use super::scan;

/// The short forms (RFC 3261, 7.3.3 and the registry of IANA).
const SHORT: &[(&str, &str)] = &[
    ("i", "Call-ID"),
    ("m", "Contact"),
    ("e", "Content-Encoding"),
    ("l", "Content-Length"),
    ("c", "Content-Type"),
    ("f", "From"),
    ("s", "Subject"),
    ("k", "Supported"),
    ("t", "To"),
    ("v", "Via"),
    ("r", "Refer-To"),
    ("b", "Referred-By"),
    ("x", "Session-Expires"),
    ("o", "Event"),
    ("u", "Allow-Events"),
];

/// Headers in the order of the message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Headers(Vec<(String, String)>);

impl Headers {
    /// Adds one behind the others.
    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        let long = SHORT.iter().find(|(short, _)| short.eq_ignore_ascii_case(name));
        self.0.push((long.map_or(name, |(_, long)| long).to_owned(), value.into()));
    }

    /// Adds one before the others.
    pub(crate) fn push_front(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(0, (name.to_owned(), value.into()));
    }

    /// Takes away all of a name and adds one.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.push(name, value);
    }

    /// Takes away all of a name.
    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
    }

    /// The first value of a name, as written.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Every value of a name, as written, lists uncut.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| &**value)
    }

    /// Every value of a name whose values may stand in lists. Values with open quotes are left out: the check of
    /// requests refuses those.
    pub(crate) fn list(&self, name: &str) -> Vec<String> {
        self.all(name)
            .flat_map(|value| scan::split(value, b',').unwrap_or_default())
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
            .collect()
    }

    /// Whether a list names a token, without looking at case.
    pub(crate) fn lists(&self, name: &str, token: &str) -> bool {
        self.list(name).iter().any(|known| known.eq_ignore_ascii_case(token))
    }

    /// A number that stands at the front of a value, before any parameter.
    pub(crate) fn number(&self, name: &str) -> Option<u32> {
        self.get(name)?.split(';').next()?.trim().parse().ok()
    }

    /// All, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
