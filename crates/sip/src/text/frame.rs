//! Where does one message end in a stream, and the next begin?

use super::headers::Headers;

/// Most bytes of a head in a stream.
pub(crate) const MOST_HEAD: usize = 16 * 1024;
/// Most bytes of a body.
pub(crate) const MOST_BODY: usize = 64 * 1024;

/// What stands at the front of a stream's buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framed {
    /// Not yet a whole message.
    More,
    /// A ping (RFC 5626, 4.4.1) of so many bytes.
    Ping(usize),
    /// Line ends of so many bytes that mean nothing.
    Blank(usize),
    /// A message of so many bytes.
    Message(usize),
    /// A message whose end cannot be known or is too far away: the connection has to be closed.
    Lost,
}

/// Looks at the front of the buffer (RFC 3261, 18.3: in streams Content-Length tells the end).
pub(crate) fn next(buffer: &[u8]) -> Framed {
    if buffer.starts_with(b"\r\n\r\n") {
        return Framed::Ping(4);
    }
    if buffer == b"\r" || buffer == b"\r\n\r" {
        return Framed::More;
    }
    // Alone it answers a ping of ours.
    if buffer.starts_with(b"\r\n") {
        return Framed::Blank(2);
    }
    let Some(head) = buffer.windows(4).position(|four| four == b"\r\n\r\n") else {
        return if buffer.len() > MOST_HEAD { Framed::Lost } else { Framed::More };
    };
    if head > MOST_HEAD {
        return Framed::Lost;
    }
    let mut headers = Headers::default();
    for line in String::from_utf8_lossy(&buffer[..head]).lines().skip(1) {
        if let Some((name, value)) = line.split_once(':') {
            headers.push(name.trim(), value.trim());
        }
    }
    let Some(length) = headers.get("Content-Length") else { return Framed::Lost };
    let Ok(length) = length.parse::<usize>() else { return Framed::Lost };
    if length > MOST_BODY || headers.all("Content-Length").any(|other| other.parse() != Ok(length)) {
        return Framed::Lost;
    }
    let end = head + 4 + length;
    if buffer.len() >= end { Framed::Message(end) } else { Framed::More }
}
