//! How do old calls go, without the writer standing still?

use rusqlite::{Connection, params};

use crate::filter::integer;

/// Calls deleted in one transaction.
const BATCH: i64 = 200;
/// Pages given back to the disk at once.
const PAGES: i64 = 512;

/// Deletes some of the calls that began before a moment (milliseconds since 1970), and tells how many. None:
/// there is none left.
pub(crate) fn batch(db: &Connection, before_ms: u64) -> rusqlite::Result<usize> {
    db.prepare_cached("DELETE FROM calls WHERE n IN (SELECT n FROM calls WHERE started_ms < ? LIMIT ?)")?
        .execute(params![integer(before_ms), BATCH])
}

/// Gives some of the free pages back to the disk; `true`: there are more.
pub(crate) fn give_back(db: &Connection) -> rusqlite::Result<bool> {
    let mut statement = db.prepare_cached("SELECT * FROM pragma_freelist_count")?;
    let mut free = || statement.query_row([], |row| row.get::<_, i64>(0));
    let before = free()?;
    if before > 0 {
        db.execute_batch(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    }
    let after = free()?;
    Ok(0 < after && after < before)
}

/// Brings the log home and empties it, so that nothing that was deleted remains there; `false`: a reader was
/// in the way.
pub(crate) fn checkpoint(db: &Connection) -> rusqlite::Result<bool> {
    db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| Ok(row.get::<_, i64>(0)? == 0))
}

/// Deletes every call of that name, and tells how many there were.
pub(crate) fn delete(db: &Connection, id: &str) -> rusqlite::Result<usize> {
    db.prepare_cached("DELETE FROM calls WHERE id = ?")?.execute([id])
}
