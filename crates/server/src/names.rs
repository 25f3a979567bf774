//! Is the server addressed by a name of its own, and from a page of its own?

use std::net::IpAddr;

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};
use tom_wire::{ErrorCode, WireError};

use crate::config::ServerError;

/// The names and origins that are allowed.
#[derive(Clone, Debug)]
pub(crate) struct AllowedNames {
    hosts: Vec<String>,
    origins: Vec<String>,
}

impl AllowedNames {
    /// # Errors
    /// When a name or an origin cannot be one.
    pub(crate) fn new(hosts: &[String], origins: &[String]) -> Result<Self, ServerError> {
        let lower = |names: &[String]| names.iter().map(|n| n.trim().to_ascii_lowercase()).collect();
        let names = Self { hosts: lower(hosts), origins: lower(origins) };
        if let Some(bad) = names.hosts.iter().find(|h| h.is_empty() || h.contains(['/', '*', ' '])) {
            return Err(ServerError::Name(format!(
                "server.hosts: \"{bad}\" is no host name; write it as voice.example.org"
            )));
        }
        let is_origin = |o: &str| {
            o.split_once("://").is_some_and(|(scheme, rest)| {
                matches!(scheme, "http" | "https") && !rest.is_empty() && !rest.contains(['/', '*', ' '])
            })
        };
        if let Some(bad) = names.origins.iter().find(|o| !is_origin(o)) {
            return Err(ServerError::Name(format!(
                "server.origins: \"{bad}\" is no origin; write it as https://example.org, without a path"
            )));
        }
        Ok(names)
    }

    /// Refuses a request that a foreign page may have sent.
    ///
    /// # Errors
    /// `AUTH_HOST` when the name is not ours (DNS rebinding: a page makes its own name point here),
    /// `AUTH_ORIGIN` when the page is not ours.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), WireError> {
        let one = |name| {
            let mut all = headers.get_all(name).iter();
            match (all.next(), all.next()) {
                (None, _) => Ok(None),
                (Some(value), None) => value.to_str().map(|v| Some(v.to_ascii_lowercase())).map_err(|_| ()),
                _ => Err(()),
            }
        };
        let host = one(HOST).ok().flatten().filter(|host| self.knows_host(host));
        let Some(host) = host else {
            return Err(WireError::new(
                ErrorCode::AuthHost,
                "this server does not know the name it was called by; call it by its IP address or localhost, or add the name to server.hosts",
            ));
        };
        match one(ORIGIN) {
            Ok(None) => Ok(()),
            Ok(Some(origin)) if self.knows_origin(&origin, &host) => Ok(()),
            _ => Err(WireError::new(
                ErrorCode::AuthOrigin,
                "pages of that origin may not use this server; add it to server.origins",
            )),
        }
    }

    /// Loopback names, configured names, and any IP address: a page can make a *name* of its own point
    /// here, but a browser that was given an address sends that address.
    fn knows_host(&self, host: &str) -> bool {
        let name = without_port(host);
        let address = name.trim_start_matches('[').trim_end_matches(']');
        name == "localhost"
            || name.ends_with(".localhost")
            || address.parse::<IpAddr>().is_ok()
            || self.hosts.iter().any(|known| known == name)
    }

    fn knows_origin(&self, origin: &str, host: &str) -> bool {
        let same = origin
            .split_once("://")
            .is_some_and(|(scheme, rest)| matches!(scheme, "http" | "https") && rest == host);
        same || self.origins.iter().any(|known| known == origin)
    }
}

/// `name` of `name:port`; brackets of an IPv6 address stay.
fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) && !name.ends_with(':') => {
            if name.contains(':') && !name.starts_with('[') { host } else { name }
        }
        _ => host,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(host: &str, origin: Option<&str>) -> Result<(), ErrorCode> {
        let names =
            AllowedNames::new(&["Voice.example.org".into()], &["https://shop.example.org".into()]).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert(HOST, host.parse().unwrap());
        if let Some(origin) = origin {
            headers.insert(ORIGIN, origin.parse().unwrap());
        }
        names.check(&headers).map_err(|e| e.code)
    }

    #[test]
    fn own_names_are_known() {
        for host in [
            "localhost",
            "localhost:8080",
            "LOCALHOST:8080",
            "tom.localhost:8080",
            "127.0.0.1:8080",
            "[::1]:8080",
            "[::1]",
            "192.168.1.7:8080",
            "voice.example.org",
            "voice.example.org:443",
        ] {
            assert_eq!(check(host, None), Ok(()), "{host}");
        }
    }

    #[test]
    fn a_rebound_name_is_refused() {
        for host in [
            "evil.example:8080",
            "127.0.0.1.evil.example",
            "localhost.evil.example",
            "evillocalhost",
            "voice.example.org.evil.example",
            "voice.example.org@evil.example",
            "",
        ] {
            assert_eq!(check(host, None), Err(ErrorCode::AuthHost), "{host}");
        }
        let names = AllowedNames::new(&[], &[]).unwrap();
        assert!(names.check(&HeaderMap::new()).is_err(), "no Host at all");
        let mut two = HeaderMap::new();
        two.append(HOST, "localhost".parse().unwrap());
        two.append(HOST, "evil.example".parse().unwrap());
        assert!(names.check(&two).is_err(), "two of them");
    }

    #[test]
    fn only_own_and_configured_pages_may_call() {
        let host = "localhost:8080";
        assert_eq!(check(host, Some("http://localhost:8080")), Ok(()));
        assert_eq!(check(host, Some("https://shop.example.org")), Ok(()));
        for origin in [
            "http://localhost:9999",
            "http://evil.example",
            "https://shop.example.org.evil.example",
            "http://shop.example.org",
            "null",
            "file://localhost:8080",
        ] {
            assert_eq!(check(host, Some(origin)), Err(ErrorCode::AuthOrigin), "{origin}");
        }
    }

    #[test]
    fn a_wildcard_is_no_name() {
        assert!(AllowedNames::new(&["*".into()], &[]).is_err());
        assert!(AllowedNames::new(&[], &["*".into()]).is_err());
        assert!(AllowedNames::new(&[], &["https://a.example/path".into()]).is_err());
    }
}
