//! Layer: real. A carrier asks what to do with a call, and opens the stream it is answered with.

use serde_json::Value;
use tom_server::{Carriers, PublicUrl, Secret, ServerConfig, Token};
use tom_wire::phone::PhoneDialect::{self, *};

use super::far::{Far, Got, opening};
use crate::common::{TestServer, config};

const TOKEN: &str = "correct-horse-battery";
const CARRIERS: [(PhoneDialect, &str); 5] =
    [(Twilio, "twilio"), (Telnyx, "telnyx"), (Vonage, "vonage"), (Plivo, "plivo"), (Exotel, "exotel")];

fn public(carriers: Carriers) -> ServerConfig {
    let public_url = Some(PublicUrl::new("https://Voice.example.org/").unwrap());
    ServerConfig {
        token: Some(Token::new(TOKEN).unwrap()),
        carriers: Carriers { public_url, ..carriers },
        ..config()
    }
}

/// The value of the first `name="..."` or `"name":"..."` in a document.
fn part<'a>(document: &'a str, before: &str) -> &'a str {
    let after = document.split_once(before).unwrap_or_else(|| panic!("no {before} in {document}")).1;
    &after[..after.find(['"', '<', '&']).unwrap()]
}

/// What the stream's address and its parameters are.
fn stream(dialect: PhoneDialect, document: &str) -> (String, String) {
    match dialect {
        Twilio => (
            part(document, "<Stream url=\"").to_owned(),
            part(document, "<Parameter name=\"ticket\" value=\"").to_owned(),
        ),
        Vonage => {
            let json: Value = serde_json::from_str(document).unwrap();
            let endpoint = &json[0]["endpoint"][0];
            assert_eq!(json[0]["action"], "connect");
            assert_eq!(endpoint["content-type"], "audio/l16;rate=16000");
            assert_eq!(
                (&endpoint["headers"]["lang"], &endpoint["headers"]["cli"]),
                (&"de".into(), &"+49 30".into())
            );
            let text = |value: &Value| value.as_str().unwrap().to_owned();
            (text(&endpoint["uri"]), text(&endpoint["headers"]["ticket"]))
        }
        _ => {
            let url = match dialect {
                Telnyx => part(document, "<Stream url=\""),
                Plivo => part(document, "rate=8000\">"),
                _ => part(document, "{\"url\":\""),
            };
            let (url, ticket) = url.split_once("?ticket=").unwrap();
            (url.to_owned(), ticket.to_owned())
        }
    }
}

#[tokio::test]
async fn an_answer_opens_its_stream_without_the_token() {
    let server = TestServer::start(public(Carriers::default())).await;
    for (dialect, name) in CARRIERS {
        let path = format!("/answer/{name}?lang=de&skill=default&from=%2B49+30");
        assert_eq!(server.get(&path, "").await.0, 401, "{name}");
        assert_eq!(server.get(&format!("{path}&token=wrong"), "").await.0, 401, "{name}");
        let (status, head, document) = server.get(&format!("{path}&token={TOKEN}"), "").await;
        assert_eq!(status, 200, "{document}");
        assert!(!document.contains(TOKEN), "carriers keep what they are answered");
        let json = matches!(dialect, Vonage | Exotel);
        let kind = if json { "content-type: application/json" } else { "content-type: application/xml" };
        assert!(head.contains(kind), "{head}");
        // Exotel tells the number by itself, in the start.
        assert_eq!(document.contains("cli"), dialect != Exotel, "{document}");
        assert!(document.contains("de"), "{document}");

        let (url, ticket) = stream(dialect, &document);
        assert_eq!(url, format!("wss://voice.example.org/ws/{name}"));
        let caller = server.call_with(&format!("/ws/{name}?ticket={ticket}"), &[]).await.unwrap();
        let mut far = Far { dialect, caller, over: false };
        far.begin("").await;
        while !matches!(far.next().await, Got::Audio(_)) {}
        drop(far);
        server.until("it is over", |s| s.calls.count() == 0).await;
        // A ticket is good for one dialect only.
        let other = if dialect == Twilio { "telnyx" } else { "twilio" };
        let caller = server.call_with(&format!("/ws/{other}?ticket={ticket}"), &[]).await.unwrap();
        let mut far = Far { dialect: if dialect == Twilio { Telnyx } else { Twilio }, caller, over: false };
        far.begin("").await;
        assert_eq!(far.next().await, Got::Closed, "{name}");
    }
}

/// Twilio hands the ticket over as a parameter, Vonage as a header of its NCCO.
#[tokio::test]
async fn a_ticket_may_come_with_the_call() {
    let server = TestServer::start(public(Carriers::default())).await;
    for (dialect, name) in [(Twilio, "twilio"), (Vonage, "vonage")] {
        let (_, _, document) =
            server.get(&format!("/answer/{name}?lang=de&from=%2B49+30&token={TOKEN}"), "").await;
        let (_, ticket) = stream(dialect, &document);
        let caller = server.call(&format!("/ws/{name}")).await;
        let mut far = Far { dialect, caller, over: false };
        for message in opening(dialect, &ticket) {
            far.caller.send(&message.to_string().replace("token", "ticket")).await;
        }
        while !matches!(far.next().await, Got::Audio(_)) {}
        drop(far);
        server.until("it is over", |s| s.calls.count() == 0).await;
    }
}

#[tokio::test]
async fn where_signatures_are_agreed_nothing_else_counts() {
    let carriers = Carriers { twilio_auth_token: Some(Secret::new("12345")), ..Carriers::default() };
    let server = TestServer::start(public(carriers)).await;
    let asked = format!("/answer/twilio?token={TOKEN}");
    assert_eq!(server.get(&asked, "").await.0, 401, "unsigned");
    assert_eq!(server.get("/answer/twilio", "X-Twilio-Signature: AAAA\r\n").await.0, 401);
    // HMAC-SHA1 of https://voice.example.org/answer/twilio?lang=de with 12345, and with a form behind it.
    let get = "X-Twilio-Signature: yoRLlDEq4q5WEAAKZFT1zfHpclY=\r\n";
    let (status, _, document) = server.get("/answer/twilio?lang=de", get).await;
    assert_eq!(status, 200, "{document}");
    let headers = "X-Twilio-Signature: jMHQ+Jv3DJKr6gH/q9F7Z5KTnEA=\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let form = "CallSid=CA1&From=%2B49301";
    let (status, _, document) = server.request("POST", "/answer/twilio?lang=de", headers, form).await;
    assert_eq!(status, 200, "{document}");
    assert!(document.contains("<Parameter name=\"cli\" value=\"+49301\"/>"), "{document}");
    let (status, ..) = server.request("POST", "/answer/twilio?lang=de", headers, "CallSid=CA2").await;
    assert_eq!(status, 401, "another form");
    // Its streams are signed as well: of wss://voice.example.org/ws/twilio.
    let signed = ("x-twilio-signature", "zwf1pHpJMwKrw6uE24CYEgt5SL4=");
    let caller = server.call_with("/ws/twilio", &[signed]).await.unwrap();
    let mut far = Far { dialect: Twilio, caller, over: false };
    far.begin("").await;
    while !matches!(far.next().await, Got::Audio(_)) {}
    let wrong = ("x-twilio-signature", "AAAA");
    assert_eq!(server.refused("/ws/twilio", &[wrong]).await, (401, "AUTH_INVALID".into()));
    // Other carriers, with whom nothing is agreed, show the token.
    assert_eq!(server.get(&format!("/answer/plivo?token={TOKEN}"), "").await.0, 200);
}

#[tokio::test]
async fn an_answer_needs_an_address_and_takes_no_nonsense() {
    let server = TestServer::start(config()).await;
    let (status, _, body) = server.get("/answer/twilio", "").await;
    assert_eq!(status, 503, "{body}");
    assert!(body.contains("server.public_url"), "{body}");
    let server = TestServer::start(public(Carriers::default())).await;
    let token = format!("token={TOKEN}");
    assert_eq!(server.get(&format!("/answer/twilio?lang=klingon-language&{token}"), "").await.0, 400);
    assert_eq!(server.get(&format!("/answer/nobody?{token}"), "").await.0, 404);
    let (status, _, document) =
        server.get(&format!("/answer/twilio?from=%22%3E%3C%26&skill=%3Cb%3E&{token}"), "").await;
    assert_eq!(status, 200);
    assert!(document.contains("value=\"&quot;&gt;&lt;&amp;\"") && !document.contains("<b>"), "{document}");
    let (status, ..) =
        server.request("POST", &format!("/answer/twilio?{token}"), "", &"x".repeat(70_000)).await;
    assert_eq!(status, 413);
    for bad in ["voice.example.org", "ftp://voice.example.org", "https://", "https://voice.example.org/tom"] {
        assert!(PublicUrl::new(bad).is_err(), "{bad}");
    }
}
