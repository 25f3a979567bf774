//! When does the health of a part change?

use std::sync::Arc;
use std::time::Duration;

use crate::app::App;
use crate::health::components;

/// Between two looks.
const EVERY: Duration = Duration::from_secs(1);

/// Tells who follows the server whenever a part becomes better or worse. Runs until it is aborted.
pub(crate) async fn watch(app: Arc<App>) {
    let mut before = None;
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        let now = components(&app);
        if before.as_ref().is_some_and(|before| *before != now) {
            app.calls.ledger.hub.tell(None, "health", &serde_json::json!({"components": now}));
        }
        before = Some(now);
    }
}
