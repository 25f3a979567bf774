//! How is a call over SIP taken?

use std::sync::Arc;
use std::time::{Duration, Instant};

use tom_call::{CallPort, Manner};
use tom_sip::{Ask, Call, CallEvent, EndedBy, Invitation};
use tom_wire::WireError;
use tom_wire::sdp::Negotiated;

use super::Line;
use super::handover::Origin;
use super::meter::{self, Way};
use super::numbers::is_emergency;
use super::orders::Orders;
use super::sound::{NoSound, Sound};
use super::talk::converse;
use crate::answer::count_number;
use crate::app::App;
use crate::ask;
use crate::metrics::registry as m;
use crate::switchboard::{CallRequest, Transport};

/// How long the answer to our session may take.
const PATIENCE: Duration = Duration::from_secs(32);
/// Seconds after which a caller may try again.
const RETRY: u32 = 5;

/// Why a call is not taken: the status, and when to try again.
struct Refused(u16, Option<u32>);

impl From<NoSound> for Refused {
    fn from(NoSound(status): NoSound) -> Self {
        Self(status, None)
    }
}

impl From<WireError> for Refused {
    fn from(error: WireError) -> Self {
        match error.code {
            tom_wire::ErrorCode::BadParameter | tom_wire::ErrorCode::BadCallId => Self(400, None),
            _ => Self(503, Some(RETRY)),
        }
    }
}

/// A call came in.
pub(super) async fn taken(app: &Arc<App>, line: &Arc<Line>, invitation: Invitation, mut call: Call) {
    let began = Instant::now();
    let mut sound = None;
    let by = match answer(app, line, &invitation, &mut call, &mut sound).await {
        Ok(Some((port, orders, origin))) => {
            meter::answered(&app.metrics, Way::In, began.elapsed());
            match sound.as_mut() {
                Some(sound) => converse(&origin, &mut call, sound, port, orders, None).await,
                None => EndedBy::Us,
            }
        }
        Ok(None) => EndedBy::Cancelled,
        Err(Refused(status, retry_after)) => {
            let reason = String::new();
            // If signalling has stopped, so has the call.
            let _stopped = call.ask(Ask::Reject { status, reason, retry_after }).await;
            EndedBy::Us
        }
    };
    meter::ended(&app.metrics, Way::In, by, sound.as_ref().and_then(Sound::statistics).as_ref());
}

/// Answers it. None: the caller gave up before.
async fn answer(
    app: &Arc<App>,
    line: &Arc<Line>,
    invitation: &Invitation,
    call: &mut Call,
    place: &mut Option<Sound>,
) -> Result<Option<(CallPort, Orders, Origin)>, Refused> {
    if is_emergency(&invitation.to.number) {
        // Whoever routed it here has to find somebody who can help: 503 lets exchanges try the next way.
        app.metrics.count(&m::BLOCKED, &["emergency"]);
        tracing::error!(
            "a call for help was routed to the assistant; it is refused, so that it goes elsewhere"
        );
        return Err(Refused(503, None));
    }
    app.calls.admits()?;
    let request = request(invitation)?;
    let sound = Sound::open(line, invitation.local, Some(invitation.peer.ip())).map_err(|error| {
        tracing::warn!("a call cannot be taken: {error}");
        Refused(503, Some(RETRY))
    })?;
    let sound = place.insert(sound);
    let Some(offer) = &invitation.offer else {
        let trunk = invitation.trunk.clone();
        return late((app, line), sound, call, &request, trunk).await;
    };
    let (answer, agreed) = sound.answer(offer)?;
    let (port, origin) = begin(app, line, &request, invitation.trunk.clone())?;
    start(sound, &agreed, &port)?;
    // Before the answer: who hears of the call may order something at once.
    let orders = line.desk.open(&request.id);
    Ok(call.ask(Ask::Answer(answer)).await.is_ok().then_some((port, orders, origin)))
}

/// Answers a call that came without an offer: ours goes out, their answer comes with the acknowledgement.
async fn late(
    (app, line): (&Arc<App>, &Arc<Line>),
    sound: &mut Sound,
    call: &mut Call,
    request: &CallRequest,
    trunk: Option<String>,
) -> Result<Option<(CallPort, Orders, Origin)>, Refused> {
    let offer = sound.offer();
    if call.ask(Ask::Answer(offer)).await.is_err() {
        return Ok(None);
    }
    let answered = async {
        loop {
            match call.event().await {
                Some(CallEvent::Answer { sdp }) => return Some(sdp),
                Some(CallEvent::Ended(_)) | None => return None,
                Some(_) => {}
            }
        }
    };
    let Ok(Some(sdp)) = tokio::time::timeout(PATIENCE, answered).await else { return Ok(None) };
    let agreed = sound.accept(&sdp)?;
    let (port, origin) = begin(app, line, request, trunk)?;
    start(sound, &agreed, &port)?;
    Ok(Some((port, line.desk.open(&request.id), origin)))
}

fn begin(
    app: &Arc<App>,
    line: &Arc<Line>,
    request: &CallRequest,
    trunk: Option<String>,
) -> Result<(CallPort, Origin), Refused> {
    count_number(app, request);
    let manner = Manner { connect: line.transfer.longest(), ..Manner::default() };
    let (port, lang) = app.calls.begin_in(request, manner)?;
    Ok((port, Origin::new((app, line), request, lang, trunk)))
}

fn start(sound: &mut Sound, agreed: &Negotiated, port: &CallPort) -> Result<(), Refused> {
    sound.ear().to_call(&port.audio);
    sound.start(agreed).map_err(|error| {
        tracing::warn!("a call has no audio: {error}");
        Refused(488, None)
    })
}

fn request(invitation: &Invitation) -> Result<CallRequest, Refused> {
    let header = |name| invitation.header(name).map(str::trim).filter(|value| !value.is_empty());
    let number = Some(&*invitation.from.number).filter(|number| !number.is_empty() && *number != "anonymous");
    let asked = ask::Telephone {
        lang: header("X-TOM-Lang"),
        skill: header("X-TOM-Skill"),
        cli: number,
        transport: Transport::Sip,
        peer: invitation.peer.ip(),
    };
    ask::telephone(&asked).map_err(|refusal| Refused::from(refusal.error))
}
