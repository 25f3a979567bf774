//! Layer: pure. The shipped flows: they load without warnings, and every part of them is reached and left again,
//! by keys alone and, in English, by voice alone.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use crate::common::jsgf::Jsgf;
use crate::common::{Random, keyed, opened, said};
use tom_base::Lang;
use tom_flow::phrases::{self, Phrase};
use tom_flow::{Dialogue, Flow, FlowCause, FlowReply, Recognition, Then};

fn builtin(name: &str) -> Arc<Flow> {
    Arc::new(Flow::builtin(name).unwrap_or_else(|errors| panic!("{errors:#?}")))
}

#[test]
fn load_without_warnings() {
    for name in Flow::builtin_names() {
        let flow = builtin(name);
        assert_eq!(flow.name(), name);
        assert!(flow.warnings().is_empty(), "{name}: {:#?}", flow.warnings());
        assert!(Flow::builtin_text(name).is_some_and(|text| text.contains("[facts]")));
    }
    let unknown = Flow::builtin("workshp").unwrap_err();
    assert!(unknown[0].to_string().contains("Did you mean \"workshop\"?"), "{}", unknown[0]);
}

/// Where a dialogue is, as far as the way on depends on it.
fn place(dialogue: &Dialogue, reply: &FlowReply) -> String {
    format!("{} {:?} {:?}", dialogue.state(), reply.then, reply.keys)
}

/// Walks through a whole flow, trying all `inputs` wherever it listens. Every state is passed, and from every
/// place an end is reached.
fn walk(
    flow: &Arc<Flow>,
    lang: Lang,
    ears: Recognition,
    mut inputs: impl FnMut(&Dialogue, &FlowReply) -> Vec<FlowCause>,
) {
    let (dialogue, greeting) = opened(flow, lang, ears);
    let mut passed: BTreeSet<String> = greeting.passed.iter().cloned().collect();
    let first = place(&dialogue, &greeting);
    let mut ways: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut ends: BTreeSet<String> = BTreeSet::new();
    let mut todo = VecDeque::from([(first.clone(), dialogue, greeting)]);
    ways.insert(first, BTreeSet::new());
    while let Some((from, dialogue, reply)) = todo.pop_front() {
        if !matches!(reply.then, Then::Listen(_)) {
            ends.insert(from);
            continue;
        }
        for input in inputs(&dialogue, &reply) {
            let mut next = dialogue.clone();
            let reply = next.reply(&input);
            assert!(!reply.text.is_empty(), "nothing is said at {from} to {input:?}");
            passed.extend(reply.passed.iter().cloned());
            let to = place(&next, &reply);
            ways.entry(from.clone()).or_default().insert(to.clone());
            if !ways.contains_key(&to) {
                ways.insert(to.clone(), BTreeSet::new());
                todo.push_back((to, next, reply));
            }
        }
    }
    let all: BTreeSet<String> = flow.states().map(str::to_owned).collect();
    let missed: Vec<_> = all.difference(&passed).collect();
    assert!(missed.is_empty(), "{} {lang}: no way leads to {missed:?}", flow.name());
    // From everywhere to an end, backwards.
    let mut ending = ends;
    loop {
        let before = ending.len();
        let more: Vec<String> = ways
            .iter()
            .filter(|(_, to)| to.iter().any(|t| ending.contains(t)))
            .map(|(from, _)| from.clone())
            .collect();
        ending.extend(more);
        if ending.len() == before {
            break;
        }
    }
    let stuck: Vec<_> = ways.keys().filter(|at| !ending.contains(*at)).collect();
    assert!(stuck.is_empty(), "{} {lang}: no end is reached from {stuck:?}", flow.name());
}

#[test]
fn every_place_is_reached_and_left_by_keys() {
    let keys = ["1", "2", "3", "4", "5", "6", "9", "030123456#", "123456#", "0930"];
    for (name, lang) in [("reception", Lang::EN), ("reception", Lang::DE), ("workshop", Lang::DE)] {
        let flow = builtin(name);
        walk(&flow, lang, Recognition::keys_only(), |_, reply| {
            // Only keys that were offered, and rows of digits where none are.
            let offered: Vec<String> = reply.keys.iter().map(|(key, _)| key.to_string()).collect();
            let tried = keys.iter().map(|k| (*k).to_owned());
            let all: Vec<String> =
                if offered.is_empty() { tried.filter(|k| k.len() > 1).collect() } else { offered };
            // The hand-over is a key of its own.
            all.iter().chain([&"0".to_owned()]).map(|k| keyed(k)).collect()
        });
    }
}

#[test]
fn every_place_is_reached_and_left_by_voice() {
    let flow = builtin("reception");
    let mut random = Random(7);
    walk(&flow, Lang::EN, Recognition::default(), |_, reply| {
        let grammar = reply.grammar.as_ref().expect("a grammar where it listens");
        let grammar = Jsgf::read(&grammar.jsgf).unwrap_or_else(|why| panic!("{why}"));
        let mut inputs: Vec<FlowCause> = (0..150).map(|_| said(&grammar.sentence(&mut random))).collect();
        inputs.push(said("yes"));
        inputs.push(said("no"));
        inputs
    });
}

/// Whether a reply says that nothing was understood.
fn missed(reply: &FlowReply, lang: Lang) -> bool {
    let phrases =
        [Phrase::NotUnderstood, Phrase::NotUnderstoodAgain, Phrase::ConfirmAgain, Phrase::RatingAgain];
    let texts: Vec<String> = phrases
        .iter()
        .flat_map(|p| (0..2).map(|n| phrases::nth(lang, *p, n)))
        .filter_map(|t| t.split_inclusive(['.', '?']).next())
        .map(str::to_owned)
        .collect();
    reply.text.iter().any(|t| texts.iter().any(|missed| t.starts_with(missed.as_str())))
}

#[test]
fn every_sentence_of_a_grammar_is_understood() {
    let mut random = Random(11);
    for (name, lang) in [("reception", Lang::EN), ("reception", Lang::DE), ("workshop", Lang::DE)] {
        let flow = builtin(name);
        // With each sentence on to wherever it leads, for a while.
        for _ in 0..60 {
            let (mut dialogue, mut reply) = opened(&flow, lang, Recognition::default());
            for _ in 0..25 {
                let Some(grammar) = reply.grammar.as_ref() else { break };
                // Rows of digits may be too long or too short; they have a test of their own.
                let sentence = if grammar.jsgf.contains("<figures>") {
                    let digit = if lang == Lang::DE { "drei" } else { "three" };
                    [digit; 6].join(" ")
                } else {
                    Jsgf::read(&grammar.jsgf).unwrap_or_else(|why| panic!("{why}")).sentence(&mut random)
                };
                let before = dialogue.state().to_owned();
                reply = dialogue.reply(&said(&sentence));
                assert!(!missed(&reply, lang), "{name} {lang} in {before}: {sentence:?} -> {:?}", reply.text);
            }
        }
    }
}

/// The English dictionary of the built-in recogniser, where its package is installed.
const DICTIONARY: &str = "/usr/share/pocketsphinx/model/en-us/cmudict-en-us.dict";

#[test]
fn the_recogniser_knows_every_english_word() {
    let Ok(dictionary) = std::fs::read_to_string(DICTIONARY) else {
        println!("skipped: {DICTIONARY} is not installed (apt install pocketsphinx-en-us)");
        return;
    };
    let known: BTreeSet<&str> = dictionary.lines().filter_map(|l| l.split_whitespace().next()).collect();
    let flow = builtin("reception");
    assert_eq!(flow.unknown_words(Lang::EN, |word| known.contains(word)), Vec::<String>::new());
    let slots = crate::common::flow(&common_slots());
    let mut grammars = Vec::new();
    for keys in ["1", "2", "3", "4"] {
        let (mut dialogue, greeting) = opened(&slots, Lang::EN, Recognition::default());
        grammars.extend(greeting.grammar);
        grammars.extend(dialogue.reply(&keyed(keys)).grammar);
    }
    let (mut dialogue, _) = opened(&flow, Lang::EN, Recognition::default());
    grammars.extend(dialogue.reply(&said("goodbye")).grammar);
    for grammar in grammars {
        let words = Jsgf::read(&grammar.jsgf).unwrap_or_else(|why| panic!("{why}")).words();
        let unknown: Vec<_> = words.iter().filter(|w| !known.contains(w.as_str())).collect();
        assert!(unknown.is_empty(), "{unknown:?}");
    }
}

/// A flow with one slot of each kind.
fn common_slots() -> String {
    let mut text = String::from(
        "[flow]\nname = 'slots'\nlanguages = ['en']\nstart = 'hello'\nhandover = 'desk'\n\
         [states.hello]\ndisclosure = 'I am an AI.'\ngo = 'menu'\n\
         [states.desk]\ntransfer = 'desk'\n[states.bye]\nhangup = true\nresolved = true\n\
         [states.menu]\nask = 'Which?'\n",
    );
    for (key, kind) in [("1", "yes_no"), ("2", "phone"), ("3", "time"), ("4", "date")] {
        text += &format!(
            "[[states.menu.choice]]\nname = 'this'\nphrases = ['number {}']\nkey = '{key}'\ngo = 'ask_{key}'\n",
            ["one", "two", "three", "four"][key.parse::<usize>().unwrap() - 1]
        );
        text += &format!(
            "[states.ask_{key}]\nask = 'Tell me.'\nslot = {{ name = 'v{key}', kind = '{kind}' }}\ngo = 'bye'\n"
        );
    }
    text
}

#[test]
fn a_grammar_keeps_its_name() {
    let (_, first) = opened(&builtin("reception"), Lang::EN, Recognition::default());
    let (_, second) = opened(&builtin("reception"), Lang::EN, Recognition::default());
    assert_eq!(first.grammar, second.grammar);
    let (_, german) = opened(&builtin("reception"), Lang::DE, Recognition::default());
    assert_ne!(first.grammar.unwrap().id, german.grammar.unwrap().id);
}
