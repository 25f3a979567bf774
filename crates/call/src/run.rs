//! The task that owns a call.

use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;
use tom_turn::EndReason;

use crate::api::{CallLink, CallReport, CallSetup, Control, Outbound};
use crate::playout::FRAME;
use crate::session::Session;

/// How long the last messages of a call may wait for a transport that reads slowly.
const FAREWELL: Duration = Duration::from_secs(2);

/// Holds a call from answer to hang-up. It ends when either side hangs up, when the transport drops its
/// [`CallPort`](crate::CallPort), or when the dialogue is over; it never panics on what callers or engines do.
pub async fn run(setup: CallSetup, link: CallLink) -> CallReport {
    let (mut session, mut from) = Session::new(setup, link, Instant::now());
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    session.answer(Instant::now());
    let mut frame = [0; FRAME];
    while session.ended.is_none() {
        tokio::select! {
            biased;
            () = from.audio.arrived() => {
                while from.audio.take(&mut frame) && session.ended.is_none() {
                    session.hear(&frame, Instant::now());
                }
            }
            control = from.control.recv() => {
                let control = control.unwrap_or(Control::HangUp(EndReason::Caller));
                session.control(control, Instant::now());
            }
            Some(event) = from.stt.recv() => session.stt(event, Instant::now()),
            Some(event) = from.tts.recv() => session.tts(event, Instant::now()),
            _ = ticks.tick() => session.tick(Instant::now()),
        }
    }
    let report = session.report(from.audio.dropped());
    let (tx, rest) = session.outbox.into_rest();
    let farewell = async {
        for message in rest {
            tx.send(message).await?;
        }
        tx.send(Outbound::Closed(report.reason)).await
    };
    if !matches!(tokio::time::timeout(FAREWELL, farewell).await, Ok(Ok(()))) {
        tracing::debug!(call = %report.id, "the transport did not wait for the end of the call");
    }
    report
}
