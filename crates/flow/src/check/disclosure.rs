//! Does the flow say first of all that an AI assistant speaks? The law asks for it (EU AI Act, article 50).

use tom_base::Lang;

use crate::model::Flow;
use crate::read::Context;
use crate::words::words;

/// Words of which a disclosure must have one; a hyphen parts words, so "KI-Assistent" has "ki".
fn telling_words(lang: Lang) -> &'static [&'static str] {
    if lang.primary() == Lang::DE {
        &["ki", "kuenstliche", "kuenstlichen", "kuenstlicher", "roboter", "computerstimme"]
    } else {
        &["ai", "artificial", "robot"]
    }
}

pub(super) fn check(cx: &mut Context<'_>, flow: &Flow) {
    for (at, state) in flow.states.iter().enumerate() {
        match (&state.disclosure, at == flow.start) {
            (None, true) => cx.error(
                &state.place,
                format!("The start state \"{}\" does not say that an AI assistant speaks.", state.name),
                "Add disclosure = \"You are speaking with the AI assistant of …\"; the law asks for it.",
            ),
            (Some(prompt), false) => cx.error(
                &prompt.place,
                format!("\"{}\" is not the start state, so nobody hears its disclosure.", state.name),
                "Move it to the start state.",
            ),
            (Some(prompt), true) => {
                for (lang, text) in prompt.all() {
                    let said = words(&text.literal());
                    let tells = telling_words(lang);
                    if !tells.iter().any(|word| said.iter().any(|s| s == word)) {
                        let example =
                            if lang.primary() == Lang::DE { "KI-Assistent" } else { "AI assistant" };
                        cx.error(
                            &prompt.place,
                            format!("The disclosure in \"{lang}\" does not say that an AI speaks."),
                            format!("Use a word such as \"{example}\"."),
                        );
                    }
                }
            }
            (None, false) => {}
        }
    }
    let start = flow.states.get(flow.start);
    if let Some(question) = start.filter(|s| s.question().is_some()) {
        cx.error(
            &question.place,
            format!("The start state \"{}\" asks something.", question.name),
            "Let it greet and go on: add go = \"STATE\" and ask there. Callers who come back are not greeted again.",
        );
    }
}
