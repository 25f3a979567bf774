//! How are units of measurement said?

use crate::figure::Figure;
use crate::place::{Tongue, ends, skip_blank};

/// As written, German (one, many), English (one, many). The longer comes before what it begins with.
const UNITS: [(&str, &str, &str, &str, &str); 39] = [
    ("km/h", "ein Kilometer pro Stunde", "Kilometer pro Stunde", "kilometre per hour", "kilometres per hour"),
    ("m/s", "ein Meter pro Sekunde", "Meter pro Sekunde", "metre per second", "metres per second"),
    ("km²", "ein Quadratkilometer", "Quadratkilometer", "square kilometre", "square kilometres"),
    ("m²", "ein Quadratmeter", "Quadratmeter", "square metre", "square metres"),
    ("m³", "ein Kubikmeter", "Kubikmeter", "cubic metre", "cubic metres"),
    ("km", "ein Kilometer", "Kilometer", "kilometre", "kilometres"),
    ("cm", "ein Zentimeter", "Zentimeter", "centimetre", "centimetres"),
    ("mm", "ein Millimeter", "Millimeter", "millimetre", "millimetres"),
    ("kWh", "eine Kilowattstunde", "Kilowattstunden", "kilowatt hour", "kilowatt hours"),
    ("kW", "ein Kilowatt", "Kilowatt", "kilowatt", "kilowatts"),
    ("MHz", "ein Megahertz", "Megahertz", "megahertz", "megahertz"),
    ("GHz", "ein Gigahertz", "Gigahertz", "gigahertz", "gigahertz"),
    ("kHz", "ein Kilohertz", "Kilohertz", "kilohertz", "kilohertz"),
    ("Hz", "ein Hertz", "Hertz", "hertz", "hertz"),
    ("kB", "ein Kilobyte", "Kilobyte", "kilobyte", "kilobytes"),
    ("MB", "ein Megabyte", "Megabyte", "megabyte", "megabytes"),
    ("GB", "ein Gigabyte", "Gigabyte", "gigabyte", "gigabytes"),
    ("TB", "ein Terabyte", "Terabyte", "terabyte", "terabytes"),
    ("kg", "ein Kilogramm", "Kilogramm", "kilogram", "kilograms"),
    ("mg", "ein Milligramm", "Milligramm", "milligram", "milligrams"),
    ("ml", "ein Milliliter", "Milliliter", "millilitre", "millilitres"),
    ("ms", "eine Millisekunde", "Millisekunden", "millisecond", "milliseconds"),
    ("PS", "ein P S", "P S", "horsepower", "horsepower"),
    ("°C", "ein Grad Celsius", "Grad Celsius", "degree Celsius", "degrees Celsius"),
    ("°F", "ein Grad Fahrenheit", "Grad Fahrenheit", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°", "ein Grad", "Grad", "degree", "degrees"),
    ("%", "ein Prozent", "Prozent", "percent", "percent"),
    ("Std.", "eine Stunde", "Stunden", "hour", "hours"),
    ("Min.", "eine Minute", "Minuten", "minute", "minutes"),
    ("Sek.", "eine Sekunde", "Sekunden", "second", "seconds"),
    ("min.", "eine Minute", "Minuten", "minute", "minutes"),
    ("min", "eine Minute", "Minuten", "minute", "minutes"),
    ("h", "eine Stunde", "Stunden", "hour", "hours"),
    ("m", "ein Meter", "Meter", "metre", "metres"),
    ("g", "ein Gramm", "Gramm", "gram", "grams"),
    ("l", "ein Liter", "Liter", "litre", "litres"),
    ("W", "ein Watt", "Watt", "watt", "watts"),
    ("V", "ein Volt", "Volt", "volt", "volts"),
    ("A", "ein Ampere", "Ampere", "ampere", "amperes"),
];

/// The unit after a number: the words for both, and what follows.
pub(crate) fn unit<'t>(figure: &Figure, after: &'t str, tongue: Tongue) -> Option<(String, &'t str)> {
    let text = skip_blank(after);
    let found = UNITS.iter().find_map(|unit| {
        let rest = text.strip_prefix(unit.0)?;
        // "5 A" in English may well be "five a day"; with a blank, one letter is a unit only where it is no word.
        let word = tongue == Tongue::En && unit.0 == "A" && text.len() < after.len();
        (ends(rest) && !rest.starts_with(['\'', '’']) && !word).then_some((unit, rest))
    });
    let ((written, de, de_many, en, en_many), rest) = found?;
    let one = figure.is_one();
    let words = match tongue {
        Tongue::De if one => (*de).to_owned(),
        Tongue::De => format!("{} {de_many}", figure.words(tongue)),
        Tongue::En => format!("{} {}", figure.words(tongue), if one { en } else { en_many }),
    };
    // The full stop of an abbreviation may be that of the sentence.
    let stop = written.ends_with('.') && rest.trim().is_empty();
    Some((if stop { words + "." } else { words }, rest))
}
