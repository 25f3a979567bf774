//! Layer: sim. Whatever happens in whatever order, a call never panics, obeys its rules, and ends when told.

use std::time::Duration;

use proptest::prelude::*;
use tom_call::Control;
use tom_engine::ErrorKind;
use tom_turn::EndReason;

use crate::desk::Desk;
use crate::phone::{Phone, sound};
use crate::recogniser::{Fault as EarFault, ToneEars};
use crate::tone::WORDS;
use crate::voice::{Fault, Manner, ToneVoice};

#[derive(Clone, Debug)]
enum Step {
    Silence(u64),
    Hold(u64),
    Say(Vec<usize>),
    Cough(u8),
    Burst(usize),
    Key(char),
    Typed(&'static str),
    BargeIn,
    Forget,
    Played(u32),
    Drain,
    HangUp,
    Gone,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (20u64..2_500).prop_map(Step::Silence),
        2 => (1u64..1_500).prop_map(Step::Hold),
        8 => prop::collection::vec(0..WORDS.len(), 1..4).prop_map(Step::Say),
        3 => (1u8..6).prop_map(Step::Cough),
        1 => (0usize..40_000).prop_map(Step::Burst),
        3 => prop::sample::select(vec!['1', '5', '#', '*']).prop_map(Step::Key),
        4 => prop::sample::select(vec!["hi", "long", "longer", "nothing", "fail", "question", "", "bye"])
            .prop_map(Step::Typed),
        2 => Just(Step::BargeIn),
        1 => Just(Step::Forget),
        2 => (0u32..6).prop_map(Step::Played),
        1 => Just(Step::Drain),
        1 => Just(Step::HangUp),
        1 => Just(Step::Gone),
    ]
}

fn voice() -> impl Strategy<Value = Option<ToneVoice>> {
    let fault = prop::sample::select(vec![
        Fault::Down,
        Fault::Refuses(ErrorKind::Overload),
        Fault::Refuses(ErrorKind::BadRequest),
        Fault::Silent,
        Fault::Fails(ErrorKind::Crashed),
        Fault::Fails(ErrorKind::Missing),
        Fault::BreaksOff(2),
        Fault::Endless,
        Fault::Stutters,
    ]);
    let manner = (0u64..900, 0u64..300, any::<bool>(), any::<bool>(), prop::option::of((fault, 0u32..5)));
    prop::option::weighted(0.9, manner).prop_map(|manner| {
        let (delay, pace, words, ignores_cancel, fault) = manner?;
        let (delay, pace) = (Duration::from_millis(delay), Duration::from_millis(pace));
        Some(ToneVoice::new(500.0, Manner { delay, pace, words, ignores_cancel, fault }))
    })
}

fn ears() -> impl Strategy<Value = Option<ToneEars>> {
    let fault = prop::sample::select(vec![
        EarFault::Down,
        EarFault::Refuses(ErrorKind::Crashed),
        EarFault::Busy,
        EarFault::Full,
        EarFault::Dies,
        EarFault::Silent,
        EarFault::Fails,
    ]);
    let ears = (0u64..1_500, any::<bool>(), prop::option::of((fault, 0u32..4)));
    prop::option::weighted(0.9, ears).prop_map(|ears| {
        let (delay, partials, fault) = ears?;
        let fault = std::sync::Arc::new(std::sync::Mutex::new(fault));
        Some(ToneEars { delay: Duration::from_millis(delay), partials, fault, ..ToneEars::default() })
    })
}

async fn play(steps: &[Step], desk: &mut Desk) {
    let phone = Phone::call(desk);
    for step in steps {
        if phone.is_over() {
            break;
        }
        // A call may end between the look and the word: then nobody listens.
        match step {
            Step::Silence(ms) => phone.silence(*ms).await,
            Step::Hold(ms) => phone.hold(*ms).await,
            Step::Say(words) => {
                let words: Vec<&str> = words.iter().map(|w| WORDS[*w]).collect();
                phone.say(&words.join(" ")).await;
            }
            Step::Cough(frames) => phone.play(&sound("yes")[..320 * usize::from(*frames)]).await,
            Step::Burst(samples) => phone.burst(&vec![500; *samples]),
            Step::Key(c) => phone.key(*c).await,
            Step::Typed(text) => phone.typed(text).await,
            Step::BargeIn => phone.tell(Control::BargeIn).await,
            Step::Forget => phone.tell(Control::ForgetHistory).await,
            Step::Played(mark) => phone.tell(Control::Played(*mark)).await,
            Step::Drain => phone.tell(Control::Drain).await,
            Step::HangUp => {
                phone.tell(Control::HangUp(EndReason::Caller)).await;
                break;
            }
            Step::Gone => {
                phone.drop_line().await;
                return;
            }
        }
        tokio::task::yield_now().await;
    }
    if !phone.is_over() {
        phone.tell(Control::HangUp(EndReason::Caller)).await;
    }
    phone.ended().await;
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn a_call_survives_anything(
        steps in prop::collection::vec(step(), 1..25),
        (voice, fallback, ears) in (voice(), voice(), ears()),
        (lead, marks) in (prop::sample::select(vec![20u64, 40, 60]), any::<bool>()),
    ) {
        let mut desk = Desk { voice, fallback, ears, lead, marks, ..Desk::default() };
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(play(&steps, &mut desk));
    }
}
