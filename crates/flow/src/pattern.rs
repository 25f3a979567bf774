//! How may a phrase be said? `[please] (call | phone) me`: optional and alternative words.

use crate::words;

/// Variants of one phrase beyond which it is refused.
const MOST_VARIANTS: usize = 64;
/// Brackets inside brackets beyond which a phrase is refused.
const MOST_DEPTH: usize = 8;

/// A phrase with `[optional]` and `(one | other)` words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// A word as it is spelt, lower case.
    Word(String),
    /// One after the other.
    Row(Vec<Pattern>),
    /// One of them.
    OneOf(Vec<Pattern>),
    /// Or nothing.
    Maybe(Box<Pattern>),
}

impl Pattern {
    /// Reads a phrase. The error says what is wrong, as a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { chars: text.chars().collect(), at: 0 };
        let pattern = parser.one_of(0)?;
        match parser.peek() {
            None => {}
            Some(c) => return Err(format!("The bracket {c} closes nothing.")),
        }
        let variants = pattern.variants().ok_or_else(|| {
            format!("This can be said in more than {MOST_VARIANTS} ways; that is too many.")
        })?;
        if variants.iter().any(Vec::is_empty) {
            return Err("There is no word that must be said.".into());
        }
        Ok(pattern)
    }

    /// All ways to say it, in compared spelling; none if there are too many.
    pub(crate) fn variants(&self) -> Option<Vec<Vec<String>>> {
        let all = match self {
            Self::Word(w) => vec![vec![words::fold(w)]],
            Self::Maybe(p) => {
                let mut all = p.variants()?;
                all.push(Vec::new());
                all
            }
            Self::OneOf(ps) => {
                let mut all = Vec::new();
                for p in ps {
                    all.extend(p.variants()?);
                }
                all
            }
            Self::Row(ps) => {
                let mut all = vec![Vec::new()];
                for p in ps {
                    let next = p.variants()?;
                    if all.len() * next.len() > MOST_VARIANTS {
                        return None;
                    }
                    all = all
                        .iter()
                        .flat_map(|head| next.iter().map(move |tail| [head.as_slice(), tail].concat()))
                        .collect();
                }
                all
            }
        };
        (all.len() <= MOST_VARIANTS).then_some(all)
    }

    /// The pattern as JSGF; none if it holds digits, which recognisers with grammars cannot know.
    pub(crate) fn jsgf(&self) -> Option<String> {
        Some(match self {
            Self::Word(w) if w.chars().any(char::is_numeric) => return None,
            Self::Word(w) => w.clone(),
            Self::Maybe(p) => format!("[ {} ]", p.jsgf()?),
            Self::OneOf(ps) => {
                format!("( {} )", ps.iter().map(Self::jsgf).collect::<Option<Vec<_>>>()?.join(" | "))
            }
            Self::Row(ps) => ps.iter().map(Self::jsgf).collect::<Option<Vec<_>>>()?.join(" "),
        })
    }

    /// One way to say it, for prompts: optional words left out, the first of alternatives.
    pub(crate) fn plain(&self) -> String {
        match self {
            Self::Word(w) => w.clone(),
            Self::Maybe(_) => String::new(),
            Self::OneOf(ps) => ps.first().map_or_else(String::new, Self::plain),
            Self::Row(ps) => {
                ps.iter().map(Self::plain).filter(|w| !w.is_empty()).collect::<Vec<_>>().join(" ")
            }
        }
    }

    /// Every word that may occur, as it is spelt.
    pub(crate) fn each_word(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Self::Word(w) => visit(w),
            Self::Maybe(p) => p.each_word(visit),
            Self::OneOf(ps) | Self::Row(ps) => ps.iter().for_each(|p| p.each_word(visit)),
        }
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
}

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn one_of(&mut self, depth: usize) -> Result<Pattern, String> {
        if depth > MOST_DEPTH {
            return Err(format!("The phrase has more than {MOST_DEPTH} brackets inside each other."));
        }
        let mut all = vec![self.row(depth)?];
        while self.peek() == Some('|') {
            self.at += 1;
            all.push(self.row(depth)?);
        }
        Ok(if all.len() == 1 { all.remove(0) } else { Pattern::OneOf(all) })
    }

    fn row(&mut self, depth: usize) -> Result<Pattern, String> {
        let mut row = Vec::new();
        let mut text = String::new();
        loop {
            let c = self.peek();
            match c {
                Some('[' | '(') => {
                    flush(&mut text, &mut row);
                    self.at += 1;
                    let inner = self.one_of(depth + 1)?;
                    let close = if c == Some('[') { ']' } else { ')' };
                    if self.peek() != Some(close) {
                        return Err(format!("A bracket is opened but not closed by {close}."));
                    }
                    self.at += 1;
                    row.push(if close == ']' { Pattern::Maybe(Box::new(inner)) } else { inner });
                }
                None | Some(']' | ')' | '|') => break,
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
        flush(&mut text, &mut row);
        match row.len() {
            0 => Err("The phrase has an empty place where words should be.".into()),
            1 => Ok(row.remove(0)),
            _ => Ok(Pattern::Row(row)),
        }
    }
}

fn flush(text: &mut String, row: &mut Vec<Pattern>) {
    row.extend(words::split(text).into_iter().map(Pattern::Word));
    text.clear();
}
