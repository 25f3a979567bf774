//! How does a JSON text get to a web address of the operator's?

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, Uri};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tom_server::Post;
use tom_tls::Trust;

/// An address that texts are posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct WebAddress {
    secure: bool,
    /// Without the brackets of an IPv6 address.
    host: String,
    port: u16,
    authority: String,
    /// The path with its query.
    path: String,
}

impl FromStr for WebAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "is no address such as https://crm.example/calls";
        let uri: Uri = text.parse().map_err(|_| SHAPE)?;
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(SHAPE),
        };
        let authority = uri.authority().ok_or(SHAPE)?;
        if authority.as_str().contains('@') {
            return Err("has a password in it; use one that needs none");
        }
        let host = authority.host().trim_start_matches('[').trim_end_matches(']').to_owned();
        let named = authority.as_str().len() > authority.host().len();
        if host.is_empty() || (named && uri.port_u16().is_none()) {
            return Err(SHAPE);
        }
        let port = uri.port_u16().unwrap_or(if secure { 443 } else { 80 });
        let path = uri.path_and_query().map_or("/", |path| path.as_str()).to_owned();
        Ok(Self { secure, host, port, authority: authority.to_string(), path })
    }
}

impl fmt::Display for WebAddress {
    /// Without the query, which may hold a secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", if self.secure { "https" } else { "http" }, self.authority)
    }
}

/// Posts to an address. Whoever posts says how long it may take.
///
/// # Errors
/// When TLS is wanted and there are no certificates to trust.
pub(crate) fn poster(address: WebAddress) -> anyhow::Result<Post> {
    let trust = match address.secure {
        true => {
            tom_tls::check_host(&address.host)
                .map_err(|why| anyhow::anyhow!("transfer.summary_url: {why}"))?;
            Some(Trust::read(None, "the system", &["http/1.1"])?)
        }
        false => None,
    };
    let shared = Arc::new((address, trust));
    Ok(Arc::new(move |body| {
        let shared = shared.clone();
        Box::pin(async move {
            let (address, trust) = &*shared;
            send(address, trust.as_ref(), body).await.map_err(|why| format!("{address}: {why}"))
        })
    }))
}

async fn send(address: &WebAddress, trust: Option<&Trust>, body: String) -> Result<(), String> {
    let tcp = TcpStream::connect((&*address.host, address.port)).await.map_err(|error| error.to_string())?;
    match trust {
        Some(trust) => {
            let stream = trust.secure(&address.host, tcp).await.map_err(|error| error.to_string())?;
            ask(address, stream, body).await
        }
        None => ask(address, tcp, body).await,
    }
}

async fn ask<T>(address: &WebAddress, stream: T, body: String) -> Result<(), String>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let request = Request::post(&address.path)
        .header(HOST, &address.authority)
        .header(USER_AGENT, concat!("tom/", env!("CARGO_PKG_VERSION")))
        .header(CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| error.to_string())?;
    let (mut sender, connection) =
        http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
    let answer = async move { sender.send_request(request).await };
    tokio::pin!(answer, connection);
    let answer = tokio::select! {
        answer = &mut answer => answer,
        // It may have ended with the answer.
        _ended = &mut connection => answer.await,
    };
    let answer = answer.map_err(|error| error.to_string())?;
    match answer.status() {
        status if status.is_success() => Ok(()),
        status => Err(format!("it answers {status}")),
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpListener;

    use super::*;

    #[test]
    fn addresses_are_read_or_refused() {
        let read = |text: &str| text.parse::<WebAddress>();
        let address = read("https://crm.example/calls?key=1").expect("an address");
        assert_eq!((address.secure, address.port, &*address.path), (true, 443, "/calls?key=1"));
        assert_eq!(address.to_string(), "https://crm.example", "no secret is told");
        assert_eq!(read("http://[::1]:8080").map(|a| (a.host, a.port)), Ok(("::1".into(), 8080)));
        for text in ["", "crm.example", "ftp://a/b", "https://", "http://u:p@a/", "http://a:x/", "/a"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_text_is_posted_and_what_is_wrong_is_told() {
        for (answer, good) in [
            ("HTTP/1.1 204 No Content\r\n\r\n", true),
            ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", true),
            ("HTTP/1.1 500 No\r\n\r\n", false),
            ("", false),
        ] {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
            let address = format!("http://{}/calls?a=b", listener.local_addr().expect("an address"));
            let post = poster(address.parse().expect("an address")).expect("a poster");
            let asked = tokio::spawn(post("{\"a\":1}".into()));
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let mut got = String::new();
            while !got.ends_with("{\"a\":1}") {
                let mut piece = [0; 1024];
                let length = stream.read(&mut piece).await.expect("a request");
                assert!(length > 0, "{got}");
                got.push_str(&String::from_utf8_lossy(&piece[..length]));
            }
            assert!(
                got.starts_with("POST /calls?a=b HTTP/1.1\r\n") && got.contains("application/json"),
                "{got}"
            );
            stream.write_all(answer.as_bytes()).await.expect("an answer");
            // One that has answered may keep the connection.
            let kept = good.then_some(stream);
            let result = asked.await.expect("no panic");
            drop(kept);
            assert_eq!(result.is_ok(), good, "{answer}: {result:?}");
        }
    }
}
