//! Layer: real. A client of RealtimeVoiceChat holds a whole spoken call over `rvc-v1`.

use std::time::Duration;

use crate::common::desk::{Desk, GREETING};
use crate::common::talker::{Spelling, Talker};
use crate::common::{TestServer, config};
use serde_json::{Value, json};
use tom_wire::base64_to_pcm;
use tom_wire::rvc::RvcEvent;

const OFFER: [(&str, &str); 1] = [("sec-websocket-protocol", "rvc-v1")];

async fn server() -> TestServer {
    TestServer::with(config(), Desk { ears: true, ..Desk::default() }).await
}

async fn talker(server: &TestServer, query: &str, rate: u32) -> Talker {
    let caller = server.call_with(&format!("/ws{query}"), &OFFER).await.unwrap();
    assert_eq!(caller.protocol.as_deref(), Some("rvc-v1"));
    Talker::new(caller, Spelling::Rvc(rate))
}

/// Reads a reply to its end as a client that plays it at once, and says so.
async fn reply(talker: &mut Talker) -> Value {
    let mut chunks = 0;
    let mut answer = String::new();
    loop {
        let got = talker.next().await;
        match got["type"].as_str().unwrap() {
            "partial_assistant_answer" => answer = got["content"].as_str().unwrap().to_owned(),
            "tts_chunk" => {
                chunks += 1;
                let pcm = base64_to_pcm(got["content"].as_str().unwrap()).unwrap();
                assert_eq!(pcm.len(), 960, "20 ms at 48 kHz");
                if chunks == 1 {
                    talker.send(json!({"type": "tts_start"})).await;
                }
                // A word of the voice lasts 300 ms.
                if chunks == answer.split(' ').count() * 15 {
                    talker.send(json!({"type": "tts_stop"})).await;
                }
            }
            "final_assistant_answer" => return got,
            _ => {}
        }
    }
}

#[tokio::test]
async fn a_spoken_call_with_an_interruption() {
    let server = server().await;
    for (query, rate) in [("", 48_000), ("?rate=44100", 44_100), ("?rate=16000", 16_000)] {
        let mut talker = talker(&server, query, rate).await;
        assert_eq!(reply(&mut talker).await["content"], GREETING);

        let asked = talker.log.len();
        talker.say("hello").await;
        assert_eq!(reply(&mut talker).await["content"], "You said hello");
        let kinds = talker.kinds(asked);
        let story = [
            "partial_user_request",
            "final_user_request",
            "partial_assistant_answer",
            "tts_chunk",
            "final_assistant_answer",
        ];
        assert_eq!(kinds, story, "at {rate} Hz");
        for kind in ["partial_user_request", "final_user_request"] {
            assert_eq!(talker.all(kind, asked)[0]["content"], "hello");
        }

        talker.say("speech").await;
        talker.until("final_user_request").await;
        talker.several("tts_chunk", 40).await;
        let over = talker.log.len();
        talker.say("stop").await;
        assert_eq!(reply(&mut talker).await["content"].as_str().unwrap().split(' ').next(), Some("word"));
        assert_eq!(reply(&mut talker).await["content"], "You said stop");
        let kinds = talker.kinds(over);
        let at = |kind: &str| kinds.iter().position(|k| k == kind).unwrap();
        // It stops, says what was heard, takes audio again, and only then comes the next answer.
        let stop = at("stop_tts");
        assert_eq!(kinds[stop..stop + 3], ["stop_tts", "final_assistant_answer", "tts_interruption"]);
        assert!(kinds[stop + 3..].contains(&"tts_chunk".to_owned()));
        let heard = talker.all("final_assistant_answer", over)[0]["content"].as_str().unwrap();
        assert!(heard.len() < 499, "not all of it was heard: {heard}");
        for message in &talker.log {
            assert!(RvcEvent::decode(&message.to_string()).is_ok(), "{message}");
            assert!(message["content"].is_string());
        }
        assert!(talker.all("error", 0).is_empty());
    }
    assert!(server.metric("tom_turn_e2e_latency_seconds_count{transport=\"rvc\",engine=\"local\"}") >= 3.0);
}

#[tokio::test]
async fn a_reply_is_over_when_the_client_has_played_it() {
    let server = server().await;
    let mut talker = talker(&server, "", 48_000).await;
    talker.several("tts_chunk", GREETING.split(' ').count() * 15).await;
    let sent = talker.log.len();
    // All of it is sent. The server waits for the client's word, though not for ever.
    let early = tokio::time::timeout(Duration::from_millis(300), talker.next()).await;
    assert!(early.is_err(), "{early:?}");
    assert_eq!(talker.log.len(), sent);
    talker.send(json!({"type": "tts_stop"})).await;
    assert_eq!(talker.until("final_assistant_answer").await["content"], GREETING);
}

#[tokio::test]
async fn a_client_that_never_says_what_it_plays_is_not_waited_for_long() {
    let server = server().await;
    let mut talker = talker(&server, "", 48_000).await;
    for word in ["hello", "history"] {
        talker.until("final_assistant_answer").await;
        talker.say(word).await;
        talker.until("final_user_request").await;
    }
}

#[tokio::test]
async fn history_is_cleared_in_the_middle_of_an_answer() {
    let server = server().await;
    let mut talker = talker(&server, "", 48_000).await;
    reply(&mut talker).await;
    talker.say("speech").await;
    talker.several("tts_chunk", 10).await;
    talker.send(json!({"type": "clear_history"})).await;
    let updated = talker.until("session_updated").await;
    assert_eq!((&updated["change"], &updated["applied"]), (&json!("history"), &json!(true)));
    talker.until("stop_tts").await;
    talker.send(json!({"type": "tts_stop"})).await;
    talker.until("tts_interruption").await;
    talker.say("history").await;
    assert_eq!(reply(&mut talker).await["content"], "I remember 0");
    talker.send(json!({"type": "set_speed", "speed": 100})).await;
    let updated = talker.until("session_updated").await;
    assert_eq!((&updated["change"], &updated["applied"]), (&json!("speed"), &json!(true)));
}

#[tokio::test]
async fn what_is_wrong_is_said_and_the_call_goes_on() {
    let server = server().await;
    let mut talker = talker(&server, "", 48_000).await;
    for (bytes, code) in [(vec![], "BAD_AUDIO"), (vec![0; 7], "BAD_AUDIO"), (vec![0; 11], "BAD_AUDIO")] {
        talker.send_bytes(bytes).await;
        assert_eq!(talker.until("error").await["error"]["code"], code);
    }
    for text in [json!({"type": "dance"}), json!([]), json!({"type": "set_speed", "speed": "my pin 1234"})] {
        talker.send(text).await;
        let error = talker.until("error").await;
        assert_eq!(error["error"]["code"], "BAD_EVENT");
        assert!(!error.to_string().contains("my pin"));
    }
    reply(&mut talker).await;
    assert_eq!(server.refused("/ws?rate=11025", &OFFER).await, (400, "BAD_PARAMETER".into()));
}

#[tokio::test]
async fn the_token_may_come_first() {
    let mut config = config();
    config.token = Some(tom_server::Token::new("correct-horse-battery").unwrap());
    let server = TestServer::with(config, Desk { ears: true, ..Desk::default() }).await;
    let mut caller = server.call_with("/ws", &OFFER).await.unwrap();
    caller.send(r#"{"jwt":"correct-horse-battery"}"#).await;
    reply(&mut Talker::new(caller, Spelling::Rvc(48_000))).await;

    let mut caller = server.call_with("/ws?dialect=rvc", &[]).await.unwrap();
    caller.send(r#"{"jwt":"wrong"}"#).await;
    let mut refused = Talker::new(caller, Spelling::Rvc(48_000));
    assert_eq!(refused.until("error").await["error"]["code"], "AUTH_INVALID");
    refused.until("auth_error").await;
    assert_eq!(refused.until("(closed)").await["code"], 1008);
    let offered = [("sec-websocket-protocol", "rvc-v1, bearer.correct-horse-battery")];
    let caller = server.call_with("/ws", &offered).await.unwrap();
    assert_eq!(caller.protocol.as_deref(), Some("rvc-v1"));
}
