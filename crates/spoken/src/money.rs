//! How is an amount of money said?

use crate::figure::Figure;
use crate::numbers::cardinal;
use crate::place::{Place, Said, Tongue, skip_blank};

struct Currency {
    signs: &'static [&'static str],
    /// One and many of it, and of its hundredth part.
    de: [&'static str; 4],
    en: [&'static str; 4],
}

const CURRENCIES: [Currency; 4] = [
    Currency {
        signs: &["€", "EUR", "Euro", "euros", "euro"],
        de: ["ein Euro", "Euro", "ein Cent", "Cent"],
        en: ["one euro", "euros", "one cent", "cents"],
    },
    Currency {
        signs: &["$", "USD", "Dollar", "dollars", "dollar"],
        de: ["ein Dollar", "Dollar", "ein Cent", "Cent"],
        en: ["one dollar", "dollars", "one cent", "cents"],
    },
    Currency {
        signs: &["£", "GBP", "Pfund", "pounds", "pound"],
        de: ["ein Pfund", "Pfund", "ein Penny", "Pence"],
        en: ["one pound", "pounds", "one penny", "pence"],
    },
    Currency {
        signs: &["CHF", "Franken", "francs", "franc"],
        de: ["ein Franken", "Franken", "ein Rappen", "Rappen"],
        en: ["one franc", "francs", "one centime", "centimes"],
    },
];

/// Larger amounts with their signs: what is written, in German, in English.
const LARGE: [(&str, &str, &str); 7] = [
    ("Mio.", "Millionen", "million"),
    ("Mrd.", "Milliarden", "billion"),
    ("Millionen", "Millionen", "million"),
    ("Milliarden", "Milliarden", "billion"),
    ("million", "Millionen", "million"),
    ("billion", "Milliarden", "billion"),
    ("Tsd.", "tausend", "thousand"),
];

/// `€ 12,50`, `$12.50`: the sign first.
pub(crate) fn sign_first(place: Place<'_>) -> Said {
    let (currency, rest) = currency(place.rest)?;
    let number = skip_blank(rest);
    let figure = Figure::read(number, place.tongue)?;
    let (large, after) = large(&number[figure.length..], place.tongue);
    crate::place::ends(after)
        .then(|| (place.rest.len() - after.len(), amount(&figure, large, currency, place.tongue)))
}

/// The sign, or name, after a number: the words for both, and what follows.
pub(crate) fn sign_last<'t>(figure: &Figure, after: &'t str, tongue: Tongue) -> Option<(String, &'t str)> {
    let (large, rest) = large(after, tongue);
    let (currency, rest) = currency(skip_blank(rest))?;
    crate::place::ends(rest).then(|| (amount(figure, large, currency, tongue), rest))
}

/// "Mio." without a currency.
pub(crate) fn large_number<'t>(figure: &Figure, after: &'t str, tongue: Tongue) -> Option<(String, &'t str)> {
    let (large, rest) = large(after, tongue);
    large.map(|large| (format!("{} {large}", figure.words(tongue)), rest))
}

fn currency(text: &str) -> Option<(&'static Currency, &str)> {
    CURRENCIES.iter().find_map(|currency| {
        currency.signs.iter().find_map(|sign| {
            let rest = text.strip_prefix(sign)?;
            let word = sign.ends_with(char::is_alphabetic) && rest.starts_with(char::is_alphabetic);
            (!word).then_some((currency, rest))
        })
    })
}

fn large(text: &str, tongue: Tongue) -> (Option<&'static str>, &str) {
    let found = LARGE.iter().find_map(|(written, de, en)| {
        let rest = skip_blank(text).strip_prefix(written)?;
        Some((Some(tongue.pick(*de, *en)), rest))
    });
    found.unwrap_or((None, text))
}

fn amount(figure: &Figure, large: Option<&str>, currency: &Currency, tongue: Tongue) -> String {
    let [one, many, one_part, many_parts] = tongue.pick(currency.de, currency.en);
    let cents = figure.fraction.as_deref().filter(|f| f.len() == 2).and_then(|f| f.parse::<u64>().ok());
    if let (None, Some(whole)) = (large, figure.value) {
        let parts = |n: u64| {
            if n == 1 { one_part.to_owned() } else { format!("{} {many_parts}", cardinal(n, tongue)) }
        };
        let main = if whole == 1 { one.to_owned() } else { format!("{} {many}", cardinal(whole, tongue)) };
        match (cents, &figure.fraction, tongue) {
            (None, None, _) | (Some(0), ..) => return main,
            (Some(cents), ..) if whole == 0 => return parts(cents),
            (Some(cents), _, Tongue::De) => return format!("{main} {}", cardinal(cents, tongue)),
            (Some(cents), _, Tongue::En) => return format!("{main} and {}", parts(cents)),
            (None, Some(_), _) => {}
        }
    }
    let large = large.map(|large| format!("{large} ")).unwrap_or_default();
    let large = if figure.is_one() && tongue == Tongue::De {
        large.replace("onen ", "on ").replace("arden ", "arde ")
    } else {
        large
    };
    format!("{} {large}{many}", figure.words(tongue))
}
