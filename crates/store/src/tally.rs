//! What is counted by day, so that a limit outlives the process that keeps it?

use rusqlite::{Connection, OptionalExtension, params};

use crate::filter::integer;

/// Counts one more of a day, unless there are `most`; what was counted on other days before is forgotten. Says how many
/// there are with this one; none: no more may be.
pub(crate) fn one_more(
    db: &mut Connection,
    name: &str,
    day: u64,
    most: u32,
) -> rusqlite::Result<Option<u32>> {
    // Another process may count in the same file: whoever reads first writes first.
    let transaction = db.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    let count = read(&transaction, name, day)?;
    if count >= most {
        return Ok(None);
    }
    transaction.execute("DELETE FROM tallies WHERE name = ? AND day < ?", params![name, integer(day)])?;
    transaction.execute(
        "INSERT INTO tallies (name, day, count) VALUES (?, ?, 1) \
         ON CONFLICT (name, day) DO UPDATE SET count = count + 1",
        params![name, integer(day)],
    )?;
    transaction.commit()?;
    Ok(Some(count + 1))
}

/// How many were counted on a day.
pub(crate) fn read(db: &Connection, name: &str, day: u64) -> rusqlite::Result<u32> {
    let mut statement = db.prepare_cached("SELECT count FROM tallies WHERE name = ? AND day = ?")?;
    Ok(statement.query_row(params![name, integer(day)], |row| row.get(0)).optional()?.unwrap_or(0))
}
