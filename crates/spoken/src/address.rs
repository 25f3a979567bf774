//! How is the address of a page or a mailbox said?

use crate::numbers::{cardinal, spelled};
use crate::place::{Place, Said, Tongue};

/// An address is not longer.
const LONGEST: usize = 300;
/// Ends of names of machines that need no `www.` to be known as such.
const ENDINGS: [&str; 16] =
    ["de", "com", "net", "org", "eu", "at", "ch", "info", "io", "uk", "us", "fr", "nl", "edu", "gov", "dev"];

/// A page's address or a mailbox: `info@example.org`, `www.example.org/x`, `example.org`.
pub(crate) fn address(place: Place<'_>) -> Said {
    if place.before.ends_with(['@', '/', '.', '-', '_']) {
        return None;
    }
    let end = place.rest.find(|c: char| {
        c.is_whitespace() || matches!(c, '<' | '>' | '"' | '“' | '”' | ',' | ';' | '!' | ')')
    });
    let end = end.unwrap_or(place.rest.len());
    if end > LONGEST {
        return None;
    }
    let word = place.rest[..end].trim_end_matches(['.', ':', '?', '\'']);
    mailbox(word, place.tongue).or_else(|| page(word, place.tongue)).map(|said| (word.len(), said))
}

fn mailbox(word: &str, tongue: Tongue) -> Option<String> {
    let (name, host) = word.split_once('@')?;
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '%');
    let good = !name.is_empty() && name.chars().all(plain) && is_host(host);
    good.then(|| format!("{} at {}", parts(name, tongue, false), parts(host, tongue, true)))
}

/// The host alone: nobody remembers a path that is read out.
fn page(word: &str, tongue: Tongue) -> Option<String> {
    let named = word.strip_prefix("https://").or_else(|| word.strip_prefix("http://"));
    let rest = named.unwrap_or(word);
    let bare = rest.strip_prefix("www.");
    let host = bare.unwrap_or(rest).split(['/', '?', '#', ':']).next().unwrap_or_default();
    let ending = host.rsplit('.').next().unwrap_or_default();
    let sure = named.is_some() || bare.is_some() || (ENDINGS.contains(&ending) && host.len() > 4);
    (sure && is_host(host)).then(|| parts(host, tongue, true))
}

fn is_host(host: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_alphanumeric() || c == '-');
    let ending = host.rsplit('.').next().unwrap_or_default();
    let letters = ending.chars().all(char::is_alphabetic) && ending.chars().count() >= 2;
    host.contains('.') && host.split('.').all(part) && letters
}

/// The parts of a name with its marks in words. The countries' two letters are spelled.
fn parts(name: &str, tongue: Tongue, host: bool) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut part = String::new();
    let flush = |part: &mut String, words: &mut Vec<String>, last: bool| {
        let taken = std::mem::take(part);
        match taken.chars().next() {
            None => {}
            Some(c) if c.is_ascii_digit() => {
                let few = taken.len() <= 2 && !taken.starts_with('0');
                let number = taken.parse().ok().filter(|_| few);
                words.push(number.map_or_else(|| spelled(&taken, tongue), |n| cardinal(n, tongue)));
            }
            Some(_) if last && taken.chars().count() == 2 => {
                words.extend(taken.chars().map(|c| c.to_uppercase().to_string()));
            }
            Some(_) => words.push(taken),
        }
    };
    for c in name.chars() {
        let mark = match c {
            '.' => tongue.pick("Punkt", "dot"),
            '-' => tongue.pick("Minus", "dash"),
            '_' => tongue.pick("Unterstrich", "underscore"),
            '+' => "plus",
            '%' => tongue.pick("Prozent", "percent"),
            _ => {
                if part.ends_with(|p: char| p.is_ascii_digit()) != c.is_ascii_digit() {
                    flush(&mut part, &mut words, false);
                }
                part.push(c);
                continue;
            }
        };
        flush(&mut part, &mut words, false);
        words.push(mark.to_owned());
    }
    flush(&mut part, &mut words, host);
    words.join(" ")
}
