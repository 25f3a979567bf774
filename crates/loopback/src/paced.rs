//! How does a body leave at its programmed pace?

use std::convert::Infallible;
use std::io;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::stream;
use tokio::time::{Instant, sleep, sleep_until};

use crate::fault::Fault;
use crate::stats::Watch;

/// Time for what was written to leave before a cut.
const FLUSH: Duration = Duration::from_millis(5);

/// Sends parts when they are due, counted from `from`, with what goes wrong on the way.
pub(crate) fn body(
    from: Instant,
    parts: impl Iterator<Item = (Duration, Bytes)> + Send + 'static,
    fault: Option<Fault>,
    watch: Watch,
) -> Body {
    let parts = parts.enumerate();
    Body::from_stream(stream::unfold(
        (parts, fault, watch),
        move |(mut parts, fault, mut watch)| async move {
            let Some((index, (due, bytes))) = parts.next() else {
                watch.finish();
                return None;
            };
            match fault {
                Some(Fault::StallAfterHead) => match never().await {},
                Some(Fault::StallAfter(most)) if index >= most => match never().await {},
                Some(Fault::CutAfter(most)) if index >= most => {
                    watch.finish();
                    // What was sent before is to arrive: hyper forgets what it has not flushed.
                    sleep(FLUSH).await;
                    // An error in a body makes the server close the connection without the body's end.
                    let cut = io::Error::new(io::ErrorKind::ConnectionAborted, "cut, as programmed");
                    return Some((Err(cut), (parts, None, watch)));
                }
                _ => sleep_until(from + due).await,
            }
            Some((Ok(bytes), (parts, fault, watch)))
        },
    ))
}

/// Sends a body byte by byte.
pub(crate) fn drip(wait: Duration, parts: impl Iterator<Item = (Duration, Bytes)>, watch: Watch) -> Body {
    let all: Vec<u8> = parts.flat_map(|(_, bytes)| bytes.to_vec()).collect();
    let single = all.into_iter().enumerate().map(move |(n, byte)| {
        let n = u32::try_from(n).unwrap_or(u32::MAX);
        (wait.saturating_mul(n), Bytes::copy_from_slice(&[byte]))
    });
    body(Instant::now(), single, None, watch)
}

/// Sends the same bytes again and again, without an end.
pub(crate) fn chatter(wait: Duration, bytes: &'static [u8], watch: Watch) -> Body {
    let parts = (0_u32..).map(move |n| (wait.saturating_mul(n), Bytes::from_static(bytes)));
    body(Instant::now(), parts, None, watch)
}

/// Waits for ever.
pub(crate) async fn never() -> Infallible {
    std::future::pending().await
}
