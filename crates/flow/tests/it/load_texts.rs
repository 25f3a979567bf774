//! Layer: pure. Mistakes in the texts, phrases, keys and values of a flow file: each is found, with its line and
//! what to do about it.

use expect_test::expect;

use crate::common::spoil::spoilt;

#[test]
fn keys_are_needed_and_unique() {
    spoilt(
        &[("key = \"1\"\n", "")],
        expect![[r#"
        shop.toml:17:1: error: A choice has no "key". Add key = "1": callers who are not understood press it.
    "#]],
    );
    spoilt(
        &[("key = \"1\"", "key = \"2\"")],
        expect![[r#"
        shop.toml:23:1: error: The key 2 has two meanings in the state "menu". Give each choice a key of its own.
    "#]],
    );
    spoilt(
        &[("key = \"1\"", "key = \"0\""), ("key = \"2\"", "key = \"*\"")],
        expect![[r#"
        shop.toml:20:7: error: The key 0 always leads to a person. Take a key from 1 to 9.
        shop.toml:26:7: error: The key * always repeats. Take a key from 1 to 9.
    "#]],
    );
    spoilt(
        &[("key = \"1\"", "key = 1"), ("key = \"2\"", "key = \"12\"")],
        expect![[r#"
        shop.toml:20:7: error: "key" must be a text, and this is a number. Write it in double quotes.
        shop.toml:26:7: error: "12" is no key for a choice. Take a key from 1 to 9.
    "#]],
    );
}

#[test]
fn phrases() {
    spoilt(
        &[("\"[my] order\"", "\"hours\"")],
        expect![[r#"
        shop.toml:23:1: error: "hours" (en) means two choices in the state "menu". Keep the phrase with one of them.
    "#]],
    );
    spoilt(
        &[("\"[my] order\"", "\"[my order\", \"my) order\", \"[order]\", \"\"")],
        expect![[r#"
            shop.toml:25:12: error: "[my order": A bracket is opened but not closed by ]. A phrase has words, [optional words] and (one | other) words.
            shop.toml:25:25: error: "my) order": The bracket ) closes nothing. A phrase has words, [optional words] and (one | other) words.
            shop.toml:25:38: error: "[order]": There is no word that must be said. A phrase has words, [optional words] and (one | other) words.
            shop.toml:25:49: error: "": The phrase has an empty place where words should be. A phrase has words, [optional words] and (one | other) words.
        "#]],
    );
    spoilt(
        &[("\"[my] order\"", "\"order 66\", \"order #\", \"call one one two\"")],
        expect![[r##"
            shop.toml:25:12: error: "order 66" holds digits, which nobody says. Write numbers as words, such as "twenty four hours".
            shop.toml:25:24: error: "#" in "order #" cannot be said. A phrase has words, [optional words] and (one | other) words.
        "##]],
    );
    spoilt(
        &[("\"[my] order\"", "\"order 66\"")],
        expect![[r#"
        shop.toml:25:12: error: "order 66" holds digits, which nobody says. Write numbers as words, such as "twenty four hours".
    "#]],
    );
    spoilt(
        &[("\"[my] order\"", "\"an emergency\"")],
        expect![[r#"
        shop.toml:23:1: error: "an emergency" (en) is an emergency call, which no choice may catch. Use other words. To route emergencies, write emergency = { transfer = "…" } in [flow].
    "#]],
    );
    let many = format!("\"{}\"", "[a] ".repeat(7) + "order");
    spoilt(
        &[("\"[my] order\"", &many)],
        expect![[r#"
            shop.toml:25:12: error: "[a] [a] [a] [a] [a] [a] [a] order": This can be said in more than 64 ways; that is too many. A phrase has words, [optional words] and (one | other) words.
        "#]],
    );
}

#[test]
fn values() {
    spoilt(
        &[("I noted {order}.", "I noted {ordr}.")],
        expect![[r#"
        shop.toml:40:1: error: Nothing gives "{ordr}" a value. Did you mean "order"?
    "#]],
    );
    spoilt(
        &[("Nine to five.", "Nine to five, {order}.")],
        expect![[r#"
        shop.toml:30:1: error: "{order}" may be empty: a way to "hours" does not ask for it. Ask for it or set it on every way here.
    "#]],
    );
    spoilt(
        &[("I noted {order}.", "I noted {order."), ("Nine to five.", "Nine {} to {Five}.")],
        expect![[r#"
            shop.toml:30:7: error: "{}" is no place for a value. A place for a value is a name in braces, such as {number}: small letters, digits and _.
            shop.toml:40:7: error: A brace in "I noted {order." has no partner. A place for a value is a name in braces, such as {number}: small letters, digits and _.
        "#]],
    );
    spoilt(
        &[
            ("name = \"order\"", "name = \"shop\""),
            ("{order}.", "it."),
            ("message = { order = \"{order}\" }", ""),
        ],
        expect![[r#"
            shop.toml:36:17: error: "shop" is already a fact. Give the value another name.
        "#]],
    );
    spoilt(
        &[("of {shop}", "")],
        expect![[r#"
        shop.toml:2:1: warning: The fact "shop" is not used. Write {shop} in a text, or take the fact out.
    "#]],
    );
}

#[test]
fn texts() {
    spoilt(
        &[
            ("Nine to five.", "Nine to five 😀."),
            ("Which order?", "Which *order*?"),
            ("How can I help?", "  "),
        ],
        expect![[r#"
            shop.toml:15:7: error: This text is empty. Write what is to be said, or take the key out.
            shop.toml:30:7: error: "😀" cannot be spoken. Write it as a word, or take it out.
            shop.toml:35:7: error: "*" cannot be spoken. Write it as a word, or take it out.
        "#]],
    );
    spoilt(
        &[("Nine to five.", "Nine (to five.")],
        expect![[r#"
        shop.toml:30:7: error: A round bracket has no partner. Close every bracket you open, or leave brackets out.
    "#]],
    );
    let long = "nine to five and ".repeat(10);
    spoilt(
        &[("Nine to five.", &long)],
        expect![[r#"
        shop.toml:30:1: warning: "say" (en) has 40 words; callers lose track after 30. Shorten it, or move a part to "more" or to a state of its own.
    "#]],
    );
    spoilt(
        &[("\"Nine to five.\"", "[]")],
        expect![[r#"
        shop.toml:30:7: error: "say" is empty. Write at least one text.
    "#]],
    );
    spoilt(
        &[("\"Nine to five.\"", "{ defalt = \"Nine\", friendly = \"Nine!\" }")],
        expect![[r#"
        shop.toml:30:1: error: "say" has no default wording. Add default = "…".
        shop.toml:30:9: error: "defalt" is no manner of speaking. Did you mean "default"?
    "#]],
    );
    spoilt(
        &[("\"Nine to five.\"", "{ default = \"Nine\", friendli = \"Nine!\" }")],
        expect![[r#"
        shop.toml:30:27: error: "friendli" is no manner of speaking. Did you mean "friendly"?
    "#]],
    );
}

#[test]
fn languages() {
    spoilt(
        &[("[\"en\"]", "[\"en\", \"de\"]")],
        expect![[r#"
        shop.toml:11:1: error: "disclosure" does not say for which language it is. Write disclosure.en = "…" and disclosure.de = "…".
        shop.toml:15:1: error: "ask" does not say for which language it is. Write ask.en = "…" and ask.de = "…".
        shop.toml:18:1: error: "name" does not say for which language it is. Write name.en = "…" and name.de = "…".
        shop.toml:19:1: error: "phrases" does not say for which language it is. Write phrases.en = "…" and phrases.de = "…".
        shop.toml:24:1: error: "name" does not say for which language it is. Write name.en = "…" and name.de = "…".
        shop.toml:25:1: error: "phrases" does not say for which language it is. Write phrases.en = "…" and phrases.de = "…".
        shop.toml:30:1: error: "say" does not say for which language it is. Write say.en = "…" and say.de = "…".
        shop.toml:35:1: error: "ask" does not say for which language it is. Write ask.en = "…" and ask.de = "…".
        shop.toml:40:1: error: "say" does not say for which language it is. Write say.en = "…" and say.de = "…".
    "#]],
    );
    spoilt(
        &[("[\"en\"]", "[\"en\", \"fr\", \"en\"]")],
        expect![[r#"
        shop.toml:6:20: error: TOM has no words of its own for this language. A flow can speak: de, en.
        shop.toml:6:26: error: "en" is listed twice. Take one out.
    "#]],
    );
    spoilt(
        &[("\"Nine to five.\"", "{ en = \"Nine\", de = \"Neun\" }")],
        expect![[r#"
        shop.toml:30:22: error: "say.de": the flow does not speak "de". Known are: en.
    "#]],
    );
}

#[test]
fn slots_and_actions() {
    spoilt(
        &[("min = 4, max = 6", "min = 7, max = 6")],
        expect![[r#"
        shop.toml:36:1: error: A digits slot does not say how many digits it takes. Add min and max, such as min = 4 and max = 8.
    "#]],
    );
    spoilt(
        &[("min = 4, max = 6", "min = 0, max = 99")],
        expect![[r#"
        shop.toml:36:1: error: A digits slot does not say how many digits it takes. Add min and max, such as min = 4 and max = 8.
        shop.toml:36:49: error: "min" must be a whole number from 1 to 20. Write it without quotes.
        shop.toml:36:58: error: "max" must be a whole number from 1 to 20. Write it without quotes.
    "#]],
    );
    spoilt(
        &[("kind = \"digits\", min = 4, max = 6", "kind = \"phone\", min = 4, yes = \"bye\"")],
        expect![[r#"
            shop.toml:36:1: error: A phone slot has no min and max. Take them out.
            shop.toml:36:1: error: A phone slot has no yes, no or consent. Take them out, or use yes_no.
        "#]],
    );
    spoilt(
        &[("kind = \"digits\", min = 4, max = 6", "kind = \"rating\"")],
        expect![[r#"
        shop.toml:36:33: error: A flow does not ask for the rating itself. TOM asks for the rating by itself before a hang-up; take this slot out.
    "#]],
    );
    spoilt(
        &[("kind = \"digits\", min = 4, max = 6", "kind = \"message\"")],
        expect![[r#"
        shop.toml:36:1: warning: What callers say freely may not be written down, and the flow asks for no number to call back. Add a state with a phone slot.
    "#]],
    );
    spoilt(
        &[("message = { order = \"{order}\" }", "callback = { order = \"{order}\" }")],
        expect![[r#"
        shop.toml:41:1: error: A callback does not say which number to call. Add number = "{number}", and ask for it in a phone slot before.
    "#]],
    );
    spoilt(
        &[("message = { order = \"{order}\" }", "message = \"order\"")],
        expect![[r#"
        shop.toml:41:11: error: "message" must be a table, and this is a text. Write message = { number = "{number}" }.
    "#]],
    );
}
