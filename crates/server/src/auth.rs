//! Has whoever connects shown the token?

use std::collections::HashMap;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::Token;

/// What a request showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// The right token, or none is needed.
    Granted,
    /// A wrong one.
    Wrong,
    /// None yet.
    Nothing,
}

/// Prefix of a subprotocol that carries the token.
pub(crate) const BEARER_PROTOCOL: &str = "bearer.";

/// Looks for the token in the header (Bearer, or the password of Basic), the query and the subprotocols. One right place is enough.
pub(crate) fn access(token: Option<&Token>, headers: &HeaderMap, query: &HashMap<String, String>) -> Access {
    let Some(token) = token else {
        return Access::Granted;
    };
    let header = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split_once(' '));
    let is = |scheme: &str| {
        header.filter(|(given, _)| given.eq_ignore_ascii_case(scheme)).map(|(_, value)| value.trim())
    };
    let basic = is("basic").and_then(password);
    let in_query = ["token", "t"].iter().filter_map(|name| query.get(*name)).map(String::as_str);
    // Dialect A's clients write it as in the header; no browser can.
    let in_protocols = protocols(headers)
        .filter_map(|p| p.strip_prefix(BEARER_PROTOCOL).or_else(|| p.strip_prefix("Bearer ")));
    let mut access = Access::Nothing;
    for given in is("bearer").into_iter().chain(basic.as_deref()).chain(in_query).chain(in_protocols) {
        if token.is(given) {
            return Access::Granted;
        }
        access = Access::Wrong;
    }
    access
}

/// The password of HTTP Basic, which PBXs can send and whose user name says nothing here.
fn password(credentials: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(credentials).ok()?).ok()?;
    text.split_once(':').map(|(_, password)| password.to_owned())
}

/// The subprotocols a client offers.
pub(crate) fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    headers
        .get_all(SEC_WEBSOCKET_PROTOCOL)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "0123456789abcdef";

    fn seen(header: Option<(&'static str, &str)>, query: &[(&str, &str)]) -> Access {
        let token = Token::new(SECRET).unwrap();
        let mut headers = HeaderMap::new();
        if let Some((name, value)) = header {
            headers.insert(name, value.parse().unwrap());
        }
        let query = query.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        access(Some(&token), &headers, &query)
    }

    #[test]
    fn the_token_may_be_in_any_of_the_places() {
        for header in [
            ("authorization", "Bearer 0123456789abcdef"),
            ("authorization", "bearer  0123456789abcdef"),
            ("authorization", "Basic YXN0ZXJpc2s6MDEyMzQ1Njc4OWFiY2RlZg=="),
            ("sec-websocket-protocol", "realtime-v1, bearer.0123456789abcdef"),
            ("sec-websocket-protocol", "Bearer 0123456789abcdef"),
        ] {
            assert_eq!(seen(Some(header), &[]), Access::Granted, "{header:?}");
        }
        assert_eq!(seen(None, &[("token", SECRET)]), Access::Granted);
        assert_eq!(seen(None, &[("t", SECRET)]), Access::Granted);
    }

    #[test]
    fn anything_else_is_wrong_or_nothing() {
        for header in [
            ("authorization", "Bearer 0123456789abcdeF"),
            ("authorization", "Bearer 0123456789abcde"),
            ("authorization", "Bearer 0123456789abcdef0"),
            ("authorization", "Bearer "),
            ("authorization", "Basic YXN0ZXJpc2s6bm8="),
            ("sec-websocket-protocol", "bearer."),
        ] {
            assert_eq!(seen(Some(header), &[]), Access::Wrong, "{header:?}");
        }
        assert_eq!(seen(Some(("authorization", "Basic 0123456789abcdef")), &[]), Access::Nothing);
        assert_eq!(seen(None, &[("jwt", SECRET)]), Access::Nothing);
        assert_eq!(access(None, &HeaderMap::new(), &HashMap::new()), Access::Granted);
    }

    #[test]
    fn a_guessable_token_is_refused_and_none_is_printed() {
        for bad in ["", "short", "has a blank in it 123", "ünicode-ünicode-ünicode"] {
            assert!(Token::new(bad).is_err(), "{bad}");
        }
        assert!(!format!("{:?}", Token::new(SECRET)).contains("0123"));
    }
}
