//! The task that owns a call: what wakes it, and in which order it looks at what has arrived.

use std::future::poll_fn;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tom_engine::{EndOfTurnEvent, SttEvent, TtsEvent};
use tom_turn::EndReason;

use crate::api::{CallLink, CallSetup, Control, Outbound};
use crate::bell::Bell;
use crate::brain::BrainEvent;
use crate::pulse::Pulse;
use crate::report::CallReport;
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
    from.audio.needs(session.needs());
    let mut pulse = Pulse::new(tokio::time::Instant::now());
    session.answer(now());
    // Since when the far end has been playing what it is sent.
    let mut playing = None;
    // Whether it is sent its frames when the caller's come.
    let mut aligned = false;
    // All but time and audio.
    let rare = Bell::default();
    while session.ended.is_none() {
        let woken = poll_fn(|cx| {
            if pulse.poll(cx).is_ready() {
                return Poll::Ready(Woken::Tick);
            }
            if rare.rang(cx) | std::mem::take(&mut session.stirred) {
                let told = poll_rare(&mut session, &mut from, &mut rare.context());
                if told.is_ready() {
                    rare.ring();
                    return told;
                }
            }
            from.audio.poll_arrived(cx).map(|()| Woken::Audio)
        })
        .await;
        let mut ticked = matches!(woken, Woken::Tick);
        // One look at the clock for all that woke the task: what is done with it takes less than a millisecond.
        let wall = now();
        session.fetch_frames();
        match woken {
            Woken::Tick | Woken::Audio => {}
            Woken::Control(control) => {
                session.control(control.unwrap_or(Control::HangUp(EndReason::Caller)), wall);
            }
            Woken::Stt(event) => session.stt(event, wall),
            Woken::Tts(event) => session.tts(event, wall),
            Woken::EndOfTurn(event) => session.end_of_turn(event, wall),
            Woken::Brain(event) => session.brain(event, wall),
        }
        // What has arrived comes before the time that has passed: a task that was late must neither take
        // waiting audio for silence nor a waiting answer for none.
        let heard = take_arrived(&mut session, &mut from, rare.is_rung(), wall);
        if heard {
            ticked = pulse.heard(wall.into(), ticked);
        }
        if ticked {
            session.tick(wall);
        }
        if session.playout.was_released() {
            // It was ready before it was wanted. The next tick may be 20 ms away.
            session.play(wall);
        }
        let since = session.playout.since();
        if (since != playing || (heard && (!aligned || pulse.apart())))
            && let Some(due) = session.playout.next()
        {
            let later = session.playout.slack();
            // A tick may come early with a frame of the caller's, even where none has come yet.
            let latest = due + later.start;
            let next = pulse.align(wall.into(), due.into(), later);
            aligned = next.is_some();
            if let Some(next) = next.or_else(|| (since != playing).then(|| pulse.set(latest.into()))) {
                session.playout.align(next.into());
            }
        }
        playing = since;
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

/// What woke the task.
enum Woken {
    Tick,
    Audio,
    Control(Option<Control>),
    Stt(SttEvent),
    Tts(TtsEvent),
    EndOfTurn(EndOfTurnEvent),
    Brain(BrainEvent),
}

/// Looks at all that is neither time nor audio. The session holds a sender of each channel of engines: none ends.
fn poll_rare(session: &mut Session, from: &mut Sources, cx: &mut Context<'_>) -> Poll<Woken> {
    if let Poll::Ready(control) = from.control.poll_recv(cx) {
        return Poll::Ready(Woken::Control(control));
    }
    if let Poll::Ready(Some(event)) = from.stt.poll_recv(cx) {
        return Poll::Ready(Woken::Stt(event));
    }
    if let Poll::Ready(Some(event)) = from.tts.poll_recv(cx) {
        return Poll::Ready(Woken::Tts(event));
    }
    if let Poll::Ready(Some(event)) = from.end_of_turn.poll_recv(cx) {
        return Poll::Ready(Woken::EndOfTurn(event));
    }
    session.brain.poll(cx).map(Woken::Brain)
}

/// `rare`: something else than audio may have come. Returns whether audio has.
fn take_arrived(session: &mut Session, from: &mut Sources, rare: bool, wall: Instant) -> bool {
    let mut heard = false;
    for _ in 0..BURST {
        if session.ended.is_some() {
            break;
        }
        let Some(frame) = from.audio.take() else { break };
        session.hear(&*frame, wall);
        heard = true;
    }
    if !rare {
        return heard;
    }
    for _ in 0..BURST {
        let (Ok(control), None) = (from.control.try_recv(), session.ended) else { break };
        session.control(control, wall);
    }
    for _ in 0..BURST {
        let (Ok(event), None) = (from.stt.try_recv(), session.ended) else { break };
        session.stt(event, wall);
    }
    for _ in 0..BURST {
        let (Ok(event), None) = (from.tts.try_recv(), session.ended) else { break };
        session.tts(event, wall);
    }
    heard
}

/// The runtime's monotonic clock, so that tests can run it faster than real time.
fn now() -> Instant {
    tokio::time::Instant::now().into_std()
}
