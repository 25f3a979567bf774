//! Layer: pure. Which phrases a network allows.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::jsgf::{Expansion, parse};

fn network(rules: &str) -> Result<Network, NetworkError> {
    Network::build(&parse(&format!("#JSGF V1.0;\n{rules}")).expect(rules))
}

/// All phrases of at most that many words, cheapest cost each. Any speech is `...`.
fn phrases(network: &Network, most: usize) -> BTreeMap<String, f32> {
    let mut found = BTreeMap::new();
    let mut open = vec![(0, String::new(), 0.0_f32, 0)];
    while let Some((state, text, cost, words)) = open.pop() {
        for (end, extra) in &network.ends {
            if *end == state {
                let best = found.entry(text.clone()).or_insert(f32::INFINITY);
                *best = best.min(cost + extra);
            }
        }
        for arc in network.arcs.iter().filter(|arc| arc.from == state && words < most) {
            let word = match arc.label {
                Label::Word(number) => &network.words[number as usize],
                Label::Garbage => "...",
            };
            open.push((arc.to, format!("{text} {word}").trim().to_owned(), cost + arc.cost, words + 1));
        }
    }
    found
}

fn texts(rules: &str, most: usize) -> Vec<String> {
    phrases(&network(rules).expect(rules), most).into_keys().collect()
}

#[test]
fn rules_are_written_out() {
    let rules = "<who> = sales | support [team];\npublic <a> = (transfer me to | give me) <who> [please];";
    assert_eq!(
        texts(rules, 9),
        [
            "give me sales",
            "give me sales please",
            "give me support",
            "give me support please",
            "give me support team",
            "give me support team please",
            "transfer me to sales",
            "transfer me to sales please",
            "transfer me to support",
            "transfer me to support please",
            "transfer me to support team",
            "transfer me to support team please",
        ]
    );
}

#[test]
fn repetition_is_bounded_only_below() {
    assert_eq!(
        texts("public <a> = (one | two)+;", 2),
        ["one", "one one", "one two", "two", "two one", "two two"]
    );
    assert_eq!(texts("public <a> = very* good;", 3), ["good", "very good", "very very good"]);
    assert_eq!(
        texts("public <a> = ([a] [b])+ c;", 3),
        ["a a c", "a b c", "a c", "b a c", "b b c", "b c", "c"]
    );
    assert_eq!(texts("public <a> = [<GARBAGE>] help;", 3), ["... ... help", "... help", "help"]);
}

#[test]
fn what_weighs_less_costs_more() {
    let network = network("public <a> = /4/ yes | /1/ no | /0/ never;").expect("network");
    let phrases = phrases(&network, 2);
    assert_eq!(phrases["yes"], 0.0);
    assert!((phrases["no"] - 6.5 * 4.0_f32.ln()).abs() < 1e-4, "{phrases:?}");
    assert_eq!(phrases.len(), 2);
}

#[test]
fn senseless_grammars_are_refused() {
    assert_eq!(network("public <a> = <VOID>;"), Err(NetworkError::Nothing));
    assert_eq!(network("public <a> = yes <VOID>;"), Err(NetworkError::Nothing));
    assert_eq!(network("public <a> = <NULL>;"), Err(NetworkError::Silence));
    assert_eq!(network("public <a> = [yes];"), Err(NetworkError::Silence));
    assert_eq!(network("public <a> = <GARBAGE>;"), Err(NetworkError::Silence));
    let wide: Vec<String> = (1..40).map(|n| format!("<r{n}> = <r{} > <r{} >;", n - 1, n - 1)).collect();
    let text = format!("<r0> = x;\n{}\npublic <a> = <r39>;", wide.join("\n"));
    assert_eq!(network(&text), Err(NetworkError::TooLarge));
    let deep: Vec<String> = (1..2000).map(|n| format!("<r{n}> = <r{}>;", n - 1)).collect();
    let text = format!("<r0> = x;\n{}\npublic <a> = <r1999>;", deep.join("\n"));
    assert_eq!(network(&text), Err(NetworkError::TooDeep));
}

/// Phrases by the meaning of the notation, without states and arcs.
fn meaning(expansion: &Expansion, most: usize) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = match expansion {
        Expansion::Word(word) => vec![vec![word.clone()]],
        Expansion::Rule(_) | Expansion::Garbage => vec![],
        Expansion::Sequence(parts) => parts.iter().fold(vec![vec![]], |before, part| {
            let after = meaning(part, most);
            let join =
                |b: &Vec<String>| after.iter().map(|a| [b.clone(), a.clone()].concat()).collect::<Vec<_>>();
            before.iter().flat_map(join).filter(|p| p.len() <= most).collect()
        }),
        Expansion::Choice(parts) => parts.iter().flat_map(|(_, part)| meaning(part, most)).collect(),
        Expansion::Optional(part) => [vec![vec![]], meaning(part, most)].concat(),
        Expansion::Repeat(part, least) => {
            let once = meaning(part, most);
            let mut all = once.clone();
            if *least == 0 {
                all.push(vec![]);
            }
            let mut last = once.clone();
            for _ in 0..most {
                last = (last.iter())
                    .flat_map(|b| once.iter().map(|a| [b.clone(), a.clone()].concat()))
                    .filter(|p| p.len() <= most)
                    .collect();
                last.sort();
                last.dedup();
                all.extend(last.clone());
            }
            all
        }
    };
    all.retain(|phrase| phrase.len() <= most);
    all.sort();
    all.dedup();
    all
}

fn expansions() -> impl Strategy<Value = Expansion> {
    let leaf = prop_oneof![
        8 => "[a-c]".prop_map(Expansion::Word),
        1 => Just(Expansion::Sequence(vec![])),
        1 => Just(Expansion::Choice(vec![])),
    ];
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..3).prop_map(Expansion::Sequence),
            proptest::collection::vec(inner.clone().prop_map(|e| (1.0, e)), 1..3).prop_map(Expansion::Choice),
            inner.clone().prop_map(|e| Expansion::Optional(Box::new(e))),
            (inner, 0..2_u8).prop_map(|(e, least)| Expansion::Repeat(Box::new(e), least)),
        ]
    })
}

proptest! {
    #[test]
    fn a_network_allows_what_the_grammar_says(expansion in expansions()) {
        let mut expected: Vec<String> = meaning(&expansion, 3).iter().map(|p| p.join(" ")).collect();
        expected.sort();
        let rules = [("a".to_owned(), expansion)].into();
        match Network::build(&Grammar { public: "a".into(), rules }) {
            Ok(network) => {
                let got: Vec<String> = phrases(&network, 3).into_keys().collect();
                prop_assert_eq!(got, expected);
            }
            Err(NetworkError::Silence) => prop_assert!(expected.contains(&String::new())),
            // Nothing at all, or (as with a* of the impossible) nothing but silence.
            Err(NetworkError::Nothing) => prop_assert!(expected.is_empty()),
            Err(error) => prop_assert!(false, "{}", error),
        }
    }
}
