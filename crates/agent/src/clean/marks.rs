//! Which marks inside a line are emphasis, links, stage directions?
//!
//! `*smiles*` and `[laughs]` are stage directions where a sentence could begin, if they begin with a small
//! letter, or if a sentence follows them; elsewhere asterisks are emphasis, and the words stay.

use super::Sink;

/// A stage direction or the text of a link is not longer.
const LONGEST: usize = 200;
/// An address is not longer.
const LONGEST_ADDRESS: usize = 500;

/// Drops emphasis, links' addresses, and stage directions.
#[derive(Debug, Default)]
pub(super) struct Marks {
    state: State,
    /// What is held back: of a direction or a link its text so far.
    held: String,
    /// The last two characters handed on; none at the beginning.
    last: Option<char>,
    /// The last one that is no blank.
    last_word: Option<char>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum State {
    /// Nothing held.
    #[default]
    Plain,
    /// A backslash: the next character is meant as it is.
    Escape,
    /// One exclamation mark: perhaps an image.
    Bang,
    /// One asterisk.
    Star,
    /// Inside of what may be a stage direction in asterisks.
    Direction,
    /// After what may be a stage direction: what follows decides.
    AfterDirection,
    /// Inside of brackets.
    Bracket { image: bool },
    /// After brackets: an address, or something else.
    AfterBracket { image: bool },
    /// Inside of a link's address.
    Address,
}

impl Marks {
    pub(super) fn push(&mut self, c: char, out: Sink<'_>) {
        match self.state {
            State::Plain => self.plain(c, out),
            State::Escape => {
                self.state = State::Plain;
                // An escaped asterisk cannot be said either.
                if !matches!(c, '*' | '_' | '`' | '~' | '#') {
                    self.emit(c, out);
                }
            }
            State::Bang => {
                self.state = State::Plain;
                if c == '[' {
                    self.state = State::Bracket { image: true };
                } else {
                    self.emit('!', out);
                    self.plain(c, out);
                }
            }
            State::Star => self.star(c, out),
            State::Direction => match c {
                '*' => self.state = State::AfterDirection,
                '\n' => self.release(c, out),
                _ if self.held.len() >= LONGEST => self.release(c, out),
                _ => self.held.push(c),
            },
            State::AfterDirection => self.after_direction(c, out),
            State::Bracket { image } => match c {
                ']' => self.state = State::AfterBracket { image },
                '\n' | '[' => self.release(c, out),
                _ if self.held.len() >= LONGEST => self.release(c, out),
                _ => self.held.push(c),
            },
            State::AfterBracket { image } => self.after_bracket(image, c, out),
            State::Address => {
                self.held.push(c);
                if c == ')' || c.is_whitespace() || self.held.len() > LONGEST_ADDRESS {
                    self.held.clear();
                    self.state = State::Plain;
                    if c.is_whitespace() {
                        self.emit(c, out);
                    }
                }
            }
        }
    }

    pub(super) fn finish(&mut self, out: Sink<'_>) {
        match self.state {
            State::Bang => self.emit('!', out),
            State::Direction | State::Bracket { image: false } => self.say_held(out),
            State::AfterDirection => self.after_direction('\n', out),
            State::AfterBracket { image } => self.after_bracket(image, '\n', out),
            _ => {}
        }
    }

    fn plain(&mut self, c: char, out: Sink<'_>) {
        match c {
            '\\' => self.state = State::Escape,
            '!' => self.state = State::Bang,
            '*' => self.state = State::Star,
            '[' => self.state = State::Bracket { image: false },
            '`' | '~' | ']' => {}
            _ => self.emit(c, out),
        }
    }

    /// After one asterisk.
    fn star(&mut self, c: char, out: Sink<'_>) {
        self.state = State::Plain;
        let spaced = self.last.is_none_or(char::is_whitespace);
        if c == '*' {
            return; // Two are bold.
        }
        if spaced && c == ' ' && self.last_word.is_some_and(|w| w.is_ascii_digit()) {
            self.emit('×', out);
        } else if spaced && self.may_begin() && !c.is_whitespace() {
            self.state = State::Direction;
            self.held.push(c);
            return;
        }
        self.plain(c, out);
    }

    fn after_direction(&mut self, c: char, out: Sink<'_>) {
        if self.begins_small() {
            self.held.clear();
            self.state = State::Plain;
            return self.plain(c, out);
        }
        match c {
            ' ' if !self.held.ends_with(' ') => self.held.push(c), // One blank tells nothing yet.
            _ if c.is_uppercase() || c == '\n' => {
                self.held.clear();
                self.state = State::Plain;
                self.plain(c, out);
            }
            _ => self.release(c, out),
        }
    }

    fn after_bracket(&mut self, image: bool, c: char, out: Sink<'_>) {
        let note = !self.held.is_empty() && self.held.chars().all(|c| c.is_ascii_digit() || c == '^');
        let drop = image || (c != '(' && (note || (self.may_begin() && self.begins_small())));
        if drop {
            self.held.clear();
        } else {
            self.say_held(out);
        }
        if c == '(' {
            self.state = State::Address;
        } else {
            self.state = State::Plain;
            self.plain(c, out);
        }
    }

    /// What is held is words; so is the next character.
    fn release(&mut self, c: char, out: Sink<'_>) {
        self.say_held(out);
        self.state = State::Plain;
        self.plain(c, out);
    }

    fn say_held(&mut self, out: Sink<'_>) {
        for c in std::mem::take(&mut self.held).chars().filter(|c| !matches!(c, '`' | '*' | '~')) {
            self.emit(c, out);
        }
    }

    /// Whether a sentence could begin here.
    fn may_begin(&self) -> bool {
        self.last_word.is_none_or(|c| matches!(c, '.' | '!' | '?' | ':' | '…')) || self.last == Some('\n')
    }

    fn begins_small(&self) -> bool {
        self.held.chars().next().is_some_and(char::is_lowercase)
    }

    fn emit(&mut self, c: char, out: Sink<'_>) {
        self.last = Some(c);
        if !c.is_whitespace() {
            self.last_word = Some(c);
        }
        out(c);
    }
}
