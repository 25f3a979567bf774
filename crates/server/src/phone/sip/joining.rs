//! Do two people who talk through us come to talk without us?

use std::time::Duration;

use tokio::time::Instant;
use tom_sip::{Call, CallEvent, EndedBy, Stopped};

use super::bridge::Leg;
use crate::metrics::{Metrics, registry as m};

/// After so long nobody waits any more for how it went: a request has 32 s, and the new call as long.
const PATIENCE: Duration = Duration::from_secs(64);
/// Whose place was taken hangs up before the other side says that it worked: its word is on the way for so long at most.
const WORD: Duration = Duration::from_secs(2);

/// Whose side is asked to connect them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Join {
    /// Nobody's: all audio goes through us until somebody hangs up.
    Off,
    /// That of callers who came without an account of ours: from a telephone system in the house. A carrier would call
    /// anew, at a price, or lose the caller.
    #[default]
    Pbx,
    /// Everybody's.
    All,
}

/// The attempt: the caller's side is asked to take our place (REFER with Replaces). They talk through us meanwhile, and
/// for good where it fails.
pub(super) struct Joining {
    metrics: Metrics,
    /// Until when it may be told how it went; none: it is over, or was never begun.
    until: Option<Instant>,
}

impl Joining {
    /// Begins, where it may.
    pub(super) async fn begin(
        metrics: &Metrics,
        call: &Call,
        leg: &Leg,
        allowed: bool,
    ) -> Result<Self, Stopped> {
        if allowed {
            call.join(&leg.call).await?;
        }
        Ok(Self { metrics: metrics.clone(), until: allowed.then(|| Instant::now() + PATIENCE) })
    }

    /// The other side says how far it is. Whether they talk without us now.
    pub(super) fn told(&mut self, status: u16) -> bool {
        let joined = (200..300).contains(&status);
        if status >= 200 {
            // Too late it counts as well: they talk to each other.
            self.over(match status {
                200..=299 => "joined",
                408 => "no_answer",
                501 => "not_able",
                _ => "refused",
            });
        }
        joined
    }

    /// Comes back when nobody says how it went, and tells that it failed. Waits for ever where there is nothing to wait
    /// for. Cancel-safe.
    pub(super) async fn late(&mut self) {
        match self.until {
            Some(until) => tokio::time::sleep_until(until).await,
            None => std::future::pending().await,
        }
        self.over("no_answer");
    }

    /// The person is gone: because the caller took our place there, or because they have hung up. The caller's side says
    /// which, where it was asked. Who ended the caller's call, if that is over as well.
    pub(super) async fn person_gone(&mut self, call: &mut Call) -> Option<EndedBy> {
        let latest = Instant::now() + WORD;
        let mut ended = None;
        while self.until.is_some() && ended.is_none() {
            match tokio::time::timeout_at(latest, call.event()).await {
                Ok(Some(CallEvent::Transfer { status })) => _ = self.told(status),
                Ok(Some(CallEvent::Ended(end))) => ended = Some(end.by),
                Ok(Some(_)) => {}
                Ok(None) | Err(_) => break,
            }
        }
        self.left();
        ended
    }

    /// Somebody hung up before it was known.
    pub(super) fn left(&mut self) {
        self.over("left");
    }

    fn over(&mut self, end: &'static str) {
        if self.until.take().is_some() {
            tracing::info!(end, "the caller and the person were to talk without us");
            self.metrics.count(&m::JOINS, &[end]);
        }
    }
}
