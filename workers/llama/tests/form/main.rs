//! Layer: pure. What templates make of conversations: as the reference does, and harmlessly whatever they are.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod golden;
mod greed;
mod hostile;
mod ways;

use tom_worker_llama::form::Words;

const TEMPLATES: [(&str, &str); 7] = [
    ("gemma", include_str!("templates/gemma.jinja")),
    ("llama3", include_str!("templates/llama3.jinja")),
    ("mistral", include_str!("templates/mistral.jinja")),
    ("odds", include_str!("templates/odds.jinja")),
    ("phi", include_str!("templates/phi.jinja")),
    ("qwen2", include_str!("templates/qwen2.jinja")),
    ("qwen3", include_str!("templates/qwen3.jinja")),
];

/// Saturday, 7 March 2026, 13:05.
fn words() -> Words {
    let now = || jiff::Timestamp::from_second(1_772_888_700).unwrap();
    Words { now, ..Words::new("<s>", "</s>") }
}

fn template(name: &str) -> &'static str {
    TEMPLATES.iter().find(|(known, _)| *known == name).unwrap().1
}
