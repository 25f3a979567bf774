//! How does a command ask a running server?

use std::time::Duration;

use anyhow::{Context as _, bail};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, HOST};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

/// How long a server may take for an answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer read.
const LONGEST: usize = 64 << 20;

/// What a server answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Null where there is no body.
    pub(crate) body: Value,
}

/// `HOST:PORT` of an `http://` address.
pub(crate) fn authority(url: &str) -> anyhow::Result<String> {
    let Some(rest) = url.strip_prefix("http://") else {
        bail!("{url} is no http://HOST:PORT; for a server behind TLS run this command on its machine");
    };
    let authority = rest.trim_end_matches('/');
    if authority.is_empty() || authority.contains(['/', '@', ' ']) {
        bail!("{url} is no http://HOST:PORT");
    }
    Ok(if authority.rsplit(']').next().is_some_and(|tail| tail.contains(':')) {
        authority.to_owned()
    } else {
        format!("{authority}:80")
    })
}

/// Connects; none: nobody listens there.
pub(crate) async fn connect(authority: &str) -> anyhow::Result<Option<TcpStream>> {
    match tokio::time::timeout(PATIENCE, TcpStream::connect(authority)).await {
        Ok(Ok(stream)) => Ok(Some(stream)),
        Ok(Err(error)) if error.kind() == std::io::ErrorKind::ConnectionRefused => Ok(None),
        Ok(Err(error)) => Err(error).with_context(|| format!("{authority} cannot be reached")),
        Err(_) => bail!("{authority} does not answer"),
    }
}

/// Asks something.
pub(crate) async fn ask(
    stream: TcpStream,
    authority: &str,
    method: &str,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> anyhow::Result<Answer> {
    let mut request = Request::builder().method(method).uri(path).header(HOST, authority);
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    let request = request.body(Full::new(Bytes::from(body))).context("this cannot be asked")?;
    let asking = async {
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
        let connection = tokio::spawn(connection);
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let read = Limited::new(response.into_body(), LONGEST).collect().await;
        connection.abort();
        let bytes = read.map_err(|error| anyhow::anyhow!("the answer cannot be read: {error}"))?.to_bytes();
        anyhow::Ok((status, bytes))
    };
    let asked = tokio::time::timeout(PATIENCE, asking).await;
    let (status, bytes) = asked.with_context(|| format!("{authority} does not answer"))??;
    if bytes.is_empty() {
        return Ok(Answer { status, body: Value::Null });
    }
    let body = serde_json::from_slice(&bytes)
        .with_context(|| format!("{authority} answers {status} without JSON: is that TOM?"))?;
    Ok(Answer { status, body })
}

/// A text as it may stand in a path or query.
pub(crate) fn escaped(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        for (url, wanted) in [
            ("http://127.0.0.1:8080", Some("127.0.0.1:8080")),
            ("http://localhost:8080/", Some("localhost:8080")),
            ("http://[::1]:8080", Some("[::1]:8080")),
            ("http://[::1]", Some("[::1]:80")),
            ("http://tom.example", Some("tom.example:80")),
            ("https://tom.example", None),
            ("127.0.0.1:8080", None),
            ("http://", None),
            ("http://a/b", None),
        ] {
            assert_eq!(authority(url).ok().as_deref(), wanted, "{url}");
        }
    }

    #[test]
    fn what_has_a_meaning_is_escaped() {
        assert_eq!(escaped("a-B.9_~"), "a-B.9_~");
        assert_eq!(escaped("a b&c=/?%\u{e4}"), "a%20b%26c%3D%2F%3F%25%C3%A4");
    }
}
