//! Are prompts short enough to be listened to, and is it known when a caller was helped?

use tom_base::Length;

use crate::model::{Flow, Step};
use crate::read::Context;
use crate::text::Prompt;

/// The most words of one prompt in the usual plan.
const USUAL: usize = Length::Short.max_words() as usize;

pub(super) fn check(cx: &mut Context<'_>, flow: &Flow) {
    for state in &flow.states {
        for (key, prompt) in state.prompts() {
            // `more` is for plans that allow longer answers.
            let most = if key == "more" { Length::Medium.max_words().into() } else { USUAL };
            warn_if_long(cx, key, prompt, most);
        }
    }
    let ends = flow.states.iter().any(|s| matches!(s.step, Step::HangUp));
    if ends && !flow.states.iter().any(|s| s.resolved || !s.reports.is_empty()) {
        let start = flow.states.get(flow.start).map_or(0..0, |s| s.place.clone());
        cx.warn(
            &start,
            "No state says that a caller was helped, so every call counts as not resolved.",
            "Add resolved = true to the states that answer what callers want.",
        );
    }
}

fn warn_if_long(cx: &mut Context<'_>, key: &str, prompt: &Prompt, most: usize) {
    for (lang, text) in prompt.all() {
        let count = text.word_count();
        if count > most {
            cx.warn(
                &prompt.place,
                format!("\"{key}\" ({lang}) has {count} words; callers lose track after {most}."),
                "Shorten it, or move a part to \"more\" or to a state of its own.",
            );
            break;
        }
    }
}
