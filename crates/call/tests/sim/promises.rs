//! Layer: sim. When is done what the dialogue has decided?

use tom_base::Epoch;
use tom_call::{Action, Answer, Brain, BrainError, Control, Reply, Request};
use tom_turn::{Cause, Expect, Then};

use crate::desk::Desk;
use crate::phone::Phone;

/// A function as a dialogue.
pub(crate) struct Dialogue<F>(pub(crate) F);

impl<F: FnMut(&Cause) -> Result<Reply, BrainError> + Send> Brain for Dialogue<F> {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        (self.0)(request.cause).map(Answer::Now)
    }
}

/// Promises something with each reply but the greeting, named after what it answers.
fn promising() -> Desk {
    let brain = |cause: &Cause| {
        let (kind, text) = match cause {
            Cause::Said { text, .. } => (text.to_string(), "Yes, at once, with pleasure and no delay"),
            Cause::Keyed(keys) => (keys.to_string(), "Good"),
            _ => return Ok(reply("Hello", Vec::new())),
        };
        Ok(reply(text, vec![Action { kind, data: Vec::new() }]))
    };
    let desk = Desk { brain: Some(Box::new(Dialogue(brain))), ..Desk::default() };
    desk.voice.as_ref().unwrap().manner.lock().unwrap().delay = std::time::Duration::from_millis(500);
    desk
}

fn reply(text: &str, actions: Vec<Action>) -> Reply {
    Reply { text: vec![text.into()], then: Then::Listen(Expect::Open), grammar: None, actions }
}

fn kinds(report: &tom_call::CallReport) -> Vec<&str> {
    report.actions.iter().map(|action| action.kind.as_str()).collect()
}

#[tokio::test(start_paused = true)]
async fn a_promise_is_kept_when_the_reply_begins_to_be_heard() {
    let mut desk = promising();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("a").await;
    phone.silence(400).await;
    assert!(!phone.log().has("action"), "not before");
    phone.until("action").await;
    phone.tell(Control::BargeIn).await;
    phone.silence(100).await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 speaking", "1.0 action a", "1.0 interrupted", "1.0 timing"]);
    assert_eq!(kinds(&report), ["a"], "interrupted, and kept all the same");
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_on_changes_what_is_promised() {
    let mut desk = promising();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("yes").await;
    phone.until("1.0 final").await;
    phone.say("and no").await;
    phone.until("timing").await;
    let (report, _) = phone.hang_up().await;
    assert_eq!(kinds(&report), ["yes and no"]);
}

#[tokio::test(start_paused = true)]
async fn a_new_turn_before_the_reply_is_heard_keeps_what_the_dialogue_decided() {
    let mut desk = promising();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.typed("a").await;
    phone.silence(100).await;
    phone.typed("b").await;
    phone.until("2.0 timing").await;
    let (report, log) = phone.hang_up().await;
    assert!(log.frames(Epoch::new(1, 0)).is_empty(), "of the first nothing was heard");
    assert_eq!(kinds(&report), ["a", "b"], "but the dialogue went on from it");
    log.assert_order(&["1.0 action a", "1.0 turn end", "1.0 timing", "2.0 action b"]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_hangs_up_before_the_reply_has_left_the_message() {
    let mut desk = promising();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("yes").await;
    phone.until("1.0 committed").await;
    let (report, log) = phone.hang_up().await;
    assert_eq!(kinds(&report), ["yes"]);
    log.assert_order(&["action yes", "1.0 timing", "closed"]);
}

#[tokio::test(start_paused = true)]
async fn a_reply_without_text_keeps_its_promise_at_once() {
    let brain = |cause: &Cause| match cause {
        Cause::Keyed(_) => {
            let action = Action { kind: "transfer".into(), data: Vec::new() };
            Ok(Reply { text: Vec::new(), then: Then::Transfer, grammar: None, actions: vec![action] })
        }
        _ => Ok(reply("Hello", Vec::new())),
    };
    let mut desk = Desk { brain: Some(Box::new(Dialogue(brain))), ..Desk::default() };
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.key('1').await;
    let (report, log) = phone.ended().await;
    assert_eq!(kinds(&report), ["transfer"]);
    assert_eq!(report.reason, tom_turn::EndReason::Transferred);
    log.assert_order(&["1.0 action transfer", "ended Transferred", "1.0 timing", "closed Transferred"]);
}
