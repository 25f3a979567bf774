//! How is the text of a grammar cut into its signs and words?

use super::JsgfError;

/// A piece of a grammar's text.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// A word, or a quoted one without its quotes.
    Word(String),
    /// `<name>` without the brackets.
    Rule(String),
    /// `/0.5/`.
    Weight(f32),
    /// One of `;=|()[]*+`.
    Sign(char),
}

/// A token and where it begins.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: Place,
}

/// A place in the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Place {
    line: usize,
    column: usize,
}

impl Place {
    pub(super) fn error(self, what: impl Into<String>) -> JsgfError {
        JsgfError { line: self.line, column: self.column, what: what.into() }
    }
}

/// Reads a grammar's text sign by sign.
struct Lexer<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    at: Place,
}

/// Cuts a grammar's text. Comments, tags and the header line are left out; gives the tokens and the place of the
/// end.
pub(super) fn cut(text: &str) -> Result<(Vec<Placed>, Place), JsgfError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut lexer = Lexer { rest: text.chars().peekable(), at: Place { line: 1, column: 1 } };
    lexer.header()?;
    let mut tokens = Vec::new();
    loop {
        lexer.blanks()?;
        let at = lexer.at;
        let Some(first) = lexer.peek() else {
            return Ok((tokens, at));
        };
        if let Some(token) = lexer.token(first, at)? {
            tokens.push(Placed { token, at });
        }
    }
}

/// Whether a character can be part of an unquoted word.
fn in_word(c: char) -> bool {
    !c.is_whitespace() && !";=|*+<>()[]{}/\"\\".contains(c)
}

impl Lexer<'_> {
    fn peek(&mut self) -> Option<char> {
        self.rest.peek().copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        if c == '\n' {
            self.at = Place { line: self.at.line + 1, column: 1 };
        } else {
            self.at.column += 1;
        }
        Some(c)
    }

    /// `#JSGF V1.0 [encoding [locale]];`
    fn header(&mut self) -> Result<(), JsgfError> {
        self.blanks()?;
        let at = self.at;
        let mut line = String::new();
        while let Some(c) = self.peek().filter(|c| *c != '\n' && *c != ';') {
            line.push(c);
            self.next();
        }
        let mut words = line.split_whitespace();
        if words.next() != Some("#JSGF") {
            return Err(at.error("it must begin with `#JSGF V1.0;`"));
        }
        if words.next() != Some("V1.0") {
            return Err(at.error("only JSGF V1.0 is understood: begin with `#JSGF V1.0;`"));
        }
        if self.next() != Some(';') {
            return Err(at.error("the first line must end with `;`"));
        }
        Ok(())
    }

    /// Reads over blanks and comments.
    fn blanks(&mut self) -> Result<(), JsgfError> {
        while let Some(c) = self.peek() {
            if c.is_whitespace() {
                self.next();
                continue;
            }
            let mut ahead = self.rest.clone();
            ahead.next();
            match (c, ahead.next()) {
                ('/', Some('/')) => while self.next().is_some_and(|c| c != '\n') {},
                ('/', Some('*')) => self.comment()?,
                _ => break,
            }
        }
        Ok(())
    }

    fn comment(&mut self) -> Result<(), JsgfError> {
        let at = self.at;
        let mut last = ' ';
        // The opening must not close itself: `/*/`.
        self.next();
        self.next();
        while let Some(c) = self.next() {
            if last == '*' && c == '/' {
                return Ok(());
            }
            last = c;
        }
        Err(at.error("this comment is never closed: add `*/`"))
    }

    /// The token that begins here; `None`: a tag, which means nothing to recognition.
    fn token(&mut self, first: char, at: Place) -> Result<Option<Token>, JsgfError> {
        if in_word(first) {
            let mut word = String::new();
            while let Some(c) = self.peek().filter(|c| in_word(*c)) {
                word.push(c);
                self.next();
            }
            return Ok(Some(Token::Word(word)));
        }
        self.next();
        Ok(match first {
            '<' => Some(Token::Rule(self.until('>', "rule name", at)?.trim().to_owned())),
            '"' => {
                let text = self.until('"', "quoted word", at)?;
                let words: Vec<&str> = text.split_whitespace().collect();
                if words.is_empty() {
                    return Err(at.error("a quoted word must hold something"));
                }
                Some(Token::Word(words.join(" ")))
            }
            '/' => {
                let text = self.until('/', "weight", at)?;
                let weight = text.trim().parse::<f32>().ok().filter(|w| w.is_finite() && *w >= 0.0);
                Some(Token::Weight(
                    weight
                        .ok_or_else(|| at.error("a weight is a number from 0 up between two `/`: /0.5/"))?,
                ))
            }
            '{' => {
                self.until('}', "tag", at)?;
                None
            }
            ';' | '=' | '|' | '(' | ')' | '[' | ']' | '*' | '+' => Some(Token::Sign(first)),
            other => return Err(at.error(format!("`{other}` cannot stand here; put it in quotes"))),
        })
    }

    /// Reads up to a closing sign; a backslash takes the next character as it is.
    fn until(&mut self, close: char, what: &str, at: Place) -> Result<String, JsgfError> {
        let mut text = String::new();
        while let Some(c) = self.next() {
            match c {
                '\\' => text.extend(self.next()),
                c if c == close => return Ok(text),
                c => text.push(c),
            }
        }
        Err(at.error(format!("this {what} is never closed: add `{close}`")))
    }
}
