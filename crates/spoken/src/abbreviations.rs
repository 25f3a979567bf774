//! Which abbreviations are said in full?

use crate::place::{Place, Said, Tongue, digits, skip_blank};

/// The longer comes before what it begins with.
const DE: [(&str, &str); 36] = [
    ("z.B.", "zum Beispiel"),
    ("z. B.", "zum Beispiel"),
    ("d.h.", "das heißt"),
    ("d. h.", "das heißt"),
    ("u.a.", "unter anderem"),
    ("u. a.", "unter anderem"),
    ("i.d.R.", "in der Regel"),
    ("i. d. R.", "in der Regel"),
    ("o.ä.", "oder ähnliches"),
    ("o. ä.", "oder ähnliches"),
    ("s.o.", "siehe oben"),
    ("s.u.", "siehe unten"),
    ("v.a.", "vor allem"),
    ("v. a.", "vor allem"),
    ("bzw.", "beziehungsweise"),
    ("usw.", "und so weiter"),
    ("etc.", "et cetera"),
    ("ca.", "circa"),
    ("Dr.", "Doktor"),
    ("Prof.", "Professor"),
    ("Nr.", "Nummer"),
    ("Str.", "Straße"),
    ("Hr.", "Herr"),
    ("Fr.", "Frau"),
    ("Tel.", "Telefon"),
    ("Abs.", "Absatz"),
    ("Abt.", "Abteilung"),
    ("inkl.", "inklusive"),
    ("zzgl.", "zuzüglich"),
    ("evtl.", "eventuell"),
    ("ggf.", "gegebenenfalls"),
    ("vgl.", "vergleiche"),
    ("max.", "maximal"),
    ("min.", "mindestens"),
    ("MwSt.", "Mehrwertsteuer"),
    ("GmbH", "G M B H"),
];

const EN: [(&str, &str); 21] = [
    ("e.g.", "for example"),
    ("i.e.", "that is"),
    ("etc.", "et cetera"),
    ("vs.", "versus"),
    ("approx.", "approximately"),
    ("Mr.", "Mister"),
    ("Mrs.", "Missus"),
    ("Ms.", "Miz"),
    ("Dr.", "Doctor"),
    ("Prof.", "Professor"),
    ("Jr.", "Junior"),
    ("Sr.", "Senior"),
    ("Inc.", "Incorporated"),
    ("Ltd.", "Limited"),
    ("Dept.", "Department"),
    ("dept.", "department"),
    ("Apt.", "Apartment"),
    ("Ave.", "Avenue"),
    ("Blvd.", "Boulevard"),
    ("Rd.", "Road"),
    ("ext.", "extension"),
];

/// The abbreviation a text begins with. Its full stop stays where it may end the sentence too.
pub(crate) fn abbreviation(place: Place<'_>) -> Said {
    let table = place.tongue.pick(&DE[..], &EN[..]);
    let found = table.iter().find(|(short, _)| {
        place
            .rest
            .strip_prefix(short)
            .is_some_and(|rest| short.ends_with('.') || !rest.starts_with(char::is_alphanumeric))
    });
    let (short, long) = match found {
        Some((short, long)) => (*short, *long),
        None => english(place)?,
    };
    // `Fr. 5` is a weekday's or a franc's; names have no digits.
    if matches!(short, "Fr." | "Hr.")
        && !skip_blank(&place.rest[short.len()..]).starts_with(char::is_uppercase)
    {
        return None;
    }
    let last = short.ends_with('.') && place.rest[short.len()..].trim().is_empty();
    Some((short.len(), format!("{long}{}", if last { "." } else { "" })))
}

/// Those that depend on what follows.
fn english(place: Place<'_>) -> Option<(&'static str, &'static str)> {
    if place.tongue != Tongue::En {
        return None;
    }
    let follows = |short: &str| place.rest.strip_prefix(short).map(skip_blank);
    if let Some(rest) = follows("No.") {
        return (!digits(rest).is_empty()).then_some(("No.", "number"));
    }
    let name = follows("St.")?.starts_with(char::is_uppercase);
    Some(("St.", if name { "Saint" } else { "Street" }))
}
