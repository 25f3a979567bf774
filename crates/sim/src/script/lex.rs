//! What are the words of a script line?

use tom_base::Span;

use crate::error::Complaint;

/// The longest time a script may name: a day.
const MAX_MILLIS: u64 = 86_400_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// Anything between blanks.
    Word(String),
    /// Anything between double quotes.
    Text(String),
}

/// The tokens of one line, read from left to right.
#[derive(Debug)]
pub(crate) struct Line {
    tokens: std::vec::IntoIter<Token>,
}

impl Line {
    /// Cuts a line into words and quoted texts. `# ` at a word's place begins a comment; `#` alone or with
    /// something behind it is the key.
    pub(crate) fn lex(line: &str) -> Result<Self, Complaint> {
        let mut tokens = Vec::new();
        let mut rest = line.trim();
        while !rest.is_empty() && !rest.starts_with("# ") {
            if let Some(quoted) = rest.strip_prefix('"') {
                let (text, after) = quoted.split_once('"').ok_or_else(|| {
                    Complaint::new("a quoted text does not end", "Close it with \" on the same line.")
                })?;
                tokens.push(Token::Text(text.into()));
                rest = after.trim_start();
            } else {
                let end = rest.find(|c: char| c.is_whitespace() || c == '"').unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                tokens.push(Token::Word(word.into()));
                rest = after.trim_start();
            }
        }
        Ok(Self { tokens: tokens.into_iter() })
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.tokens.as_slice().is_empty()
    }

    fn peek(&self) -> Option<&Token> {
        self.tokens.as_slice().first()
    }

    /// Takes the next token if it is this word.
    pub(crate) fn eat(&mut self, word: &str) -> bool {
        let fits = matches!(self.peek(), Some(Token::Word(w)) if w == word);
        if fits {
            self.tokens.next();
        }
        fits
    }

    /// Takes the next token if it is a quoted text.
    pub(crate) fn eat_text(&mut self) -> Option<String> {
        if !matches!(self.peek(), Some(Token::Text(_))) {
            return None;
        }
        match self.tokens.next() {
            Some(Token::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The next token, which must be a word; `wanted` says which words would do.
    pub(crate) fn word(&mut self, wanted: &str) -> Result<String, Complaint> {
        match self.tokens.next() {
            Some(Token::Word(word)) => Ok(word),
            Some(Token::Text(text)) => Err(Complaint::new(
                format!("a quoted text, \"{text}\", stands where a word is due"),
                format!("Write one of: {wanted}."),
            )),
            None => Err(Complaint::new("the line ends too soon", format!("Go on with one of: {wanted}."))),
        }
    }

    /// The next token, which must be a quoted text.
    pub(crate) fn text(&mut self, what: &str) -> Result<String, Complaint> {
        self.eat_text().ok_or_else(|| {
            Complaint::new(format!("{what} is missing"), format!("Write {what} in double quotes."))
        })
    }

    /// The next token, which must be a time in seconds with at most three decimals.
    pub(crate) fn seconds(&mut self) -> Result<Span, Complaint> {
        let word = self.word("a time in seconds, such as 0.35")?;
        millis(&word).map(Span::from_millis).ok_or_else(|| {
            Complaint::new(
                format!("`{word}` is no time"),
                "Write seconds with at most three decimals, such as 0.35, and no more than 86400.",
            )
        })
    }

    /// The next token, which must be a number from 0 to 1; in thousandths.
    pub(crate) fn thousandths(&mut self) -> Result<u16, Complaint> {
        let word = self.word("a number from 0 to 1")?;
        millis(&word).and_then(|n| u16::try_from(n).ok()).filter(|n| *n <= 1000).ok_or_else(|| {
            Complaint::new(format!("`{word}` is no probability"), "Write a number from 0 to 1, such as 0.7.")
        })
    }

    /// Nothing may be left.
    pub(crate) fn end(mut self) -> Result<(), Complaint> {
        match self.tokens.next() {
            None => Ok(()),
            Some(Token::Word(word)) => Err(Complaint::new(
                format!("`{word}` is not understood here"),
                "Remove it, or begin a comment with `# ` before it.",
            )),
            Some(Token::Text(text)) => Err(Complaint::new(
                format!("the text \"{text}\" is one too many"),
                "Remove it, or write it on a line of its own.",
            )),
        }
    }
}

/// Thousandths of a decimal number with at most three decimals.
pub(crate) fn millis(word: &str) -> Option<u64> {
    let (whole, part) = word.split_once('.').unwrap_or((word, "0"));
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(part) || whole.len() > 6 || part.len() > 3 {
        return None;
    }
    let thousandths = format!("{part:0<3}").parse::<u64>().ok()?;
    let millis = whole.parse::<u64>().ok()? * 1000 + thousandths;
    (millis <= MAX_MILLIS).then_some(millis)
}
