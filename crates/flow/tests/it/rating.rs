//! Layer: pure. Ratings as callers give them, with the corrected expectations of the predecessors' parser.

use proptest::prelude::*;
use tom_base::Lang;
use tom_flow::rating::{Answer, parse, parse_keys};

const OUT: Option<Answer> = Some(Answer::OptOut);
const ASK: Option<Answer> = Some(Answer::AskScale);

fn r(n: u8) -> Option<Answer> {
    Some(Answer::Rating(n))
}

fn check(lang: Lang, vectors: &[(&str, Option<Answer>)]) {
    let wrong: Vec<_> = vectors
        .iter()
        .filter(|(text, want)| parse(text, lang) != *want)
        .map(|(text, want)| format!("{text:?}: {:?}, not {want:?}", parse(text, lang)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn german() {
    check(
        Lang::DE,
        &[
            // Numbers, digits and words, with and without what goes around them.
            ("5", r(5)),
            ("fünf", r(5)),
            ("fuenf", r(5)),
            ("Fünf!", r(5)),
            ("zwo", r(2)),
            ("eins", r(1)),
            ("ein Stern", r(1)),
            ("drei Sterne", r(3)),
            ("Bewertung: 4", r(4)),
            ("ich gebe eine vier", r(4)),
            ("4 von 5", r(4)),
            ("vier von fünf", r(4)),
            ("vier Sterne von fünf", r(4)),
            ("fünf von fünf Punkten", r(5)),
            ("na gut, eine drei", r(3)),
            // Out of range says nothing.
            ("10", None),
            ("6", None),
            ("0", None),
            ("15", None),
            ("sechs", None),
            ("fünfundzwanzig", None),
            ("neun von zehn", ASK),
            ("4 von 10", ASK),
            // Halves and several numbers.
            ("4,5", ASK),
            ("4.5", ASK),
            ("zwei bis drei", ASK),
            ("zwei oder drei", ASK),
            ("drei drei", r(3)),
            // Corrections: the last number counts.
            ("keine 5, eher 2", r(2)),
            ("nein, eher 2", r(2)),
            ("nicht die 5 sondern die 4", r(4)),
            ("vier, nein, drei", r(3)),
            ("fünf, quatsch, vier", r(4)),
            // School grades run the other way.
            ("Note 1", ASK),
            ("Note 5", ASK),
            ("Schulnote zwei", ASK),
            ("Note 3", r(3)),
            ("Note 1, sehr gut", r(5)),
            ("Note 5, sehr schlecht", r(1)),
            ("1, sehr gut", ASK),
            ("5, sehr schlecht", ASK),
            ("4, gut", r(4)),
            // Praise and blame.
            ("sehr gut", r(5)),
            ("perfekt", r(5)),
            ("toll", r(5)),
            ("super", r(5)),
            ("exzellent", r(5)),
            ("ausgezeichnet", r(5)),
            ("sehr zufrieden", r(5)),
            ("gut", r(4)),
            ("ganz gut", r(4)),
            ("zufrieden", r(4)),
            ("hilfreich", r(4)),
            ("nett", r(4)),
            ("okay", r(3)),
            ("ok", r(3)),
            ("mittelmäßig", r(3)),
            ("durchschnittlich", r(3)),
            ("normal", r(3)),
            ("schlecht", r(2)),
            ("unzufrieden", r(2)),
            ("enttäuscht", r(2)),
            ("enttaeuscht", r(2)),
            ("schrecklich", r(1)),
            ("sehr schlecht", r(1)),
            ("sehr unzufrieden", r(1)),
            // Negation.
            ("nicht gut", r(2)),
            ("nicht so gut", r(2)),
            ("war nicht gut", r(2)),
            ("nicht zufrieden", r(2)),
            ("nicht schlecht", r(4)),
            ("nicht unzufrieden", r(4)),
            ("nicht sehr gut", r(3)),
            ("nicht perfekt", r(3)),
            ("gar nicht zufrieden", r(1)),
            ("überhaupt nicht gut", r(1)),
            ("gar nicht", r(1)),
            ("überhaupt nicht", r(1)),
            ("gar nicht schlecht", r(4)),
            // Word boundaries.
            ("token", None),
            ("gutschein", None),
            ("normalerweise", None),
            // Nothing, or not wanted.
            ("", None),
            ("ja", None),
            ("hallo", None),
            ("nein", OUT),
            ("nein danke", OUT),
            ("keine Bewertung", OUT),
            ("das möchte ich nicht", OUT),
            ("überspringen bitte", OUT),
        ],
    );
}

#[test]
fn english() {
    check(
        Lang::EN,
        &[
            ("5", r(5)),
            ("five", r(5)),
            ("one", r(1)),
            ("one star", r(1)),
            ("three stars", r(3)),
            ("four out of five", r(4)),
            ("4 of 5", r(4)),
            ("4/5", r(4)),
            ("3/10", ASK),
            ("I would say four", r(4)),
            ("uh four", r(4)),
            ("eight out of ten", ASK),
            ("ten", None),
            ("zero", None),
            ("two or three", ASK),
            ("four point five", ASK),
            ("not a five, more like a three", r(3)),
            ("five, no, four", r(4)),
            ("no, two", r(2)),
            ("very good", r(5)),
            ("excellent", r(5)),
            ("good", r(4)),
            ("not good", r(2)),
            ("not bad", r(4)),
            ("not good at all", r(1)),
            ("not at all", r(1)),
            ("very bad", r(1)),
            ("it was okay", r(3)),
            ("terrible", r(1)),
            ("it wasn't very good", r(3)),
            ("dissatisfied", r(2)),
            ("goodness", None),
            ("token", None),
            ("yes", None),
            ("no", OUT),
            ("no thanks", OUT),
            ("skip", OUT),
            ("I'd rather not", OUT),
        ],
    );
}

#[test]
fn keys() {
    for n in 1..=5 {
        assert_eq!(parse_keys(&n.to_string()), r(n));
        assert_eq!(parse_keys(&format!("{n}#")), r(n));
    }
    assert_eq!(parse_keys("0"), OUT);
    assert_eq!(parse_keys("#"), OUT);
    assert_eq!(parse_keys("*"), OUT);
    assert_eq!(parse_keys("6"), None);
    assert_eq!(parse_keys("55"), None);
}

proptest! {
    #[test]
    fn never_out_of_range(text in ".{0,60}", german: bool) {
        let lang = if german { Lang::DE } else { Lang::EN };
        if let Some(Answer::Rating(n)) = parse(&text, lang) {
            prop_assert!((1..=5).contains(&n));
        }
    }

    #[test]
    fn words_in_any_order(words in proptest::collection::vec(
        prop::sample::select(vec!["nicht", "gar", "sehr", "gut", "von", "5", "zwei", "note", "eher", "schlecht", "sterne", "zehn", "keine"]),
        0..8,
    )) {
        if let Some(Answer::Rating(n)) = parse(&words.join(" "), Lang::DE) {
            prop_assert!((1..=5).contains(&n));
        }
    }
}
