//! Layer: pure. Signatures of carriers: known ones are right, and nothing else is. Those of Twilio, Vonage and Plivo
//! were computed by another implementation; Twilio's first is the example of its own libraries.

use axum::http::{HeaderMap, HeaderName};
use ring::signature::{Ed25519KeyPair, KeyPair};

use super::super::carriers::{Secret, TelnyxKey};
use super::*;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
const NOW: u64 = 1_000;

fn carriers() -> Carriers {
    Carriers {
        public_url: None,
        twilio_auth_token: Some(Secret::new("12345")),
        telnyx_public_key: Some(TelnyxKey(pair().public_key().as_ref().try_into().unwrap())),
        vonage_signature_secret: Some(Secret::new("vonage-secret")),
        plivo_auth_token: Some(Secret::new("plivo-token")),
    }
}

fn pair() -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap()
}

fn check(
    dialect: PhoneDialect,
    url: &str,
    headers: &[(&str, &str)],
    body: Option<&str>,
    now: u64,
) -> Verdict {
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        map.insert(HeaderName::from_bytes(name.as_bytes()).unwrap(), value.parse().unwrap());
    }
    let request = Signed {
        post: body.is_some(),
        urls: &[url.to_owned()],
        headers: &map,
        body: body.unwrap_or_default().as_bytes(),
        now,
    };
    carriers().check(dialect, &request).unwrap()
}

#[test]
fn twilio_signs_the_address_and_the_form() {
    let url = "https://mycompany.com/myapp.php?foo=1&bar=2";
    let form =
        "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    let signed = |signature| [FORM, ("x-twilio-signature", signature)];
    let right = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";
    let check = |url, headers: &[_], body| check(PhoneDialect::Twilio, url, headers, body, NOW);
    assert_eq!(check(url, &signed(right), Some(form)), Verdict::Right);
    assert_eq!(check(url, &signed(right), Some("CallSid=CA1")), Verdict::Wrong, "another form");
    assert_eq!(check("https://mycompany.com/myapp.php", &signed(right), Some(form)), Verdict::Wrong);
    for bad in ["", "RSOYDt4T1cUTdK1PDd93/VVr8B8", "?", "AAAA"] {
        assert_eq!(check(url, &signed(bad), Some(form)), Verdict::Wrong, "{bad}");
    }
    assert_eq!(check(url, &[FORM], Some(form)), Verdict::Unsigned);
    let stream = [("x-twilio-signature", "zwf1pHpJMwKrw6uE24CYEgt5SL4=")];
    assert_eq!(check("wss://voice.example.org/ws/twilio", &stream, None), Verdict::Right);
}

#[test]
fn telnyx_signs_the_moment_and_the_body() {
    let body = "CallSid=v3&From=%2B49301";
    let sign = |moment: &str, body: &str| STANDARD.encode(pair().sign(format!("{moment}|{body}").as_bytes()));
    let signature = sign("1000", body);
    let check = |moment: &str, signature: &str, body, now| {
        let headers = [("telnyx-timestamp", moment), ("telnyx-signature-ed25519", signature)];
        check(PhoneDialect::Telnyx, "", &headers, Some(body), now)
    };
    assert_eq!(check("1000", &signature, body, 1_300), Verdict::Right);
    assert_eq!(check("1000", &signature, body, 1_301), Verdict::Wrong, "an old one");
    assert_eq!(check("1001", &signature, body, NOW), Verdict::Wrong, "another moment");
    assert_eq!(check("1000", &signature, "CallSid=v4", NOW), Verdict::Wrong, "another body");
    assert_eq!(check("soon", &sign("soon", body), body, NOW), Verdict::Wrong);
    assert_eq!(check("1000", "?", body, NOW), Verdict::Wrong);
}

#[test]
fn vonage_signs_with_a_token_of_now_and_of_the_body() {
    let head = "eyJhbGciOiAiSFMyNTYiLCAidHlwIjogIkpXVCJ9";
    let get = "eyJpc3MiOiAiVm9uYWdlIiwgImlhdCI6IDEwMDAsICJqdGkiOiAieCJ9.onFDpkQoEmb3Qr5L7IyknR3RAhhdxN0mQ6r-UyPGybs";
    let post = "eyJpc3MiOiAiVm9uYWdlIiwgImlhdCI6IDEwMDAsICJqdGkiOiAieCIsICJwYXlsb2FkX2hhc2giOiAiNzlhZDBlZmZiZGViYTFlZDc3Y2NhOTRiOGI4N2E4NmJmOWM4NGFhOGMyODY0YWZhMDcyMzhiOTQyYmY0ODkzZCJ9.cKwO0OETyN52odb6mv_ZkCX0zfAgA5xliPE2E2pjdjo";
    let none = "eyJhbGciOiAibm9uZSIsICJ0eXAiOiAiSldUIn0.eyJpYXQiOiAxMDAwfQ.u7kFebk0Lm6DY4kboW73yCyqb-h16V40HaqoFOWdEbs";
    let body = r#"{"from":"49301","uuid":"aaaa-1"}"#;
    let check = |jwt: &str, body: Option<&str>, now| {
        let bearer = format!("Bearer {jwt}");
        check(PhoneDialect::Vonage, "", &[("authorization", &bearer)], body, now)
    };
    let (get, post) = (format!("{head}.{get}"), format!("{head}.{post}"));
    assert_eq!(check(&get, None, 1_300), Verdict::Right);
    assert_eq!(check(&get, None, 1_301), Verdict::Wrong, "an old one");
    assert_eq!(check(&get, Some(body), NOW), Verdict::Wrong, "nothing said of the body");
    assert_eq!(check(&post, Some(body), NOW), Verdict::Right);
    assert_eq!(check(&post, Some("{}"), NOW), Verdict::Wrong, "another body");
    assert_eq!(check(none, None, NOW), Verdict::Wrong, "another algorithm");
    for bad in ["", "a.b.c", "a.b", &get.replace("onFD", "onFE"), &get.replace(head, "e30")] {
        assert_eq!(check(bad, None, NOW), Verdict::Wrong, "{bad}");
    }
}

#[test]
fn plivo_signs_the_address_the_form_and_a_nonce() {
    let form = "To=%2B4989&From=%2B49301&CallUUID=c-1";
    let check = |url: &str, signature: &str, nonce, body: Option<&str>| {
        let headers = [FORM, ("x-plivo-signature-v3", signature), ("x-plivo-signature-v3-nonce", nonce)];
        check(PhoneDialect::Plivo, url, &headers, body, NOW)
    };
    let url = "https://voice.example.org/answer/plivo";
    let post = "FWkRrqxN7CiZZdhigPu9vuFeaKUW/bltKQBRaarKez8=";
    assert_eq!(check(url, post, "n1", Some(form)), Verdict::Right);
    assert_eq!(check(url, &format!("AAAA, {post}"), "n1", Some(form)), Verdict::Right, "one of several");
    assert_eq!(check(url, post, "n2", Some(form)), Verdict::Wrong, "another nonce");
    assert_eq!(check(url, post, "n1", Some("To=1")), Verdict::Wrong, "another form");
    let with_query = format!("{url}?skill=a&lang=de");
    let signature = "9pBD2dyXiUril33X8fZ5+E042Z/r1IJGPY2JbsD1Bg4=";
    assert_eq!(check(&with_query, signature, "n1", Some(form)), Verdict::Right);
    let get = "0tThuVNxbHKpT5pOyw8BtruA54WtSLfT2Z5Xr85KALk=";
    assert_eq!(check(&format!("{url}?lang=de&CallUUID=c-1"), get, "n1", None), Verdict::Right);
    assert_eq!(check(url, get, "n1", None), Verdict::Wrong);
}

#[test]
fn where_nothing_is_agreed_nothing_is_said() {
    let headers = HeaderMap::new();
    let request = Signed { post: false, urls: &[], headers: &headers, body: &[], now: NOW };
    for dialect in PhoneDialect::ALL {
        assert_eq!(Carriers::default().check(dialect, &request), None);
    }
    assert_eq!(carriers().check(PhoneDialect::Twilio, &request), Some(Verdict::Unsigned));
}
