//! Where is a server, and under which path are its engines?

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use hyper::Uri;

/// The base address of a server's API: `http://127.0.0.1:11434`, with or without `/v1`.
///
/// A path that names a version (`/v1`, `/openai/v1`, `/v1beta/openai`) is taken as it is; to any other `/v1`
/// is added.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl {
    pub(crate) https: bool,
    /// Without the brackets of an IPv6 address.
    pub(crate) host: Arc<str>,
    pub(crate) port: u16,
    /// With a slash in front and none behind.
    path: Arc<str>,
    /// What the header `host` says.
    pub(crate) authority: Arc<str>,
}

/// Why a text is no [`BaseUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// Something else altogether.
    #[error("a server's address looks like http://127.0.0.1:11434 or https://HOST/v1")]
    Shape,
    /// A name and a password in front of the host.
    #[error("a password does not belong into the address; use api_key_file")]
    Password,
    /// A question mark and what follows.
    #[error("an address with a query (?...) cannot be used; leave it out")]
    Query,
}

impl FromStr for BaseUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        let uri: Uri = text.trim().parse().map_err(|_| BadUrl::Shape)?;
        let https = match uri.scheme_str() {
            Some("http") => false,
            Some("https") => true,
            _ => return Err(BadUrl::Shape),
        };
        let authority = uri.authority().ok_or(BadUrl::Shape)?;
        if authority.as_str().contains('@') {
            return Err(BadUrl::Password);
        }
        if uri.query().is_some() {
            return Err(BadUrl::Query);
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() {
            return Err(BadUrl::Shape);
        }
        let rest = authority.as_str().strip_prefix(authority.host()).ok_or(BadUrl::Shape)?;
        let port = match (rest, https) {
            ("", true) => 443,
            ("", false) => 80,
            (rest, _) => {
                let port = rest.strip_prefix(':').and_then(|port| port.parse().ok());
                port.filter(|port| *port > 0).ok_or(BadUrl::Shape)?
            }
        };
        let path = uri.path().trim_end_matches('/');
        let path = if path.split('/').any(is_version) { path.to_owned() } else { format!("{path}/v1") };
        Ok(Self { https, host: host.into(), port, path: path.into(), authority: authority.as_str().into() })
    }
}

/// `v1`, `v2`, `v1beta`.
fn is_version(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

impl BaseUrl {
    /// The path of an endpoint such as `audio/speech`.
    pub(crate) fn path(&self, endpoint: &str) -> String {
        format!("{}/{endpoint}", self.path)
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BaseUrl({self})")
    }
}
