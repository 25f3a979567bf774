//! How is a call made?

use std::sync::Arc;
use std::time::{Duration, Instant};

use tom_base::CallId;
use tom_call::{Manner, OnMachine};
use tom_sip::{Ask, Call, CallEvent, Dial, Ended, EndedBy};
use tom_wire::sdp::Negotiated;
use tom_wire::{ErrorCode, WireError};

use super::Line;
use super::dials::{KEPT_AS, Place, Room, Stage, today};
use super::handover::Origin;
use super::meter::{self, Way};
use super::numbers::NoDial;
use super::sound::Sound;
use super::talk::converse;
use crate::app::App;
use crate::ask;
use crate::metrics::registry as m;
use crate::switchboard::{CallRequest, Transport};

/// A call that somebody wants made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) to: String,
    pub(crate) trunk: Option<String>,
    pub(crate) lang: Option<String>,
    pub(crate) skill: Option<String>,
    /// Seconds it may ring.
    pub(crate) patience: u32,
    /// What is done where a machine picks up; none: as configured.
    pub(crate) machine: Option<OnMachine>,
}

/// Begins a call. What becomes of it is told by [`Line::dials`] under the name that comes back.
///
/// # Errors
/// What the asker is told: the number may not be called, limits are met, no calls are taken.
pub(crate) async fn dial(app: &Arc<App>, line: &Arc<Line>, wanted: &Wanted) -> Result<CallId, WireError> {
    let refuse = |why: NoDial| {
        app.metrics.count(&m::BLOCKED, &[why.name()]);
        WireError::new(ErrorCode::BadParameter, why.message())
    };
    let number = line.rules.check(&wanted.to).map_err(refuse)?;
    app.calls.admits()?;
    app.switchboard.room()?;
    let peer = line.phone.local();
    let told = ask::Telephone {
        lang: wanted.lang.as_deref(),
        skill: wanted.skill.as_deref(),
        // The number called is the caller's business as little as the other way round: masked in what is kept.
        cli: Some(&number),
        transport: Transport::Sip,
        peer,
    };
    let request = ask::telephone(&told).map_err(|refusal| refusal.error)?;
    if let Some(name) = &wanted.trunk
        && !line.phone.trunks().iter().any(|trunk| trunk.name == *name)
    {
        return Err(WireError::new(
            ErrorCode::BadParameter,
            "there is no trunk of that name: tom sip status lists them",
        ));
    }
    let mut sound = Sound::open(line, peer, None)
        .map_err(|error| WireError::new(ErrorCode::NotReady, error.to_string()))?;
    let place = line.dials.begin(&request.id, room(app, line).await.map_err(refuse)?);
    let dial = Dial {
        to: number,
        trunk: wanted.trunk.clone(),
        offer: sound.offer(),
        headers: Vec::new(),
        patience: wanted.patience,
    };
    let stopped = |_| WireError::new(ErrorCode::Draining, "the server stops");
    let call = line.phone.dial(dial).await.map_err(stopped)?;
    let id = request.id.clone();
    let (app, line) = (app.clone(), line.clone());
    let dialled = wanted.machine.clone().or_else(|| line.rules.machine.clone());
    let manner = Manner { dialled, connect: line.transfer.longest(), ..Manner::default() };
    let trunk = wanted.trunk.clone();
    let tracker = line.calls.clone();
    tracker.spawn(async move { made((app, line, trunk), call, sound, (request, manner), place).await });
    Ok(id)
}

/// Room for one more call, which is counted.
///
/// # Errors
/// [`NoDial::AtOnce`] and [`NoDial::PerDay`].
pub(super) async fn room(app: &App, line: &Line) -> Result<Room, NoDial> {
    let room = line.dials.room(&line.rules)?;
    if counted(app, line).await { Ok(room) } else { Err(NoDial::PerDay) }
}

/// Counts the call where that outlives this process; false: enough were made today. Where the store fails, the count of
/// this process stands alone: its trouble is told by the log and `/health`.
async fn counted(app: &App, line: &Line) -> bool {
    let (day, most) = (today(), line.rules.per_day);
    let ask = app.reads.ask(&app.config.keep, move |store| store.one_more(KEPT_AS, day, most));
    match ask.await {
        Ok(Some(Some(count))) => line.dials.counted(day, count),
        Ok(Some(None)) => {
            line.dials.counted(day, most);
            return false;
        }
        Ok(None) | Err(_) => {}
    }
    true
}

/// Follows a call we made to its end.
async fn made(
    (app, line, trunk): (Arc<App>, Arc<Line>, Option<String>),
    mut call: Call,
    mut sound: Sound,
    begin: (CallRequest, Manner),
    place: Place,
) {
    let began = Instant::now();
    let ended = match answered(&mut call, &mut sound, Some(&place)).await {
        Err(ended) => ended,
        Ok(agreed) => {
            meter::answered(&app.metrics, Way::Out, began.elapsed());
            place.tell(Stage::Answered);
            talk((&app, &line, trunk), (&mut call, &mut sound), begin, &agreed, &place).await
        }
    };
    meter::ended(&app.metrics, Way::Out, ended.by, sound.statistics().as_ref());
    place.ended(ended);
}

/// Waits for the answer. An error: how it ended instead.
pub(super) async fn answered(
    call: &mut Call,
    sound: &mut Sound,
    place: Option<&Place>,
) -> Result<Negotiated, Ended> {
    let mut early = None;
    loop {
        match call.event().await {
            Some(CallEvent::Progress { sdp, .. }) => {
                if let Some(place) = place {
                    place.tell(Stage::Ringing);
                }
                // What may be heard before the answer is for people; but it settles the session.
                if let Some(agreed) = sdp.and_then(|sdp| sound.accept(&sdp).ok()) {
                    early = Some(agreed);
                }
            }
            Some(CallEvent::Answered { sdp }) => {
                let agreed = sdp.and_then(|sdp| sound.accept(&sdp).ok()).or(early);
                return match agreed {
                    Some(agreed) => Ok(agreed),
                    None => Err(give_up(call, "the answer carries no session we can use").await),
                };
            }
            Some(CallEvent::Ended(ended)) => return Err(ended),
            None => return Err(us("the server stops")),
            Some(_) => {}
        }
    }
}

async fn talk(
    (app, line, trunk): (&Arc<App>, &Arc<Line>, Option<String>),
    (call, sound): (&mut Call, &mut Sound),
    (request, manner): (CallRequest, Manner),
    agreed: &Negotiated,
    place: &Place,
) -> Ended {
    let (port, lang) = match app.calls.begin_in(&request, manner) {
        Ok(begun) => begun,
        Err(error) => {
            tracing::warn!(code = error.code.as_str(), "a call that was answered cannot begin: {error}");
            return give_up(call, "no call can begin here").await;
        }
    };
    sound.ear().to_call(&port.audio);
    if let Err(error) = sound.start(agreed) {
        tracing::warn!("a call has no audio: {error}");
        return give_up(call, "no audio").await;
    }
    let origin = Origin::new((app, line), &request, lang, trunk);
    let by = converse(&origin, call, sound, port, line.desk.open(&request.id), Some(place)).await;
    Ended { by, status: None, reason: String::new() }
}

/// Hangs up.
async fn give_up(call: &mut Call, reason: &str) -> Ended {
    if call.ask(Ask::HangUp { reason: reason.to_owned() }).await.is_ok() {
        let over = async { while !matches!(call.event().await, Some(CallEvent::Ended(_)) | None) {} };
        // It is over for us either way.
        let _late = tokio::time::timeout(Duration::from_secs(5), over).await;
    }
    us(reason)
}

fn us(reason: &str) -> Ended {
    Ended { by: EndedBy::Us, status: None, reason: reason.to_owned() }
}
