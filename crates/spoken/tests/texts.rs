//! Layer: pure. Numbers, dates, times, money, telephone numbers and addresses are said as people say them, and every
//! word leads back to what was written.

use proptest::prelude::*;
use tom_base::Lang;
use tom_spoken::Spoken;

fn all(lang: Lang, table: &[(&str, &str)]) {
    for (written, said) in table {
        assert_eq!(Spoken::new(written, lang).text(), *said, "{written:?}");
    }
}

#[test]
fn german() {
    all(
        Lang::DE,
        &[
            ("Sie haben 3 Nachrichten.", "Sie haben drei Nachrichten."),
            ("1 Nachricht, 1 Termin, 1 Stunde", "eine Nachricht, ein Termin, eine Stunde"),
            ("am 12. Mai", "am zwölften Mai"),
            ("Der 1. Mai ist frei.", "Der erste Mai ist frei."),
            ("Montag, 12. Mai 2025", "Montag, zwölfter Mai zweitausendfünfundzwanzig"),
            ("vom 3. bis 5. Juni", "vom dritten bis fünften Juni"),
            ("am 3. und 4. Juni", "am dritten und vierten Juni"),
            (
                "im 2. Stock, in der 3. Etage, die 3. Tür",
                "im zweiten Stock, in der dritten Etage, die dritte Tür",
            ),
            ("Es sind 3. Danach", "Es sind drei. Danach"),
            ("am 12.05.2024 und 1.6.", "am zwölften Mai zweitausendvierundzwanzig und erster Juni"),
            ("Termin: 2024-05-12", "Termin: zwölfter Mai zweitausendvierundzwanzig"),
            ("um 14:30 Uhr", "um vierzehn Uhr dreißig"),
            ("um 14.30 Uhr oder 9 Uhr", "um vierzehn Uhr dreißig oder neun Uhr"),
            ("um 1:00", "um ein Uhr"),
            ("von 9–17 Uhr, 10 - 12 Uhr", "von neun bis siebzehn Uhr, zehn bis zwölf Uhr"),
            ("12,50 €, 0,99 €, 1 €", "zwölf Euro fünfzig, neunundneunzig Cent, ein Euro"),
            ("12.50 Euro pro Monat", "zwölf Euro fünfzig pro Monat"),
            ("€ 1.234,00", "eintausendzweihundertvierunddreißig Euro"),
            ("1,5 Mio. Euro", "eins Komma fünf Millionen Euro"),
            ("030 1234567", "null drei null, eins zwei drei, vier fünf, sechs sieben"),
            ("+49 (0)170/1234-56", "plus vier neun, eins sieben null, eins zwei drei vier, fünf sechs"),
            ("z. B. Dr. Ott, Nr. 5 usw.", "zum Beispiel Doktor Ott, Nummer fünf und so weiter."),
            ("Fr. Maier", "Frau Maier"),
            ("info@auto-maier.de", "info at auto Minus maier Punkt D E"),
            ("https://www.example.org/a?b=1.", "example Punkt org."),
            ("auf firma.de nachsehen", "auf firma Punkt D E nachsehen"),
            (
                "20 °C, -5 Grad, 50%, 3,5 km",
                "zwanzig Grad Celsius, minus fünf Grad, fünfzig Prozent, drei Komma fünf Kilometer",
            ),
            ("100 km/h und 5 kWh", "einhundert Kilometer pro Stunde und fünf Kilowattstunden"),
            ("5 Min.", "fünf Minuten."),
            ("im Jahr 1999", "im Jahr neunzehnhundertneunundneunzig"),
            ("1/2 Liter, Version 1.2.3", "ein halb Liter, Version eins Punkt zwei Punkt drei"),
            ("Müller & Söhne, § 5, Zimmer 007", "Müller und Söhne, Paragraf fünf, Zimmer null null sieben"),
            ("Die MP3 in A4, 3D", "Die MP3 in A4, 3D"),
            ("Kein Wort anders: ja, nein.", "Kein Wort anders: ja, nein."),
        ],
    );
}

#[test]
fn english() {
    all(
        Lang::EN,
        &[
            ("You have 3 messages.", "You have three messages."),
            ("on May 12th, 2024", "on May twelfth, twenty twenty-four"),
            ("on May 3", "on May third"),
            ("on 12 May 2024", "on twelfth of May, twenty twenty-four"),
            ("05/12/2024", "May twelfth, twenty twenty-four"),
            ("2024-05-12", "May twelfth, twenty twenty-four"),
            ("the 3rd floor", "the third floor"),
            ("at 2:30 pm, 10am or 9:05", "at two thirty p.m., ten a.m. or nine oh five"),
            ("at 9:00", "at nine o'clock"),
            ("$12.50, $1 and £3", "twelve dollars and fifty cents, one dollar and three pounds"),
            ("$1.5 million", "one point five million dollars"),
            ("1,234.5", "one thousand two hundred and thirty-four point five"),
            ("555-123-4567", "five five five, one two three, four five six seven"),
            ("(555) 123-4567", "five five five, one two three, four five six seven"),
            ("Dr. Smith, e.g. at St. Mary, No. 5", "Doctor Smith, for example at Saint Mary, number five"),
            ("in 1999 and in 2005", "in nineteen ninety-nine and in two thousand and five"),
            ("mail info@example.com.", "mail info at example dot com."),
            ("5-10 days", "five to ten days"),
            ("70% at -3°C", "seventy percent at minus three degrees Celsius"),
            ("May I ask?", "May I ask?"),
            ("It costs 5. Then", "It costs five. Then"),
        ],
    );
}

#[test]
fn other_languages_stay_as_they_are() {
    let text = "le 12 mai, 14:30";
    let spoken = Spoken::new(text, "fr".parse().expect("tag"));
    assert_eq!((spoken.text(), spoken.origin(3)), (text, 3));
}

#[test]
fn words_lead_back_to_what_was_written() {
    let text = "Um 14:30 Uhr für 12,50 € an Köln";
    let spoken = Spoken::new(text, Lang::DE);
    for (word, place) in [("Um", 0), ("vierzehn", 3), ("dreißig", 3), ("für", 13), ("Euro", 18), ("Köln", 31)]
    {
        let said = spoken.text().find(word).expect("is said");
        assert_eq!(spoken.origin(said), place, "{word}");
    }
    assert_eq!(Spoken::new("", Lang::DE).origin(9), 0);
}

/// Texts of which numbers and signs are made.
fn texts() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[0-9]{1,6}",
        "[.,:;/()+ €$%°@&§#–-]{1,2}",
        "(Uhr|Mai|May|am|der|z\\. B\\.|Dr\\.|www\\.|https://|\\.de|km|Mio\\.|pm|th|in|Euro|ß|\u{a0})",
        "[a-zäA-Z]{1,5}",
        "\\PC",
    ];
    prop::collection::vec(pieces, 0..14).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn every_place_leads_back_and_none_goes_back(text in texts(), german: bool) {
        let lang = if german { Lang::DE } else { Lang::EN };
        let spoken = Spoken::new(&text, lang);
        let mut last = 0;
        for (at, _) in spoken.text().char_indices() {
            let origin = spoken.origin(at);
            prop_assert!(origin >= last && text.is_char_boundary(origin) && origin < text.len().max(1));
            last = origin;
        }
        prop_assert!(spoken.text().len() <= 40 * text.len() + 40, "grows without bound");
    }

    #[test]
    fn plain_words_stay_as_they_are(text in "[a-zäöüß]{1,9}( [a-zäöüß]{1,9}){0,5}[.!?]?", german: bool) {
        let lang = if german { Lang::DE } else { Lang::EN };
        let spoken = Spoken::new(&text, lang);
        // An abbreviation may stand at the end.
        prop_assume!(!text.ends_with('.') || text.split(' ').next_back().is_some_and(|w| w.len() > 5));
        prop_assert_eq!(spoken.text(), &text);
    }

    #[test]
    fn whole_numbers_leave_no_digit(n in 0u64..2_000_000_000_000, german: bool) {
        let lang = if german { Lang::DE } else { Lang::EN };
        let spoken = Spoken::new(&format!("x {n} y"), lang);
        prop_assert!(!spoken.text().contains(|c: char| c.is_ascii_digit()), "{}", spoken.text());
        prop_assert_eq!(spoken.origin(2), 2);
    }
}
