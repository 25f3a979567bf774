//! Layer: pure. What templates of the usual families write is what Python's Jinja writes (`make.py`).

use minijinja::Value;
use serde::Deserialize;
use std::collections::BTreeMap;
use tom_worker_llama::form::{Chat, Form, FormError};

use crate::{TEMPLATES, words};

#[derive(Deserialize)]
struct Conversation {
    name: String,
    messages: Value,
    tools: Value,
}

#[test]
fn every_template_writes_what_the_reference_writes() {
    let conversations: Vec<Conversation> = serde_json::from_str(include_str!("conversations.json")).unwrap();
    let golden: BTreeMap<String, BTreeMap<String, Option<String>>> =
        serde_json::from_str(include_str!("golden.json")).unwrap();
    assert_eq!(golden.len(), TEMPLATES.len());
    for (template, text) in TEMPLATES {
        let form = Form::untried(text, words()).unwrap();
        for chat in &conversations {
            let written = form.write(Chat { messages: chat.messages.clone(), tools: chat.tools.clone() });
            match (&golden[template][&chat.name], written) {
                (Some(expected), Ok(written)) => {
                    assert_eq!(written, *expected, "{template}, {}", chat.name);
                }
                (None, Err(FormError::Failed { what, detail })) => {
                    assert!(what.starts_with("invalid operation in line "), "{what}");
                    let known = ["not supported", "alternate", "Only one call"];
                    assert!(known.iter().any(|text| detail.contains(text)), "{detail}");
                }
                (expected, written) => panic!("{template}, {}: {expected:?} but {written:?}", chat.name),
            }
        }
    }
}
