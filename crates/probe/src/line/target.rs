//! Whom does the caller call?

use std::net::{SocketAddr, ToSocketAddrs};

/// A server to call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub address: SocketAddr,
    /// Its name and port, for `Host`.
    pub host: String,
    /// Path and query, completed with what the measuring caller needs.
    pub path: String,
    /// Its token.
    pub token: Option<String>,
}

/// Why an address cannot be called.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// Not an address.
    #[error("{0:?} is no address to call; write ws://HOST:PORT")]
    Address(String),
    /// TLS.
    #[error("this caller does not speak TLS; call the server itself, behind its proxy")]
    Tls,
    /// The name leads nowhere.
    #[error("{host} cannot be found: {source}")]
    Name {
        /// What was looked for.
        host: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The token cannot be sent.
    #[error("the token must be visible ASCII characters without spaces")]
    Token,
}

impl Target {
    /// Reads `ws://HOST:PORT[/PATH][?QUERY]` and looks the name up.
    ///
    /// # Errors
    /// When that is no address, has no such host, or the token cannot be sent.
    pub fn new(url: &str, lang: Option<&str>, token: Option<&str>) -> Result<Self, TargetError> {
        let wrong = || TargetError::Address(url.split('?').next().unwrap_or_default().to_owned());
        if url.starts_with("wss://") {
            return Err(TargetError::Tls);
        }
        let rest = url.strip_prefix("ws://").ok_or_else(wrong)?;
        let visible = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
        if !visible(rest) {
            return Err(wrong());
        }
        if token.is_some_and(|token| !visible(token)) {
            return Err(TargetError::Token);
        }
        let cut = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(cut);
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
        let host = if has_port { authority.to_owned() } else { format!("{authority}:80") };
        if authority.is_empty() || authority.contains('@') {
            return Err(wrong());
        }
        let address = host
            .to_socket_addrs()
            .map_err(|source| TargetError::Name { host: authority.to_owned(), source })?
            .next()
            .ok_or_else(wrong)?;
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        let path = if matches!(path, "" | "/") { "/ws/stream" } else { path };
        let mut wanted = vec!["rate=16000".to_owned(), "audio=binary".into(), "dialect=b".into()];
        wanted.extend(lang.map(|lang| format!("lang={lang}")));
        let given: Vec<&str> = query.split('&').filter(|q| !q.is_empty()).collect();
        let name = |q: &str| q.split('=').next().unwrap_or_default().to_owned();
        wanted.retain(|w| !given.iter().any(|g| name(g) == name(w)));
        let query: Vec<String> = given.into_iter().map(str::to_owned).chain(wanted).collect();
        Ok(Self {
            address,
            host,
            path: format!("{path}?{}", query.join("&")),
            token: token.map(str::to_owned),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_completed_and_what_it_says_is_kept() {
        let target = Target::new("ws://127.0.0.1:8080", Some("de"), None).unwrap();
        assert_eq!(target.path, "/ws/stream?rate=16000&audio=binary&dialect=b&lang=de");
        let target = Target::new("ws://127.0.0.1:1/ws/stream/x?lang=en&token=t", Some("de"), None).unwrap();
        assert_eq!(target.path, "/ws/stream/x?lang=en&token=t&rate=16000&audio=binary&dialect=b");
        assert_eq!(target.host, "127.0.0.1:1");
    }

    #[test]
    fn what_is_no_address_is_said_without_its_token() {
        for wrong in ["", "http://x", "ws://", "ws:///x", "ws://a b", "ws://u@127.0.0.1:1"] {
            assert!(matches!(Target::new(wrong, None, None), Err(TargetError::Address(_))), "{wrong}");
        }
        assert!(matches!(Target::new("wss://127.0.0.1", None, None), Err(TargetError::Tls)));
        let error = Target::new("ws://a b?token=secret", None, None).unwrap_err();
        assert!(!error.to_string().contains("secret"), "{error}");
        assert!(matches!(Target::new("ws://127.0.0.1:1", None, Some("a b")), Err(TargetError::Token)));
    }
}
