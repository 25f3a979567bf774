//! Layer: real. Calls with a language model that is asked over HTTP, or is on this machine, in real time.
#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests fail by panicking")]

#[path = "../../../call/tests/sim/desk.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod desk;
mod local;
#[path = "../../../call/tests/sim/log.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod log;
#[path = "../../../call/tests/sim/phone.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod phone;
#[path = "../../../call/tests/sim/recogniser.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod recogniser;
#[path = "../../../call/tests/sim/rules.rs"]
mod rules;
#[path = "../../../call/tests/sim/tone.rs"]
mod tone;
#[path = "../../../call/tests/sim/voice.rs"]
#[expect(dead_code, reason = "the call's tests use more of it")]
mod voice;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Handle;
use tom_agent::tools::{HangUp, SearchKnowledge, TakeMessage, Tool, Toolbox};
use tom_agent::{Agent, Knowledge, Limits, LlmBrain};
use tom_base::{CallPlan, Lang, Span};
use tom_cloud::{Deadlines, LlmSettings, OpenAiLlm, ServerOptions};
use tom_engine::Llm;
use tom_loopback::{ChatStep, Fault, Kind, Loopback, Script};
use tom_turn::{EndReason, TurnConfig};

use crate::desk::Desk;
use crate::phone::Phone;

/// How long anything may take here: the machine may be busy, or run the tests step by step to see what they cover.
const PATIENCE: Duration = Duration::from_secs(120);

/// What the server was asked, as JSON.
type Asked = Arc<Mutex<Vec<Value>>>;

/// A server that answers one step after the other.
async fn server(answers: Vec<Vec<ChatStep>>) -> (Loopback, Asked) {
    let asked = Asked::default();
    let mut script = Script::default();
    script.chat.first = Duration::from_millis(50);
    let noted = asked.clone();
    script.chat.reply = Arc::new(move |request| {
        let mut noted = noted.lock().unwrap();
        noted.push(request.clone());
        answers.get(noted.len() - 1).cloned().unwrap_or_else(|| ChatStep::words("Well then."))
    });
    (Loopback::start(script).await.unwrap(), asked)
}

fn model(server: &Loopback) -> Arc<dyn Llm> {
    let url = format!("{}/v1", server.url()).parse().unwrap();
    let server = ServerOptions::new("llm", url, "m", Deadlines { first: PATIENCE, gap: PATIENCE });
    let settings = LlmSettings { server, temperature: None, extra: serde_json::Map::new() };
    Arc::new(OpenAiLlm::start(settings, &Handle::current()).unwrap())
}

fn call(llm: Arc<dyn Llm>, fallback: Option<Arc<dyn Llm>>) -> Phone {
    limited(llm, fallback, Limits::default())
}

/// The same with other limits of a reply.
fn limited(llm: Arc<dyn Llm>, fallback: Option<Arc<dyn Llm>>, limits: Limits) -> Phone {
    let mut knowledge = Knowledge::default();
    knowledge.add("house", "# Opening hours\n\nWe are open from nine to five.\n");
    let tools: Vec<Arc<dyn Tool>> =
        vec![Arc::new(SearchKnowledge::new(Arc::new(knowledge))), Arc::new(TakeMessage), Arc::new(HangUp)];
    let agent = Agent {
        llm,
        fallback,
        system_prompt: "You work for the house.".into(),
        greeting: Some("An AI speaks.".into()),
        tools: Toolbox::new(tools).unwrap(),
        transfer: None,
        rating: false,
        limits: Limits { patience: PATIENCE, ..limits },
    };
    let brain = LlmBrain::new(Arc::new(agent), Lang::EN, CallPlan::default());
    let patience = Span::from_millis(PATIENCE.as_millis() as u64);
    let turn = TurnConfig {
        thinking: patience,
        first_audio: patience,
        whole: patience,
        stall: patience,
        silence: patience,
        ..TurnConfig::default()
    };
    let brain = Some(Box::new(brain) as _);
    Phone::call(&mut Desk { brain, turn, real_time: true, ..Desk::default() })
}

fn calls(name: &str, arguments: &str) -> Vec<ChatStep> {
    vec![ChatStep::Call { id: "c1".into(), name: name.into(), arguments: arguments.into() }]
}

#[tokio::test]
async fn a_conversation_with_tools_over_http() {
    let (server, asked) = server(vec![
        calls("search_knowledge", r#"{"query":"opening hours"}"#),
        ChatStep::words("From **nine** to five, every day. 😀"),
        calls("hang_up", "{}"),
    ])
    .await;
    let phone = call(model(&server), None);
    phone.until("0.0 timing").await;
    phone.typed("question").await;
    phone.until("1.0 timing").await;
    phone.typed("that is all").await;
    let (report, log) = phone.ended().await;
    assert_eq!((report.reason, report.failures), (EndReason::Agent, 0), "{}", log.text());
    log.assert_order(&[
        "1.0 committed \"question\"",
        "1.0 reply \"From nine to five,\"",
        "1.0 turn end",
        "2.0 action resolution",
    ]);
    let asked = asked.lock().unwrap();
    let messages = asked[1]["messages"].as_array().unwrap();
    let roles: Vec<&str> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(roles, ["system", "user", "assistant", "user", "assistant", "tool"]);
    assert!(messages[5]["content"].as_str().unwrap().contains("nine to five"));
    assert_eq!(asked[0]["tools"].as_array().unwrap().len(), 3);
    let heard = &asked[2]["messages"].as_array().unwrap()[6];
    // Where the second answer takes its time the agent says a word before it.
    let heard = heard["content"].as_str().unwrap();
    assert!(heard.ends_with("From nine to five, every day."), "{heard}");
}

#[tokio::test]
async fn a_server_that_breaks_is_replaced_by_another() {
    let (broken, _) = server(Vec::new()).await;
    broken.fault(Kind::Chat, Some(Fault::Status(500)));
    let (other, _) = server(vec![ChatStep::words("I am the other one.")]).await;
    let phone = call(model(&broken), Some(model(&other)));
    phone.until("0.0 timing").await;
    phone.typed("hello").await;
    phone.until("1.0 timing").await;
    let (report, log) = phone.hang_up().await;
    log.assert_order(&["1.0 reply \"I am the other one.\""]);
    assert_eq!(report.failures, 0);
}
