//! Which number do words such as "four hundred and five" or "siebenundzwanzig" make?

use std::collections::BTreeMap;
use std::sync::LazyLock;

use tom_base::Lang;

/// Words of the longest number that is looked for.
const MOST_WORDS: usize = 9;
/// Bytes and parts of the longest German compound that is taken apart.
const MOST_BYTES: usize = 64;
const MOST_PARTS: usize = 12;

/// What a word adds to a number.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Token {
    Unit(u32),
    Teen(u32),
    Ten(u32),
    Hundred,
    Thousand,
    Times(u32),
    And,
    /// Written in digits, perhaps with `+` in front.
    Digits(String),
}

/// A number that was read, and how many words it took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Number {
    /// Its digits as they were said: leading zeros of digits stay.
    pub(crate) digits: String,
    /// Words it took.
    pub(crate) len: usize,
    /// Whether it says more than one digit, like "double seven": no amount.
    repeated: bool,
}

impl Number {
    /// Its value, if it is an amount that fits.
    pub(crate) fn value(&self) -> Option<u32> {
        if self.repeated || self.digits.starts_with('+') { None } else { self.digits.parse().ok() }
    }
}

type Words = BTreeMap<String, Token>;

static TABLES: LazyLock<BTreeMap<String, Words>> = LazyLock::new(|| {
    type Raw = BTreeMap<String, BTreeMap<String, BTreeMap<String, u32>>>;
    let raw: Raw = toml::from_str(include_str!("../data/numbers.toml")).unwrap_or_default();
    raw.into_iter()
        .map(|(lang, kinds)| {
            let mut words = Words::new();
            for (kind, entries) in kinds {
                for (word, value) in entries {
                    let token = match kind.as_str() {
                        "unit" => Token::Unit(value),
                        "teen" => Token::Teen(value),
                        "ten" => Token::Ten(value),
                        "hundred" => Token::Hundred,
                        "thousand" => Token::Thousand,
                        "times" => Token::Times(value),
                        _ => Token::And,
                    };
                    words.insert(word, token);
                }
            }
            (lang, words)
        })
        .collect()
});

/// The longest number at the beginning of `said` (words in compared spelling).
pub(crate) fn leading(said: &[String], lang: Lang) -> Option<Number> {
    let table = TABLES.get(lang.primary().as_str())?;
    let mut tokens: Vec<(usize, Vec<Token>)> = Vec::new();
    for (i, word) in said.iter().take(MOST_WORDS).enumerate() {
        match lex(word, table) {
            Some(parts) => tokens.push((i + 1, parts)),
            None => break,
        }
    }
    (1..=tokens.len()).rev().find_map(|n| {
        let row: Vec<Token> = tokens[..n].iter().flat_map(|(_, parts)| parts.clone()).collect();
        let (digits, repeated) = evaluate(&row)?;
        Some(Number { digits, len: n, repeated })
    })
}

/// A dictated row of digits: "four five six", "oh double seven", "vierhundertsechs sieben", "0171 23-45".
/// Words before and after the row do not matter; other words inside it spoil it.
pub(crate) fn dictated(said: &[String], lang: Lang) -> Option<String> {
    let mut digits = String::new();
    let mut gap = false;
    let mut at = 0;
    while at < said.len() {
        match leading(&said[at..], lang) {
            Some(_) if gap => return None,
            Some(number) if number.digits.starts_with('+') && !digits.is_empty() => return None,
            Some(number) => {
                digits.push_str(&number.digits);
                at += number.len;
            }
            None => {
                let word = said[at].as_str();
                if digits.is_empty() && word == "plus" {
                    digits.push('+');
                } else if !digits.is_empty() && !matches!(word, "and" | "und" | "then" | "dann") {
                    gap = true;
                }
                at += 1;
            }
        }
    }
    (digits.len() > usize::from(digits.starts_with('+'))).then_some(digits)
}

fn lex(word: &str, table: &Words) -> Option<Vec<Token>> {
    if let Some(token) = table.get(word) {
        return Some(vec![token.clone()]);
    }
    let bare = word.strip_prefix('+').unwrap_or(word);
    if !bare.is_empty() && bare.bytes().all(|b| b.is_ascii_digit()) {
        return Some(vec![Token::Digits(word.into())]);
    }
    let mut parts = Vec::new();
    (word.len() <= MOST_BYTES && compound(word, table, &mut parts)).then_some(parts).filter(|p| p.len() > 1)
}

/// Takes a compound such as `siebenundzwanzig` apart; longer parts first.
fn compound(rest: &str, table: &Words, parts: &mut Vec<Token>) -> bool {
    if rest.is_empty() {
        return true;
    }
    if parts.len() >= MOST_PARTS {
        return false;
    }
    for end in (2..=rest.len()).rev().filter(|e| rest.is_char_boundary(*e)) {
        if let Some(token) = table.get(&rest[..end]) {
            parts.push(token.clone());
            if compound(&rest[end..], table, parts) {
                return true;
            }
            parts.pop();
        }
    }
    false
}

/// The digits all tokens together make, if they make exactly one number, and whether they repeat one.
fn evaluate(row: &[Token]) -> Option<(String, bool)> {
    match row {
        [Token::Digits(d)] => Some((d.clone(), false)),
        [Token::Times(n), Token::Unit(u)] => Some((u.to_string().repeat(*n as usize), true)),
        [Token::Times(n), Token::Digits(d)] if d.len() == 1 => Some((d.repeat(*n as usize), true)),
        _ => Some((thousands(row)?.to_string(), false)),
    }
}

fn thousands(row: &[Token]) -> Option<u32> {
    match row.iter().position(|t| *t == Token::Thousand) {
        None => hundreds(row),
        Some(p) => {
            let left = if p == 0 { 1 } else { hundreds(&row[..p])? };
            Some(left * 1000 + rest(&row[p + 1..], hundreds)?)
        }
    }
}

fn hundreds(row: &[Token]) -> Option<u32> {
    match row.iter().position(|t| *t == Token::Hundred) {
        None => below_hundred(row),
        Some(p) => {
            let left = if p == 0 { 1 } else { below_hundred(&row[..p])? };
            Some(left * 100 + rest(&row[p + 1..], below_hundred)?)
        }
    }
}

/// What follows "hundred" or "thousand": nothing, or a smaller number, perhaps after "and".
fn rest(row: &[Token], read: fn(&[Token]) -> Option<u32>) -> Option<u32> {
    match row {
        [] => Some(0),
        [Token::And, tail @ ..] => read(tail),
        tail => read(tail),
    }
}

fn below_hundred(row: &[Token]) -> Option<u32> {
    match row {
        [Token::Unit(n) | Token::Teen(n) | Token::Ten(n)] => Some(*n),
        [Token::Ten(t), Token::Unit(u)] if *u > 0 => Some(t + u),
        [Token::Unit(u), Token::And, Token::Ten(t)] if *u > 0 => Some(t + u),
        _ => None,
    }
}
