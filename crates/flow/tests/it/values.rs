//! Layer: pure. Numbers, phone numbers, times and days as callers say and key them.

use tom_base::Lang;
use tom_flow::{ActionKind, FlowCause, Recognition};

use crate::common::{flow, keyed, opened, said};

/// What a slot makes of an answer: the reported value, and how it is said back.
fn value(slot: &str, lang: Lang, answer: &FlowCause) -> Option<(String, String)> {
    let text = format!(
        "[flow]\nname = 'one'\nlanguages = ['{lang}']\nstart = 'hello'\nhandover = 'desk'\nrating = false\n\
         [states.hello]\ndisclosure = 'This is an AI, eine KI.'\ngo = 'ask'\n\
         [states.ask]\nask = 'What?'\nslot = {{ name = 'v', confirm = false, {slot} }}\ngo = 'bye'\n\
         [states.bye]\nsay = 'You said {{v}}'\nmessage = {{ v = '{{v}}' }}\nhangup = true\n\
         [states.desk]\ntransfer = 'desk'\n"
    );
    let (mut dialogue, _) = opened(&flow(&text), lang, Recognition::default());
    let reply = dialogue.reply(answer);
    let message = reply.actions.iter().find(|a| a.kind == ActionKind::Message)?;
    let heard = reply.text.join(" ");
    Some((message.data[0].1.clone(), heard.strip_prefix("You said ")?.to_owned()))
}

/// Checks answers against values; an empty value means that it is not understood.
fn check(slot: &str, lang: Lang, vectors: &[(&str, &str)]) {
    let wrong: Vec<_> = vectors
        .iter()
        .map(|(answer, want)| (answer, want, value(slot, lang, &said(answer)).map_or(String::new(), |v| v.0)))
        .filter(|(_, want, got)| got != *want)
        .collect();
    assert!(wrong.is_empty(), "{slot} {lang}: (answer, want, got) {wrong:#?}");
}

const DIGITS: &str = "kind = 'digits', min = 1, max = 12";

#[test]
fn english_digits() {
    check(
        DIGITS,
        Lang::EN,
        &[
            ("four five six", "456"),
            ("Four, five, six.", "456"),
            ("oh double seven", "077"),
            ("triple five", "555"),
            ("double oh seven", "007"),
            ("four fifty six", "456"),
            ("four hundred fifty six", "456"),
            ("four hundred and fifty six", "456"),
            ("twenty five", "25"),
            ("two thousand and one", "2001"),
            ("nineteen eighty four", "1984"),
            ("it is four uh five six please", "456"),
            ("the number is 4 5 6", "456"),
            ("45-67 8", "45678"),
            ("four five no six", ""),
            ("banana", ""),
            ("one two three four five six seven eight nine one two three four", ""),
        ],
    );
}

#[test]
fn german_digits() {
    check(
        DIGITS,
        Lang::DE,
        &[
            ("vier fünf", "45"),
            ("vier fuenf sechs", "456"),
            ("zwo null drei", "203"),
            ("vierhundert", "400"),
            ("vierhundertsechsundfünfzig", "456"),
            ("vierhundert sechsundfünfzig", "456"),
            ("siebenundzwanzig", "27"),
            ("sieben und zwanzig", "27"),
            ("zweitausendvierundzwanzig", "2024"),
            ("einundzwanzig zweiundzwanzig", "2122"),
            ("doppel sieben", "77"),
            ("hundertzwanzig", "120"),
            ("die Nummer lautet vier acht drei eins", "4831"),
            ("4831", "4831"),
            ("vier Bananen fünf", ""),
            ("siebenundsiebzehnzig", ""),
        ],
    );
}

#[test]
fn phone_numbers() {
    let slot = "kind = 'phone'";
    check(
        slot,
        Lang::EN,
        &[
            ("oh three oh one two three four", "0301234"),
            ("plus four nine three oh one two three", "+4930123"),
            ("one two three", ""),
        ],
    );
    check(
        slot,
        Lang::DE,
        &[
            ("null eins sieben eins vierunddreißig zweiundzwanzig", "01713422"),
            ("plus vier neun drei null eins zwei drei", "+4930123"),
            ("+49 30 123456", "+4930123456"),
            ("0171/123 45-67", "01711234567"),
        ],
    );
    let (number, said_back) = value(slot, Lang::DE, &keyed("03012345#")).unwrap();
    assert_eq!((number.as_str(), said_back.as_str()), ("03012345", "0 3 0, 1 2 3, 4 5"));
}

#[test]
fn times() {
    let slot = "kind = 'time'";
    check(
        slot,
        Lang::EN,
        &[
            ("nine", "09:00"),
            ("nine o'clock", "09:00"),
            ("at three", "15:00"),
            ("three a.m.", "03:00"),
            ("nine thirty", "09:30"),
            ("nine oh five", "09:05"),
            ("half past nine", "09:30"),
            ("a quarter past two", "14:15"),
            ("quarter to one", "12:45"),
            ("ten to nine in the evening", "20:50"),
            ("twelve thirty at night", "00:30"),
            ("noon", "12:00"),
            ("midnight", "00:00"),
            ("fourteen hundred", "14:00"),
            ("9:30", "09:30"),
            ("5 pm", "17:00"),
            ("nine five", ""),
            ("twenty five", ""),
            ("banana", ""),
        ],
    );
    check(
        slot,
        Lang::DE,
        &[
            ("neun Uhr", "09:00"),
            ("halb zehn", "09:30"),
            ("halb eins", "12:30"),
            ("viertel nach acht", "08:15"),
            ("viertel vor drei", "14:45"),
            ("dreiviertel zehn", "09:45"),
            ("fünf vor acht abends", "19:55"),
            ("fünfzehn Uhr dreißig", "15:30"),
            ("ein Uhr fünf", "13:05"),
            ("zwölf Uhr mittags", "12:00"),
            ("mittags", "12:00"),
            ("15:30 Uhr", "15:30"),
            ("um 9 Uhr 30", "09:30"),
            ("elf Uhr nachts", "23:00"),
            ("fünfundzwanzig Uhr", ""),
        ],
    );
    for (keys, want) in [("9", "09:00"), ("930", "09:30"), ("1430", "14:30"), ("0330#", "03:30")] {
        assert_eq!(value(slot, Lang::EN, &keyed(keys)).unwrap().0, want, "{keys}");
    }
    for keys in ["2460", "2530", "99999", "#"] {
        assert_eq!(value(slot, Lang::EN, &keyed(keys)), None, "{keys}");
    }
    assert_eq!(value(slot, Lang::EN, &keyed("1430")).unwrap().1, "2:30 in the afternoon");
    assert_eq!(value(slot, Lang::EN, &keyed("2000")).unwrap().1, "8 o'clock in the evening");
    assert_eq!(value(slot, Lang::DE, &keyed("1430")).unwrap().1, "14 Uhr 30");
}

#[test]
fn days() {
    let slot = "kind = 'date'";
    check(
        slot,
        Lang::EN,
        &[
            ("monday", "monday"),
            ("on Friday please", "friday"),
            ("tomorrow", "tomorrow"),
            ("May the fifth", "05-05"),
            ("the fifth of May", "05-05"),
            ("the twenty first of june", "06-21"),
            ("december 24", "12-24"),
            ("february thirtieth", ""),
            ("monday or tuesday", ""),
            ("the fifth", ""),
        ],
    );
    check(
        slot,
        Lang::DE,
        &[
            ("am Montag", "monday"),
            ("morgen", "tomorrow"),
            ("fünfter Mai", "05-05"),
            ("am fünften Mai", "05-05"),
            ("der einunddreißigste März", "03-31"),
            ("5. Mai", "05-05"),
            ("5.12.", "12-05"),
            ("fünfter zwölfter", "12-05"),
            ("einunddreißigster April", ""),
        ],
    );
    assert_eq!(
        value(slot, Lang::EN, &keyed("2412")).unwrap(),
        ("12-24".into(), "December the twenty-fourth".into())
    );
    assert_eq!(value(slot, Lang::DE, &keyed("0303")).unwrap(), ("03-03".into(), "der dritte März".into()));
    assert_eq!(value(slot, Lang::DE, &keyed("3202")), None);
}
