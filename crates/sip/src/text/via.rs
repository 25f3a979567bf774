//! Which way did a request come, and where does its answer go?

use super::{scan, uri};

/// One value of the header `Via` (RFC 3261, 20.42).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Via {
    /// `UDP`, `TCP`, `TLS`, in upper case.
    pub(crate) transport: String,
    /// `host[:port]`, in lower case.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) params: Vec<(String, Option<String>)>,
}

impl Via {
    /// Reads one value; `None` if it is none.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let mut protocol = text.splitn(3, '/');
        let (name, version, rest) = (protocol.next()?.trim(), protocol.next()?.trim(), protocol.next()?);
        if !name.eq_ignore_ascii_case("SIP") || version != "2.0" {
            return None;
        }
        let rest = rest.trim_start();
        let (transport, rest) = rest.split_once(char::is_whitespace)?;
        let (place, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = uri::host_port(place)?;
        let params = scan::params(params).ok()?;
        Some(Self { transport: transport.to_ascii_uppercase(), host, port, params })
    }

    /// A parameter's value; `Some("")` for one without a value.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_deref().unwrap_or(""))
    }

    /// The branch, if it is unique as RFC 3261 wants it.
    pub(crate) fn branch(&self) -> Option<&str> {
        self.param("branch").filter(|branch| branch.len() > 7 && branch.starts_with("z9hG4bK"))
    }
}
