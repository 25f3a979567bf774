//! What happens between the answer and the end of a SIP call?

use tokio::sync::mpsc;
use tom_base::Key;
use tom_call::{CallPort, Control, NoticeKind, Outbound};
use tom_rtp::MediaEvent;
use tom_sip::{Ask, Call, CallEvent, EndedBy, Stopped};
use tom_turn::EndReason;

use super::bridge::{Leg, bridge, press_all};
use super::dials::Place;
use super::follow::referred;
use super::handover::{Handover, Origin};
use super::leave::leave;
use super::orders::{Order, Orders};
use super::sound::Sound;
use super::wish::Wish;
use crate::metrics::registry as m;
use crate::observe::{outcome, picker};
use crate::switchboard::Transport;

/// Most keys a dialogue presses at once.
const MOST_KEYS: usize = 32;

/// Carries a call that is answered until it is over. Says who ended it.
pub(super) async fn converse(
    origin: &Origin,
    call: &mut Call,
    sound: &mut Sound,
    port: CallPort,
    mut orders: Orders,
    place: Option<&Place>,
) -> EndedBy {
    let CallPort { control, mut outbound, .. } = port;
    let metrics = &origin.app.metrics;
    let (mut wish, mut ordered, mut handover, mut why) = (None, None, None, None);
    loop {
        let done = tokio::select! {
            message = outbound.recv() => match message {
                Some(Outbound::Frame { pcm, .. }) => {
                    sound.send(&pcm);
                    None
                }
                Some(Outbound::Clear) => {
                    sound.flush();
                    None
                }
                Some(Outbound::Mark(_)) => None,
                Some(Outbound::Notice(notice)) => {
                    metrics.notice(&notice.kind, Transport::Sip);
                    let done = match &notice.kind {
                        NoticeKind::Action(action) => {
                            wish = Wish::of(action).or(wish);
                            if let (Some(place), Some(by)) = (place, picker(action)) {
                                place.picked_up(by);
                            }
                            acted(call, sound, action).await
                        }
                        NoticeKind::Connecting(now) => {
                            wish = ordered.take_if(|_| *now).or(wish);
                            handover = wish.as_ref().filter(|_| *now).map(|wish| Handover::begin(origin, wish));
                            begun(call, &control, *now, handover.as_ref(), wish.as_ref()).await
                        }
                        _ => Ok(()),
                    };
                    if done.is_err() {
                        return EndedBy::Us;
                    }
                    None
                }
                Some(Outbound::Closed(reason)) => Some(Some(reason)),
                None => Some(None),
            },
            person = reached(&mut handover) => {
                match person {
                    Some(leg) => {
                        tell(&control, Control::HangUp(EndReason::Transferred)).await;
                        orders.put_through();
                        drop((control, outbound));
                        let joins = origin.line.joins(origin.trunk.as_deref());
                        // Few calls come to that, and it is large.
                        return Box::pin(bridge((metrics, joins), call, sound, leg, &mut orders)).await;
                    }
                    None => {
                        handover = None;
                        tell(&control, Control::NotConnected).await;
                    }
                }
                None
            }
            event = sound.events.recv() => {
                match event {
                    Some(MediaEvent::Key(key)) => tell(&control, Control::Dtmf(key)).await,
                    Some(MediaEvent::Silent) => {
                        tracing::info!("no audio comes from the other side; the call is hung up");
                        tell(&control, Control::HangUp(EndReason::Caller)).await;
                    }
                    // The signalling says when the call is over.
                    Some(MediaEvent::Goodbye) | None => {}
                }
                None
            }
            order = orders.next() => {
                match order {
                    Order::Connect { .. } if handover.is_some() => {
                        tracing::warn!("a transfer is ordered while one is under way; that one goes on");
                    }
                    Order::Connect { to, summary } => {
                        ordered = Some(Wish::ordered(to, summary));
                        tell(&control, Control::Connect).await;
                    }
                    Order::HangUp(told) => {
                        why = told.or(why);
                        tell(&control, Control::HangUp(EndReason::Agent)).await;
                    }
                    order => {
                        if obey(call, sound, order).await.is_err() {
                            return EndedBy::Us;
                        }
                    }
                }
                None
            }
            event = call.event() => match event {
                Some(CallEvent::Transfer { status }) => {
                    let ours = handover.take_if(|handover: &mut Handover| status >= 200 && handover.is_blind());
                    if ours.is_some() {
                        metrics.count(&m::TRANSFERS, &["blind", came_of(status)]);
                    }
                    match status {
                        // They talk to each other: we leave.
                        200..=299 => tell(&control, Control::HangUp(EndReason::Transferred)).await,
                        300.. => {
                            tracing::warn!(status, "a transfer failed; the call goes on");
                            if ours.is_some() {
                                tell(&control, Control::NotConnected).await;
                            }
                        }
                        _ => {}
                    }
                    None
                }
                Some(CallEvent::Referred { to, near }) => {
                    if referred(&origin.app, call, sound, &to, near).await.is_err() {
                        return EndedBy::Us;
                    }
                    None
                }
                Some(CallEvent::Ended(ended)) => {
                    tell(&control, Control::HangUp(EndReason::Caller)).await;
                    return ended.by;
                }
                None => {
                    tell(&control, Control::HangUp(EndReason::Drain)).await;
                    return EndedBy::Us;
                }
                Some(CallEvent::Key { key }) => {
                    if let Some(key) = Key::from_char(key) {
                        tell(&control, Control::Dtmf(key)).await;
                    }
                    None
                }
                Some(event) => {
                    if change(call, sound, event).await.is_err() {
                        return EndedBy::Us;
                    }
                    None
                }
            },
        };
        if let Some(reason) = done {
            return leave(call, why.as_deref().unwrap_or(reason.map_or("failure", outcome))).await;
        }
    }
}

/// What comes of a hand-over. Waits for ever where there is none.
async fn reached(handover: &mut Option<Handover>) -> Option<Leg> {
    match handover {
        Some(handover) => handover.reached().await,
        None => std::future::pending().await,
    }
}

/// A hand-over begins, or is called off.
async fn begun(
    call: &Call,
    control: &mpsc::Sender<Control>,
    now: bool,
    handover: Option<&Handover>,
    wish: Option<&Wish>,
) -> Result<(), Stopped> {
    match (handover, wish) {
        (Some(handover), Some(wish)) if handover.is_blind() => {
            call.ask(Ask::Transfer { to: wish.to.clone() }).await
        }
        (None, _) if now => {
            tracing::warn!("the dialogue hands over and does not say to whom");
            tell(control, Control::NotConnected).await;
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What a status says of a transfer.
const fn came_of(status: u16) -> &'static str {
    match status {
        200..=299 => "connected",
        486 | 600 => "busy",
        403 | 603 => "declined",
        404 | 408 | 480 | 484 | 487 | 604 => "no_answer",
        _ => "failed",
    }
}

/// The dialogue wants keys pressed.
async fn acted(call: &Call, sound: &Sound, action: &tom_call::Action) -> Result<(), Stopped> {
    if action.kind != "send_keys" {
        return Ok(());
    }
    let keys = action.data.iter().find(|(name, _)| name == "keys").map_or("", |(_, keys)| keys);
    let keys: Option<Vec<Key>> = keys.chars().map(Key::from_char).collect();
    match keys.filter(|keys| keys.len() <= MOST_KEYS) {
        Some(keys) => obey(call, sound, Order::Keys(keys, None)).await,
        None => {
            tracing::warn!("the dialogue wants keys pressed that no telephone has");
            Ok(())
        }
    }
}

/// Does what somebody ordered.
async fn obey(call: &Call, sound: &Sound, order: Order) -> Result<(), Stopped> {
    match order {
        Order::Keys(keys, _) => press_all(call, sound, &keys).await,
        Order::Transfer(to) => call.ask(Ask::Transfer { to }).await,
        // The dialogue is asked first: it has to stop speaking.
        Order::Connect { .. } | Order::HangUp(_) => Ok(()),
    }
}

/// A change of the session.
pub(super) async fn change(call: &Call, sound: &mut Sound, event: CallEvent) -> Result<(), Stopped> {
    match event {
        CallEvent::Offer { sdp } => {
            let answer = sound.answer(&sdp).ok().filter(|(_, agreed)| sound.start(agreed).is_ok());
            call.ask(Ask::AnswerOffer(answer.map(|(answer, _)| answer))).await
        }
        CallEvent::OfferWanted => {
            let offer = sound.offer();
            call.ask(Ask::AnswerOffer(Some(offer))).await
        }
        CallEvent::Answer { sdp } => {
            let agreed = sound.accept(&sdp).ok();
            if agreed.is_none_or(|agreed| sound.start(&agreed).is_err()) {
                tracing::info!("the other side's answer cannot be used; the session stays as it was");
            }
            Ok(())
        }
        CallEvent::OfferRefused { .. } => {
            sound.withdraw();
            Ok(())
        }
        // Two people who talk through us are not sent elsewhere.
        CallEvent::Referred { .. } => call.ask(Ask::Stay { status: 603 }).await,
        _ => Ok(()),
    }
}

/// The call's task always takes what it is told; if it is gone, its channel says so.
async fn tell(control: &tokio::sync::mpsc::Sender<Control>, what: Control) {
    let _gone = control.send(what).await;
}
