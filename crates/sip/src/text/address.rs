//! What do From, To, Contact and their like say: a name, an address, parameters?

use super::scan::{self, Unbalanced};
use super::uri::{BadUri, Uri};

/// A name-addr or addr-spec with parameters (RFC 3261, 20.10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// The display name, without quotes.
    pub(crate) name: Option<String>,
    /// The address as written.
    pub(crate) uri: String,
    /// Behind the address, names in lower case.
    pub(crate) params: Vec<(String, Option<String>)>,
}

/// It is no address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadAddress;

impl From<Unbalanced> for BadAddress {
    fn from(_: Unbalanced) -> Self {
        Self
    }
}

impl Address {
    /// Reads one value.
    pub(crate) fn read(text: &str) -> Result<Self, BadAddress> {
        let text = text.trim();
        let open = open_angle(text)?;
        let Some(open) = open else {
            // Without brackets all parameters belong to the header, and there is neither a comma nor a question mark
            // (RFC 3261, 20.10).
            let (uri, params) = text.split_once(';').unwrap_or((text, ""));
            let uri = uri.trim();
            if uri.is_empty() || uri.contains(char::is_whitespace) || uri.contains([',', '?']) {
                return Err(BadAddress);
            }
            return Ok(Self { name: None, uri: uri.to_owned(), params: scan::params(params)? });
        };
        let name = text[..open].trim();
        if !name.starts_with('"') && name.bytes().any(|b| b"\",;:@<>".contains(&b)) {
            return Err(BadAddress);
        }
        if name.starts_with('"') && !name.ends_with('"') {
            return Err(BadAddress);
        }
        let close = text[open..].find('>').ok_or(BadAddress)? + open;
        let uri = text[open + 1..close].trim();
        let behind = text[close + 1..].trim_start();
        if !behind.is_empty() && !behind.starts_with(';') {
            return Err(BadAddress);
        }
        let name = (!name.is_empty()).then(|| scan::unquote(name));
        Ok(Self { name, uri: uri.to_owned(), params: scan::params(behind)? })
    }

    /// A parameter's value; `Some("")` for one without a value.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_deref().unwrap_or(""))
    }

    /// The tag, where there is one.
    pub(crate) fn tag(&self) -> Option<&str> {
        self.param("tag").filter(|tag| !tag.is_empty())
    }

    /// The address read.
    pub(crate) fn target(&self) -> Result<Uri, BadUri> {
        Uri::read(&self.uri)
    }
}

/// Where the bracket opens that stands outside quotes.
fn open_angle(text: &str) -> Result<Option<usize>, BadAddress> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => return Ok(Some(at)),
            _ => {}
        }
    }
    if quoted { Err(BadAddress) } else { Ok(None) }
}

/// The tag of a From or To header, where it has one.
pub(crate) fn tag(value: &str) -> Option<String> {
    Address::read(value).ok()?.tag().map(str::to_owned)
}
