//! Layer: sim. Replies that are made while the caller may still go on: they may be written, but nothing is done.

use std::future::poll_fn;
use std::time::Duration;

use tom_base::Epoch;
use tom_call::{Answer, Brain, BrainEvent, Request};
use tom_engine::LlmRequest;
use tom_turn::{Cause, Probability};

use crate::house::{agent, brain, desk};
use crate::model::{Script, Step, call, line, say};
use crate::phone::Phone;
use crate::recogniser::ToneEars;

#[tokio::test(start_paused = true)]
async fn a_tool_waits_for_the_end_of_the_callers_turn() {
    let wants = |text: &'static str| {
        [say("Let me write that down now, please."), call("take_message", text)].concat()
    };
    let model = Script::new([
        wants(r#"{"text":"the first half"}"#),
        wants(r#"{"text":"all of it"}"#),
        say("It is written down."),
    ]);
    let mut desk = desk(agent(&model));
    desk.turn.plain_wait = tom_base::Span::from_millis(1_500);
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("question").await;
    phone.silence(1_000).await;
    assert_eq!(model.asked().len(), 1, "the reply is being made in the pause");
    phone.say("and wait").await;
    phone.until("written down.").await;
    phone.until("timing").await;
    let (report, log) = phone.hang_up().await;
    let texts: Vec<&str> = report.actions.iter().map(|action| action.data[0].1.as_str()).collect();
    assert_eq!(texts, ["all of it"], "{}", log.text());
    assert_eq!(model.told().iter().filter(|line| line.starts_with("tool:")).count(), 1, "{:?}", model.told());
    assert_eq!(report.drafts_used, 1);
}

#[tokio::test(start_paused = true)]
async fn words_come_before_the_turn_is_over_and_fillers_do_not() {
    let first = vec![Step::Say("Let me see. ".into()), Step::Call("slow", r#"{"ms":1000}"#)];
    let model = Script::new([first, say("There it is.")]);
    let mut brain = brain(agent(&model));
    let epoch = Epoch::new(1, 0);
    let cause = Cause::Said { text: "hello".into(), confidence: Probability::ONE };
    let answer = brain.reply(Request { epoch, cause: &cause, history: &[], committed: false });
    assert_eq!(answer.expect("an answer"), Answer::Later);
    let next = async |brain: &mut tom_agent::LlmBrain| {
        let event = poll_fn(|cx| brain.poll(cx));
        tokio::time::timeout(Duration::from_secs(30), event).await.ok()
    };
    assert!(matches!(next(&mut brain).await, Some(BrainEvent::Text { text, .. }) if &*text == "Let me see."));
    assert!(next(&mut brain).await.is_none(), "nothing happens for half a minute");
    brain.commit(epoch);
    assert!(
        matches!(next(&mut brain).await, Some(BrainEvent::Text { text, .. }) if &*text == "One moment, please.")
    );
    assert!(
        matches!(next(&mut brain).await, Some(BrainEvent::Text { text, .. }) if &*text == "There it is.")
    );
    assert!(matches!(next(&mut brain).await, Some(BrainEvent::End { .. })));
    assert!(next(&mut brain).await.is_none());
}

#[tokio::test(start_paused = true)]
async fn the_model_reads_what_is_said_while_it_is_said() {
    let model = Script::new([say("We are open all day."), say("Yes, it is.")]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    let read = || model.ahead.lock().unwrap().iter().map(said).collect::<Vec<_>>();
    assert_eq!(read(), [["user: "]], "the prompt, while the caller is greeted");
    phone.say("question and wait").await;
    phone.until("1.0 timing").await;
    phone.say("hello seven").await;
    phone.until("2.0 timing").await;
    let asked: Vec<_> = model.asked().iter().map(said).collect();
    let read = read();
    assert!(read.len() > 4, "{read:?}");
    // All that was read is what a reply was asked for later, up to the last words.
    for told in &read[1..] {
        let goes_on = |asked: &&Vec<String>| {
            let (last, before) = told.split_last().expect("there is something");
            asked.len() == told.len() && asked.starts_with(before) && asked[before.len()].starts_with(last)
        };
        assert!(asked.iter().any(|asked| goes_on(&asked)), "{told:?}\n{asked:?}");
    }
    // Before a word of the second turn was understood, the first was known as it was heard.
    let second = asked.last().expect("two questions");
    assert!(read.iter().any(
        |told| told[..told.len() - 1] == second[..second.len() - 1] && told.ends_with(&["user: ".into()])
    ));
    assert!(read.iter().any(|told| told.last().is_some_and(|last| last == "user: question and")), "{read:?}");
    // Nothing twice.
    assert!(read.windows(2).all(|two| two[0] != two[1]), "{read:?}");
    let (report, _) = phone.hang_up().await;
    assert_eq!(report.failures, 0);
}

#[tokio::test(start_paused = true)]
async fn what_is_guessed_is_read_and_not_shown() {
    let model = Script::new([say("We are open all day.")]);
    let mut desk = desk(agent(&model));
    desk.ears = Some(ToneEars { guesses: true, ..ToneEars::default() });
    let phone = Phone::call(&mut desk);
    phone.until("0.0 timing").await;
    phone.say("question and wait hello").await;
    phone.until("1.0 timing").await;
    let read: Vec<String> =
        model.ahead.lock().unwrap().iter().filter_map(|request| said(request).pop()).collect();
    let (_, log) = phone.hang_up().await;
    let text = log.text();
    assert!(read.iter().any(|last| last == "user: question and wait hello"), "{read:?}");
    assert!(text.contains("partial \"question and wait\""), "{text}");
    assert!(!text.contains("partial \"question and wait hello"), "the last word is not shown: {text}");
    // What is settled later was known already: nothing is read back.
    assert!(read.windows(2).all(|two| two[1].starts_with(&two[0])), "{read:?}");
}

/// What a model was told but for the system's message.
fn said(request: &LlmRequest) -> Vec<String> {
    request.messages[1..].iter().map(line).collect()
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_the_first_mark_of_a_model_that_writes_slowly() {
    let text =
        "Yes, we are open today from nine until six. We are glad to see you whenever you come, and so on.";
    let slow = ["Yes, we are open today", "from nine until six."];
    for (pace, first, rests) in
        [(50, &slow[..], 1), (10, &["Yes, we are open today from nine until six."], 0)]
    {
        let model = Script { pace: Duration::from_millis(pace), ..Script::new([say(text)]) };
        let mut brain = brain(agent(&model));
        let epoch = Epoch::new(1, 0);
        let cause = Cause::Said { text: "hello".into(), confidence: Probability::ONE };
        brain.reply(Request { epoch, cause: &cause, history: &[], committed: true }).expect("an answer");
        let mut said = Vec::new();
        while let BrainEvent::Text { text, .. } = poll_fn(|cx| brain.poll(cx)).await {
            said.push(text.to_string());
        }
        assert_eq!(said.join(" "), text);
        assert!(said.iter().zip(first).all(|(said, first)| said == first), "{said:?}");
        assert_eq!(model.rests.lock().unwrap().len(), rests, "for the first sound of a reply only");
    }
}
