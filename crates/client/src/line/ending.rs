//! How does a call end, and what is told of it?

use tokio::time::{Duration, Instant, timeout};

use super::{Arrivals, Line};
use crate::level::Voice;
use crate::measure::{self, Heard};
use crate::report::{Ended, Report, Side};
use crate::socket::Arrival;
use crate::{Act, MS};

/// How long what the server said last is waited for when nothing can be sent to it any more.
const LAST_WORDS: Duration = Duration::from_secs(1);

impl Line {
    /// Nothing can be sent any more. A server that has closed the call said why before that, and may not have been
    /// listened to yet.
    pub(super) async fn unsent(&mut self, why: String, arrivals: &mut Arrivals) -> Ended {
        let last = async {
            loop {
                if let Some(ended) = self.arrive(arrivals.recv().await) {
                    return ended;
                }
            }
        };
        match timeout(LAST_WORDS, last).await {
            Ok(ended) => ended,
            Err(_) => self.broken(why),
        }
    }

    pub(super) fn broken(&mut self, why: String) -> Ended {
        let now = self.moment(Instant::now());
        self.closed = true;
        self.dialogue.problem(now, "CLIENT", format!("the connection broke: {why}"));
        Ended::Broken
    }

    /// Says `stop` and waits for the server's close.
    pub(super) async fn hang_up(&mut self, arrivals: &mut Arrivals) {
        let now = self.moment(Instant::now());
        self.dialogue.note(now, Side::Caller, "hang_up", "");
        // A receiver that is put down plays nothing.
        self.ear.flush(now);
        let unsent = self.out.act(&Act::HangUp).await.err();
        let patience = if unsent.is_some() { LAST_WORDS } else { self.patience };
        let closing = async {
            while !self.closed {
                match arrivals.recv().await {
                    Some((_, Arrival::Audio(_))) => {}
                    other => {
                        self.arrive(other);
                    }
                }
            }
        };
        if timeout(patience, closing).await.is_ok() {
            return;
        }
        if let Some(why) = unsent {
            self.broken(why);
        } else {
            let now = self.moment(Instant::now());
            let text = format!("the server did not close the call within {patience:?}");
            self.dialogue.problem(now, "CLIENT", text);
        }
    }

    pub(super) fn report(mut self, ended: Ended) -> Report {
        let mut end = self.moment(Instant::now());
        if ended == Ended::Server {
            // What is queued is still heard after the connection is gone.
            end = end.max(self.ear.queue_end());
        }
        if self.ear.lost() > 0 {
            let text = format!(
                "{} ms of the agent's audio came more than 30 s too early and were dropped",
                self.ear.lost() / MS
            );
            self.dialogue.problem(end, "CLIENT", text);
        }
        // The end of a voice is told late.
        self.dialogue.timeline.sort_by_key(|entry| entry.at_ms);
        let (heard, arrivals) = self.ear.finish(end);
        let voice = Voice::new(&heard);
        let turns = measure::turns(
            self.mouth.spoken(),
            &Heard { voice: &voice, arrivals: &arrivals, turnings: &self.dialogue.turnings, end },
        );
        Report {
            url: self.url,
            call_id: self.dialogue.call_id,
            duration_ms: end / MS,
            ended,
            close: self.close,
            greeting_ms: voice.first(0, end).map(|at| at / MS),
            turns,
            transcript: self.dialogue.transcript,
            timeline: self.dialogue.timeline,
            timeline_dropped: self.dialogue.dropped,
            problems: self.dialogue.problems,
            heard,
        }
    }
}
