//! How a hold is written.

use super::context::Context;
use super::fields::{Entry, Fields};
use super::state::go_to;
use crate::model::{Hold, Step};

/// The longest hold, in seconds: an hour.
const LONGEST: u16 = 3_600;

/// Reads `hold = { seconds = 120, key = "1", pressed = "STATE", music = false }`. `go` and `otherwise` are the state's
/// own; a state that names none of its ways after a key or after too long goes on as if it had been resumed.
pub(super) fn hold(
    cx: &mut Context<'_>,
    entry: &Entry<'_>,
    go: Option<Option<usize>>,
    otherwise: Option<&Entry<'_>>,
) -> Option<Step> {
    let mut fields = Fields::of("A hold", entry, cx)?;
    let seconds = match fields.need(cx, "seconds", "Say for how long at most, such as seconds = 120.") {
        Some(_) => fields.number(cx, "seconds", 1..=LONGEST),
        None => None,
    };
    let music = fields.flag(cx, "music").unwrap_or(true);
    let key = fields.text(cx, "key").and_then(|(face, place)| {
        let mut chars = face.chars();
        let key = chars.next().filter(|key| matches!(key, '1'..='9' | '#') && chars.next().is_none());
        if key.is_none() {
            let what = format!("The key of a hold is \"{face}\".");
            cx.error(
                &place,
                what,
                "Use one of 1 to 9, or #: 0 leads to a person, * says the last thing again.",
            );
        }
        key
    });
    let pressed_entry = fields.get("pressed");
    let pressed = pressed_entry.as_ref().and_then(|entry| go_to(cx, entry));
    fields.finish(cx);
    if let (Some(entry), None) = (&pressed_entry, key) {
        cx.error(&entry.place, "\"pressed\" is for a hold with a key.", "Add key = \"1\", or take it out.");
    }
    if go.is_none() {
        let what = "A hold does not say where the call goes on.";
        cx.error(&entry.place, what, "Add go = \"STATE\" to the state.");
    }
    let otherwise = otherwise.and_then(|entry| go_to(cx, entry));
    let go = go.flatten()?;
    Some(Step::Hold(Hold {
        seconds: seconds?,
        music,
        key,
        pressed: pressed.unwrap_or(go),
        go,
        otherwise: otherwise.unwrap_or(go),
    }))
}
