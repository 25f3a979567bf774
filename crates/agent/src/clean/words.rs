//! Which characters can be said, and how is an address said?

/// Faces made of punctuation.
const FACES: [&str; 14] =
    [":)", ":-)", ";)", ";-)", ":D", ":-D", ":(", ":-(", ":P", ":-P", "xD", "XD", "<3", "^^"];
/// A word is not longer; what is longer is handed on in parts.
const LONGEST: usize = 300;

/// Spells characters plainly, drops those without a sound, shortens repeated marks and addresses.
#[derive(Debug, Default)]
pub(super) struct Words {
    /// The word under way.
    word: String,
    /// A blank or line break is due before the next word.
    blank: Option<char>,
    /// The last character handed on.
    last: Option<char>,
}

impl Words {
    pub(super) fn push(&mut self, c: char, out: &mut String) {
        match c {
            '—' => {
                self.word(out);
                // A dash at the very end, or before a mark, is no pause.
                self.blank = Some(' ');
                self.word.push('-');
                self.word(out);
                self.blank = Some(' ');
            }
            '\n' | '\u{2028}' | '\u{2029}' => {
                self.word(out);
                self.blank = Some('\n');
            }
            _ if c.is_whitespace() => {
                self.word(out);
                self.blank = self.blank.or(Some(' '));
            }
            '…' => self.word.push_str("..."),
            '‘' | '’' | '‚' | '‛' | '′' | '`' | '´' => self.word.push('\''),
            '–' | '‐' | '‑' | '−' => self.word.push('-'),
            _ if has_no_sound(c) => {}
            ',' | ';' | '!' | '?' if !self.word.is_empty() && !is_address(&self.word) => {
                self.word.push(c);
                self.word(out);
            }
            _ => {
                self.word.push(c);
                if self.word.len() >= LONGEST {
                    self.word(out);
                }
            }
        }
    }

    pub(super) fn finish(&mut self, out: &mut String) {
        self.word(out);
    }

    /// Hands the word under way on.
    fn word(&mut self, out: &mut String) {
        let word = std::mem::take(&mut self.word);
        if word.is_empty() || FACES.contains(&&*word) {
            return;
        }
        let word = if is_address(&word) { spoken_address(&word) } else { without_underscores(&word) };
        for c in shortened(&word, self.last_mark()) {
            if let Some(blank) = self.blank.take() {
                let sticks = matches!(c, ',' | ';' | '.' | '!' | '?' | ')') && !word.starts_with("...");
                if self.last.is_some() && !(sticks && blank == ' ') {
                    out.push(blank);
                    self.last = Some(blank);
                }
            }
            out.push(c);
            self.last = Some(c);
        }
    }

    /// The mark handed on last, if nothing came after it that parts it from the next.
    fn last_mark(&self) -> Option<char> {
        self.last.filter(|_| self.blank != Some('\n'))
    }
}

/// Characters a voice would stumble over or spell out.
fn has_no_sound(c: char) -> bool {
    let emoji = matches!(u32::from(c),
        0x2190..=0x21FF | 0x2300..=0x23FF | 0x2460..=0x27BF | 0x2900..=0x297F | 0x2B00..=0x2BFF
        | 0x1F000..=0x1FAFF | 0xFE00..=0xFE0F | 0xE0000..=0xE0FFF | 0xE000..=0xF8FF | 0x20D0..=0x20FF | 0xFFF0..=0xFFFF);
    let invisible = c.is_control()
        || matches!(c, '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
    let quotes = matches!(c, '"' | '“' | '”' | '„' | '‟' | '«' | '»' | '‹' | '›');
    emoji
        || invisible
        || quotes
        || matches!(c, '|' | '{' | '}' | '^' | '™' | '®' | '©' | '¶' | '†' | '‡' | '•')
}

/// Whether a word is the address of a page.
fn is_address(word: &str) -> bool {
    let word = word.trim_start_matches(['(', '<', '\'']);
    word.starts_with("www.") || word.contains("://")
}

/// An address as one would say it: the host alone, and the mark after it.
fn spoken_address(word: &str) -> String {
    let rest = word.trim_start_matches(['(', '<', '\'']);
    let rest = rest.split_once("://").map_or(rest, |(_, rest)| rest);
    let rest = rest.strip_prefix("www.").unwrap_or(rest);
    let host = rest.split(['/', '?', '#', ')', '>', ',', ';', '!']).next().unwrap_or_default();
    let mark = word.chars().next_back().filter(|c| matches!(c, '.' | ',' | ';' | '!' | '?'));
    let mut said = host.trim_end_matches(['.', ':', '\'']).to_owned();
    said.extend(mark);
    said
}

/// `_emphasis_` and `snake_case` in words; e-mail addresses stay as they are.
fn without_underscores(word: &str) -> String {
    if word.contains('@') || !word.contains('_') {
        return word.to_owned();
    }
    let mut said = String::with_capacity(word.len());
    for part in word.split('_').filter(|part| !part.is_empty()) {
        let parted = said.ends_with(char::is_alphanumeric) && part.starts_with(char::is_alphanumeric);
        said.push_str(if parted { " " } else { "" });
        said.push_str(part);
    }
    said
}

/// The word with runs of marks made one: `!!!`, `?!`, `,,` and `.....`, together with the mark before it.
fn shortened(word: &str, before: Option<char>) -> Vec<char> {
    let mut out: Vec<char> = Vec::with_capacity(word.len());
    let mut dots = 0;
    for c in word.chars() {
        let last = out.last().copied().or(before);
        dots = if c == '.' { dots + 1 } else { 0 };
        let again = match c {
            '!' | '?' => matches!(last, Some('!' | '?' | ',' | ';')),
            ',' | ';' => matches!(last, Some(',' | ';' | '!' | '?')),
            ':' => last == Some(':'),
            '.' => dots > 3 || (out.is_empty() && matches!(last, Some('.' | '!' | '?' | ','))),
            _ => false,
        };
        if !again {
            out.push(c);
        }
    }
    out
}
