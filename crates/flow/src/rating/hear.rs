//! How numbers and words of praise in an answer make a rating.

use tom_base::Lang;

use super::Answer;
use super::words::{RatingWords, Role, rating_words};
use crate::lexicon::lexicon;
use crate::numbers;

/// A piece of the answer.
#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Number(u32),
    Words(Vec<Role>),
    Other,
}

impl Piece {
    fn is(&self, role: Role) -> bool {
        matches!(self, Self::Words(roles) if roles.contains(&role))
    }
}

/// What the numbers of an answer say.
enum Numbers {
    None,
    /// Numbers outside of 1 to 5 only.
    Outside,
    One {
        value: u8,
        grade: bool,
    },
    Unclear,
}

pub(super) fn hear(text: &str, lang: Lang) -> Option<Answer> {
    let table = rating_words(lang);
    // "4/5" is "4 of 5".
    let said =
        lexicon(lang).listen(&text.replace('/', if lang.primary() == Lang::DE { " von " } else { " of " }));
    let pieces = pieces(&said, table, lang);
    let levels = levels(&pieces);
    if has_fraction(text) {
        return Some(Answer::AskScale);
    }
    match numbers(&pieces) {
        Numbers::Unclear => Some(Answer::AskScale),
        Numbers::One { value, grade } => Some(weigh(value, grade, &levels)),
        Numbers::Outside => None,
        Numbers::None => match levels.as_slice() {
            _ if table.opt_out.exact(&said).is_some() => Some(Answer::OptOut),
            [] => (!table.opt_out.spot(&said).is_empty()).then_some(Answer::OptOut),
            all => Some(agree(all)),
        },
    }
}

/// "4,5" and "4.5" are one number with a mark inside, which the words no longer show.
fn has_fraction(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(3).any(|w| w[0].is_ascii_digit() && matches!(w[1], ',' | '.') && w[2].is_ascii_digit())
}

fn pieces(said: &[String], table: &RatingWords, lang: Lang) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while at < said.len() {
        if let Some((roles, len)) = table.roles.longest(&said[at..]) {
            pieces.push(Piece::Words(roles));
            at += len;
        } else if let Some(number) = numbers::leading(&said[at..], lang) {
            // "ten", "six": kept as they are, they are outside of the scale.
            pieces.push(Piece::Number(number.value().unwrap_or(u32::MAX)));
            at += number.len;
        } else {
            pieces.push(Piece::Other);
            at += 1;
        }
    }
    pieces
}

/// The number that counts.
fn numbers(pieces: &[Piece]) -> Numbers {
    let mut found: Vec<(u8, bool)> = Vec::new();
    let mut outside = false;
    let mut corrected = false;
    for (at, piece) in pieces.iter().enumerate() {
        corrected |= piece.is(Role::Correction);
        let Piece::Number(n) = piece else { continue };
        let before = &pieces[..at];
        if ends_with_out_of(before) {
            match n {
                5 => continue,
                _ => return Numbers::Unclear,
            }
        }
        // "keine 5", "not a 5".
        if negated(before) {
            corrected = true;
            continue;
        }
        match u8::try_from(*n) {
            Ok(n @ 1..=5) => {
                let grade = before.iter().rev().take(2).any(|p| p.is(Role::Grade));
                if corrected {
                    found.clear();
                }
                if found.last().is_none_or(|(last, _)| *last != n) {
                    found.push((n, grade));
                }
                corrected = false;
            }
            _ => outside = true,
        }
    }
    match found.as_slice() {
        [] if outside => Numbers::Outside,
        [] => Numbers::None,
        [_] if outside => Numbers::Unclear,
        [(value, grade)] => Numbers::One { value: *value, grade: *grade },
        _ => Numbers::Unclear,
    }
}

/// "4 von", "four stars out of": the number that follows is the end of the scale.
fn ends_with_out_of(before: &[Piece]) -> bool {
    let Some((last, head)) = before.split_last() else { return false };
    let head = match head.split_last() {
        Some((unit, head)) if unit.is(Role::Unit) => head,
        _ => head,
    };
    last.is(Role::OutOf) && matches!(head.last(), Some(Piece::Number(_)))
}

fn negated(before: &[Piece]) -> bool {
    let mut back = before.iter().rev().skip_while(|p| p.is(Role::Skip) || **p == Piece::Other).take(1);
    let near = before.iter().rev().take(2).any(|p| p.is(Role::Negation) || p.is(Role::StrongNegation));
    // "nein, 2" and "no, 2" correct; they do not negate what follows.
    near && back.any(|p| (p.is(Role::Negation) && !p.is(Role::Correction)) || p.is(Role::StrongNegation))
}

/// What each word of praise or blame says, negation and intensifiers counted in.
fn levels(pieces: &[Piece]) -> Vec<u8> {
    let mut levels = Vec::new();
    let mut at = 0;
    while at < pieces.len() {
        let (mut strong, mut negated, mut intense) = (false, false, false);
        let start = at;
        while at < pieces.len() {
            let piece = &pieces[at];
            match piece {
                p if p.is(Role::StrongNegation) => (strong, negated) = (true, true),
                p if p.is(Role::Negation) && !p.is(Role::Correction) => negated = true,
                p if p.is(Role::Intensifier) => intense = true,
                p if p.is(Role::Skip) => {}
                _ => break,
            }
            at += 1;
        }
        match pieces.get(at) {
            Some(Piece::Words(roles)) => {
                let level = roles.iter().find_map(|r| if let Role::Level(l) = r { Some(*l) } else { None });
                if let Some(level) = level {
                    strong |= negated && pieces.get(at + 1).is_some_and(|p| p.is(Role::StrongAfter));
                    levels.push(shade(level, strong, negated, intense));
                } else if roles.contains(&Role::Correction) {
                    levels.clear();
                }
                at += 1;
            }
            // "gar nicht", and nothing that it negates.
            None if strong => levels.push(1),
            _ => at = at.max(start) + 1,
        }
    }
    levels
}

fn shade(level: u8, strong: bool, negated: bool, intense: bool) -> u8 {
    match (strong, negated, intense) {
        (true, ..) if level >= 3 => 1,
        (true, ..) => 4,
        (_, true, true) => 3,
        (_, true, false) => match level {
            5 | 1 => 3,
            2 => 4,
            _ => 2,
        },
        (_, false, true) => match level {
            4 => 5,
            2 => 1,
            level => level,
        },
        _ => level,
    }
}

/// A number, seen beside the words that came with it.
fn weigh(value: u8, grade: bool, levels: &[u8]) -> Answer {
    let near = |rating: u8| levels.iter().all(|l| l.abs_diff(rating) <= 1);
    match (grade, levels.is_empty()) {
        // A German school grade runs the other way: 1 is the best.
        (true, true) if value == 3 => Answer::Rating(3),
        (true, true) => Answer::AskScale,
        (true, false) if near(6 - value) => Answer::Rating(6 - value),
        (_, false) if levels.iter().any(|l| l.abs_diff(value) >= 3) => Answer::AskScale,
        _ => Answer::Rating(value),
    }
}

/// Several words that say about the same.
fn agree(levels: &[u8]) -> Answer {
    let low = levels.iter().min().copied().unwrap_or(3);
    let high = levels.iter().max().copied().unwrap_or(3);
    if high - low <= 1 { Answer::Rating(levels.last().copied().unwrap_or(3)) } else { Answer::AskScale }
}
