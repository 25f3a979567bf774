//! What can be wrong with the database, and what is to be done about it?

use std::path::{Path, PathBuf};

/// Why the store cannot be opened, read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The file or its folder cannot be made or opened.
    #[error(
        "the database {path} cannot be opened: {why}; give the user of this process the right to write there, or set store.path to another file, or to \"off\""
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// The file is no database, or a damaged one.
    #[error(
        "the database {path} is damaged or no database: {why}; move it away (it may be mended with sqlite3 and .recover) and start again"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What SQLite says.
        why: String,
    },
    /// A newer version of TOM wrote it.
    #[error(
        "the database {path} has schema {found}, and this version of TOM knows up to {known}: use the newer version, or set store.path to another file"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// No room is left.
    #[error(
        "no room is left for the database: free space on its disk, or keep calls for a shorter time (store.retention_days)"
    )]
    Full,
    /// The writer has too much to do.
    #[error("the database has too much to write at the moment: try again")]
    Busy,
    /// The store is closed.
    #[error("the database is closed: the server is stopping")]
    Closed,
    /// Anything else.
    #[error("the database failed: {0}")]
    Failed(String),
}

impl StoreError {
    /// What an error of SQLite means for the file at `path`.
    pub(crate) fn from_sqlite(path: &Path, error: &rusqlite::Error) -> Self {
        use rusqlite::ErrorCode as Code;
        let why = error.to_string();
        let path = path.to_owned();
        match error.sqlite_error_code() {
            Some(Code::NotADatabase | Code::DatabaseCorrupt) => Self::Damaged { path, why },
            Some(Code::CannotOpen | Code::ReadOnly | Code::PermissionDenied) => Self::Open { path, why },
            Some(Code::DiskFull) => Self::Full,
            Some(Code::DatabaseBusy | Code::DatabaseLocked) => Self::Busy,
            _ => Self::Failed(why),
        }
    }
}
