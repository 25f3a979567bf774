//! Layer: real. Every dialect holds the same conversation, and its bad input harms nobody else.

use std::time::Duration;

use tokio_tungstenite::tungstenite::Message as Frame;
use tom_server::{ServerConfig, Token};
use tom_wire::phone::PhoneDialect::{self, *};

use super::far::{Far, Got, NAME, key, opening, path, stop, voice};
use crate::common::desk::{Desk, GREETING};
use crate::common::{TestServer, config};

/// Does it with all of them at once.
async fn each<const N: usize>(dialects: [PhoneDialect; N], test: impl AsyncFn(PhoneDialect)) {
    futures_util::future::join_all(dialects.map(|dialect| test(dialect))).await;
}

const WORD: Duration = Duration::from_millis(300);

/// A greeting, a key and its answer, and the caller hangs up.
pub(super) async fn converses(server: &TestServer, mut far: Far) {
    let dialect = far.dialect;
    far.begin("").await;
    assert_eq!(far.hears(6 * WORD).await, 6 * WORD, "the greeting: {dialect:?}");
    assert_eq!(server.calls.live()[0].id.as_str(), NAME, "{dialect:?}");
    // A key over the last of the greeting would interrupt it: wait until its turn is over.
    server.until("the greeting is over", |s| s.metric("tom_tts_ttfb_seconds_count") >= 1.0).await;
    far.send(key(dialect, "5")).await;
    assert_eq!(far.hears(3 * WORD).await, 3 * WORD, "You pressed 5: {dialect:?}");
    server.until("the answer is over", |s| s.metric("tom_tts_ttfb_seconds_count") >= 2.0).await;
    far.send(voice(dialect, false, 1)).await;
    match stop(dialect) {
        Some(frame) => {
            far.send(frame).await;
            far.ends().await;
        }
        None => drop(far),
    }
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let timeline = server.calls.past()[0].timeline.to_string();
    assert!(timeline.contains(GREETING) && timeline.contains("You pressed 5"), "{dialect:?}: {timeline}");
    assert!(!timeline.contains("asks again"), "nobody is there any more: {dialect:?}: {timeline}");
    assert_eq!(server.metric("tom_calls_total{outcome=\"caller\"}"), 1.0, "{dialect:?}");
    assert_eq!(server.metric("tom_errors_total{component=\"wire\"}"), 0.0, "{dialect:?}");
}

#[tokio::test]
async fn every_dialect_holds_a_conversation() {
    each(PhoneDialect::ALL, async |dialect| {
        let server = TestServer::start(config()).await;
        let far = Far::connect(&server, dialect).await;
        converses(&server, far).await;
    })
    .await;
}

#[tokio::test]
async fn what_can_be_known_by_itself_needs_no_address_of_its_own() {
    each([Asterisk, Jambonz, Twilio, Telnyx, Vonage, Plivo, Exotel], async |dialect| {
        let server = TestServer::start(config()).await;
        let far = Far::connect_at(&server, dialect, "/ws/phone").await;
        converses(&server, far).await;
    })
    .await;
}

#[tokio::test]
async fn speech_clears_what_the_far_end_of_a_pbx_has_not_played() {
    each([Asterisk, Drachtio, Jambonz, AudioStream], clears).await;
}

#[tokio::test]
async fn speech_clears_what_the_far_end_of_a_carrier_has_not_played() {
    each([Twilio, Telnyx, Vonage, Plivo, Exotel], clears).await;
}

async fn clears(dialect: PhoneDialect) {
    let server = TestServer::with(config(), Desk::long_winded()).await;
    let mut far = Far::call(&server, dialect).await;
    far.hears(3 * WORD).await;
    // Speaks until it has the floor, however busy the machine is, and a little ahead of time: where audio comes
    // late, silence stands in, and the speaker would have to begin anew.
    for n in 1..6 {
        far.send(voice(dialect, false, n)).await;
    }
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for n in 6.. {
        assert!(n < 1_300, "nothing was cleared: {dialect:?}");
        tokio::select! {
            _ = ticks.tick() => far.send(voice(dialect, true, n)).await,
            got = far.next() => {
                assert_ne!(got, Got::Closed, "{dialect:?}");
                if got == Got::Clear {
                    break;
                }
            }
        }
    }
    drop(far);
    server.until("the call is over", |s| !s.calls.past().is_empty()).await;
    let report = server.calls.past()[0].clone();
    assert_eq!(report.interruptions, 1, "{dialect:?}: {}", report.timeline);
}

#[tokio::test]
async fn we_hang_up_in_the_words_of_the_dialect() {
    each(PhoneDialect::ALL, async |dialect| {
        let server = TestServer::start(config()).await;
        let mut far = Far::call(&server, dialect).await;
        while !matches!(far.next().await, Got::Audio(_)) {}
        server.stop.now.cancel();
        let has_words = matches!(dialect, Asterisk | Drachtio | Jambonz | AudioStream);
        assert_eq!(far.ends().await, has_words, "{dialect:?}");
    })
    .await;
}

#[tokio::test]
async fn bad_input_ends_or_is_counted_and_nobody_else_notices() {
    each(PhoneDialect::ALL, async |dialect| {
        let server = TestServer::start(config()).await;
        let mut bystander = server.call("/ws/stream/bystander").await;
        bystander.until("connected").await;
        // Before the call: the wrong order, an unknown codec.
        let start = opening(dialect, "").pop().unwrap().to_string();
        let codecs = ["slin16", "audio/x-mulaw", "PCMA", "audio/l16;rate=16000", "8000"];
        let codec = codecs.iter().find(|codec| start.contains(*codec));
        let free = matches!(dialect, Drachtio | AudioStream);
        let mut early = vec![(key(dialect, "5"), !free && dialect != Jambonz)];
        early.extend(codec.map(|codec| (Frame::text(start.replace(codec, "11025")), true)));
        for (frame, refused) in early {
            let mut far = Far::connect(&server, dialect).await;
            far.send(frame).await;
            if refused {
                far.ends().await;
            }
        }
        server.until("those are gone", |s| s.calls.count() == 1).await;
        // In the call: garbage and half a sample are counted, and it goes on.
        let mut far = Far::call(&server, dialect).await;
        while !matches!(far.next().await, Got::Audio(_)) {}
        let before = server.metric("tom_errors_total{component=\"wire\"}");
        far.send(Frame::text("{")).await;
        far.send(Frame::text("[1]")).await;
        far.send(Frame::binary(vec![0; 3])).await;
        server
            .until("all are counted", |s| s.metric("tom_errors_total{component=\"wire\"}") == before + 3.0)
            .await;
        while !matches!(far.next().await, Got::Audio(_)) {}
        // Too large.
        far.send(Frame::binary(vec![0; 70_000])).await;
        far.ends().await;
        server.until("its call is over", |s| s.calls.count() == 1).await;
        bystander.answers().await;
    })
    .await;
}

#[tokio::test]
async fn a_call_needs_the_token_in_one_place_or_another() {
    let token = "correct-horse-battery";
    each(PhoneDialect::ALL, async |dialect| {
        let config = ServerConfig { token: Some(Token::new(token).unwrap()), ..config() };
        let server = TestServer::start(config).await;
        for wrong in ["", "wrong"] {
            let mut far = Far::connect(&server, dialect).await;
            far.begin(wrong).await;
            far.ends().await;
        }
        assert_eq!(server.metric("tom_telephony_calls_total"), 0.0, "{dialect:?}");
        let mut far = Far::connect(&server, dialect).await;
        far.begin(token).await;
        while !matches!(far.next().await, Got::Audio(_)) {}
    })
    .await;
    let config = ServerConfig { token: Some(Token::new(token).unwrap()), ..config() };
    let server = TestServer::start(config).await;
    // tom:correct-horse-battery
    let right = ("authorization", "Basic dG9tOmNvcnJlY3QtaG9yc2UtYmF0dGVyeQ==");
    let caller = server.call_with(path(AudioStream), &[right]).await.unwrap();
    let mut far = Far { dialect: AudioStream, caller, over: false };
    far.begin("").await;
    while !matches!(far.next().await, Got::Audio(_)) {}
    let wrong = ("authorization", "Basic dG9tOm5v");
    assert_eq!(server.refused(path(AudioStream), &[wrong]).await, (401, "AUTH_INVALID".into()));
}

#[tokio::test]
async fn an_address_that_asks_for_nonsense_is_refused() {
    let server = TestServer::start(config()).await;
    for query in ["rate=11025", "rate=fast", "mix=quadro", "return=vinyl"] {
        let path = format!("/ws/freeswitch?{query}");
        assert_eq!(server.refused(&path, &[]).await, (400, "BAD_PARAMETER".into()), "{query}");
    }
    let mut caller = server.call("/ws/phone").await;
    caller.send("hello").await;
    let mut far = Far { dialect: Twilio, caller, over: false };
    assert!(!far.ends().await, "nothing known");
}

#[tokio::test]
async fn a_pbx_brings_many_calls_from_one_address() {
    let mut config = config();
    (config.limits.connections_per_address, config.limits.connections_per_minute) = (2, 2);
    config.peers = vec!["127.0.0.0/8".into()];
    let server = TestServer::start(config).await;
    let mut fars = Vec::new();
    for _ in 0..5 {
        fars.push(server.call("/ws/stream").await);
    }
    for caller in &mut fars {
        caller.until("connected").await;
    }
}
