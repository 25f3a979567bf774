//! Which parts has a form with a file?

use crate::script::Fields;

/// The parts of a `multipart/form-data` body: its fields, and its file.
pub(crate) fn parse<'a>(content_type: &str, body: &'a [u8]) -> Option<(Fields, Option<&'a [u8]>)> {
    let boundary = content_type.split("boundary=").nth(1)?.split(';').next()?.trim().trim_matches('"');
    let mark = format!("--{boundary}");
    let mut fields = Vec::new();
    let mut file = None;
    let mut rest = body.strip_prefix(mark.as_bytes())?;
    let between = format!("\r\n{mark}");
    while let Some(part) = rest.strip_prefix(b"\r\n") {
        let (part, after) = split(part, between.as_bytes())?;
        rest = after;
        let (head, content) = split(part, b"\r\n\r\n")?;
        let head = std::str::from_utf8(head).ok()?;
        let name = head.split("name=\"").nth(1)?.split('"').next()?;
        if head.contains("filename=") {
            file = Some(content);
        } else {
            fields.push((name.to_owned(), String::from_utf8_lossy(content).into_owned()));
        }
    }
    rest.starts_with(b"--").then_some((Fields(fields), file))
}

/// The bytes before and after the first place where others stand.
fn split<'a>(bytes: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let mut from = 0;
    loop {
        let found = from + bytes.get(from..)?.iter().position(|byte| *byte == at[0])?;
        if bytes[found..].starts_with(at) {
            return Some((&bytes[..found], &bytes[found + at.len()..]));
        }
        from = found + 1;
    }
}

/// The samples of a WAV file of 16-bit PCM, one channel.
pub(crate) fn wav(file: &[u8]) -> Option<Vec<i16>> {
    if !file.starts_with(b"RIFF") || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let mut rest = &file[12..];
    loop {
        let (name, length) = (rest.get(..4)?, rest.get(4..8)?);
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let content = &rest[8..];
        if name == b"data" {
            let content = &content[..length.min(content.len())];
            return Some(content.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect());
        }
        rest = content.get(length + length % 2..)?;
    }
}
