//! What time is it where clients live?

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since 1970.
pub(crate) fn epoch_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}

/// Now less a client's moment in seconds, where the clocks agree enough to say something.
pub(crate) fn latency_ms(client_ts: f64) -> Option<f64> {
    let ms = epoch_ms() as f64 - client_ts * 1000.0;
    (0.0..60_000.0).contains(&ms).then_some(ms)
}
