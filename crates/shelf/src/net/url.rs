//! Which web addresses can a file be had from?

use std::fmt;
use std::str::FromStr;

use hyper::Uri;
use serde::{Serialize, Serializer};

/// The longest address; those of content networks carry long signatures.
const LONGEST: usize = 16 << 10;

/// An `http://` or `https://` address without a user in it.
#[derive(Clone, PartialEq, Eq)]
pub struct Url(Uri);

/// Why a text is no [`Url`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Something else.
    #[error("an address begins with https:// or http:// and a host")]
    Shape,
    /// A user and a password before the host.
    #[error("a password does not belong into an address")]
    Password,
}

impl FromStr for Url {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if text.len() > LONGEST {
            return Err(BadUrl::Shape);
        }
        let uri: Uri = text.parse().map_err(|_| BadUrl::Shape)?;
        let authority = uri.authority().ok_or(BadUrl::Shape)?;
        if authority.as_str().contains('@') {
            return Err(BadUrl::Password);
        }
        let host = authority.host();
        // What follows the host is a port or nothing; the parser takes more than that.
        let port = authority.as_str().strip_prefix(host).ok_or(BadUrl::Shape)?;
        let port_fits = port.is_empty() || authority.port_u16().is_some_and(|port| port > 0);
        if !matches!(uri.scheme_str(), Some("http" | "https")) || host.is_empty() || !port_fits {
            return Err(BadUrl::Shape);
        }
        Ok(Self(uri))
    }
}

impl Url {
    /// Whether it wants TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }

    /// The host, without the brackets of an IPv6 address.
    pub(crate) fn host(&self) -> &str {
        self.0.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
    }

    /// The port, named or usual.
    pub(crate) fn port(&self) -> u16 {
        self.0.port_u16().unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// What the header `host` says.
    pub(crate) fn authority(&self) -> &str {
        self.0.authority().map_or("", |authority| authority.as_str())
    }

    /// Path and query.
    pub(crate) fn path(&self) -> &str {
        self.0.path_and_query().map_or("/", |path| path.as_str())
    }

    /// Where a redirect leads: another address, or another path here.
    pub(crate) fn join(&self, to: &str) -> Result<Self, BadUrl> {
        // A fragment is for readers, not for servers.
        let to = to.split('#').next().unwrap_or_default();
        // A colon before any slash ends a scheme, known or not.
        if to.split(['/', '?']).next().is_some_and(|first| first.contains(':')) {
            return to.parse();
        }
        let scheme = if self.is_https() { "https" } else { "http" };
        if to.starts_with("//") {
            return format!("{scheme}:{to}").parse();
        }
        let base = format!("{scheme}://{}", self.authority());
        if to.starts_with('/') {
            return format!("{base}{to}").parse();
        }
        let path = self.0.path();
        let folder = path.rfind('/').map_or("/", |at| &path[..=at]);
        format!("{base}{folder}{to}").parse()
    }

    /// A file below this address, whose query is left out.
    pub fn below(&self, path: &str) -> Result<Self, BadUrl> {
        let scheme = if self.is_https() { "https" } else { "http" };
        format!("{scheme}://{}{}/{path}", self.authority(), self.0.path().trim_end_matches('/')).parse()
    }
}

/// Without its query: signatures and keys are nobody's business in a message.
impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.is_https() { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority(), self.0.path())
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Url({self})")
    }
}

impl Serialize for Url {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(&self.0)
    }
}
