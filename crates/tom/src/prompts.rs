//! Which sentences will callers hear that are known before they call?

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use tom_base::{CallPlan, Lang};
use tom_flow::{Back, Dialogue, Flow, FlowCause, Recognition, Then};
use tom_spoken::Spoken;

/// Sentences that are looked for at most.
const MOST: usize = 200;
/// Places in the dialogue that are looked at.
const MOST_PLACES: usize = 60;

/// The sentences of a flow in a language, in the words a voice is given, the likeliest first. Found by calling: the greeting, then
/// what silence and each key bring, and so on.
pub(crate) fn of_flow(flow: &Arc<Flow>, lang: Lang, spoken: bool) -> Vec<Arc<str>> {
    let ears = if spoken { Recognition::default() } else { Recognition::keys_only() };
    let mut dialogue = Dialogue::new(Arc::clone(flow), lang, CallPlan::default(), ears);
    let mut found: Vec<Arc<str>> = Vec::new();
    let mut known = HashSet::new();
    let mut places = VecDeque::new();
    let mut seen = HashSet::new();
    let mut hear = |dialogue: &mut Dialogue, cause: &FlowCause| {
        let reply = dialogue.reply(cause);
        for sentence in &reply.text {
            let words: Arc<str> = Spoken::new(sentence, lang).text().into();
            if known.insert(Arc::clone(&words)) {
                found.push(words);
            }
        }
        let held = matches!(reply.then, Then::Hold { .. });
        (found.len() < MOST).then_some((reply.keys, held))
    };
    let Some((keys, held)) = hear(&mut dialogue, &FlowCause::Opening) else { return found };
    places.push_back((dialogue.snapshot(), keys, held));
    while let Some((place, keys, held)) = places.pop_front() {
        let misheard = FlowCause::Said { text: String::new(), confidence: 0, spoken_ms: None };
        let keyed = keys.iter().map(|(key, _)| FlowCause::Keyed(key.to_string()));
        let ends = [Back::Resumed, Back::Keyed, Back::TimedOut].map(FlowCause::HoldOver);
        let ends = ends.into_iter().filter(|_| held);
        for cause in [FlowCause::Silence(1), misheard].into_iter().chain(keyed).chain(ends) {
            dialogue.restore(&place);
            let Some((keys, held)) = hear(&mut dialogue, &cause) else { return found };
            let state = dialogue.state().to_owned();
            if matches!(cause, FlowCause::Keyed(_) | FlowCause::HoldOver(_))
                && places.len() < MOST_PLACES
                && seen.insert((state, keys.clone()))
            {
                places.push_back((dialogue.snapshot(), keys, held));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greeting_comes_first_and_every_key_of_the_menu_is_tried() {
        let flow = Arc::new(Flow::builtin("reception").expect("ships with TOM"));
        for (lang, spoken) in [(Lang::EN, true), (Lang::DE, false)] {
            let found = of_flow(&flow, lang, spoken);
            assert!((20..=MOST + 20).contains(&found.len()), "{lang}: {}", found.len());
            let mut dialogue = Dialogue::new(flow.clone(), lang, CallPlan::default(), Recognition::default());
            let greeting = dialogue.reply(&FlowCause::Opening).text;
            assert_eq!(&*found[0], Spoken::new(&greeting[0], lang).text());
            assert!(found.iter().all(|words| !words.contains("14:30")), "in words");
        }
    }
}
