//! `GET /api/v1/calls`: which calls are there, running and past?

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use axum::Json;
use axum::extract::{Query, State};
use serde_json::{Value, json};
use tom_store::{Call, Detail, Key};

use super::ledger::Keep;
use super::{cursor, query, shape};
use crate::app::App;
use crate::health::part;
use crate::refuse::Refusal;

/// A page, the latest beginning first. Calls in memory and kept ones are one list: what runs, what has just
/// ended and may not be written yet, and the rest.
pub(crate) async fn calls(
    State(app): State<Arc<App>>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<Value>, Refusal> {
    let question = query::read(&query)?;
    let ledger = &app.calls.ledger;
    // Asked for first: a call that ends meanwhile is found in memory.
    let (filter, after, limit) = (question.filter.clone(), question.after.clone(), question.limit + 1);
    let kept = match &ledger.keep {
        // The last calls are in memory all the same; `store` tells that there are no others.
        Keep::Failed(_) => None,
        keep => {
            let ask = move |store: &tom_store::Store| store.reader().calls(&filter, after.as_ref(), limit);
            app.reads.ask(keep, ask).await?
        }
    };
    let mut found: BTreeMap<Reverse<Key>, Call> = BTreeMap::new();
    for call in kept.into_iter().flatten() {
        found.insert(Reverse(key(&call)), call);
    }
    let recent = ledger.recent();
    let live = ledger.live();
    for detail in recent.iter().map(|detail| &**detail).chain(&live) {
        let key = Reverse(key(&detail.call));
        if is_on_page(detail, &question) {
            found.insert(key, detail.call.clone());
        }
    }
    let mut page: Vec<Call> = found.into_values().take(question.limit + 1).collect();
    let more = page.len() > question.limit;
    page.truncate(question.limit);
    let next = page.last().filter(|_| more).map(|call| cursor::write(&key(call)));
    Ok(Json(json!({
        "calls": page.iter().map(shape::call).collect::<Vec<_>>(),
        "next": next,
        "store": part(&ledger.keep.health()),
    })))
}

fn is_on_page(detail: &Detail, question: &query::Question) -> bool {
    let after = question.after.as_ref().is_none_or(|after| key(&detail.call) < *after);
    after && question.filter.admits(detail)
}

fn key(call: &Call) -> Key {
    Key { started_ms: call.started_ms, id: call.id.clone() }
}
