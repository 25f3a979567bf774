//! What espeak-ng reads wrongly in German: dates end its sentences, and it spells abbreviations.

/// Abbreviations and what is said for them. The longer comes before what it begins with.
const ABBREVIATIONS: [(&str, &str); 22] = [
    ("z.B.", "zum Beispiel"),
    ("z. B.", "zum Beispiel"),
    ("d.h.", "das heißt"),
    ("d. h.", "das heißt"),
    ("u.a.", "unter anderem"),
    ("u. a.", "unter anderem"),
    ("bzw.", "beziehungsweise"),
    ("usw.", "und so weiter"),
    ("ca.", "circa"),
    ("Dr.", "Doktor"),
    ("Prof.", "Professor"),
    ("Nr.", "Nummer"),
    ("Str.", "Straße"),
    ("Hr.", "Herr"),
    ("Fr.", "Frau"),
    ("Tel.", "Telefon"),
    ("inkl.", "inklusive"),
    ("evtl.", "eventuell"),
    ("ggf.", "gegebenenfalls"),
    ("max.", "maximal"),
    ("min.", "mindestens"),
    ("MwSt.", "Mehrwertsteuer"),
];

/// The months, which follow an ordinal number in dates.
const MONTHS: [&str; 13] = [
    "Januar",
    "Jänner",
    "Februar",
    "März",
    "April",
    "Mai",
    "Juni",
    "Juli",
    "August",
    "September",
    "Oktober",
    "November",
    "Dezember",
];

/// The abbreviation that a text begins with, and its words.
pub(crate) fn abbreviation(text: &str) -> Option<(&'static str, &'static str)> {
    ABBREVIATIONS.iter().find(|(short, _)| text.starts_with(short)).copied()
}

/// Whether a month begins here and a day of it ends before: `12. |Mai`. With a small letter the engine reads
/// an ordinal number, otherwise the end of a sentence.
pub(crate) fn is_month_after_ordinal(before: &str, text: &str) -> bool {
    let month = MONTHS.iter().any(|month| {
        let rest = text.strip_prefix(month);
        rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
    });
    let day = before.trim_end().strip_suffix('.');
    month && before.ends_with(' ') && day.is_some_and(|day| day.ends_with(|c: char| c.is_ascii_digit()))
}
