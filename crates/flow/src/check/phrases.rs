//! Does each key and each phrase mean one thing only?

use std::collections::BTreeMap;

use crate::lexicon::{Command, lexicon};
use crate::model::Flow;
use crate::read::Context;

pub(super) fn check(cx: &mut Context<'_>, flow: &Flow) {
    for state in &flow.states {
        let mut keys = Vec::new();
        for choice in state.choices() {
            if keys.contains(&choice.key) {
                cx.error(
                    &choice.place,
                    format!("The key {} has two meanings in the state \"{}\".", choice.key, state.name),
                    "Give each choice a key of its own.",
                );
            }
            keys.push(choice.key);
        }
        for lang in &flow.languages {
            let mut owners: BTreeMap<Vec<String>, usize> = BTreeMap::new();
            for (at, choice) in state.choices().iter().enumerate() {
                let patterns = choice.phrases.get(*lang).map_or(&[][..], Vec::as_slice);
                for phrase in patterns.iter().filter_map(|p| p.variants()).flatten() {
                    let words = phrase.join(" ");
                    let other = *owners.entry(phrase.clone()).or_insert(at);
                    if other != at {
                        cx.error(
                            &choice.place,
                            format!(
                                "\"{words}\" ({lang}) means two choices in the state \"{}\".",
                                state.name
                            ),
                            "Keep the phrase with one of them.",
                        );
                    }
                    if lexicon(*lang).commands.spot(&phrase).contains(&Command::Emergency)
                        || lexicon(*lang).emergency_numbers.exact(&phrase).is_some()
                    {
                        cx.error(
                            &choice.place,
                            format!("\"{words}\" ({lang}) is an emergency call, which no choice may catch."),
                            "Use other words. To route emergencies, write emergency = { transfer = \"…\" } in [flow].",
                        );
                    }
                }
            }
        }
    }
}
