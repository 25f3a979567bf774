//! What of the bytes that a model writes is text, and what is the call of a function?

use serde_json::Value;

use crate::prompt::{CLOSES, OPENS};
use crate::request::{Call, Piece};

/// What a reply is made of so far.
#[derive(Debug)]
pub(crate) struct Output {
    /// Bytes that are no whole character yet.
    bytes: Vec<u8>,
    /// Text that may be the beginning of a mark.
    held: String,
    /// Bytes of text that were told.
    told: usize,
    /// Bytes of the call under way, without its mark.
    call: Option<Vec<u8>>,
    /// Calls that were told.
    calls: usize,
    /// Whether marks of calls mean anything.
    may_call: bool,
}

impl Output {
    pub(crate) fn new(may_call: bool, begins_with_call: bool) -> Self {
        Self {
            bytes: Vec::new(),
            held: String::new(),
            told: 0,
            call: begins_with_call.then(Vec::new),
            calls: 0,
            may_call,
        }
    }

    /// Whether a call is being written.
    pub(crate) fn in_call(&self) -> bool {
        self.call.is_some()
    }

    /// Where in these bytes the mark of a call ends, if they end one.
    pub(crate) fn opens_within(&self, bytes: &[u8]) -> Option<usize> {
        if !self.may_call || self.in_call() {
            return None;
        }
        let all = [self.held.as_bytes(), &self.bytes, bytes].concat();
        let before = all.len() - bytes.len();
        let at = all.windows(OPENS.len()).position(|window| window == OPENS.as_bytes())?;
        Some((at + OPENS.len()).saturating_sub(before))
    }

    /// Whether the bytes of the call stay UTF-8 with these.
    pub(crate) fn fits(&self, bytes: &[u8]) -> bool {
        let Some(call) = &self.call else { return true };
        // Only the last character can be open.
        let from = call.len().saturating_sub(3);
        let from = (from..call.len()).find(|at| is_first(call[*at])).unwrap_or(call.len());
        let mut end = call[from..].to_vec();
        end.extend_from_slice(bytes);
        match std::str::from_utf8(&end) {
            Ok(_) => true,
            Err(e) => e.error_len().is_none(),
        }
    }

    /// Takes what was written and gives what can be told.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Option<Piece> {
        if let Some(call) = &mut self.call {
            call.extend_from_slice(bytes);
            let whole = whole_call(call, self.calls)?;
            self.call = None;
            self.calls += 1;
            return Some(Piece::Call(whole));
        }
        self.bytes.extend_from_slice(bytes);
        let text = characters(&mut self.bytes, false);
        self.held.push_str(&text);
        if !self.may_call {
            return self.tell(self.held.len());
        }
        if let Some(at) = self.held.find(OPENS) {
            let told = self.tell(at);
            self.held.clear();
            self.call = Some(Vec::new());
            return told;
        }
        let may_be_mark = (1..OPENS.len()).rev().find(|n| self.held.ends_with(&OPENS[..*n])).unwrap_or(0);
        self.tell(self.held.len() - may_be_mark)
    }

    /// The reply is over: gives what was held back.
    pub(crate) fn end(&mut self) -> Option<Piece> {
        let rest = characters(&mut self.bytes, true);
        self.held.push_str(&rest);
        self.tell(self.held.len())
    }

    fn tell(&mut self, length: usize) -> Option<Piece> {
        if length == 0 {
            return None;
        }
        let rest = self.held.split_off(length);
        let text = std::mem::replace(&mut self.held, rest);
        let at = self.told;
        self.told += text.len();
        Some(Piece::Text { at, text })
    }
}

const fn is_first(byte: u8) -> bool {
    byte & 0xc0 != 0x80
}

/// Takes whole characters off the front. What is none becomes U+FFFD; what may become one stays, unless it is the end.
fn characters(bytes: &mut Vec<u8>, end: bool) -> String {
    let mut text = String::new();
    let mut used = 0;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        used += chunk.valid().len();
        let rest = &bytes[used..];
        let open =
            matches!(std::str::from_utf8(rest), Err(e) if e.valid_up_to() == 0 && e.error_len().is_none());
        if !chunk.invalid().is_empty() && (end || !open) {
            text.push('\u{fffd}');
            used += chunk.invalid().len();
        }
    }
    bytes.drain(..used);
    text
}

/// The call, if all of it is there.
fn whole_call(bytes: &[u8], number: usize) -> Option<Call> {
    let text = std::str::from_utf8(bytes).ok()?.strip_suffix(CLOSES)?.trim();
    let call: Value = serde_json::from_str(text).ok()?;
    let name = call["name"].as_str()?.to_owned();
    Some(Call { id: format!("call_{number}"), name, arguments: call["arguments"].to_string() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn told(output: &mut Output, bytes: &[u8], size: usize) -> (String, Vec<Call>) {
        let mut pieces: Vec<Piece> = bytes.chunks(size).filter_map(|chunk| output.push(chunk)).collect();
        pieces.extend(output.end());
        let (mut text, mut calls) = (String::new(), Vec::new());
        for piece in pieces {
            match piece {
                Piece::Text { at, text: more } => {
                    assert_eq!(at, text.len());
                    text.push_str(&more);
                }
                Piece::Call(call) => calls.push(call),
            }
        }
        (text, calls)
    }

    #[test]
    fn calls_are_told_whole_and_text_around_them_at_once() {
        let written = "Moment. <tool_call>\n{\"name\": \"a\", \"arguments\": {\"x\":\"</tool_call>\"}}\n</tool_call>Ja <b";
        for size in 1..30 {
            let mut output = Output::new(true, false);
            // The engine cuts tokens where a mark ends.
            let (text, calls) = {
                let at = written.find("\n{").unwrap();
                let mut all = told(&mut output, &written.as_bytes()[..at], size);
                let more = &written.as_bytes()[at..];
                for chunk in more.chunks(1) {
                    match output.push(chunk) {
                        Some(Piece::Text { text, .. }) => all.0.push_str(&text),
                        Some(Piece::Call(call)) => all.1.push(call),
                        None => {}
                    }
                }
                if let Some(Piece::Text { text, .. }) = output.end() {
                    all.0.push_str(&text);
                }
                all
            };
            assert_eq!(text, "Moment. Ja <b");
            assert_eq!(calls.len(), 1);
            assert_eq!((&*calls[0].id, &*calls[0].arguments), ("call_0", r#"{"x":"</tool_call>"}"#));
        }
    }

    #[test]
    fn a_token_with_the_mark_inside_is_cut_behind_it() {
        let mut output = Output::new(true, false);
        assert_eq!(output.opens_within(b"a<tool"), None);
        output.push(b"a<tool");
        assert_eq!(output.opens_within(b"_call>{\"n"), Some(6));
        assert_eq!(Output::new(false, false).opens_within(b"<tool_call>"), None);
    }

    proptest! {
        #[test]
        fn text_is_told_once_and_in_order_however_it_comes(text in "[a<>_toolcäß€😀 ]{0,40}", size in 1usize..6) {
            prop_assume!(!text.contains(OPENS));
            let (all, calls) = told(&mut Output::new(true, false), text.as_bytes(), size);
            prop_assert_eq!(all, text);
            prop_assert!(calls.is_empty());
        }

        #[test]
        fn any_bytes_become_text(bytes: Vec<u8>, size in 1usize..6) {
            let (all, _) = told(&mut Output::new(false, false), &bytes, size);
            prop_assert_eq!(all, String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn only_bytes_that_stay_text_fit_a_call(bytes: Vec<u8>) {
            let mut output = Output::new(true, true);
            let mut all = Vec::new();
            for byte in bytes {
                if output.fits(&[byte]) {
                    output.push(&[byte]);
                    all.push(byte);
                }
                prop_assert!(std::str::from_utf8(&all).map_or_else(|e| e.error_len().is_none(), |_| true));
            }
        }
    }
}
