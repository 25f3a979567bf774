//! Layer: sim. A flow that hands over to a language model.

use std::sync::Arc;

use tom_agent::Relay;
use tom_base::{CallPlan, Lang};
use tom_call::FlowBrain;
use tom_flow::{Flow, Options};
use tom_turn::EndReason;

use crate::desk::Desk;
use crate::house::{agent, brain};
use crate::model::{Script, call, say};
use crate::phone::Phone;

const FLOW: &str = r#"
[flow]
name = "desk"
title = "A desk"
languages = ["en"]
start = "welcome"
handover = "person"

[states.welcome]
disclosure.en = "Hello, an AI speaks."
go = "menu"

[states.menu]
ask.en = "How can I help you?"

[[states.menu.choice]]
name.en = "a question"
phrases.en = ["[a] question"]
key = "1"
go = "model"

[[states.menu.choice]]
name.en = "a quick question"
phrases.en = ["[a] quick question"]
key = "2"
go = "silent"

[states.model]
say.en = "Ask me anything."
llm = true

[states.silent]
llm = true

[states.person]
transfer = "desk"
"#;

fn call_to(model: &Script) -> Phone {
    let flow = Flow::parse_with("desk.toml", FLOW, Options { llm: true });
    let flow = Arc::new(flow.unwrap_or_else(|errors| panic!("{errors:?}")));
    let flow = FlowBrain::new(flow, Lang::EN, CallPlan::default(), true);
    let relay = Relay::new(flow, brain(agent(model)));
    Phone::call(&mut Desk { brain: Some(Box::new(relay)), ..Desk::default() })
}

#[tokio::test(start_paused = true)]
async fn the_model_goes_on_where_the_flow_hands_over() {
    let model = Script::new([say("It is in the cellar."), call("hang_up", "{}")]);
    let phone = call_to(&model);
    phone.until("0.0 timing").await;
    phone.key('1').await;
    phone.until("1.0 turn end").await;
    phone.typed("where is the wine").await;
    phone.until("2.0 turn end").await;
    phone.typed("goodbye").await;
    let (report, log) = phone.ended().await;
    log.assert_order(&["Ask me anything", "2.0 reply \"It is in the cellar.\"", "3.0 reply"]);
    assert_eq!(report.reason, EndReason::Agent);
    assert!(model.asked()[0].messages.len() > 3, "the model knows what was said before");
}

#[tokio::test(start_paused = true)]
async fn where_the_flow_says_nothing_the_model_answers_at_once() {
    let model = Script::new([say("Yes, ask away.")]);
    let phone = call_to(&model);
    phone.until("0.0 timing").await;
    phone.key('2').await;
    phone.until("1.0 turn end").await;
    let (_, log) = phone.hang_up().await;
    log.assert_order(&["1.0 reply \"Yes, ask away.\"", "1.0 turn end \"Yes, ask away.\" all"]);
    assert_eq!(model.told().last().map(String::as_str), Some("user: [The caller pressed 2 on the keypad.]"));
}
