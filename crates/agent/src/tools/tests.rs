//! Layer: pure. Calls of functions, right and wrong ones.

use super::*;

struct Slow;

impl Tool for Slow {
    fn spec(&self) -> ToolSpec {
        ToolSpec { name: "slow".into(), description: "".into(), parameters: r#"{"type":"object"}"#.into() }
    }
    fn run(&self, _: Arguments) -> Running {
        Box::pin(async {
            tokio::time::sleep(Duration::from_secs(60)).await;
            Ok(Done::default())
        })
    }
}

fn call(name: &str, arguments: &str) -> ToolCall {
    ToolCall { id: "1".into(), name: name.into(), arguments: arguments.into() }
}

fn toolbox() -> Toolbox {
    let tools: Vec<Arc<dyn Tool>> = vec![
        Arc::new(CurrentTime),
        Arc::new(HangUp),
        Arc::new(Transfer::new("operator")),
        Arc::new(TakeMessage),
        Arc::new(SendKeys),
        Arc::new(Slow),
    ];
    Toolbox::new(tools).expect("tools")
}

async fn run(name: &str, arguments: &str) -> Ran {
    toolbox().run(&call(name, arguments), Lang::EN).await
}

#[tokio::test]
async fn the_tools_do_what_they_say() {
    assert!(run("current_time", "{}").await.result.starts_with("It is "));
    assert!(run("current_time", "").await.result.starts_with("It is "), "no arguments are none");
    let over = run("hang_up", r#"{"resolved":false}"#).await;
    assert_eq!(over.ends, Some(Ends::HangUp));
    assert_eq!(over.action.expect("a report").data[0], ("resolved".into(), "false".into()));
    let reason = run("hang_up", r#"{"reason":" wrong number "}"#).await.action.expect("a report");
    assert_eq!(reason.data.last(), Some(&("reason".into(), "wrong number".into())));
    let told = run("transfer", r#"{"summary":"Ada asks about her bill."}"#).await.action.expect("a transfer");
    let summary = &told.data[2];
    assert!(
        summary.0 == "summary" && summary.1.ends_with("caller for you. Ada asks about her bill."),
        "{told:?}"
    );
    let keys = run("send_keys", r##"{"keys":"12#"}"##).await;
    assert_eq!(keys.action.expect("keys").data, [("keys".into(), "12#".into())]);
    let person = run("transfer", "{}").await;
    assert_eq!(person.ends, Some(Ends::Transfer));
    assert_eq!(person.action.expect("a transfer").data[0], ("to".into(), "operator".into()));
    let message = run("take_message", r#"{"text":" Call me. ","number":"","name":"Ada"}"#).await;
    let action = message.action.expect("a message");
    assert_eq!(action.kind, "message");
    assert_eq!(action.data, [("text".into(), "Call me.".into()), ("name".into(), "Ada".into())]);
}

#[tokio::test]
async fn a_wrong_call_is_told_what_is_wrong() {
    for (name, arguments, expected) in [
        ("dance", "{}", "Error: there is no tool \"dance\". The tools are: current_time, hang_up, transfer,"),
        ("send_keys", r#"{"keys":"1 2x"}"#, "Error: keys are 0 to 9"),
        ("take_message", "{}", "Error: the arguments of take_message are wrong: field \"text\" is missing."),
        ("take_message", "call me", "Error: the arguments of take_message are no JSON"),
        ("take_message", "[]", "must be an object"),
        ("current_time", r#"{"zone":"x"}"#, "there is no field \"zone\""),
    ] {
        let ran = run(name, arguments).await;
        assert!(ran.result.contains(expected), "{}", ran.result);
        assert_eq!((ran.action, ran.ends), (None, None));
    }
    let long = format!("{{\"text\":\"{}\"}}", "x".repeat(LONGEST_ARGUMENTS));
    assert!(run("take_message", &long).await.result.contains("too long"));
}

#[tokio::test(start_paused = true)]
async fn a_tool_that_takes_too_long_is_given_up() {
    let began = tokio::time::Instant::now();
    let ran = run("slow", "{}").await;
    assert_eq!(began.elapsed(), DEADLINE, "virtual time");
    assert!(ran.result.starts_with("Error: slow did not answer in time"), "{}", ran.result);
}

#[test]
fn tools_that_cannot_be_offered_are_refused() {
    struct Named(&'static str, &'static str);
    impl Tool for Named {
        fn spec(&self) -> ToolSpec {
            ToolSpec { name: self.0.into(), description: "".into(), parameters: self.1.into() }
        }
        fn run(&self, _: Arguments) -> Running {
            at_once(Ok(Done::default()))
        }
    }
    let object = r#"{"type":"object"}"#;
    let refused = |tools: Vec<Arc<dyn Tool>>| Toolbox::new(tools).expect_err("refused").to_string();
    assert!(refused(vec![Arc::new(Named("a b", object))]).contains("cannot name a tool"));
    assert!(refused(vec![Arc::new(Named("a", "{}"))]).contains("schema of the tool \"a\""));
    assert!(refused(vec![Arc::new(HangUp), Arc::new(HangUp)]).contains("two tools named \"hang_up\""));
}
