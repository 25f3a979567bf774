//! Layer: pure. Clauses of replies, whole and in pieces.

use proptest::prelude::*;

use super::*;

fn clauses(lang: Lang, text: &str) -> Vec<String> {
    let mut cutter = Cutter::new(lang);
    let mut all = cutter.push(text);
    all.extend(cutter.finish());
    all
}

fn first(lang: Lang, text: &str) -> Option<String> {
    Cutter::new(lang).push(text).into_iter().next()
}

#[test]
fn the_first_clause_comes_as_early_as_it_is_worth_saying() {
    for (lang, text, expected) in [
        (Lang::EN, "Sure, I can help you with that, of course.", "Sure, I can help you with that,"),
        (Lang::DE, "Ja. Das geht klar, ich schaue nach.", "Ja. Das geht klar,"),
        (Lang::EN, "We are open today\nand tomorrow", "We are open today"),
        (Lang::EN, "Here is the thing: we are closed", "Here is the thing:"),
        (Lang::EN, "We are closed - but not for long", "We are closed -"),
        (Lang::EN, "Is that really so? Then we should", "Is that really so?"),
    ] {
        assert_eq!(first(lang, text).as_deref(), Some(expected), "{text}");
    }
    assert_eq!(first(Lang::EN, "Hi, "), None);
    assert_eq!(first(Lang::DE, "Kosten: 12.50 Euro pro Monat."), None, "it may be an abbreviation yet");
    assert_eq!(clauses(Lang::DE, "Kosten: 12.50 Euro pro Monat."), ["Kosten: 12.50 Euro pro Monat."]);
    assert_eq!(first(Lang::EN, "I can help you with that,").as_deref(), Some("I can help you with that,"));
}

#[test]
fn in_a_hurry_the_first_clause_ends_before_a_phrase() {
    for (lang, text, expected) in [
        (Lang::EN, "Yes, we are open today from", Some("Yes, we are open today")),
        (Lang::EN, "Yes, we are open today fro", None),
        (Lang::EN, "Yes, we are open today fr. No more", Some("Yes, we are open today fr.")),
        (Lang::EN, "We can do it with a smile", None),
        (Lang::EN, "We can repair the bicycle, with luck", Some("We can repair the bicycle,")),
        (Lang::EN, "The bicycles come from two makers", None),
        (Lang::EN, "That is one more andiron of his", None),
        (Lang::EN, "That is one more reason and", None),
        (Lang::EN, "That is one more reason and ", Some("That is one more reason")),
        (Lang::DE, "Ja, wir haben heute von neun", Some("Ja, wir haben heute")),
        (Lang::DE, "Gern, das macht dann für Sie mein Kollege.", Some("Gern, das macht dann")),
        (Lang::DE, "Die Werkstatt ist nur für Mitglieder da", None),
        (Lang::DE, "Der Termin wäre am Montag oder", None),
        (Lang::DE, "Der Termin wäre am Montag oder am", Some("Der Termin wäre am Montag")),
    ] {
        let mut cutter = Cutter::new(lang);
        cutter.hurry(true);
        assert_eq!(cutter.push(text).into_iter().next().as_deref(), expected, "{text}");
    }
}

#[test]
fn only_the_first_clause_is_in_a_hurry() {
    let text = "We can take it today because there is room. We could take it as well tomorrow because there is more.";
    let mut cutter = Cutter::new(Lang::EN);
    cutter.hurry(true);
    let mut all = cutter.push(text);
    all.extend(cutter.finish());
    let expected = [
        "We can take it today",
        "because there is room.",
        "We could take it as well tomorrow because there is more.",
    ];
    assert_eq!(all, expected);
    cutter = Cutter::new(Lang::EN);
    cutter.hurry(true);
    assert!(cutter.push("We can take it today becaus").is_empty());
    cutter.hurry(false);
    assert_eq!(cutter.push("e there is room. Then"), ["We can take it today because there is room."]);
}

#[test]
fn later_clauses_are_sentences_unless_they_are_long() {
    let text = "Good morning to you, dear caller. I looked it up, and we have two rooms. Shall I book one?";
    let expected = [
        "Good morning to you,",
        "dear caller.",
        "I looked it up, and we have two rooms.",
        "Shall I book one?",
    ];
    assert_eq!(clauses(Lang::EN, text), expected);
    let long =
        format!("Good morning to you. We have {}and no more, which is a pity.", "one thing, ".repeat(14));
    let cut = clauses(Lang::EN, &long);
    assert!(cut.len() > 2 && cut.iter().all(|c| c.chars().count() <= LONG + 40), "{cut:?}");
}

#[test]
fn full_stops_that_end_nothing() {
    for (lang, text) in [
        (Lang::DE, "Wir haben Obst, z. B. Äpfel und Birnen aus der Region."),
        (Lang::DE, "Ihr Termin bei Frau Dr. Meier ist am 3. Mai um 14.30 Uhr im 2. Stock."),
        (Lang::DE, "Sie wohnen in der Lindenstr. 5 bzw. in der St. Georg Gasse Nr. 12 hinten."),
        (Lang::DE, "Der Betrag von 1.000,00 Euro wird bis zum 12.03.2026 bezahlt, d. h. bald."),
        (Lang::DE, "Ihr Paket kommt ca. am 12. 3. 2026 oder am 14. Herr Krause bringt es."),
        (Lang::DE, "Der Laden hat im 1. Quartal geschlossen und öffnet danach wieder."),
        (Lang::EN, "Please ask for Mr. Smith or Dr. J. S. Brown at St. Mary's."),
        (Lang::EN, "We have fruit, e.g. apples, i.e. no bread, for 3.50 or 1,250.00 dollars."),
        (Lang::EN, "The shop at No. 5 opens at 9 a.m. on weekdays and at 10:30 on Sundays."),
        (Lang::EN, "Write to info@example.com or look at www.example.com/a.b for more."),
        (Lang::EN, "The version is 2.0.1 and the price approx. 3,5 of them."),
    ] {
        let cut = clauses(lang, text);
        let sentences = cut.iter().filter(|c| c.ends_with('.')).count();
        assert_eq!(sentences, 1, "{cut:?}");
        assert_eq!(cut.join(" "), text);
    }
}

#[test]
fn numbers_and_abbreviations_that_do_end_a_sentence() {
    for (lang, text, count) in [
        (Lang::DE, "Ich habe davon genau 3. Dann sind alle weg und es gibt nichts mehr.", 2),
        (Lang::DE, "Wir wurden gegründet im Jahr 2025. Seitdem sind wir für Sie da.", 2),
        (Lang::DE, "Es gibt Äpfel, Birnen und Pflaumen usw. Möchten Sie welche davon haben?", 3),
        (Lang::EN, "You are number 5. Please hold the line for a moment.", 2),
        (Lang::EN, "We open at 9 a.m. Please come early and bring a friend.", 2),
        (Lang::EN, "You like it and so do I. Then it is settled, I think.", 2),
        (Lang::EN, "He said it is fine (really fine.) Then he left the room.", 2),
        (Lang::EN, "I fear there is no. None at all of it.", 2),
    ] {
        assert_eq!(clauses(lang, text).len(), count, "{:?}", clauses(lang, text));
    }
}

#[test]
fn an_ellipsis_is_one_mark() {
    assert_eq!(
        clauses(Lang::EN, "Let me think about it... yes, we have one."),
        ["Let me think about it...", "yes, we have one."]
    );
}

#[test]
fn words_without_end_are_cut_all_the_same() {
    let cut = clauses(Lang::EN, &"word ".repeat(500));
    assert!(cut.iter().all(|c| c.len() <= LONGEST), "{cut:?}");
    let cut = clauses(Lang::EN, &"x".repeat(5_000));
    assert!(cut.iter().all(|c| c.len() <= ENDLESS));
    assert_eq!(cut.concat().len(), 5_000);
}

fn squeezed(text: &str) -> String {
    text.split_whitespace().collect()
}

/// Texts like replies.
fn reply() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => "[a-zäöüA-ZÄÖÜ]{1,12}",
        1 => prop::sample::select(vec![
            "z.", "B.", "Dr.", "3.", "12.50", "1.000,00", "Mai", "usw.", "a.m.", "am", "...", "12.03.2026", "-",
            "info@example.com", "Nr.", "I.", "1,5", "10:30", "(so.)", "\"ja!\"", "No.", "12.3.", "from", "and", "oder", "von",
        ]).prop_map(str::to_owned),
        1 => ".*",
    ];
    let mark = prop::sample::select(vec!["", "", "", ",", ".", "!", "?", ":", ";", "\n", ")", " -"]);
    prop::collection::vec((word, mark), 0..60)
        .prop_map(|all| all.into_iter().map(|(word, mark)| format!("{word}{mark} ")).collect())
}

proptest! {
    #[test]
    fn nothing_is_lost_and_the_pieces_do_not_matter(
        text in reply(), sizes in prop::collection::vec(1usize..9, 1..40), german: bool, hurried: bool,
    ) {
        let lang = if german { Lang::DE } else { Lang::EN };
        let mut cutter = Cutter::new(lang);
        cutter.hurry(hurried);
        let mut whole = cutter.push(&text);
        whole.extend(cutter.finish());
        prop_assert_eq!(squeezed(&whole.concat()), squeezed(&text));
        let mut cutter = Cutter::new(lang);
        cutter.hurry(hurried);
        let mut pieces = Vec::new();
        let chars: Vec<char> = text.chars().collect();
        let (mut at, mut turn) = (0, 0);
        while at < chars.len() {
            let end = (at + sizes[turn % sizes.len()]).min(chars.len());
            pieces.extend(cutter.push(&chars[at..end].iter().collect::<String>()));
            (at, turn) = (end, turn + 1);
        }
        pieces.extend(cutter.finish());
        prop_assert_eq!(pieces, whole);
    }

    #[test]
    fn plain_sentences_are_joined_by_blanks(
        text in "([A-Z][a-z]{2,9}( [a-z]{2,9},?){2,30} [a-z]{2,9}[.!?] ){1,6}",
    ) {
        prop_assert_eq!(clauses(Lang::EN, &text).join(" "), text.trim());
    }
}
