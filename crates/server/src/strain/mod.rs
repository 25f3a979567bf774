//! Is the machine short of memory or too hot, and who is told?

mod level;
mod signs;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use serde_json::json;

pub use level::{Change, Level, Sign, Signs, Strain};

use crate::app::App;
use crate::config::Spare;
use crate::metrics::registry as m;
use signs::Kernel;

/// Watches the machine. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct StrainWatch {
    inner: Arc<Mutex<Inner>>,
    level: Arc<AtomicU8>,
    began: Instant,
}

#[derive(Debug, Default)]
struct Inner {
    /// None: nothing is looked at.
    kernel: Option<Kernel>,
    strain: Strain,
    signs: Signs,
    because: Option<Sign>,
}

impl StrainWatch {
    /// Of the machine that is to be spared.
    pub(crate) fn new(spare: &Spare) -> Self {
        let kernel = match spare {
            Spare::Here => Some(Kernel::default()),
            Spare::Below(root) => Some(Kernel::below(root)),
            Spare::Never => None,
        };
        let inner = Inner { kernel, ..Inner::default() };
        Self { inner: Arc::new(Mutex::new(inner)), level: Arc::default(), began: Instant::now() }
    }

    /// The level now. Waits for nothing.
    pub(crate) fn level(&self) -> Level {
        Level::ALL[usize::from(self.level.load(Ordering::Relaxed)).min(Level::ALL.len() - 1)]
    }

    /// The last look, and what asked for the level.
    pub(crate) fn last(&self) -> serde_json::Value {
        let inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        json!({"level": inner.strain.level(), "because": inner.because, "signs": inner.signs})
    }

    /// Looks. Reads files.
    fn look(&self) -> Option<Change> {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let at = self.began.elapsed();
        inner.signs = inner.kernel.as_mut()?.look(at);
        let signs = inner.signs;
        let change = inner.strain.look(at, &signs);
        if let Some(change) = change {
            inner.because = change.because;
            self.level.store(change.to as u8, Ordering::Relaxed);
        }
        change
    }
}

/// Looks once, and tells the engines, the metrics, the log and who follows the server of a change. Blocks.
pub(crate) fn look(app: &App) {
    let Some(change) = app.strain.look() else {
        // Engines may have more to give the longer it lasts.
        if app.strain.level() > Level::Normal {
            app.switchboard.strained(app.strain.level());
        }
        return;
    };
    for level in Level::ALL {
        app.metrics.gauge(&m::STRAIN, &[level.as_str()]).set(f64::from(u8::from(level == change.to)));
    }
    let because = change.because.map_or("none", Sign::as_str);
    app.metrics.count(&m::STRAIN_CHANGES, &[change.to.as_str(), because]);
    let (from, to) = (change.from.as_str(), change.to.as_str());
    if change.to > change.from {
        tracing::warn!(from, to, because, "the machine is under strain: calls get less from now on");
    } else {
        tracing::info!(from, to, because, "the strain on the machine gives way");
    }
    app.calls.ledger.hub.tell(None, "strain", &app.strain.last());
    app.switchboard.strained(change.to);
}
