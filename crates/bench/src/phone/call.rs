//! How does one telephone call go, from the INVITE to the goodbye?

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until, timeout, timeout_at};
use tom_probe::Clip;
use tom_probe::line::{Echo, EngineReport, Planned};
use tom_probe::trace::{Ended, Trace};
use tom_rtp::{Options, Session, Statistics};
use tom_sip::{Ask, Call, CallEvent, Dial};
use tom_wire::sdp::{Codec, Negotiation, Sdp, SrtpPolicy, Terms};

use super::Telephone;
use super::hearing::Hearing;
use super::voice::Voice;

/// Audio of a packet.
const FRAME_TIME: Duration = Duration::from_millis(20);
/// A frame that leaves later than this was late.
const LATE: Duration = Duration::from_millis(10);
/// A caller that is later than this does not catch up: its session has sent silence in that packet's place, and what
/// came in a burst would wait behind it from then on.
const BEHIND: Duration = Duration::from_millis(20);
/// Longest wait for an answer, and for the end after the goodbye.
const PATIENCE: Duration = Duration::from_secs(10);

/// What came of a call.
pub(super) struct Outcome {
    pub(super) trace: Trace,
    /// From INVITE to answer; none: it was not answered.
    pub(super) setup: Option<Duration>,
    pub(super) media: Option<Statistics>,
    pub(super) own: EngineReport,
}

/// A call that was answered.
struct Up {
    call: Call,
    session: Session,
    hearing: Arc<Mutex<Hearing>>,
    setup: Duration,
}

/// Makes a call and holds it to its end.
pub(super) async fn make(telephone: Arc<Telephone>, planned: Planned, noise: Arc<Clip>) -> Outcome {
    let Planned { name, actor, echo } = planned;
    match connect(&telephone, &name, echo).await {
        Ok(up) => converse(up, Voice::new(actor, noise), telephone.longest).await,
        Err(why) => Outcome {
            trace: Trace { name, ended: Ended::Refused(why), ..Trace::default() },
            setup: None,
            media: None,
            own: EngineReport::default(),
        },
    }
}

async fn connect(telephone: &Telephone, name: &str, echo: Option<Echo>) -> Result<Up, String> {
    let media = telephone.ports.bind(telephone.server.ip()).map_err(|e| e.to_string())?;
    let terms = Terms { codecs: vec![Codec::Pcma], srtp: SrtpPolicy::Off, noise: false };
    let mut negotiation = Negotiation::new(media.local(), media.id(), media.key(), terms);
    let dial = Dial {
        to: format!("sip:tom@{}", telephone.server),
        offer: negotiation.offer().to_string().into_bytes(),
        headers: vec![("X-TOM-Lang".into(), telephone.lang.clone())],
        ..Dial::default()
    };
    let dialled = Instant::now();
    let mut call = telephone.phone.dial(dial).await.map_err(|e| e.to_string())?;
    let mut early = None;
    let sdp = loop {
        match timeout_at(dialled + PATIENCE, call.event()).await {
            Ok(Some(CallEvent::Answered { sdp })) => break sdp.or(early),
            Ok(Some(CallEvent::Progress { sdp, .. })) => early = sdp.or(early),
            Ok(Some(CallEvent::Ended(ended))) => return Err(format!("refused: {ended:?}")),
            Ok(Some(_)) => {}
            Ok(None) => return Err("the caller's own SIP has stopped".into()),
            Err(_) => return Err("no answer to the INVITE".into()),
        }
    };
    let setup = dialled.elapsed();
    let sdp = Sdp::parse(&sdp.unwrap_or_default()).map_err(|e| e.to_string())?;
    let agreed = negotiation.accept(&sdp).map_err(|e| e.to_string())?;
    let hearing = Arc::new(Mutex::new(Hearing::new(name.to_owned(), echo)));
    let ear = hearing.clone();
    let sink = move |pcm: &[i16]| ear.lock().unwrap_or_else(PoisonError::into_inner).take(pcm);
    // Nobody presses keys here: what the session tells besides audio is left alone.
    let (told, _) = mpsc::channel(1);
    let session = media.start(&agreed, Options::default(), told, sink).map_err(|e| e.to_string())?;
    Ok(Up { call, session, hearing, setup })
}

/// Speaks and listens until somebody hangs up.
async fn converse(up: Up, mut voice: Voice, longest: Duration) -> Outcome {
    let Up { mut call, session, hearing, setup } = up;
    let heard = || hearing.lock().unwrap_or_else(PoisonError::into_inner);
    let mut own = EngineReport::default();
    let mut due = Instant::now();
    let until = due + longest;
    let ended = loop {
        tokio::select! {
            biased;
            () = sleep_until(due) => {
                let now = Instant::now();
                if now > until {
                    break Ended::TooLong;
                }
                let late = now - due;
                own.frames += 1;
                own.late += u64::from(late > LATE);
                own.latest_ms = own.latest_ms.max(late.as_secs_f64() * 1_000.0);
                due = if late > BEHIND { now + FRAME_TIME } else { due + FRAME_TIME };
                let frame = voice.next(&mut heard());
                match frame {
                    Some(pcm) => session.send(&pcm),
                    None => break Ended::Caller,
                }
            }
            event = call.event() => match event {
                Some(CallEvent::Ended(ended)) => break Ended::Broken(format!("{ended:?}")),
                None => break Ended::Broken("the caller's own SIP has stopped".into()),
                // A session that is to change is none we agreed on.
                Some(CallEvent::Offer { .. } | CallEvent::OfferWanted) => {
                    if call.ask(Ask::AnswerOffer(None)).await.is_err() {
                        break Ended::Stopped;
                    }
                }
                Some(_) => {}
            },
        }
    };
    let lasted = heard().now();
    let mut problem = None;
    if matches!(ended, Ended::Caller | Ended::TooLong) && !bye(&mut call).await {
        problem = Some("the goodbye was not confirmed".to_owned());
    }
    let media = session.statistics();
    drop(session);
    let mut trace = std::mem::take(&mut heard().trace);
    trace.problems.extend(problem);
    (trace.ended, trace.lasted) = (ended, lasted);
    Outcome { trace, setup: Some(setup), media: Some(media), own }
}

/// Hangs up. Says whether that was confirmed in time.
async fn bye(call: &mut Call) -> bool {
    let confirmed = async {
        call.ask(Ask::HangUp { reason: String::new() }).await.ok()?;
        while !matches!(call.event().await?, CallEvent::Ended(_)) {}
        Some(())
    };
    timeout(PATIENCE, confirmed).await.is_ok_and(|done| done.is_some())
}
