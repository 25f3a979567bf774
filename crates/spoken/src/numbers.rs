//! How is a number called?

use crate::place::Tongue;

/// Numbers from here on are read digit by digit.
pub(crate) const TOO_LARGE: u64 = 1_000_000_000_000;

const DE: [&str; 20] = [
    "null",
    "eins",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
    "dreizehn",
    "vierzehn",
    "fünfzehn",
    "sechzehn",
    "siebzehn",
    "achtzehn",
    "neunzehn",
];
const DE_TENS: [&str; 10] =
    ["", "", "zwanzig", "dreißig", "vierzig", "fünfzig", "sechzig", "siebzig", "achtzig", "neunzig"];
const EN: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const EN_TENS: [&str; 10] =
    ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];

/// A number in words; from [`TOO_LARGE`] on its digits.
pub(crate) fn cardinal(n: u64, tongue: Tongue) -> String {
    if n >= TOO_LARGE {
        return spelled(&n.to_string(), tongue);
    }
    tongue.pick(german as fn(u64) -> String, english)(n)
}

/// Digits one after the other; what is no digit is a blank.
pub(crate) fn spelled(digits: &str, tongue: Tongue) -> String {
    let words = tongue.pick(&DE, &EN);
    let words = digits.chars().filter_map(|c| words.get(c.to_digit(10)? as usize).copied());
    words.collect::<Vec<_>>().join(" ")
}

fn german(n: u64) -> String {
    let low = n % 1_000_000;
    let mut parts = Vec::new();
    for (unit, one, many) in
        [(1_000_000_000, "eine Milliarde", "Milliarden"), (1_000_000, "eine Million", "Millionen")]
    {
        match n / unit % 1000 {
            0 => {}
            1 => parts.push(one.to_owned()),
            count => parts.push(format!("{} {many}", german_small(count, "ein"))),
        }
    }
    if low > 0 || parts.is_empty() {
        let thousands = low / 1000;
        let rest = low % 1000;
        let mut word = String::new();
        if thousands > 0 {
            word.push_str(&german_small(thousands, "ein"));
            word.push_str("tausend");
        }
        if rest > 0 || thousands == 0 {
            word.push_str(&german_small(rest, "eins"));
        }
        parts.push(word);
    }
    parts.join(" ")
}

/// Below 1000. `one`: the form of a last 1.
fn german_small(n: u64, one: &str) -> String {
    let (hundreds, rest) = (n / 100, n % 100);
    let mut word = String::new();
    if hundreds > 0 {
        word.push_str(if hundreds == 1 { "ein" } else { DE[hundreds as usize] });
        word.push_str("hundert");
    }
    match rest {
        0 if hundreds > 0 => {}
        1 => word.push_str(one),
        0..20 => word.push_str(DE[rest as usize]),
        _ => {
            match rest % 10 {
                0 => {}
                1 => word.push_str("einund"),
                ones => {
                    word.push_str(DE[ones as usize]);
                    word.push_str("und");
                }
            }
            word.push_str(DE_TENS[(rest / 10) as usize]);
        }
    }
    word
}

fn english(n: u64) -> String {
    let mut parts = Vec::new();
    for (unit, name) in [(1_000_000_000, " billion"), (1_000_000, " million"), (1000, " thousand")] {
        let count = n / unit % 1000;
        if count > 0 {
            parts.push(english_small(count) + name);
        }
    }
    let rest = n % 1000;
    if rest > 0 && rest < 100 && n >= 1000 {
        parts.push(format!("and {}", english_small(rest)));
    } else if rest > 0 || parts.is_empty() {
        parts.push(english_small(rest));
    }
    parts.join(" ")
}

fn english_small(n: u64) -> String {
    let (hundreds, rest) = (n / 100, n % 100);
    let low = match rest {
        0..20 => EN[rest as usize].to_owned(),
        _ if rest % 10 == 0 => EN_TENS[(rest / 10) as usize].to_owned(),
        _ => format!("{}-{}", EN_TENS[(rest / 10) as usize], EN[(rest % 10) as usize]),
    };
    match (hundreds, rest) {
        (0, _) => low,
        (_, 0) => format!("{} hundred", EN[hundreds as usize]),
        _ => format!("{} hundred and {low}", EN[hundreds as usize]),
    }
}

/// A year: "neunzehnhundertneunundneunzig", "twenty twenty-four".
pub(crate) fn year(n: u64, tongue: Tongue) -> String {
    let (high, low) = (n / 100, n % 100);
    match tongue {
        Tongue::De if (1100..2000).contains(&n) => {
            let rest = if low == 0 { String::new() } else { german_small(low, "eins") };
            format!("{}hundert{rest}", german_small(high, "ein"))
        }
        Tongue::En if (1100..2000).contains(&n) || (2010..2100).contains(&n) => match low {
            0 => format!("{} hundred", english_small(high)),
            1..10 => format!("{} oh {}", english_small(high), english_small(low)),
            _ => format!("{} {}", english_small(high), english_small(low)),
        },
        _ => cardinal(n, tongue),
    }
}

/// "zwölfte", "einunddreißigste"; an English ordinal number has its whole form: "twelfth".
pub(crate) fn ordinal(n: u64, tongue: Tongue) -> String {
    if tongue == Tongue::En {
        return english_ordinal(n);
    }
    let word = cardinal(n, tongue);
    let tail = n % 100;
    if tail == 0 || tail >= 20 {
        return word + "ste";
    }
    let irregular = match tail {
        1 => Some(("eins", "erste")),
        3 => Some(("drei", "dritte")),
        7 => Some(("sieben", "siebte")),
        8 => Some(("acht", "achte")),
        _ => None,
    };
    match irregular.and_then(|(end, form)| Some(word.strip_suffix(end)?.to_owned() + form)) {
        Some(word) => word,
        None => word + "te",
    }
}

fn english_ordinal(n: u64) -> String {
    let word = cardinal(n, Tongue::En);
    for (end, form) in [
        ("one", "first"),
        ("two", "second"),
        ("three", "third"),
        ("five", "fifth"),
        ("eight", "eighth"),
        ("nine", "ninth"),
        ("twelve", "twelfth"),
        ("y", "ieth"),
    ] {
        if let Some(stem) = word.strip_suffix(end) {
            return stem.to_owned() + form;
        }
    }
    word + "th"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_their_names() {
        for (n, de, en) in [
            (0, "null", "zero"),
            (1, "eins", "one"),
            (21, "einundzwanzig", "twenty-one"),
            (101, "einhunderteins", "one hundred and one"),
            (1001, "eintausendeins", "one thousand and one"),
            (1_000_000, "eine Million", "one million"),
            (
                2_345_017,
                "zwei Millionen dreihundertfünfundvierzigtausendsiebzehn",
                "two million three hundred and forty-five thousand and seventeen",
            ),
            (1_000_000_001, "eine Milliarde eins", "one billion and one"),
        ] {
            assert_eq!((cardinal(n, Tongue::De), cardinal(n, Tongue::En)), (de.into(), en.into()));
        }
        assert_eq!(cardinal(u64::MAX, Tongue::En).split(' ').count(), 20);
    }

    #[test]
    fn ordinals_and_years_have_their_names() {
        for (n, de, en) in [
            (1, "erste", "first"),
            (3, "dritte", "third"),
            (7, "siebte", "seventh"),
            (12, "zwölfte", "twelfth"),
            (20, "zwanzigste", "twentieth"),
            (31, "einunddreißigste", "thirty-first"),
            (100, "einhundertste", "one hundredth"),
            (103, "einhundertdritte", "one hundred and third"),
        ] {
            assert_eq!((ordinal(n, Tongue::De), ordinal(n, Tongue::En)), (de.into(), en.into()));
        }
        for (n, de, en) in [
            (1999, "neunzehnhundertneunundneunzig", "nineteen ninety-nine"),
            (1901, "neunzehnhunderteins", "nineteen oh one"),
            (2005, "zweitausendfünf", "two thousand and five"),
            (2024, "zweitausendvierundzwanzig", "twenty twenty-four"),
        ] {
            assert_eq!((year(n, Tongue::De), year(n, Tongue::En)), (de.into(), en.into()));
        }
    }
}
