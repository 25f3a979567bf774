//! Layer: pure. Questions of callers, and the passages that answer them.

use proptest::prelude::*;

use super::*;

const HOUSE: &str = "# Opening hours\n\nWe are open Monday to Friday from nine to five.\nOn Saturdays we close at noon.\n\n\
    # Prices\n## Haircuts\n\nA haircut is thirty euros.\n\n## Colour\n\nColouring starts at sixty euros.\n\n\
    # How to find us\n\nThere is parking behind the house. The bus stops in front of it.\n";
const HAUS: &str = "# Öffnungszeiten\n\nWir haben montags bis freitags von neun bis siebzehn Uhr geöffnet.\n\n\
    # Anfahrt\n\nParkplätze finden Sie hinter dem Haus.\n\n\
    # Reparaturen\n\nEine Inspektion kostet ab hundert Euro. Die Bremsen prüfen wir kostenlos.\n";

fn knowledge() -> Knowledge {
    let mut all = Knowledge::default();
    all.add("house", HOUSE);
    all.add("haus", HAUS);
    all
}

#[test]
fn questions_find_their_passages() {
    let all = knowledge();
    for (query, expected) in [
        ("When do you open?", "nine to five"),
        ("opening hours saturday", "close at noon"),
        ("How much is a haircut?", "thirty euros"),
        ("colouring price", "sixty euros"),
        ("Where can I park?", "parking behind"),
        ("Wann haben Sie geöffnet?", "siebzehn Uhr"),
        ("Öffnungszeit", "siebzehn Uhr"),
        ("Wo ist ein Parkplatz?", "Parkplätze"),
        ("Was kostet die Inspektion", "hundert Euro"),
        ("oeffnungszeiten", "siebzehn Uhr"),
    ] {
        let found = all.search(query, Lang::EN, 3);
        assert!(found.first().is_some_and(|p| p.text.contains(expected)), "{query}: {found:?}");
        assert!(found.len() <= 3);
    }
    assert!(all.search("quantum physics", Lang::EN, 3).is_empty());
    assert!(all.search("", Lang::EN, 3).is_empty() && all.search("wie ist das?", Lang::DE, 3).is_empty());
    assert_eq!(all.search("haircut", Lang::EN, 1)[0].title, "Prices, Haircuts");
}

#[test]
fn facts_are_found_in_their_language() {
    let mut all = knowledge();
    all.add_fact(Lang::EN, "phone_number", "Call 555 01.");
    all.add_fact(Lang::DE, "phone_number", "Rufen Sie 555 01 an.");
    let found =
        |lang| all.search("phone number 555", lang, 3).iter().map(|p| p.text.clone()).collect::<Vec<_>>();
    assert_eq!(found(Lang::EN), ["Call 555 01."]);
    assert_eq!(found(Lang::DE), ["Rufen Sie 555 01 an."]);
}

#[test]
fn a_folder_is_read_and_what_is_wrong_with_it_is_said() {
    let folder = tempfile::tempdir().expect("a folder");
    let error = |folder: &Path| Knowledge::load(folder).expect_err("refused").to_string();
    assert!(error(&folder.path().join("none")).contains("cannot be read"));
    assert!(error(folder.path()).contains("no .md or .txt file"));
    fs::write(folder.path().join("b_house.md"), HOUSE).expect("written");
    fs::write(folder.path().join("a.TXT"), "Only one line.").expect("written");
    fs::write(folder.path().join("c.pdf"), [0xff, 0xfe]).expect("written");
    let all = Knowledge::load(folder.path()).expect("texts");
    assert_eq!(all.titles(), ["a", "b house"]);
    assert_eq!((all.len(), all.is_empty()), (5, false));
    fs::write(folder.path().join("d.txt"), [0xff, 0xfe]).expect("written");
    assert!(error(folder.path()).contains("UTF-8"));
}

proptest! {
    #[test]
    fn any_text_is_read_and_searched(text in ".{0,2000}", query in ".{0,60}", most in 0usize..5) {
        let mut all = Knowledge::default();
        all.add("any", &text);
        prop_assert!(all.search(&query, Lang::EN, most).len() <= most);
        for passage in all.search(&text, Lang::DE, 100) {
            prop_assert!(passage.text.len() <= LONGEST_PASSAGE * 4 + 4);
        }
    }
}
