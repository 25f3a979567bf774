//! How is a file asked for, from some byte on?

use std::time::Duration;

use http_body_util::{BodyExt as _, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    ACCEPT_ENCODING, CONTENT_LENGTH, CONTENT_RANGE, HOST, HeaderMap, HeaderName, LOCATION,
    PROXY_AUTHORIZATION, RANGE, RETRY_AFTER, USER_AGENT,
};
use hyper::{Request, StatusCode};

use super::connect::Connection;
use super::{Client, Url};

/// Addresses that one may lead to after another.
const MOST_REDIRECTS: usize = 10;
/// Longest that a server's wish to wait is heeded.
const LONGEST_WISH: Duration = Duration::from_secs(60);

/// Why nothing came, or no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NetError {
    pub(crate) what: String,
    /// Whether asking once more may help.
    pub(crate) again: bool,
    /// How long the server wants to be left alone.
    pub(crate) wait: Option<Duration>,
    /// Nothing was reached at all.
    pub(crate) unreachable: bool,
}

impl NetError {
    pub(crate) fn again(what: String) -> Self {
        Self { what, again: true, wait: None, unreachable: false }
    }

    pub(crate) fn unreachable(what: String) -> Self {
        Self { unreachable: true, ..Self::again(what) }
    }

    pub(crate) fn lasting(what: String) -> Self {
        Self { what, again: false, wait: None, unreachable: false }
    }
}

/// An answer whose body is still to come.
pub(crate) struct Answer {
    /// The byte at which it begins.
    pub(crate) from: u64,
    /// The size of the whole file, where the server says it.
    pub(crate) size: Option<u64>,
    body: Incoming,
    silence: Duration,
    _connection: Connection,
}

impl Client {
    /// Asks for a file from a byte on. The answer may begin at 0 all the same: not all servers can do otherwise. None
    /// means that the server has no such byte.
    pub(crate) async fn get(&self, url: &Url, from: u64) -> Result<Option<Answer>, NetError> {
        let mut url = url.clone();
        for _ in 0..=MOST_REDIRECTS {
            let (connection, status, headers, body) = self.ask(&url, from).await?;
            let number = |name| text(&headers, name).and_then(|text| text.trim().parse::<u64>().ok());
            let silence = self.patience().silence;
            match status.as_u16() {
                200 => {
                    let size = number(CONTENT_LENGTH);
                    return Ok(Some(Answer { from: 0, size, body, silence, _connection: connection }));
                }
                206 => {
                    let range = text(&headers, CONTENT_RANGE).and_then(range);
                    let (from, size) = range.ok_or_else(|| {
                        NetError::lasting(format!("{url} sends a part without saying which (content-range)"))
                    })?;
                    return Ok(Some(Answer { from, size, body, silence, _connection: connection }));
                }
                416 if from > 0 => return Ok(None),
                301 | 302 | 303 | 307 | 308 => {
                    let to = text(&headers, LOCATION).unwrap_or_default();
                    let next = url.join(to).map_err(|_| {
                        let shown: String = to.chars().take(100).collect();
                        NetError::lasting(format!("{url} leads to {shown:?}, which is no web address"))
                    })?;
                    if url.is_https() && !next.is_https() {
                        return Err(NetError::lasting(format!(
                            "{url} leads to {next}, which is not encrypted"
                        )));
                    }
                    url = next;
                }
                code => return Err(refused(&url, code, &headers)),
            }
        }
        Err(NetError::lasting(format!("{url}: one address leads to another without end")))
    }

    async fn ask(
        &self,
        url: &Url,
        from: u64,
    ) -> Result<(Connection, StatusCode, HeaderMap, Incoming), NetError> {
        let mut connection = self.connect(url).await?;
        let target = if connection.whole {
            format!("http://{}{}", url.authority(), url.path())
        } else {
            url.path().to_owned()
        };
        let mut request = Request::get(target)
            .header(HOST, url.authority())
            .header(USER_AGENT, concat!("tom/", env!("CARGO_PKG_VERSION")))
            // Sizes and ranges are those of the file itself.
            .header(ACCEPT_ENCODING, "identity");
        if let Some(key) = &connection.authorization {
            request = request.header(PROXY_AUTHORIZATION, key);
        }
        if from > 0 {
            request = request.header(RANGE, format!("bytes={from}-"));
        }
        let request = request
            .body(Empty::<Bytes>::new())
            .map_err(|error| NetError::lasting(format!("{url} cannot be asked: {error}")))?;
        let sent =
            tokio::time::timeout(self.patience().silence, connection.sender.send_request(request)).await;
        let sent = sent.map_err(|_| NetError::again(format!("{url} does not answer")))?;
        let (head, body) =
            sent.map_err(|error| NetError::again(format!("{url} broke off: {error}")))?.into_parts();
        Ok((connection, head.status, head.headers, body))
    }
}

impl Answer {
    /// The next bytes; none at the end.
    pub(crate) async fn bytes(&mut self) -> Result<Option<Bytes>, NetError> {
        loop {
            let next = tokio::time::timeout(self.silence, self.body.frame()).await;
            let next = next.map_err(|_| {
                NetError::again(format!("nothing more came for {} s", self.silence.as_secs_f32()))
            })?;
            let Some(frame) = next else { return Ok(None) };
            let frame = frame.map_err(|error| NetError::again(format!("the server broke off: {error}")))?;
            if let Ok(data) = frame.into_data()
                && !data.is_empty()
            {
                return Ok(Some(data));
            }
        }
    }
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// `bytes 100-199/200` or `bytes 100-199/*`: the first byte, and the size of the whole.
fn range(text: &str) -> Option<(u64, Option<u64>)> {
    let (span, size) = text.trim().strip_prefix("bytes ")?.split_once('/')?;
    let (first, last) = span.split_once('-')?;
    let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
    let size = match size.trim() {
        "*" => None,
        size => Some(size.parse().ok().filter(|size| last < *size)?),
    };
    (first <= last).then_some((first, size))
}

fn refused(url: &Url, code: u16, headers: &HeaderMap) -> NetError {
    let what = match code {
        401 | 403 => format!(
            "{url} does not give it to us ({code}): it may need an account, or a licence accepted there"
        ),
        404 | 410 => format!("{url} does not have it ({code})"),
        407 => {
            format!("the proxy wants a password for {url} (407): https_proxy=http://USER:PASSWORD@HOST:PORT")
        }
        429 => format!("{url} takes no more requests now (429)"),
        500..=599 => format!("{url} failed ({code})"),
        _ => format!("{url} answers {code}"),
    };
    let again = matches!(code, 408 | 425 | 429 | 500..=599);
    let wait = text(headers, RETRY_AFTER).and_then(|text| text.trim().parse().ok());
    NetError {
        what,
        again,
        wait: wait.map(|seconds| Duration::from_secs(seconds).min(LONGEST_WISH)),
        unreachable: false,
    }
}

#[cfg(test)]
mod tests {
    use super::range;

    #[test]
    fn ranges_are_read_or_refused() {
        assert_eq!(range("bytes 100-199/200"), Some((100, Some(200))));
        assert_eq!(range("bytes 0-0/*"), Some((0, None)));
        for bad in ["", "bytes", "bytes */200", "bytes 5-4/9", "bytes 0-9/9", "items 0-1/2", "bytes a-b/c"] {
            assert_eq!(range(bad), None, "{bad}");
        }
    }
}
