//! What does a SIP address say: who, where, how?

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

use super::scan;

/// An address of the schemes `sip`, `sips` or `tel` (RFC 3261, 19.1; RFC 3966).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Uri {
    /// `sip`, `sips` or `tel`, in lower case.
    pub(crate) scheme: String,
    /// Who; of a `tel` address its number. Escapes are left in place.
    pub(crate) user: Option<String>,
    /// A name or an address, an IPv6 address in brackets; empty in a `tel` address.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    /// `;name=value`, names in lower case.
    pub(crate) params: Vec<(String, Option<String>)>,
    /// Behind `?`, as written.
    pub(crate) headers: Option<String>,
}

/// Why an address cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BadUri {
    /// It has another scheme than ours: 416.
    Scheme,
    /// It is no address at all: 400.
    Form,
}

impl Uri {
    /// Reads an address that stands alone or in brackets.
    pub(crate) fn read(text: &str) -> Result<Self, BadUri> {
        let (scheme, rest) = text.split_once(':').ok_or(BadUri::Form)?;
        let starts_well = scheme.starts_with(|c: char| c.is_ascii_alphabetic());
        let made_well = scheme.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b));
        if !starts_well || !made_well {
            return Err(BadUri::Form);
        }
        let scheme = scheme.to_ascii_lowercase();
        if text.bytes().any(|b| b.is_ascii_whitespace() || b.is_ascii_control() || b"<>\"".contains(&b)) {
            return Err(BadUri::Form);
        }
        match &*scheme {
            "tel" => Self::tel(rest),
            "sip" | "sips" => Self::sip(scheme, rest),
            _ => Err(BadUri::Scheme),
        }
    }

    fn tel(rest: &str) -> Result<Self, BadUri> {
        let (number, params) = rest.split_once(';').unwrap_or((rest, ""));
        if number.is_empty() {
            return Err(BadUri::Form);
        }
        let params = scan::params(params).map_err(|_| BadUri::Form)?;
        let user = Some(number.to_owned());
        Ok(Self { scheme: "tel".into(), user, host: String::new(), port: None, params, headers: None })
    }

    fn sip(scheme: String, rest: &str) -> Result<Self, BadUri> {
        // The user may hold ; and ?, the part behind the last @ may not hold @.
        let (user, rest) = match rest.rsplit_once('@') {
            Some((user, rest)) => (Some(user), rest),
            None => (None, rest),
        };
        let user = match user {
            Some("") => return Err(BadUri::Form),
            Some(user) => Some(user.split_once(':').map_or(user, |(name, _password)| name).to_owned()),
            None => None,
        };
        let (rest, headers) = match rest.split_once('?') {
            Some((rest, headers)) => (rest, Some(headers.to_owned())),
            None => (rest, None),
        };
        let (place, params) = rest.split_once(';').unwrap_or((rest, ""));
        let (host, port) = host_port(place).ok_or(BadUri::Form)?;
        let params = scan::params(params).map_err(|_| BadUri::Form)?;
        Ok(Self { scheme, user, host, port, params, headers })
    }

    /// A parameter's value; `Some("")` for one without a value.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_deref().unwrap_or(""))
    }

    /// The user with its escapes resolved: what a person would call the number.
    pub(crate) fn who(&self) -> String {
        let user = self.user.as_deref().unwrap_or_default();
        let user = user.split(';').next().unwrap_or_default();
        let mut bytes = Vec::with_capacity(user.len());
        let mut rest = user.as_bytes();
        while let Some((&first, behind)) = rest.split_first() {
            let escape = (first == b'%').then(|| behind.get(..2)).flatten();
            let value = escape.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
            if let Some(value) = value {
                bytes.push(value);
                rest = &behind[2..];
            } else {
                bytes.push(first);
                rest = behind;
            }
        }
        String::from_utf8_lossy(&bytes).chars().filter(|c| !c.is_control()).collect()
    }
}

/// Reads `host`, `host:port`, `[v6]:port`.
pub(crate) fn host_port(text: &str) -> Option<(String, Option<u16>)> {
    let text = text.trim();
    if let Some(rest) = text.strip_prefix('[') {
        let (inside, behind) = rest.split_once(']')?;
        let address: Ipv6Addr = inside.parse().ok()?;
        let port = match behind.trim().strip_prefix(':') {
            Some(port) => Some(port.trim().parse().ok()?),
            None if behind.trim().is_empty() => None,
            None => return None,
        };
        return Some((format!("[{address}]"), port));
    }
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host.trim(), Some(port.trim().parse().ok()?)),
        None => (text, None),
    };
    let good = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b));
    good.then(|| (host.to_ascii_lowercase(), port))
}

/// The address a host names by itself, without asking anybody.
pub(crate) fn host_ip(host: &str) -> Option<IpAddr> {
    host.trim_start_matches('[').trim_end_matches(']').parse().ok()
}

impl fmt::Display for Uri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(user) = &self.user {
            write!(f, "{user}")?;
        }
        if self.scheme != "tel" {
            let at = if self.user.is_some() { "@" } else { "" };
            write!(f, "{at}{}", self.host)?;
        }
        if let Some(port) = self.port {
            write!(f, ":{port}")?;
        }
        for (name, value) in &self.params {
            match value {
                Some(value) => write!(f, ";{name}={value}")?,
                None => write!(f, ";{name}")?,
            }
        }
        self.headers.as_ref().map_or(Ok(()), |headers| write!(f, "?{headers}"))
    }
}
