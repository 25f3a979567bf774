//! What happens between the answer and the end of a SIP call?

use tom_base::Key;
use tom_call::{CallPort, Control, NoticeKind, Outbound};
use tom_rtp::MediaEvent;
use tom_sip::{Ask, Call, CallEvent, EndedBy, Stopped};
use tom_turn::EndReason;

use super::dials::Place;
use super::follow::referred;
use super::leave::{leave, transfer_to};
use super::orders::{Order, Orders};
use super::sound::Sound;
use crate::app::App;
use crate::observe::picker;
use crate::switchboard::Transport;

/// Carries a call that is answered until it is over. Says who ended it.
pub(super) async fn converse(
    app: &App,
    call: &mut Call,
    sound: &mut Sound,
    port: CallPort,
    mut orders: Orders,
    place: Option<&Place>,
) -> EndedBy {
    let CallPort { audio, control, mut outbound } = port;
    let mut transfer = None;
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
                    app.metrics.notice(&notice.kind, Transport::Sip);
                    if let NoticeKind::Action(action) = &notice.kind {
                        transfer = transfer_to(action).or(transfer);
                        if let (Some(place), Some(by)) = (place, picker(action)) {
                            place.picked_up(by);
                        }
                    }
                    None
                }
                Some(Outbound::Closed(reason)) => Some(Some(reason)),
                None => Some(None),
            },
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
                if obey(call, sound, order).await.is_err() {
                    return EndedBy::Us;
                }
                None
            }
            event = call.event() => match event {
                Some(CallEvent::Transfer { status }) => {
                    match status {
                        // They talk to each other: we leave.
                        200..=299 => tell(&control, Control::HangUp(EndReason::Transferred)).await,
                        300.. => tracing::warn!(status, "a transfer failed; the call goes on"),
                        _ => {}
                    }
                    None
                }
                Some(CallEvent::Referred { to, near }) => {
                    if referred(app, call, sound, &to, near).await.is_err() {
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
                    if change(call, sound, &audio, event).await.is_err() {
                        return EndedBy::Us;
                    }
                    None
                }
            },
        };
        if let Some(reason) = done {
            let target = transfer.filter(|_| reason == Some(EndReason::Transferred));
            return leave(call, reason, target).await;
        }
    }
}

/// Does what somebody ordered.
async fn obey(call: &Call, sound: &Sound, order: Order) -> Result<(), Stopped> {
    match order {
        Order::Keys(keys) => {
            for key in keys {
                // In the audio where the other side takes keys there, else in the signalling.
                if !sound.press(key) {
                    call.ask(Ask::Key(key.as_char())).await?;
                }
            }
            Ok(())
        }
        Order::Transfer(to) => call.ask(Ask::Transfer { to }).await,
    }
}

/// A change of the session.
async fn change(
    call: &Call,
    sound: &mut Sound,
    audio: &tom_call::AudioIn,
    event: CallEvent,
) -> Result<(), Stopped> {
    match event {
        CallEvent::Offer { sdp } => {
            let answer = sound.answer(&sdp).ok().filter(|(_, agreed)| sound.start(agreed, audio).is_ok());
            call.ask(Ask::AnswerOffer(answer.map(|(answer, _)| answer))).await
        }
        CallEvent::OfferWanted => {
            let offer = sound.offer();
            call.ask(Ask::AnswerOffer(Some(offer))).await
        }
        CallEvent::Answer { sdp } => {
            let agreed = sound.accept(&sdp).ok();
            if agreed.is_none_or(|agreed| sound.start(&agreed, audio).is_err()) {
                tracing::info!("the other side's answer cannot be used; the session stays as it was");
            }
            Ok(())
        }
        CallEvent::OfferRefused { .. } => {
            sound.withdraw();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// The call's task always takes what it is told; if it is gone, its channel says so.
async fn tell(control: &tokio::sync::mpsc::Sender<Control>, what: Control) {
    let _gone = control.send(what).await;
}
