//! What is kept of calls, where, and for how long?

use std::path::{Path, PathBuf};

use super::Reader;
use super::value::Value;

/// `[store]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreConfig {
    path: Option<PathBuf>,
    /// What was said is kept as well.
    pub(crate) transcripts: bool,
    pub(crate) retention_days: u32,
}

impl StoreConfig {
    pub(super) fn read(r: &Reader<'_>) -> Self {
        Self {
            path: r.text("store.path").map(PathBuf::from),
            transcripts: *r.settings.get("store.transcripts").0 == Value::Switch(true),
            retention_days: r.number("store.retention_days"),
        }
    }

    /// Whether a change to the other takes a restart.
    pub(super) fn moved(&self, newer: &Self) -> bool {
        self.path != newer.path
    }

    /// The file; none: nothing is to be kept.
    pub(crate) fn file(&self, data_dir: &Path) -> Option<PathBuf> {
        match &self.path {
            None => Some(data_dir.join("tom.db")),
            Some(path) if path.as_os_str() == "off" => None,
            Some(path) => Some(path.clone()),
        }
    }
}
