//! How a slot is written: what is asked for, its limits, whether it is checked back.

use super::context::Context;
use super::fields::{Entry, Fields};
use super::state::{go_to, names_a_value};
use crate::model::Question;
use crate::slot::{Kind, Slot};
use crate::suggest;

const KINDS: [&str; 7] = ["yes_no", "digits", "phone", "time", "date", "message", "name"];
/// The most digits of a slot: what fits into one breath and one grammar.
const MOST_DIGITS: u8 = 20;

/// Reads a slot. `go` is where its state goes on: none if it does not say, `Some(None)` if to nowhere.
pub(crate) fn slot(
    cx: &mut Context<'_>,
    entry: &Entry<'_>,
    question: Question,
    go: Option<Option<usize>>,
) -> Option<Slot> {
    let mut fields = Fields::of("A slot", entry, cx)?;
    let name = fields
        .need(cx, "name", "Add name = \"number\": texts use it as {number}.")
        .and_then(|entry| super::fields::text(cx, &entry))
        .filter(|(name, at)| names_a_value(cx, name, at))
        .map(|(name, _)| name.to_owned());
    let kind_entry = fields.need(cx, "kind", &format!("Add kind: one of {}.", KINDS.join(", ")));
    let word = kind_entry.and_then(|entry| super::fields::text(cx, &entry));
    let min = fields.number(cx, "min", 1..=MOST_DIGITS);
    let max = fields.number(cx, "max", 1..=MOST_DIGITS);
    let yes = fields.get("yes").and_then(|entry| go_to(cx, &entry));
    let no = fields.get("no").and_then(|entry| go_to(cx, &entry));
    let confirm = fields.flag(cx, "confirm");
    let consent = fields.text(cx, "consent").map(|(what, _)| what.to_owned());
    let place = fields.place.clone();
    fields.finish(cx);

    let (word, at) = word?;
    let kind = match word {
        "yes_no" => {
            let go = go.flatten();
            let (Some(yes), Some(no)) = (yes.or(go), no.or(go)) else {
                cx.error(&place, "A yes_no slot does not say where yes and no lead.", "Add yes and no.");
                return None;
            };
            Kind::YesNo { yes, no }
        }
        "digits" => match (min, max) {
            (Some(min), Some(max)) if min <= max => Kind::Digits { min, max },
            _ => {
                let remedy = "Add min and max, such as min = 4 and max = 8.";
                cx.error(&place, "A digits slot does not say how many digits it takes.", remedy);
                return None;
            }
        },
        "phone" => Kind::Phone,
        "time" => Kind::Time,
        "date" => Kind::Date,
        "message" => Kind::Free { name: false },
        "name" => Kind::Free { name: true },
        "rating" => {
            let remedy = "TOM asks for the rating by itself before a hang-up; take this slot out.";
            cx.error(&at, "A flow does not ask for the rating itself.", remedy);
            return None;
        }
        "choice" => {
            let remedy = "Use [[states.NAME.choice]] with store = \"NAME\".";
            cx.error(&at, "A choice is no slot.", remedy);
            return None;
        }
        other => {
            cx.error(&at, format!("There is no kind of slot \"{other}\"."), suggest::remedy(other, KINDS));
            return None;
        }
    };
    let yes_no = matches!(kind, Kind::YesNo { .. });
    if !matches!(kind, Kind::Digits { .. }) && (min.is_some() || max.is_some()) {
        cx.error(&place, format!("A {word} slot has no min and max."), "Take them out.");
    }
    if !yes_no && (yes.is_some() || no.is_some() || consent.is_some()) {
        cx.error(
            &place,
            format!("A {word} slot has no yes, no or consent."),
            "Take them out, or use yes_no.",
        );
    }
    if matches!(kind, Kind::Free { .. }) && confirm == Some(true) {
        cx.error(&place, "Free speech cannot be checked back.", "Take confirm out.");
    }
    let go = match (kind, go) {
        (Kind::YesNo { yes, .. }, _) => yes,
        (_, Some(go)) => go?,
        (_, None) => {
            cx.error(&place, "After this slot nothing follows.", "Add go = \"STATE\" to its state.");
            return None;
        }
    };
    let confirm = confirm.unwrap_or(kind.is_numeric());
    Some(Slot { place, question, name: name?, kind, confirm, consent, go })
}
