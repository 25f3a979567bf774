//! How is a header's value cut at its separators without being fooled by quotes and brackets?

/// Bytes a token is made of (RFC 3261, 25.1).
pub(crate) fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b))
}

/// Where `wanted` first stands outside quotes and angle brackets. An error: a quote or bracket is not closed.
pub(crate) fn find(text: &str, wanted: u8) -> Result<Option<usize>, Unbalanced> {
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    let mut found = None;
    for (at, byte) in text.bytes().enumerate() {
        if quoted {
            match byte {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
            continue;
        }
        if byte == wanted && !angle && found.is_none() {
            found = Some(at);
        }
        match byte {
            b'"' => quoted = true,
            b'<' => angle = true,
            b'>' => angle = false,
            _ => {}
        }
    }
    if quoted || angle { Err(Unbalanced) } else { Ok(found) }
}

/// A quote or an angle bracket that is opened and not closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unbalanced;

/// The parts between separators outside quotes and brackets, trimmed.
pub(crate) fn split(text: &str, separator: u8) -> Result<Vec<&str>, Unbalanced> {
    let mut parts = Vec::new();
    let mut rest = text;
    loop {
        match find(rest, separator)? {
            Some(at) => {
                parts.push(rest[..at].trim());
                rest = &rest[at + 1..];
            }
            None => {
                parts.push(rest.trim());
                return Ok(parts);
            }
        }
    }
}

/// The parameters behind a value, `;name=value;flag`, in order. Names are in lower case, quotes are taken off.
pub(crate) fn params(text: &str) -> Result<Vec<(String, Option<String>)>, Unbalanced> {
    let parts = split(text, b';')?;
    let parts = parts.into_iter().filter(|part| !part.is_empty());
    Ok(parts
        .map(|part| match part.split_once('=') {
            Some((name, value)) => (name.trim().to_ascii_lowercase(), Some(unquote(value.trim()))),
            None => (part.to_ascii_lowercase(), None),
        })
        .collect())
}

/// A quoted string's content; other text as it is.
pub(crate) fn unquote(text: &str) -> String {
    let Some(inner) = text.strip_prefix('"').and_then(|t| t.strip_suffix('"')) else {
        return text.to_owned();
    };
    let mut plain = String::with_capacity(inner.len());
    let mut chars = inner.chars();
    while let Some(c) = chars.next() {
        plain.extend(if c == '\\' { chars.next() } else { Some(c) });
    }
    plain
}
