//! Layer: sim. Tools in a call: when they run, what their results become, what is said meanwhile.

use tom_turn::EndReason;

use crate::house::{agent, desk};
use crate::model::{Script, Step, call, say};
use crate::phone::Phone;

/// A call in which the caller types one thing, until that is answered.
async fn typed(model: &Script, text: &str) -> Phone {
    let phone = Phone::call(&mut desk(agent(model)));
    phone.until("0.0 timing").await;
    phone.typed(text).await;
    phone.until("1.0 turn end").await;
    phone
}

#[tokio::test(start_paused = true)]
async fn a_result_goes_to_the_model_and_is_remembered() {
    let model = Script::new([
        call("search_knowledge", r#"{"query":"opening hours"}"#),
        say("From nine to five."),
        say("You are welcome."),
    ]);
    let phone = typed(&model, "when are you open").await;
    phone.typed("thanks").await;
    phone.until("2.0 turn end").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["1.0 reply \"From nine to five.\"", "2.0 reply"]);
    assert!(!log.has("One moment"), "it was fast");
    assert_eq!(
        model.told(),
        [
            "user: [The caller is on the line.]",
            "agent: Hello, an AI speaks.",
            "user: when are you open",
            "agent:  search_knowledge({\"query\":\"opening hours\"})",
            "tool: [Opening hours] We are open from nine to five.",
            "agent: From nine to five.",
            "user: thanks",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_long_wait_is_filled_once_after_600_ms() {
    let model = Script::new([
        call("slow", r#"{"ms":1500}"#),
        [vec![Step::Wait(900)], call("slow", r#"{"ms":1500}"#)].concat(),
        say("That took a while."),
    ]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    let from = phone.now();
    phone.typed("hello").await;
    let filled = phone.until_since(from, "1.0 reply \"One moment, please.\"").await;
    assert!((600..=660).contains(&(filled - from)), "{} ms of virtual time", filled - from);
    phone.until("1.0 turn end").await;
    let (report, log) = phone.hang_up().await;
    assert_eq!(log.count("1.0 reply"), 2, "{}", log.text());
    log.assert_order(&["One moment, please.", "1.0 reply \"That took a while.\"", "1.0 turn end"]);
    assert_eq!(report.failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_too_long_is_told_to_the_model() {
    let model = Script::new([call("slow", r#"{"ms":60000}"#), say("That does not work now.")]);
    let phone = typed(&model, "hello").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["One moment, please.", "1.0 reply \"That does not work now.\""]);
    assert!(model.told().last().unwrap().contains("did not answer in time"), "{:?}", model.told());
}

#[tokio::test(start_paused = true)]
async fn wrong_arguments_are_repaired_in_the_next_round() {
    let model = Script::new([
        call("take_message", r#"{"message":"call me"}"#),
        call("take_message", r#"{"text":"call me"}"#),
        say("I have written that down."),
    ]);
    let phone = typed(&model, "take a message").await;
    let (report, log) = phone.hang_up().await;
    let told = model.told().join("\n");
    assert!(told.contains("field \"text\" is missing; there is no field \"message\""), "{told}");
    assert_eq!(report.actions.len(), 1);
    assert_eq!(report.actions[0].data, [("text".to_owned(), "call me".to_owned())]);
    log.assert_order(&["1.0 reply \"I have written that down.\"", "1.0 speaking", "1.0 action message"]);
}

#[tokio::test(start_paused = true)]
async fn a_message_is_kept_although_the_caller_hangs_up_before_the_reply() {
    let model = Script::new([
        call("take_message", r#"{"text":"call me"}"#),
        vec![Step::Wait(2_000), Step::Say("Written down.".into())],
    ]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    phone.typed("take a message").await;
    phone.silence(300).await;
    let (report, _) = phone.hang_up().await;
    assert_eq!(report.actions.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_model_that_only_calls_has_to_speak_in_the_end() {
    let again = || call("current_time", "{}");
    let model = Script::new([again(), again(), again(), again(), say("It is late now.")]);
    let phone = typed(&model, "hello").await;
    let (report, log) = phone.hang_up().await;
    let asked = model.asked();
    assert!(asked[3].tools.len() > 1 && asked[4].tools.is_empty(), "after four rounds there are no tools");
    log.assert_order(&["1.0 reply \"It is late now.\""]);
    assert_eq!(report.failures, 0);
}

#[tokio::test(start_paused = true)]
async fn a_caller_is_put_through() {
    let model = Script::new([call("transfer", "{}")]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    phone.typed("a person please").await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Transferred);
    assert_eq!((report.actions.len(), report.actions[0].kind.as_str()), (1, "transfer"));
    log.assert_order(&["1.0 reply \"I am putting you through to a person.\"", "ended Transferred"]);
}

#[tokio::test(start_paused = true)]
async fn the_call_ends_with_a_rating_and_a_goodbye() {
    let model = Script::new([call("hang_up", r#"{"resolved":true}"#)]);
    let mut agent = agent(&model);
    agent.rating = true;
    let phone = Phone::call(&mut desk(agent));
    phone.until("0.0 timing").await;
    phone.typed("that is all").await;
    phone.until("1.0 turn end").await;
    phone.key('4').await;
    let (report, log) = phone.ended().await;
    let kinds: Vec<&str> = report.actions.iter().map(|action| action.kind.as_str()).collect();
    assert_eq!(kinds, ["resolution", "rating"], "{}", log.text());
    assert_eq!(report.actions[1].data[0].1, "4");
    assert_eq!(report.reason, EndReason::Agent);
    assert_eq!(model.asked().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_goodbye_is_said_once() {
    let goodbye = [say("Thank you for calling. Goodbye!"), call("hang_up", "{}")].concat();
    let model = Script::new([goodbye]);
    let phone = Phone::call(&mut desk(agent(&model)));
    phone.until("0.0 timing").await;
    phone.typed("that is all").await;
    let (report, log) = phone.ended().await;
    assert_eq!(report.reason, EndReason::Agent);
    let goodbyes =
        log.text().lines().filter(|line| line.contains("reply") && line.contains("oodbye")).count();
    assert_eq!(goodbyes, 1, "{}", log.text());
}
