//! What is a SIP message, and how is it written?

use super::headers::Headers;
use super::method::Method;

/// A request or a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Message {
    Request(Request),
    Response(Response),
}

/// A request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: Method,
    /// The Request-URI as written.
    pub(crate) uri: String,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) reason: String,
    pub(crate) headers: Headers,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The bytes to send. Content-Length is written last, from the body.
    pub(crate) fn write(&self) -> Vec<u8> {
        write(&format!("{} {} SIP/2.0", self.method.name(), self.uri), &self.headers, &self.body)
    }

    /// Number and method of the header CSeq; 0 where it is broken, which the check of requests refuses.
    pub(crate) fn cseq(&self) -> u32 {
        cseq(&self.headers).map_or(0, |(number, _)| number)
    }

    /// The answer to this request: Via, From, To, Call-ID, CSeq and Record-Route as RFC 3261, 8.2.6.2 wants them.
    pub(crate) fn respond(&self, status: u16, to_tag: Option<&str>) -> Response {
        let mut headers = Headers::default();
        for (name, value) in self.headers.iter() {
            let copied =
                ["Via", "From", "Call-ID", "CSeq"].iter().any(|known| known.eq_ignore_ascii_case(name));
            let routed = name.eq_ignore_ascii_case("Record-Route") && (101..300).contains(&status);
            if copied || routed {
                headers.push(name, value);
            }
        }
        let to = self.headers.get("To").unwrap_or_default();
        let has_tag = super::address::tag(to).is_some();
        let tag = to_tag.filter(|_| !has_tag && status > 100);
        headers.push("To", tag.map_or_else(|| to.to_owned(), |tag| format!("{to};tag={tag}")));
        Response { status, reason: reason(status).to_owned(), headers, body: Vec::new() }
    }
}

impl Response {
    /// The bytes to send.
    pub(crate) fn write(&self) -> Vec<u8> {
        write(&format!("SIP/2.0 {} {}", self.status, self.reason), &self.headers, &self.body)
    }

    /// Adds a body and names its type.
    pub(crate) fn with_body(mut self, kind: &str, body: Vec<u8>) -> Self {
        self.headers.set("Content-Type", kind);
        self.body = body;
        self
    }
}

fn write(first: &str, headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut text = String::with_capacity(512 + body.len());
    text.push_str(first);
    text.push_str("\r\n");
    for (name, value) in headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("Content-Length")) {
        text.push_str(name);
        text.push_str(": ");
        // What a peer sent never breaks out of its line.
        text.extend(value.chars().filter(|c| *c != '\r' && *c != '\n'));
        text.push_str("\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n", body.len()));
    let mut bytes = text.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

/// Number and method of CSeq.
pub(crate) fn cseq(headers: &Headers) -> Option<(u32, Method)> {
    let (number, method) = headers.get("CSeq")?.trim().split_once(char::is_whitespace)?;
    let number: u32 = number.parse().ok()?;
    // RFC 3261, 8.1.1.5: less than 2^31.
    (number < 1 << 31).then(|| (number, Method::read(method.trim())))
}

/// The phrase that goes with a status (RFC 3261, 21 and the registry of IANA).
pub(crate) fn reason(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        183 => "Session Progress",
        200 => "OK",
        202 => "Accepted",
        302 => "Moved Temporarily",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Timeout",
        413 => "Request Entity Too Large",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        420 => "Bad Extension",
        422 => "Session Interval Too Small",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        500 => "Server Internal Error",
        501 => "Not Implemented",
        503 => "Service Unavailable",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        600 => "Busy Everywhere",
        603 => "Decline",
        _ if status < 200 => "Progress",
        _ if status < 300 => "OK",
        _ if status < 400 => "Redirection",
        _ if status < 500 => "Request Failure",
        _ => "Failure",
    }
}
