//! The task that owns a call: what wakes it, and in which order it looks at what has arrived.

use std::future::poll_fn;
use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;
use tom_turn::EndReason;

use crate::api::{CallLink, CallReport, CallSetup, Control, Outbound};
use crate::playout::FRAME;
use crate::session::{Session, Sources};

/// How long the last messages of a call may wait for a transport that reads slowly.
const FAREWELL: Duration = Duration::from_secs(2);
/// Most messages of one source taken at one wake-up, so that none keeps the others waiting. It is what the
/// audio ring can hold in frames, and more than a burst of anything else.
const BURST: usize = 64;

/// Holds a call from answer to hang-up. It ends when either side hangs up, when the transport drops its
/// [`CallPort`](crate::CallPort), or when the dialogue is over; it never panics on what callers or engines do.
pub async fn run(setup: CallSetup, link: CallLink) -> CallReport {
    let (mut session, mut from) = Session::new(setup, link, now());
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
    session.answer(now());
    let mut frame = [0; FRAME];
    while session.ended.is_none() {
        let ticked = tokio::select! {
            biased;
            _ = ticks.tick() => true,
            control = from.control.recv() => {
                session.control(control.unwrap_or(Control::HangUp(EndReason::Caller)), now());
                false
            }
            Some(event) = from.stt.recv() => { session.stt(event, now()); false }
            Some(event) = from.tts.recv() => { session.tts(event, now()); false }
            Some(event) = from.end_of_turn.recv() => { session.end_of_turn(event, now()); false }
            event = poll_fn(|cx| session.brain.poll(cx)) => { session.brain(event, now()); false }
            () = poll_fn(|cx| from.audio.poll_arrived(cx)) => false,
        };
        // What has arrived comes before the time that has passed: a task that was late must neither take
        // waiting audio for silence nor a waiting answer for none.
        take_arrived(&mut session, &mut from, &mut frame);
        if ticked {
            session.tick(now());
        }
    }
    let report = session.report(from.audio.dropped());
    let (tx, rest) = session.close();
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

fn take_arrived(session: &mut Session, from: &mut Sources, frame: &mut [i16; FRAME]) {
    for _ in 0..BURST {
        if session.ended.is_some() || !from.audio.take(frame) {
            break;
        }
        session.hear(frame, now());
    }
    for _ in 0..BURST {
        let (Ok(control), None) = (from.control.try_recv(), session.ended) else { break };
        session.control(control, now());
    }
    for _ in 0..BURST {
        let (Ok(event), None) = (from.stt.try_recv(), session.ended) else { break };
        session.stt(event, now());
    }
    for _ in 0..BURST {
        let (Ok(event), None) = (from.tts.try_recv(), session.ended) else { break };
        session.tts(event, now());
    }
}

/// The runtime's monotonic clock, so that tests can run it faster than real time.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
