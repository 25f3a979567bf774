//! How are calls read where no server runs? The same answers, from the database alone.

use std::collections::HashMap;

use serde_json::{Value, json};
use tom_store::{Key, Reader};

use super::{cursor, query, shape};

/// A page of calls, as `GET /api/v1/calls` answers it. Waits for the disk.
///
/// # Errors
/// What is wrong with the query or the database, and what to do.
pub fn read_calls(reader: &Reader, query: &HashMap<String, String>) -> Result<Value, String> {
    let question = query::read(query).map_err(|refusal| refusal.error.message)?;
    let found = reader.calls(&question.filter, question.after.as_ref(), question.limit + 1);
    let mut page = found.map_err(|error| error.to_string())?;
    let more = page.len() > question.limit;
    page.truncate(question.limit);
    let key = |call: &tom_store::Call| Key { started_ms: call.started_ms, id: call.id.clone() };
    let next = page.last().filter(|_| more).map(|call| cursor::write(&key(call)));
    Ok(json!({
        "calls": page.iter().map(shape::call).collect::<Vec<_>>(),
        "next": next,
        "store": {"status": "ok", "detail": null},
    }))
}

/// The latest call of that name, as `GET /api/v1/calls/{id}` answers it. Waits for the disk.
///
/// # Errors
/// What is wrong with the database, and what to do.
pub fn read_call(reader: &Reader, id: &str) -> Result<Option<Value>, String> {
    let found = reader.call(id).map_err(|error| error.to_string())?;
    Ok(found.map(|detail| shape::detail(&detail)))
}
