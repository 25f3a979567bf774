//! How is the file opened, and what is refused?

use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::error::StoreError;
use crate::schema;

/// How long a connection waits for another process that holds the file.
const BUSY: Duration = Duration::from_secs(2);
/// Pages of the WAL (4 KiB each) after which SQLite brings them home by itself.
const CHECKPOINT_PAGES: u32 = 1000;

/// What is kept, and for how long. May change while the store is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Whether what was said is kept, and the data of actions.
    pub transcripts: bool,
    /// Days after which a call is deleted, counted from its beginning.
    pub retention_days: u32,
}

impl Default for Policy {
    /// No transcripts, 30 days.
    fn default() -> Self {
        Self { transcripts: false, retention_days: 30 }
    }
}

/// Where the file is and how it is kept.
#[derive(Clone, Debug)]
pub struct Options {
    /// The file. It is made if it is not there, with its folders, readable by its owner only.
    pub path: PathBuf,
    /// What is kept.
    pub policy: Policy,
    /// What waits for the writer at most. Full: what comes is dropped and counted.
    pub queue: usize,
    /// The size the file may reach, in pages of 4 KiB; none: as the disk allows.
    pub max_pages: Option<u32>,
}

impl Options {
    /// A file with the default policy.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), policy: Policy::default(), queue: 256, max_pages: None }
    }
}

/// The connection that writes.
pub(crate) fn writer(options: &Options) -> Result<Connection, StoreError> {
    let path = &options.path;
    make_file(path)?;
    let mut db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
        .map_err(|error| StoreError::from_sqlite(path, &error))?;
    // First of all, so that a newer file stays as it is.
    check_version(&db, path)?;
    prepare(&db).map_err(|error| StoreError::from_sqlite(path, &error))?;
    schema::migrate(&mut db).map_err(|error| StoreError::from_sqlite(path, &error))?;
    if let Some(pages) = options.max_pages {
        db.pragma_update(None, "max_page_count", pages)
            .map_err(|error| StoreError::from_sqlite(path, &error))?;
    }
    Ok(db)
}

/// A connection that cannot write.
pub(crate) fn reader(path: &Path) -> Result<Connection, StoreError> {
    let failed = |error: rusqlite::Error| StoreError::from_sqlite(path, &error);
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(failed)?;
    db.busy_timeout(BUSY).map_err(failed)?;
    db.pragma_update(None, "query_only", true).map_err(failed)?;
    check_version(&db, path)?;
    Ok(db)
}

/// A file and its folders, for its owner only. SQLite gives its side files the same rights.
fn make_file(path: &Path) -> Result<(), StoreError> {
    let failed = |error: std::io::Error| StoreError::Open { path: path.to_owned(), why: error.to_string() };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    match std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(BUSY)?;
    // Pages are given back to the disk bit by bit; this has to be said before the first table is made.
    db.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
    db.pragma_update(None, "journal_mode", "WAL")?;
    db.pragma_update(None, "synchronous", "NORMAL")?;
    db.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)?;
    db.pragma_update(None, "foreign_keys", true)?;
    // What is deleted is overwritten: it may be what somebody said.
    db.pragma_update(None, "secure_delete", true)
}

fn check_version(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let found = schema::version(db).map_err(|error| StoreError::from_sqlite(path, &error))?;
    if found > schema::VERSION {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: schema::VERSION });
    }
    Ok(())
}
