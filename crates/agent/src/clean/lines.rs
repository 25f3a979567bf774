//! What does a line's beginning say about it: a heading, an item of a list, a table, code?

use super::Sink;

/// A row of a table is not longer.
const LONGEST_ROW: usize = 2_000;

/// Drops the marks at the beginnings of lines, code, and the rules of tables.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The line's first characters, as long as they may be a mark.
    held: String,
    kind: Kind,
    /// The fence that ends the code, while its lines are hidden.
    fence: Option<char>,
    /// Line breaks after the last text that are not handed on yet.
    breaks: u32,
    /// The last line was a heading, an item or a row: it ends as a sentence does.
    own: bool,
    /// The last character handed on.
    last: Option<char>,
}

/// What the line under way is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Kind {
    /// Not known yet.
    #[default]
    Start,
    /// Text, handed on as it comes.
    Text,
    /// Hidden: code, a fence.
    Hidden,
}

impl Lines {
    pub(super) fn push(&mut self, c: char, out: Sink<'_>) {
        if c == '\n' {
            return self.end(out);
        }
        match self.kind {
            Kind::Text => self.emit(c, out),
            Kind::Hidden => {}
            Kind::Start => {
                self.held.push(c);
                self.look(out);
            }
        }
    }

    pub(super) fn finish(&mut self, out: Sink<'_>) {
        self.end(out);
    }

    fn look(&mut self, out: Sink<'_>) {
        let line = self.held.trim_start();
        if let Some(fence) = self.fence {
            let ends = line.chars().all(|c| c == fence);
            if !ends {
                self.kind = Kind::Hidden;
            }
            return;
        }
        let Some(mark) = line.chars().next() else {
            return;
        };
        let rest = line.trim_start_matches(mark);
        let count = line.chars().count() - rest.chars().count();
        match mark {
            '|' if line.len() < LONGEST_ROW => {}
            '`' | '~' if rest.is_empty() && count < 3 => {}
            '`' | '~' if count >= 3 => {
                self.fence = Some(mark);
                self.kind = Kind::Hidden;
            }
            '#' | '>' if rest.is_empty() && count <= 6 => {}
            '#' | '>' if rest.starts_with(char::is_whitespace) => self.begin(mark == '#', 0, out),
            '-' | '*' | '_' | '+' | '•' | '–' | '·' if rest.is_empty() => {}
            '-' | '*' | '+' | '•' | '–' | '·' if count == 1 && rest.starts_with(char::is_whitespace) => {
                self.begin(true, 0, out);
            }
            c if c.is_ascii_digit() && is_number_of_item(line) => {}
            _ => {
                let item = is_item(line);
                self.begin(item, self.held.len(), out);
            }
        }
    }

    /// The line is text. So many of the held bytes belong to it.
    fn begin(&mut self, own: bool, keep: usize, out: Sink<'_>) {
        let held = std::mem::take(&mut self.held);
        let text = held.get(held.len() - keep..).unwrap_or_default().trim_start();
        self.line_break(out);
        self.own = own;
        self.kind = Kind::Text;
        for c in text.chars() {
            self.emit(c, out);
        }
    }

    fn end(&mut self, out: Sink<'_>) {
        if self.kind == Kind::Start {
            let line = self.held.trim().to_owned();
            let ends_fence = self.fence.is_some() && line.chars().count() >= 3;
            if ends_fence {
                self.fence = None;
            } else if self.fence.is_none() && line.starts_with('|') {
                self.row(&line, out);
            } else if self.fence.is_none() && line.chars().any(char::is_alphanumeric) {
                self.begin(false, self.held.len(), out);
            } else if line.is_empty() {
                self.breaks += 1;
            }
        }
        self.held.clear();
        if self.kind == Kind::Text {
            self.breaks += 1;
        }
        self.kind = Kind::Start;
    }

    /// A row of a table becomes a list of its cells.
    fn row(&mut self, line: &str, out: Sink<'_>) {
        let cells = line.split('|').map(str::trim).filter(|c| c.chars().any(char::is_alphanumeric));
        let cells: Vec<&str> = cells.collect();
        if cells.is_empty() {
            return;
        }
        self.line_break(out);
        self.own = true;
        for c in cells.join(", ").chars() {
            self.emit(c, out);
        }
        self.breaks += 1;
    }

    /// Hands on what lies between the last line and this one: a blank line ends a sentence, and so do
    /// headings, items and rows, if no punctuation does.
    fn line_break(&mut self, out: Sink<'_>) {
        if self.breaks == 0 || self.last.is_none() {
            self.breaks = 0;
            return;
        }
        let open =
            self.last.is_some_and(|c| c.is_alphanumeric() || matches!(c, ')' | '*' | '_' | '`' | '"' | '%'));
        if open && (self.own || self.breaks > 1) {
            out('.');
        }
        out('\n');
        self.breaks = 0;
    }

    fn emit(&mut self, c: char, out: Sink<'_>) {
        if !c.is_whitespace() {
            self.last = Some(c);
        }
        out(c);
    }
}

/// Whether a line may become `1. text` or `1) text`.
fn is_number_of_item(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    line.len() - rest.len() <= 3 && matches!(rest, "" | "." | ")")
}

/// Whether a line is `1. text` or `1) text`.
fn is_item(line: &str) -> bool {
    let rest = line.trim_start_matches(|c: char| c.is_ascii_digit());
    let marked = rest.strip_prefix(['.', ')']).is_some_and(|r| r.starts_with(char::is_whitespace));
    (1..=3).contains(&(line.len() - rest.len())) && marked
}
