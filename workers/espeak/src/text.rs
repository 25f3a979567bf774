//! What of a text goes to espeak-ng, and where each of its characters came from.
//!
//! espeak-ng reads control characters as commands (`\x01` and a letter changes rate, pitch or voice), and has had bugs
//! with very long words. Neither reaches it. Marks that are meant for the eye are not read out.

/// Characters in a word before it is cut.
const LONGEST_WORD: usize = 50;
/// Characters that are spoken in one go. Longer texts are cut, at a sentence's end if there is one.
const LONGEST_PIECE: usize = 300;

/// A text as it is spoken.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Clean {
    chars: Vec<char>,
    /// For each character the byte of the original that it came from.
    origins: Vec<usize>,
}

/// A part of a text that is spoken in one go.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<'t> {
    chars: &'t [char],
    origins: &'t [usize],
}

impl Clean {
    /// Cleans a text.
    pub(crate) fn new(text: &str) -> Self {
        let mut clean = Self::default();
        let mut rest = text.char_indices();
        while let Some((at, c)) = rest.next() {
            let next = rest.clone().next().map_or(' ', |(_, next)| next);
            if let Some(c) = spoken(c, &text[..at], next) {
                clean.push(c, at);
            }
        }
        clean
    }

    fn push(&mut self, c: char, origin: usize) {
        let word = self.chars.iter().rev().take_while(|c| !c.is_whitespace());
        if !c.is_whitespace() && word.take(LONGEST_WORD).count() == LONGEST_WORD {
            self.chars.push(' ');
            self.origins.push(origin);
        }
        self.chars.push(c);
        self.origins.push(origin);
    }

    /// The text in pieces that are not too long.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'_>> {
        let mut from = 0;
        std::iter::from_fn(move || {
            let rest = &self.chars[from..];
            let length = cut(rest);
            let range = from..from + length;
            from += length;
            (length > 0).then(|| Piece { chars: &self.chars[range.clone()], origins: &self.origins[range] })
        })
    }
}

impl<'t> Piece<'t> {
    /// Its characters.
    pub(crate) const fn chars(&self) -> &'t [char] {
        self.chars
    }

    /// Where in the original each of them came from.
    pub(crate) const fn origins(&self) -> &'t [usize] {
        self.origins
    }

    /// The text for the engine.
    pub(crate) fn text(&self) -> String {
        self.chars.iter().collect()
    }

    /// How it ends: its last mark, or the last character of its last word.
    pub(crate) fn ending(&self) -> Option<char> {
        let quotes = |c: &&char| !c.is_whitespace() && !matches!(c, '"' | '\'' | ')' | '“' | '”' | '»' | '«');
        self.chars.iter().rev().find(quotes).copied()
    }

    /// Where in the original the word begins that the engine found at a character. The engine points into the middle
    /// of numbers, which it speaks as several words: those have one beginning.
    pub(crate) fn origin(&self, position: usize) -> Option<usize> {
        let mut start = position;
        while self.chars.get(start).is_some_and(|c| c.is_whitespace()) {
            start += 1;
        }
        let glued = |at: usize| self.chars[at - 1].is_ascii_graphic() && !self.chars[at].is_whitespace();
        while start > 0 && start < self.chars.len() && glued(start) {
            start -= 1;
        }
        self.origins.get(start).copied()
    }
}

/// What is spoken for a character, if anything.
fn spoken(c: char, before: &str, next: char) -> Option<char> {
    let last = before.chars().next_back().unwrap_or(' ');
    match c {
        // Invisible: joiners, direction marks, byte order mark, variation selectors.
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}' => None,
        // Private characters mean something to the engine itself.
        '\u{e000}'..='\u{f8ff}' | '\u{f0000}'.. => Some(' '),
        c if c.is_control() || c.is_whitespace() => Some(' '),
        // Emphasis of Markdown, not a star that is talked about.
        '*' | '_' | '`' | '~' if emphasis(last) || emphasis(next) => Some(' '),
        // One exclamation is said by the voice, more are read out.
        '!' | '?' if matches!(last, '!' | '?') => None,
        c => Some(c),
    }
}

/// Whether a mark next to this is emphasis.
fn emphasis(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '*' | '_' | '`' | '~')
}

/// How many characters the next piece has.
fn cut(chars: &[char]) -> usize {
    if chars.len() <= LONGEST_PIECE {
        return chars.len();
    }
    let window = &chars[..LONGEST_PIECE];
    let after = |marks: &[char]| {
        let ends = |pair: &[char]| pair[1] == ' ' && (marks.is_empty() || marks.contains(&pair[0]));
        window.windows(2).rposition(ends).map(|at| at + 2)
    };
    after(&['.', '!', '?', '…'])
        .or_else(|| after(&[',', ';', ':']))
        .or_else(|| after(&[]))
        .unwrap_or(LONGEST_PIECE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cleaned(text: &str) -> String {
        Clean::new(text).chars.into_iter().collect()
    }

    #[test]
    fn commands_to_the_engine_do_not_reach_it() {
        assert_eq!(cleaned("slow \u{1}80S now\0\r\n"), "slow  80S now   ");
        assert_eq!(cleaned("a\u{e001}b\u{200d}c\u{feff}"), "a bc");
    }

    #[test]
    fn marks_for_the_eye_are_not_read_out() {
        assert_eq!(cleaned("**bold** and _it_, press * now!!"), "  bold   and  it , press * now!");
    }

    #[test]
    fn characters_that_go_move_no_other() {
        let text = "a\u{200d} Ö !! Ü";
        let clean = Clean::new(text);
        let piece = clean.pieces().next().unwrap();
        let last = piece.text().chars().position(|c| c == 'Ü').unwrap();
        assert_eq!(piece.origin(last), text.find('Ü'));
    }

    #[test]
    fn long_texts_are_cut_after_sentences() {
        let sentence = "This is one sentence of many, and it is not short. ";
        let clean = Clean::new(&sentence.repeat(20));
        let pieces: Vec<String> = clean.pieces().map(|p| p.text()).collect();
        assert_eq!(pieces.concat(), sentence.repeat(20));
        assert!(pieces.iter().all(|p| p.ends_with("short. ") && p.len() <= 300));
    }

    #[test]
    fn numbers_are_one_word() {
        let clean = Clean::new("Köln 1234, 5");
        let piece = clean.pieces().next().unwrap();
        for inside in [5, 6, 7, 8, 9] {
            assert_eq!(piece.origin(inside), Some(6));
        }
        assert_eq!(piece.origin(10), Some(12));
        assert_eq!(piece.origin(99), None);
    }

    proptest! {
        #[test]
        fn nothing_dangerous_is_left_and_every_origin_is_a_boundary(text in "\\PC*|[\\x00-\\x20a-z!*_]{0,80}|.{0,200}") {
            let clean = Clean::new(&text);
            let safe = |c: &char| !c.is_control() && !('\u{e000}'..='\u{f8ff}').contains(c);
            prop_assert!(clean.chars.iter().all(safe));
            prop_assert!(clean.origins.iter().all(|at| text.is_char_boundary(*at) && *at < text.len()));
            prop_assert!(clean.origins.is_sorted());
            let longest = clean.chars.split(|c| c.is_whitespace()).map(<[char]>::len).max();
            prop_assert!(longest.unwrap_or_default() <= LONGEST_WORD);
            let pieces: Vec<char> = clean.pieces().flat_map(|p| p.chars.to_vec()).collect();
            prop_assert_eq!(pieces, clean.chars);
        }
    }
}
