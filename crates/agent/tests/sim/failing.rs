//! Layer: sim. Models that fail, and what the caller hears then.

use std::sync::Arc;

use tom_engine::ErrorKind;
use tom_turn::EndReason;

use crate::house::{agent, desk};
use crate::model::{Script, Step, say};
use crate::phone::Phone;

async fn call_with(main: &Script, fallback: Option<&Script>) -> Phone {
    let mut agent = agent(main);
    agent.fallback = fallback.map(|model| Arc::new(model.clone()) as Arc<dyn tom_engine::Llm>);
    let phone = Phone::call(&mut desk(agent));
    phone.until("0.0 timing").await;
    phone
}

#[tokio::test(start_paused = true)]
async fn another_model_answers_when_the_first_fails_before_a_word() {
    for failing in
        [vec![Step::Fail(ErrorKind::Unavailable)], vec![Step::Hang], Vec::new(), say("<think>hm, well")]
    {
        let (main, other) = (Script::new([failing]), Script::new([say("I am the other one.")]));
        let phone = call_with(&main, Some(&other)).await;
        phone.typed("hello").await;
        phone.until("1.0 turn end").await;
        phone.typed("and now").await;
        phone.until("2.0 turn end").await;
        let (report, log) = phone.hang_up().await;
        log.assert_order(&["1.0 reply \"I am the other one.\"", "2.0 reply \"Well then.\""]);
        assert_eq!((report.failures, main.asked().len(), other.asked().len()), (0, 2, 1), "{}", log.text());
    }
}

#[tokio::test(start_paused = true)]
async fn a_model_alone_is_asked_again_once_if_that_may_help() {
    let main = Script::new([vec![Step::Fail(ErrorKind::Crashed)], say("Here I am again.")]);
    let phone = call_with(&main, None).await;
    phone.typed("hello").await;
    phone.until("1.0 turn end").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 reply \"Here I am again.\""]);
    assert_eq!((report.failures, main.asked().len()), (0, 2));
}

#[tokio::test(start_paused = true)]
async fn a_failure_in_the_middle_is_apologised_for_and_the_conversation_goes_on() {
    let broken = vec![Step::Say("This is the beginning of it, and ".into()), Step::Fail(ErrorKind::Crashed)];
    let (main, other) = (Script::new([broken]), Script::new([say("Never said.")]));
    let phone = call_with(&main, Some(&other)).await;
    phone.typed("hello").await;
    phone.until("something went wrong on my side").await;
    phone.until("turn end").await;
    phone.typed("again").await;
    phone.until("Well then.").await;
    let (report, _) = phone.hang_up().await;
    assert_eq!((report.failures, other.asked().len()), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn after_two_failures_in_a_row_a_person_takes_over() {
    let fail = || vec![Step::Fail(ErrorKind::BadRequest)];
    let main = Script::new([fail(), say("Here I am again."), fail(), fail()]);
    let phone = call_with(&main, None).await;
    for _ in 0..3 {
        let from = phone.now();
        phone.typed("hello").await;
        phone.until_since(from, " all").await;
    }
    phone.typed("hello").await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Transferred, "{}", log.text());
    assert_eq!(report.actions[0].data[1], ("reason".into(), "engine".into()));
    assert_eq!(report.failures, 2);
}
