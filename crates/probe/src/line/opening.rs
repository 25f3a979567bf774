//! How does a socket become a WebSocket? (RFC 6455, 4.1)

use super::target::Target;

/// The key of the standard's own example, with its answer: so the answer can be checked without a hash.
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
/// The longest head of an answer.
const MOST: usize = 16 << 10;

/// The request that opens a WebSocket.
pub(super) fn request(target: &Target) -> Vec<u8> {
    let mut out = format!(
        "GET {} HTTP/1.1\r\nHost: {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {KEY}\r\n",
        target.path, target.host
    );
    if let Some(token) = &target.token {
        out.push_str(&format!("Authorization: Bearer {token}\r\n"));
    }
    out.push_str("\r\n");
    out.into_bytes()
}

/// The length of the answer's head, once it is complete.
///
/// # Errors
/// When the server refuses, or does not speak the protocol; in words.
pub(super) fn answer(bytes: &[u8]) -> Result<Option<usize>, String> {
    let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") else {
        if bytes.len() > MOST {
            return Err("what answers there is no WebSocket server".into());
        }
        return Ok(None);
    };
    let head = String::from_utf8_lossy(&bytes[..end]);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    let Some(code) = status.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)) else {
        return Err("what answers there is no WebSocket server".into());
    };
    if code != "101" {
        let body: String = String::from_utf8_lossy(&bytes[end + 4..])
            .chars()
            .filter(|c| !c.is_control())
            .take(300)
            .collect();
        return Err(format!("the server refused with HTTP {code} {body}").trim_end().to_owned());
    }
    let accepted = lines
        .filter_map(|line| line.split_once(':'))
        .any(|(name, value)| name.eq_ignore_ascii_case("sec-websocket-accept") && value.trim() == ACCEPT);
    if !accepted {
        return Err("the answer to the WebSocket handshake is not the one of RFC 6455".into());
    }
    Ok(Some(end + 4))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_is_read_once_it_is_complete() {
        let whole = format!("HTTP/1.1 101 Switching Protocols\r\nsec-websocket-accept: {ACCEPT}\r\n\r\nrest");
        assert_eq!(answer(whole.as_bytes()), Ok(Some(whole.len() - 4)));
        assert_eq!(answer(&whole.as_bytes()[..40]), Ok(None));
    }

    #[test]
    fn a_refusal_is_told_with_its_reason() {
        let refused = answer(b"HTTP/1.1 401 Unauthorized\r\n\r\n{\"message\":\"token\"}").unwrap_err();
        assert!(refused.contains("401") && refused.contains("token"), "{refused}");
        assert!(answer(b"HTTP/1.1 101 Yes\r\nSec-WebSocket-Accept: no\r\n\r\n").is_err());
        assert!(answer(b"SSH-2.0-x\r\n\r\n").is_err());
    }

    proptest! {
        #[test]
        fn no_answer_breaks_it(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = answer(&bytes);
        }
    }
}
