//! How is what the configuration says about the database carried out?

use std::path::Path;
use std::sync::Arc;

use tom_server::Keep;
use tom_store::{Options, Policy, Store};

use crate::config::Config;

/// Opens the database. Calls are taken without it, so that a broken one is said and no reason to stop.
pub(crate) fn open(config: &Config, data_dir: &Path) -> Keep {
    let Some(path) = config.store.file(data_dir) else { return Keep::Off };
    match Store::open(&Options { policy: policy(config), ..Options::new(path) }) {
        Ok(store) => Keep::Open(Arc::new(store)),
        Err(error) => {
            tracing::error!("calls are held, and not kept: {error}");
            Keep::Failed(error.to_string())
        }
    }
}

/// What is kept.
fn policy(config: &Config) -> Policy {
    Policy { transcripts: config.store.transcripts, retention_days: config.store.retention_days }
}

/// Takes over what may change while the server runs.
pub(crate) fn reload(keep: &Keep, config: &Config) {
    if let Keep::Open(store) = keep {
        store.set_policy(policy(config));
    }
}

/// Writes what waits and closes the file. Waits for the disk.
pub(crate) fn close(keep: &Keep) {
    if let Keep::Open(store) = keep {
        store.close();
    }
}
