//! Layer: pure. What models write, and what is said of it.

use proptest::prelude::*;

use super::*;

#[track_caller]
fn says(written: &str, said: &str) {
    assert_eq!(clean(written), said, "{written:?}");
}

#[test]
fn plain_text_stays_as_it_is() {
    for text in [
        "Good morning. How can I help you?",
        "Der Termin ist am 3. Mai um 14:30 Uhr, d. h. in zwei Tagen; kommen Sie?",
        "It's 12.50 or 1,250.00 (including tax), e.g. for 2 people - at 9 a.m.",
        "Schreiben Sie an info@muster-firma.de oder max_m@example.com.",
        "Well... I don't know, it costs 5 % or 20 € at -3 °C.",
        "Is 3 < 5 and 7 > 2?",
    ] {
        says(text, text);
    }
}

#[test]
fn markdown_is_taken_out() {
    says(
        "**Sure**, that is *very* good and __fine__, `really`.",
        "Sure, that is very good and fine, really.",
    );
    says("# Opening hours\nWe open at nine.", "Opening hours.\nWe open at nine.");
    says(
        "We have:\n- apples\n- pears,\n* plums\n\nThat is all.",
        "We have:\napples.\npears,\nplums.\nThat is all.",
    );
    says("1. First\n2. Second", "1. First.\n2. Second");
    says("> quoted\n---\nafter", "quoted\nafter");
    says("Look [here](https://example.com/a_b?c=d) or ![a cat](cat.png) there.", "Look here or there.");
    says("As was shown [1], it works [2].", "As was shown, it works.");
    says("Before\n```rust\nlet x = 1;\n```\nafter", "Before\nafter");
    says("| Day | Hours |\n|---|---|\n| Monday | 9-17 |\nGood?", "Day, Hours.\nMonday, 9-17.\nGood?");
    says("One.\n\n\nTwo\n\nthree\nfour", "One.\nTwo.\nthree\nfour");
    says(
        "2 * 3 is a \\*star\\*, and ~~gone~~ snake_case _word_.",
        "2 × 3 is a star, and gone snake case word.",
    );
    says("#1 is - not a heading", "#1 is - not a heading");
}

#[test]
fn thoughts_and_tags_are_taken_out() {
    says("<think>They want\nthe hours < 5.</think>\n\nNine to five.", "Nine to five.");
    says("<think>never closed, \"hm\"", "");
    says("Yes.</think> <b>Really</b>.<br>New <break time=\"1s\"/>line", "Yes. Really.\nNew\nline");
    says("That is all.<|im_end|>", "That is all.");
    says("if a <b then", "if a <b then");
}

#[test]
fn stage_directions_are_not_said() {
    says("*smiles* Good morning!", "Good morning!");
    says("Guten Tag! *räuspert sich* Wie geht es?", "Guten Tag! Wie geht es?");
    says("*Lacht* Das ist gut.", "Das ist gut.");
    says("*Very* good of you. *Never* mind.", "Very good of you. Never mind.");
    says("[laughs] That is funny. Ask [your name] now.", "That is funny. Ask your name now.");
    says("*not closed, is it", "not closed, is it");
}

#[test]
fn characters_without_a_sound_are_dropped() {
    says("Hello 😀! Fine 👍🏽, thanks ✅ →now ☎️", "Hello! Fine, thanks now");
    says(
        "„Ja“, sagte er — und ging. It’s “so”. 9–17 Uhr – ja",
        "Ja, sagte er - und ging. It's so. 9-17 Uhr - ja",
    );
    says("so\u{200b}ft\u{ad} a\u{a0}b\u{7}c :) ok ;-)", "soft a bc ok");
    says("What?! No!!! Really,, yes.... Hmm… ok", "What? No! Really, yes... Hmm... ok");
}

#[test]
fn addresses_are_said_shortly() {
    says("See https://www.example.com/path/to?x=1, or www.example.org.", "See example.com, or example.org.");
    says("(http://localhost:8080/health)", "localhost:8080");
}

fn written() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-zäöüA-Z]{1,8}",
        2 => prop::sample::select(vec![
            "*", "**", "_", "`", "```", "\n", "\n\n", "- ", "# ", "> ", "|", "|---|", "[", "](", "]", ")", "![", "<think>",
            "</think>", "<", ">", "<br>", "!", "?", ".", "...", ",", "—", "…", "😀", "\\", "1. ", "https://a.b/c", "www.",
            ":)", "~~", "12.50",
        ]).prop_map(str::to_owned),
        1 => ".{0,4}",
    ];
    prop::collection::vec((piece, prop::sample::select(vec!["", " ", " "])), 0..60)
        .prop_map(|all| all.into_iter().map(|(piece, blank)| format!("{piece}{blank}")).collect())
}

proptest! {
    #[test]
    fn the_pieces_do_not_matter(text in written(), sizes in prop::collection::vec(1usize..7, 1..20)) {
        let mut cleaner = Cleaner::default();
        let mut said = String::new();
        let chars: Vec<char> = text.chars().collect();
        let (mut at, mut turn) = (0, 0);
        while at < chars.len() {
            let end = (at + sizes[turn % sizes.len()]).min(chars.len());
            said.push_str(&cleaner.push(&chars[at..end].iter().collect::<String>()));
            (at, turn) = (end, turn + 1);
        }
        said.push_str(&cleaner.finish());
        prop_assert_eq!(&said, &clean(&text));
        prop_assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
        prop_assert!(!said.contains("  ") && !said.contains(['*', '`', '“', '😀']), "{said:?}");
    }

    #[test]
    fn sentences_pass_unchanged(text in "([A-Z][a-z]{1,9}( [a-z]{1,9},?){1,12} [a-z]{2,9}[.!?] ){1,6}") {
        prop_assert_eq!(clean(&text), text.trim());
    }
}
