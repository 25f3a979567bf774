//! Layer: sim. Replies that are made in the caller's pause, by a brain that takes its time.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};
use tom_base::Epoch;
use tom_call::{Action, Answer, Brain, BrainError, BrainEvent, Reply, Request};
use tom_turn::{Cause, Expect, Then};

use crate::desk::{Desk, GREETING};
use crate::phone::Phone;

/// What a [`Slow`] brain was told, in a few words each.
type Told = Arc<Mutex<Vec<String>>>;

/// Says "First of ..." after 200 ms and "then ..." after 400 ms, and promises something.
struct Slow {
    told: Told,
    /// It has no reply.
    fails: bool,
    due: VecDeque<(Instant, BrainEvent)>,
    alarm: std::pin::Pin<Box<Sleep>>,
}

impl Slow {
    fn desk() -> (Desk, Told) {
        Self::at_desk(false)
    }

    fn at_desk(fails: bool) -> (Desk, Told) {
        let told = Told::default();
        let alarm = Box::pin(sleep_until(Instant::now()));
        let brain = Self { told: told.clone(), fails, due: VecDeque::new(), alarm };
        (Desk { brain: Some(Box::new(brain)), ..Desk::default() }, told)
    }
}

fn reply(text: Vec<String>, actions: Vec<Action>) -> Reply {
    Reply { text, then: Then::Listen(Expect::Open), grammar: None, actions }
}

impl Brain for Slow {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        let Request { epoch, cause, history, committed } = request;
        self.due.clear();
        let Cause::Said { text, .. } = cause else {
            return Ok(reply(vec![GREETING.into()], Vec::new()).into());
        };
        let kind = if committed { "asked" } else { "prepared" };
        self.told.lock().unwrap().push(format!("{kind} {text} after {}", history.len()));
        if self.fails {
            return Err(BrainError("asked to".into()));
        }
        let at = |ms| Instant::now() + Duration::from_millis(ms);
        let first: Arc<str> = format!("First of {text}").into();
        self.due.push_back((at(200), BrainEvent::Text { epoch, text: first }));
        let action = Action { kind: text.to_string(), data: Vec::new() };
        let rest = reply(vec![format!("then {text}")], vec![action]);
        self.due.push_back((at(400), BrainEvent::End { epoch, rest }));
        Ok(Answer::Later)
    }

    fn commit(&mut self, epoch: Epoch) {
        self.told.lock().unwrap().push(format!("commit {epoch}"));
    }

    fn cancel(&mut self, epoch: Epoch) {
        self.due.clear();
        self.told.lock().unwrap().push(format!("cancel {epoch}"));
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<BrainEvent> {
        let Some((at, _)) = self.due.front() else { return Poll::Pending };
        self.alarm.as_mut().reset(*at);
        std::task::ready!(self.alarm.as_mut().poll(cx));
        self.due.pop_front().map_or(Poll::Pending, |(_, event)| Poll::Ready(event))
    }
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_ready_when_the_turn_is_over_is_heard_at_once() {
    let (mut desk, told) = Slow::desk();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("yes").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    let committed = log.at(0, "1.0 committed").unwrap();
    assert_eq!(log.frames(Epoch::new(1, 0))[0].0, committed, "{}", log.text());
    log.assert_order(&[
        "1.0 committed \"yes\"",
        "1.0 reply \"First of yes\"",
        "1.0 reply \"then yes\"",
        "1.0 speaking",
        "1.0 turn end \"First of yes then yes\" all",
    ]);
    assert!(log.audio(Epoch::new(1, 0)).starts_with(&desk.sound("First of yes")), "spoken once");
    assert_eq!(*told.lock().unwrap(), ["prepared yes after 1", "commit 1.0"]);
    assert_eq!((report.drafts, report.drafts_used), (1, 1));
    assert_eq!(report.actions.len(), 1);
    let timing = log.timing(1);
    assert_eq!(timing.brain.map(|span| span.as_millis()), Some(200), "as long as it took");
    assert_eq!(tom_turn::journal::replay(&report.journal).expect("a journal"), *report.timeline);
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_goes_on_in_the_pause_never_hears_what_was_prepared() {
    let (mut desk, told) = Slow::desk();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("yes").await;
    phone.until("1.0 final").await;
    phone.silence(250).await;
    phone.say("no").await;
    phone.until("1.1 timing").await;
    let (report, log) = phone.hang_up().await;
    assert!(log.frames(Epoch::new(1, 0)).is_empty());
    assert!(!log.has("First of yes\""), "{}", log.text());
    assert!(log.has("1.1 reply \"First of yes no\""));
    assert_eq!(
        *told.lock().unwrap(),
        ["prepared yes after 1", "cancel 1.0", "prepared yes no after 1", "commit 1.1"]
    );
    assert_eq!((report.drafts, report.drafts_used), (2, 1));
    assert_eq!(report.actions.iter().map(|a| a.kind.as_str()).collect::<Vec<_>>(), ["yes no"]);
}

#[tokio::test(start_paused = true)]
async fn text_that_comes_after_the_turn_is_over_is_spoken_as_it_comes() {
    let (mut desk, told) = Slow::desk();
    // The wait is shorter than the brain takes.
    desk.turn.plain_wait = tom_base::Span::from_millis(250);
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("yes").await;
    phone.until("1.0 timing").await;
    let (_, log) = phone.hang_up().await;
    let committed = log.at(0, "1.0 committed").unwrap();
    let first = log.at(0, "1.0 reply \"First").unwrap();
    let then = log.at(0, "1.0 reply \"then").unwrap();
    assert!(committed < first && first + 200 == then, "{}", log.text());
    log.assert_order(&["1.0 speaking", "1.0 turn end \"First of yes then yes\" all", "1.0 timing"]);
    assert_eq!(*told.lock().unwrap(), ["prepared yes after 1", "commit 1.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_brain_that_fails_in_the_pause_is_apologised_for_once_the_turn_is_over() {
    let (mut desk, told) = Slow::at_desk(true);
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("no").await;
    phone.until("timing").await;
    let (_, log) = phone.hang_up().await;
    assert!(log.at(0, "failed") >= log.at(0, "1.0 committed"), "{}", log.text());
    assert_eq!(told.lock().unwrap()[..2], ["prepared no after 1", "commit 1.0"]);
}

#[tokio::test(start_paused = true)]
async fn a_key_in_the_pause_takes_the_place_of_what_was_prepared() {
    let (mut desk, told) = Slow::desk();
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("yes").await;
    phone.until("1.0 final").await;
    phone.key('1').await;
    phone.silence(4_000).await;
    let (report, log) = phone.hang_up().await;
    assert!(log.frames(Epoch::new(1, 0)).is_empty(), "{}", log.text());
    assert_eq!(report.drafts_used, 0);
    assert!(told.lock().unwrap().contains(&"cancel 1.0".to_owned()));
}
