//! Layer: pure. What grammars mean, and how broken ones are refused.

use proptest::prelude::*;

use super::*;

fn word(text: &str) -> Expansion {
    Expansion::Word(text.into())
}

fn rule(text: &str) -> Expansion {
    parse(&format!("#JSGF V1.0;\ngrammar g;\npublic <a> = {text};")).expect(text).rules["a"].clone()
}

#[test]
fn the_notation_means_what_the_standard_says() {
    use Expansion::*;
    assert_eq!(rule("hello"), word("hello"));
    assert_eq!(rule("good morning"), Sequence(vec![word("good"), word("morning")]));
    assert_eq!(rule("yes | no"), Choice(vec![(1.0, word("yes")), (1.0, word("no"))]));
    assert_eq!(rule("/3/ yes | /0.5/ no | /0/ never"), Choice(vec![(3.0, word("yes")), (0.5, word("no"))]));
    assert_eq!(rule("[please]"), Optional(Box::new(word("please"))));
    assert_eq!(rule("(very)* good"), Sequence(vec![Repeat(Box::new(word("very")), 0), word("good")]));
    assert_eq!(rule("a+"), Repeat(Box::new(word("a")), 1));
    assert_eq!(rule("\"New  York\" {city}"), word("New York"));
    assert_eq!(rule("o'clock {a tag with \\} in it} // end\n /* and more */"), word("o'clock"));
    assert_eq!(rule("<NULL>"), Sequence(vec![]));
    assert_eq!(rule("<VOID>"), Choice(vec![]));
    assert_eq!(rule("<GARBAGE>"), Garbage);
}

#[test]
fn rules_may_use_each_other() {
    let text = "\u{feff}#JSGF V1.0 UTF-8 en;\n<yes> = yes | yeah;\npublic <answer> = <yes> [please] | no;";
    let grammar = parse(text).expect("grammar");
    assert_eq!(grammar.public, "answer");
    assert_eq!(grammar.words(), ["no", "please", "yeah", "yes"]);
}

#[test]
fn a_broken_grammar_says_where_and_what_to_do() {
    for (text, line, column, hint) in [
        ("", 1, 1, "must begin with `#JSGF V1.0;`"),
        ("#JSGF V2.0;", 1, 1, "V1.0"),
        ("#JSGF V1.0", 1, 1, "must end with `;`"),
        ("#JSGF V1.0;\n", 2, 1, "no rule is public"),
        ("#JSGF V1.0;\n<a> = x;", 2, 9, "no rule is public"),
        ("#JSGF V1.0;\npublic <a> = ;", 2, 14, "must stand here"),
        ("#JSGF V1.0;\npublic <a> = x | ;", 2, 18, "must stand here"),
        ("#JSGF V1.0;\npublic <a> = (x;", 2, 16, "`)` is missing"),
        ("#JSGF V1.0;\npublic <a> = x", 2, 15, "`;` is missing"),
        ("#JSGF V1.0;\npublic a = x;", 2, 8, "a rule must begin here"),
        ("#JSGF V1.0;\npublic <a> = <b>;", 2, 14, "no rule <b>"),
        ("#JSGF V1.0;\npublic <a> = x <a>;", 2, 16, "contains itself"),
        ("#JSGF V1.0;\npublic <a> = <b>;\n<b> = [<a>] x;", 2, 14, "contains itself"),
        ("#JSGF V1.0;\npublic <a> = x;\npublic <b> = y;", 3, 1, "only one rule may be"),
        ("#JSGF V1.0;\npublic <a> = x;\n<a> = y;", 3, 1, "already"),
        ("#JSGF V1.0;\npublic <a> = /x/ y;", 2, 14, "a weight is a number"),
        ("#JSGF V1.0;\npublic <a> = y /2/;", 2, 16, "at the beginning of an alternative"),
        ("#JSGF V1.0;\npublic <a> = \"y;", 2, 14, "never closed"),
        ("#JSGF V1.0;\n/* public <a> = y;", 2, 1, "never closed"),
        ("#JSGF V1.0;\nimport <x.y>;", 2, 1, "not supported"),
        ("#JSGF V1.0;\npublic <NULL> = x;", 2, 8, "cannot be called"),
        ("#JSGF V1.0;\npublic <a> = x > y;", 2, 16, "put it in quotes"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        assert!(error.what.contains(hint), "{text}: {error}");
    }
}

#[test]
fn nesting_has_an_end() {
    let deep = |n: usize| format!("#JSGF V1.0;\npublic <a> = {}x{};", "(".repeat(n), ")".repeat(n));
    assert!(parse(&deep(90)).is_ok());
    assert!(parse(&deep(100_000)).expect_err("deep").what.contains("too deeply"));
}

/// Writes an expansion down again.
fn print(expansion: &Expansion) -> String {
    match expansion {
        Expansion::Word(word) => format!("\"{word}\""),
        Expansion::Rule(name) => format!("<{name}>"),
        Expansion::Sequence(parts) if parts.is_empty() => "<NULL>".into(),
        Expansion::Sequence(parts) => {
            format!("({})", parts.iter().map(print).collect::<Vec<_>>().join(" "))
        }
        Expansion::Choice(parts) if parts.is_empty() => "<VOID>".into(),
        Expansion::Choice(parts) => {
            let parts: Vec<String> = parts.iter().map(|(w, p)| format!("/{w}/ {}", print(p))).collect();
            format!("({})", parts.join(" | "))
        }
        Expansion::Optional(part) => format!("[{}]", print(part)),
        Expansion::Repeat(part, least) => {
            format!("({}){}", print(part), if *least == 0 { '*' } else { '+' })
        }
        Expansion::Garbage => "<GARBAGE>".into(),
    }
}

fn expansions() -> impl Strategy<Value = Expansion> {
    let leaf = prop_oneof![
        "[a-z']{1,6}( [a-z]{1,3})?".prop_map(Expansion::Word),
        Just(Expansion::Sequence(vec![])),
        Just(Expansion::Choice(vec![])),
        Just(Expansion::Garbage),
    ];
    leaf.prop_recursive(4, 40, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 2..4).prop_map(Expansion::Sequence),
            proptest::collection::vec((0.25_f32..8.0, inner.clone()), 2..4).prop_map(Expansion::Choice),
            inner.clone().prop_map(|e| Expansion::Optional(Box::new(e))),
            (inner, 0..2_u8).prop_map(|(e, least)| Expansion::Repeat(Box::new(e), least)),
        ]
    })
}

proptest! {
    #[test]
    fn what_is_written_down_is_read_back(expansion in expansions()) {
        prop_assert_eq!(rule(&print(&expansion)), expansion);
    }

    #[test]
    fn no_text_makes_it_panic(text in "(#JSGF V1.0;)?[ \n<>a-c=;|()\\[\\]*+/\"{}\\\\0-9.]{0,80}|.{0,60}") {
        let _ = parse(&text);
    }
}
