//! Layer: sim. What the model is told is what the caller heard.

use tom_call::Control;
use tom_engine::LlmMessage;
use tom_turn::EndReason;

use crate::house::{agent, desk};
use crate::log::{Log, words};
use crate::model::{Script, say};
use crate::phone::Phone;

/// What was heard of each reply, by the call's own account.
fn heard(log: &Log) -> Vec<(String, bool)> {
    let line = |text: &str| {
        let (_, rest) = text.split_once("turn end \"")?;
        let (heard, how) = rest.rsplit_once("\" ")?;
        Some((heard.to_owned(), how == "all"))
    };
    log.0.iter().filter_map(|(_, message)| line(&words(message))).collect()
}

#[tokio::test(start_paused = true)]
async fn ten_turns_with_interruptions_are_remembered_as_they_were_heard() {
    let long =
        "That is a long story, which I will now tell in full. It begins with a house and ends with a garden.";
    let answers = (1..=11).map(|turn| {
        say(&if turn % 3 == 0 { long.to_owned() } else { format!("Answer number {turn} it is.") })
    });
    let model = Script::new(answers);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    for turn in 1..=10 {
        phone.silence(200).await;
        let from = phone.now();
        phone.say("question").await;
        if turn % 3 == 0 {
            phone.until_since(from, &format!("{turn}.0 speaking")).await;
            phone.silence(900).await;
            phone.tell(Control::BargeIn).await;
        }
        phone.until_since(from, &format!("{turn}.0 turn end")).await;
    }
    phone.silence(200).await;
    phone.say("stop").await;
    phone.until("11.0 turn end").await;
    let (report, log) = phone.hang_up().await;
    assert_eq!((report.interruptions, report.failures), (3, 0), "{}", log.text());
    let heard = heard(&log);
    assert!(heard.iter().filter(|(text, all)| !all && !text.is_empty()).count() >= 3, "{heard:?}");
    let mut expected: Vec<String> = Vec::new();
    for (text, all) in &heard[6..11] {
        expected.push("user: question".into());
        expected.push(format!("agent: {text}{}", if *all { "" } else { " —" }));
    }
    expected.push("user: stop".into());
    assert_eq!(model.told(), expected, "five turns, and the current words");
    assert!(expected.iter().any(|line| line.ends_with(" —")), "{expected:?}");
    let first = &model.asked()[0].messages;
    assert!(matches!(&first[0], LlmMessage::System(text) if text.starts_with("You work for the house.")));
    assert_eq!(crate::model::line(&first[2]), "agent: Hello, an AI speaks.", "the greeting was heard");
}

#[tokio::test(start_paused = true)]
async fn the_first_clause_is_spoken_while_the_model_still_writes() {
    let model = Script::new([say(
        "Of course I can do that, and **gladly** 😀 so; it will take the whole day of work.",
    )]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    phone.typed("hello").await;
    phone.until("1.0 turn end").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&[
        "1.0 reply \"Of course I can do that,\"",
        "1.0 speaking",
        "1.0 reply \"and gladly so; it will take the whole day of work.\"",
        "1.0 text complete",
        "1.0 turn end \"Of course I can do that, and gladly so; it will take the whole day of work.\" all",
    ]);
}

#[tokio::test(start_paused = true)]
async fn keys_silence_and_nothing_understood_need_no_more_than_phrases() {
    let model = Script::new([say("You want the second one.")]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    phone.key('2').await;
    phone.until("1.0 turn end").await;
    assert_eq!(model.told().last().unwrap(), "user: [The caller pressed 2 on the keypad.]");
    phone.until("reprompt 1").await;
    phone.until("Are you still there?").await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Silence, "{}", log.text());
    assert_eq!(model.asked().len(), 1, "the model was not asked about silence");
}

#[tokio::test(start_paused = true)]
async fn a_forgotten_conversation_is_not_told_again() {
    let model = Script::new([say("Blue it is then, my friend.")]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    phone.typed("my colour is blue").await;
    phone.until("1.0 turn end").await;
    phone.tell(Control::ForgetHistory).await;
    phone.typed("what is my colour").await;
    phone.until("2.0 turn end").await;
    phone.hang_up().await;
    assert_eq!(model.told(), ["user: what is my colour"]);
}
