//! Which message do these bytes hold, and what is wrong with them if they hold none?

use super::headers::Headers;
use super::message::{Message, Request, Response};
use super::method::Method;
use super::scan;

/// Most headers a message may have.
const MOST_HEADERS: usize = 256;

/// What cannot be read as a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Bad {
    /// Not even the shape of SIP: nothing is answered.
    Noise,
    /// A request that deserves this status and can be answered, since its headers were read.
    Request(Box<Request>, u16, &'static str),
}

/// Reads one message out of a datagram or a framed part of a stream. Bytes behind the body are dropped
/// (RFC 3261, 18.3).
pub(crate) fn message(bytes: &[u8]) -> Result<Message, Bad> {
    let (head, body) = cut(bytes).ok_or(Bad::Noise)?;
    let head = String::from_utf8_lossy(head);
    let mut lines = unfold(&head).into_iter();
    let first = lines.next().ok_or(Bad::Noise)?;
    let (headers, whole) = headers(lines);
    if let Some(rest) = strip_version(&first) {
        return response(rest, headers, body)
            .filter(|_| whole.is_ok())
            .map(Message::Response)
            .ok_or(Bad::Noise);
    }
    let (method, uri, fault) = request_line(&first)?;
    let mut request = Request { method, uri, headers, body: Vec::new() };
    match fault.map_or_else(|| whole.and_then(|()| content(&request.headers, body)), Err) {
        Ok(body) => {
            request.body = body.to_vec();
            Ok(Message::Request(request))
        }
        Err((status, why)) => Err(Bad::Request(Box::new(request), status, why)),
    }
}

type Fault = (u16, &'static str);

/// Head and what follows it. Line ends may be bare LF: be liberal in what is read.
fn cut(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let start = bytes.iter().position(|b| *b != b'\r' && *b != b'\n')?;
    let bytes = &bytes[start..];
    let mut at = 0;
    while let Some(end) = bytes[at..].iter().position(|b| *b == b'\n').map(|end| at + end) {
        let line = &bytes[at..end];
        if line.is_empty() || line == b"\r" {
            return Some((&bytes[..at], &bytes[end + 1..]));
        }
        at = end + 1;
    }
    None
}

/// Lines of the head with folded ones joined (RFC 3261, 7.3.1).
fn unfold(head: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for line in head.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)) {
        match lines.last_mut() {
            Some(last) if line.starts_with([' ', '\t']) => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ if line.is_empty() => {}
            _ => lines.push(line.to_owned()),
        }
    }
    lines
}

fn headers(lines: impl Iterator<Item = String>) -> (Headers, Result<(), Fault>) {
    let mut headers = Headers::default();
    let mut whole = Ok(());
    for line in lines {
        match line.split_once(':') {
            Some((name, value)) if scan::is_token(name.trim_end()) => {
                headers.push(name.trim_end(), value.trim());
            }
            _ => whole = Err((400, "a header line is none")),
        }
        if headers.len() > MOST_HEADERS {
            return (headers, Err((400, "too many headers")));
        }
    }
    (headers, whole)
}

fn strip_version(line: &str) -> Option<&str> {
    let start = line.get(..8)?;
    start.eq_ignore_ascii_case("SIP/2.0 ").then(|| &line[8..])
}

fn response(rest: &str, headers: Headers, body: &[u8]) -> Option<Response> {
    let (status, reason) = rest.split_once(' ').unwrap_or((rest, ""));
    let status: u16 = status.parse().ok().filter(|status| (100..700).contains(status))?;
    let body = content(&headers, body).ok()?.to_vec();
    super::message::cseq(&headers)?;
    Some(Response { status, reason: reason.to_owned(), headers, body })
}

/// Method and address, and what is wrong with them.
fn request_line(line: &str) -> Result<(Method, String, Option<Fault>), Bad> {
    let method = line.split_whitespace().next().filter(|method| scan::is_token(method)).ok_or(Bad::Noise)?;
    let version = line.split_whitespace().next_back().ok_or(Bad::Noise)?;
    let is_sip = version.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("SIP/"));
    if !is_sip || method.len() == line.len() {
        return Err(Bad::Noise);
    }
    let mut parts = line.split(' ');
    let (uri, strict) = match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(_), Some(uri), Some(last), None) => (uri, last == version),
        _ => ("", false),
    };
    let fault = if !version.eq_ignore_ascii_case("SIP/2.0") {
        Some((505, "another version than 2.0"))
    } else if !strict || uri.is_empty() {
        Some((400, "the request line has other parts than method, address, version"))
    } else {
        None
    };
    Ok((Method::read(method), uri.to_owned(), fault))
}

/// The body as long as Content-Length says, the whole rest without it.
fn content<'a>(headers: &Headers, rest: &'a [u8]) -> Result<&'a [u8], Fault> {
    let mut lengths = headers.all("Content-Length");
    let Some(length) = lengths.next() else { return Ok(rest) };
    if lengths.any(|other| other != length) {
        return Err((400, "two lengths"));
    }
    let length: usize = length.trim().parse().map_err(|_| (400, "the length is no number"))?;
    rest.get(..length).ok_or((400, "the body is shorter than its length"))
}
