//! Where does an event of a stream of server-sent events begin and end?
//!
//! The format is the one of the HTML standard, section "Server-sent events": lines end with LF, CR or both, a
//! line without content ends an event, `data:` lines of one event are joined by line feeds, lines that begin
//! with a colon are comments. One thing is taken more kindly than there: an event that the stream ends in is
//! not dropped, because servers forget its empty line.

/// The longest event: no token of a model comes near it.
const MOST_BYTES: usize = 256 << 10;

/// An event was longer than 256 KiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is longer than {} KiB", MOST_BYTES >> 10)]
pub struct TooLong;

/// Cuts bytes into the data of events, whatever pieces they come in.
#[derive(Debug, Default)]
pub struct SseParser {
    /// The line that has begun.
    line: Vec<u8>,
    /// The data of the event that has begun; none: it has none yet.
    data: Option<String>,
    /// The last byte was a CR: an LF that follows ends no line.
    after_cr: bool,
    /// The first line, which may begin with a byte order mark, is behind us.
    begun: bool,
}

impl SseParser {
    /// Takes the next bytes and tells the data of each event that they complete. Bytes that are no UTF-8 are
    /// replaced.
    ///
    /// # Errors
    /// When an event is too long; the stream is then of no more use.
    pub fn push(&mut self, bytes: &[u8], event: &mut impl FnMut(&str)) -> Result<(), TooLong> {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let second = end == 0 && rest[0] == b'\n' && self.after_cr;
            if !second {
                self.grow(&rest[..end])?;
                self.line_ends(event)?;
            }
            self.after_cr = rest[end] == b'\r';
            rest = &rest[end + 1..];
        }
        if !rest.is_empty() {
            self.after_cr = false;
        }
        self.grow(rest)
    }

    /// The stream is over.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn end(&mut self, event: &mut impl FnMut(&str)) -> Result<(), TooLong> {
        if !self.line.is_empty() {
            self.line_ends(event)?;
        }
        if let Some(data) = self.data.take() {
            event(&data);
        }
        Ok(())
    }

    fn grow(&mut self, bytes: &[u8]) -> Result<(), TooLong> {
        if self.line.len() + bytes.len() > MOST_BYTES {
            return Err(TooLong);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn line_ends(&mut self, event: &mut impl FnMut(&str)) -> Result<(), TooLong> {
        let line = String::from_utf8_lossy(&self.line);
        let line = if self.begun { &*line } else { line.strip_prefix('\u{feff}').unwrap_or(&line) };
        self.begun = true;
        if line.is_empty() {
            if let Some(data) = self.data.take() {
                event(&data);
            }
        } else {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            if name == "data" {
                let value = value.strip_prefix(' ').unwrap_or(value);
                match &mut self.data {
                    None => self.data = Some(value.to_owned()),
                    Some(data) => {
                        if data.len() + value.len() > MOST_BYTES {
                            return Err(TooLong);
                        }
                        data.push('\n');
                        data.push_str(value);
                    }
                }
            }
        }
        self.line.clear();
        Ok(())
    }
}
