//! How do two telephones hear each other through us?

use tom_base::Key;
use tom_rtp::MediaEvent;
use tom_sip::{Ask, Call, CallEvent, EndedBy, Stopped};

use super::dials::Room;
use super::joining::Joining;
use super::leave::leave;
use super::orders::{Order, Orders, Whom};
use super::sound::Sound;
use super::talk::change;
use crate::metrics::Metrics;

/// A telephone that was reached.
pub(super) struct Leg {
    pub(super) call: Call,
    pub(super) sound: Sound,
    /// Held as long as the call lasts.
    pub(super) _room: Option<Room>,
}

/// What happens on one of the two.
enum What {
    Media(MediaEvent),
    Signal(Option<CallEvent>),
}

/// Lets them talk until one hangs up, or somebody orders so; then the other is hung up. Beside it the caller's side is
/// asked to connect them without us, where it may be: then both are left. Says who ended it, as the caller's side has it.
pub(super) async fn bridge(
    (metrics, joins): (&Metrics, bool),
    call: &mut Call,
    sound: &mut Sound,
    mut leg: Leg,
    orders: &mut Orders,
) -> EndedBy {
    let mut why = "transferred".to_owned();
    let mut from_caller = sound.ear().to_telephone();
    let mut from_person = leg.sound.ear().to_telephone();
    let Ok(mut joining) = Joining::begin(metrics, call, &leg, joins).await else { return EndedBy::Us };
    loop {
        let (caller, what) = tokio::select! {
            Some(frame) = from_caller.recv() => {
                leg.sound.send(&frame);
                continue;
            }
            Some(frame) = from_person.recv() => {
                sound.send(&frame);
                continue;
            }
            order = orders.next() => match order {
                Order::HangUp(told) => {
                    why = told.unwrap_or_else(|| "hung up by an order".into());
                    break;
                }
                Order::Keys(keys, to) => {
                    let (call, sound) = match to {
                        Some(Whom::Caller) => (&*call, &*sound),
                        Some(Whom::Person) | None => (&leg.call, &leg.sound),
                    };
                    if press_all(call, sound, &keys).await.is_err() {
                        break;
                    }
                    continue;
                }
                // Given before they talked: nobody can be asked any more.
                Order::Transfer(_) | Order::Connect { .. } => continue,
            },
            Some(event) = sound.events.recv() => (true, What::Media(event)),
            Some(event) = leg.sound.events.recv() => (false, What::Media(event)),
            event = call.event() => (true, What::Signal(event)),
            event = leg.call.event() => (false, What::Signal(event)),
            () = joining.late() => continue,
        };
        let (near, near_sound, far, far_sound) = match caller {
            true => (&mut *call, &mut *sound, &mut leg.call, &mut leg.sound),
            false => (&mut leg.call, &mut leg.sound, &mut *call, &mut *sound),
        };
        let passed = match what {
            What::Media(MediaEvent::Key(key)) => press(far, far_sound, key).await,
            What::Media(MediaEvent::Silent) => break,
            What::Signal(Some(CallEvent::Key { key })) => match Key::from_char(key) {
                Some(key) => press(far, far_sound, key).await,
                None => Ok(()),
            },
            What::Signal(Some(CallEvent::Transfer { status })) if caller => {
                if joining.told(status) {
                    break;
                }
                Ok(())
            }
            What::Signal(Some(CallEvent::Ended(ended))) if caller => {
                joining.left();
                leave(&mut leg.call, "the caller has hung up").await;
                return ended.by;
            }
            What::Signal(Some(CallEvent::Ended(_))) => {
                if let Some(by) = joining.person_gone(call).await {
                    return by;
                }
                break;
            }
            What::Signal(None) => break,
            What::Signal(Some(event)) => change(near, near_sound, event).await,
            What::Media(MediaEvent::Goodbye) => Ok(()),
        };
        if passed.is_err() {
            break;
        }
    }
    joining.left();
    tokio::join!(leave(&mut leg.call, &why), leave(call, &why)).1
}

/// Presses keys that somebody ordered.
pub(super) async fn press_all(call: &Call, sound: &Sound, keys: &[Key]) -> Result<(), Stopped> {
    for key in keys {
        press(call, sound, *key).await?;
    }
    Ok(())
}

/// Presses a key: in the audio where the other side takes keys there, else in the signalling.
async fn press(call: &Call, sound: &Sound, key: Key) -> Result<(), Stopped> {
    if sound.press(key) { Ok(()) } else { call.ask(Ask::Key(key.as_char())).await }
}
