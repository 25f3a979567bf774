//! Layer: pure. Which address a call goes to.

use super::*;

fn address(url: &str) -> Result<String, String> {
    let mut options = CallOptions::new(url);
    options.call_id = Some("c-1".into());
    complete(&options).map(|uri| uri.to_string()).map_err(|e| e.to_string())
}

#[test]
fn a_bare_address_is_completed() {
    let whole = "ws://127.0.0.1:8080/ws/stream/c-1?rate=16000&audio=binary&dialect=native";
    assert_eq!(address("ws://127.0.0.1:8080").unwrap(), whole);
    assert_eq!(address("ws://127.0.0.1:8080/").unwrap(), whole);
}

#[test]
fn what_the_address_says_stays() {
    let whole = address("ws://h:1/ws/stream/mine?dialect=a&cli=5").unwrap();
    assert_eq!(whole, "ws://h:1/ws/stream/mine?dialect=a&cli=5&rate=16000&audio=binary");
}

#[test]
fn other_addresses_are_refused_with_a_remedy() {
    for (url, why) in [
        ("wss://h/", "TLS"),
        ("http://h/", "ws://"),
        ("h:8080", "ws://"),
        ("", "cannot be read"),
        ("ws://", "cannot be read"),
    ] {
        let error = address(url).unwrap_err();
        assert!(error.contains(why) && error.contains("write ws://HOST:PORT"), "{url}: {error}");
    }
}

#[test]
fn a_token_in_the_address_is_not_shown() {
    let error = address("http://h/?token=secret").unwrap_err();
    assert!(!error.contains("secret"), "{error}");
}

#[test]
fn values_that_would_break_the_query_are_refused() {
    let mut options = CallOptions::new("ws://h");
    options.lang = Some("de&token=x".into());
    assert!(complete(&options).is_err());
    options.lang = None;
    options.call_id = Some("../x".into());
    assert!(complete(&options).is_err());
}
