//! Layer: sim. Whatever a model writes and whenever the caller goes on: what holds for every reply.

use std::future::poll_fn;
use std::time::Duration;

use proptest::prelude::*;
use tokio::time::Instant;
use tom_agent::LlmBrain;
use tom_base::Epoch;
use tom_call::{Answer, Brain, BrainEvent, Request};
use tom_engine::ErrorKind;
use tom_turn::{Cause, Probability};

use crate::house::{agent, brain};
use crate::model::{Script, Step};

/// What happens to the brain.
#[derive(Clone, Debug)]
enum Act {
    /// It is asked: in a new turn or the same, for certain or not.
    Ask {
        anew: bool,
        committed: bool,
    },
    Commit,
    Cancel,
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let call = (
        prop::sample::select(vec!["take_message", "slow", "hang_up", "transfer", "current_time", "dance"]),
        prop::sample::select(vec![
            "{}",
            "",
            "garbage",
            r#"{"text":"a"}"#,
            r#"{"ms":700}"#,
            r#"{"ms":90000}"#,
        ]),
    );
    prop_oneof![
        2 => (0u64..1_500).prop_map(Step::Wait),
        5 => "[A-Za-z ,.!?*<>`\n#äöü-]{0,80}".prop_map(Step::Say),
        3 => call.prop_map(|(name, arguments)| Step::Call(name, arguments)),
        1 => prop::sample::select(vec![ErrorKind::Crashed, ErrorKind::BadRequest]).prop_map(Step::Fail),
        1 => Just(Step::Stray),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (any::<bool>(), any::<bool>()).prop_map(|(anew, committed)| Act::Ask { anew, committed }),
        2 => Just(Act::Commit),
        1 => Just(Act::Cancel),
        4 => (0u64..4_000).prop_map(Act::Wait),
    ]
}

/// The reply under way, as the test sees it.
struct Seen {
    epoch: Epoch,
    committed: bool,
    over: bool,
}

async fn watch(brain: &mut LlmBrain, seen: &mut Option<Seen>, ms: u64) -> Result<(), TestCaseError> {
    let until = Instant::now() + Duration::from_millis(ms);
    while let Ok(event) = tokio::time::timeout_at(until, poll_fn(|cx| brain.poll(cx))).await {
        let (of, ends, acts) = match &event {
            BrainEvent::Text { epoch, text } => {
                prop_assert!(text.chars().any(char::is_alphanumeric), "{text:?}");
                prop_assert!(!text.contains(['*', '`', '\n']), "{text:?}");
                (*epoch, false, false)
            }
            BrainEvent::Act { epoch, .. } => (*epoch, false, true),
            BrainEvent::End { epoch, .. } | BrainEvent::Failed { epoch, .. } => (*epoch, true, false),
        };
        let Some(seen) = seen.as_mut() else {
            return Err(TestCaseError::fail(format!("nobody asked: {event:?}")));
        };
        prop_assert_eq!(of, seen.epoch, "another reply's: {:?}", event);
        prop_assert!(!seen.over, "after the end: {event:?}");
        prop_assert!(!acts || seen.committed, "too early: {event:?}");
        seen.over = ends;
    }
    Ok(())
}

async fn hold(script: Script, acts: Vec<Act>) -> Result<(), TestCaseError> {
    let mut brain = brain(agent(&script));
    let (mut turn, mut revision) = (1, 0);
    let mut seen: Option<Seen> = None;
    let cause = Cause::Said { text: "hello".into(), confidence: Probability::ONE };
    for act in acts {
        match act {
            Act::Ask { anew, committed } => {
                (turn, revision) = if anew { (turn + 1, 0) } else { (turn, revision + 1) };
                let epoch = Epoch::new(turn, revision);
                let answer = brain.reply(Request { epoch, cause: &cause, history: &[], committed });
                let later = matches!(answer, Ok(Answer::Later));
                seen = later.then_some(Seen { epoch, committed, over: false });
            }
            Act::Commit => {
                if let Some(seen) = &mut seen {
                    brain.commit(seen.epoch);
                    seen.committed = true;
                }
            }
            Act::Cancel => {
                if let Some(seen) = seen.take() {
                    brain.cancel(seen.epoch);
                }
            }
            Act::Wait(ms) => watch(&mut brain, &mut seen, ms).await?,
        }
    }
    if let Some(last) = &mut seen {
        brain.commit(last.epoch);
        last.committed = true;
    }
    // Five rounds of at most 30 s of writing and 2 s of tools.
    watch(&mut brain, &mut seen, 200_000).await?;
    prop_assert!(seen.is_none_or(|seen| seen.over), "a reply that is wanted ends");
    Ok(())
}

proptest! {
    #[test]
    fn replies_belong_to_their_turns_and_end(
        answers in prop::collection::vec(prop::collection::vec(step(), 0..6), 0..12),
        acts in prop::collection::vec(act(), 1..16),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
        runtime.block_on(hold(Script::new(answers), acts))?;
    }
}
