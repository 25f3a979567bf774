//! How is the database asked without stopping what runs beside?

use std::sync::Arc;

use tokio::sync::Semaphore;
use tom_store::{Store, StoreError};
use tom_wire::{ErrorCode, WireError};

use super::ledger::Keep;
use crate::refuse::Refusal;

/// Questions to the database at once; more wait.
const AT_ONCE: usize = 4;

/// Asks the database on threads that may wait, a few at a time.
#[derive(Clone, Debug)]
pub(crate) struct Reads(Arc<Semaphore>);

impl Default for Reads {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(AT_ONCE)))
    }
}

impl Reads {
    /// The answer, or none where nothing is kept.
    pub(crate) async fn ask<T: Send + 'static>(
        &self,
        keep: &Keep,
        question: impl FnOnce(&Store) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<Option<T>, Refusal> {
        let store = match keep {
            Keep::Off => return Ok(None),
            Keep::Failed(why) => return Err(unavailable(why)),
            Keep::Open(store) => store.clone(),
        };
        let broke = || unavailable("the question was cut off");
        let permit = self.0.clone().acquire_owned().await.map_err(|_| broke())?;
        let answer = tokio::task::spawn_blocking(move || {
            let answer = question(&store);
            drop(permit);
            answer
        });
        answer.await.map_err(|_| broke())?.map(Some).map_err(|error| unavailable(&error.to_string()))
    }
}

fn unavailable(why: &str) -> Refusal {
    // The path of the file is for the operator, not for whoever asks.
    tracing::warn!("the API cannot use the database: {why}");
    WireError::new(
        ErrorCode::StoreUnavailable,
        "what is kept of calls cannot be read or changed at the moment: /health and the log say why",
    )
    .into()
}
