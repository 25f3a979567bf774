//! How are calls read, without ever standing in the writer's way?

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension, params_from_iter};

use crate::error::StoreError;
use crate::filter::{Filter, Key, integer, text};
use crate::open;
use crate::record::{Call, Detail, LOST};
use crate::{rows, tally};

/// Connections kept open for the next question.
const IDLE: usize = 4;

/// Reads calls, on connections that cannot write. Cheap to clone; the clones share their connections. Every
/// method waits for the disk.
#[derive(Clone)]
pub struct Reader {
    path: Arc<Path>,
    idle: Arc<Mutex<Vec<Connection>>>,
    /// Whether a call without an end is one whose server broke off. Otherwise it runs, and whoever runs it
    /// knows better than the file.
    unfinished: bool,
}

impl fmt::Debug for Reader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reader").field(&self.path).finish()
    }
}

impl Reader {
    /// Opens the file of a server that does not run: calls without an end are lost ones.
    ///
    /// # Errors
    /// When it is not there, is damaged or newer.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, StoreError> {
        Self::new(&path.into(), true)
    }

    pub(crate) fn new(path: &Path, unfinished: bool) -> Result<Self, StoreError> {
        let first = open::reader(path)?;
        Ok(Self { path: path.into(), idle: Arc::new(Mutex::new(vec![first])), unfinished })
    }

    /// The calls that are over and that the filter admits, the latest beginning first: those after a place,
    /// at most `limit`.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn calls(&self, filter: &Filter, after: Option<&Key>, limit: usize) -> Result<Vec<Call>, StoreError> {
        let (conditions, mut values) = filter.sql();
        let columns = rows::call_and_outcomes();
        let mut sql = format!("SELECT {columns} FROM ({}) AS calls WHERE TRUE{conditions}", self.source());
        if let Some(key) = after {
            sql.push_str(" AND (started_ms, id) < (?, ?)");
            values.extend([integer(key.started_ms), text(&key.id)]);
        }
        sql.push_str(" ORDER BY started_ms DESC, id DESC LIMIT ?");
        values.push(Value::Integer(i64::try_from(limit).unwrap_or(i64::MAX)));
        self.with(|db| {
            let mut statement = db.prepare_cached(&sql)?;
            statement.query_map(params_from_iter(values), |row| Ok(rows::call(row)?.1))?.collect()
        })
    }

    /// The latest call of that name that is over, with all that is kept of it.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn call(&self, id: &str) -> Result<Option<Detail>, StoreError> {
        let sql = format!(
            "SELECT {} FROM ({}) AS calls WHERE id = ? ORDER BY started_ms DESC LIMIT 1",
            rows::call_and_outcomes(),
            self.source()
        );
        self.with(|db| {
            // One transaction, so that the call is not deleted between the three questions.
            let db = db.unchecked_transaction()?;
            let Some((n, call)) = db.prepare_cached(&sql)?.query_row([id], rows::call).optional()? else {
                return Ok(None);
            };
            Ok(Some(Detail { call, turns: rows::turns(&db, n)?, actions: rows::actions(&db, n)? }))
        })
    }

    /// How many of something were counted on a day (days since 1970), by [`Store::one_more`](crate::Store::one_more).
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn counted(&self, name: &str, day: u64) -> Result<u32, StoreError> {
        self.with(|db| tally::read(db, name, day))
    }

    /// The rows this reader sees.
    fn source(&self) -> String {
        if self.unfinished {
            let columns = rows::CALL.replace("reason", &format!("coalesce(reason, '{LOST}') AS reason"));
            format!("SELECT {columns} FROM calls")
        } else {
            "SELECT * FROM calls WHERE reason IS NOT NULL".to_owned()
        }
    }

    fn with<T>(&self, ask: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T, StoreError> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = idle().pop();
        let db = match kept {
            Some(db) => db,
            None => open::reader(&self.path)?,
        };
        let answer = ask(&db).map_err(|error| StoreError::from_sqlite(&self.path, &error));
        let mut idle = idle();
        if idle.len() < IDLE {
            idle.push(db);
        }
        answer
    }
}
