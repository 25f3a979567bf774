//! Layer: pure. Queries for calls: what is understood, and what is refused with its name.

use proptest::prelude::*;

use super::*;

fn asked(query: &[(&str, &str)]) -> Result<Question, String> {
    let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    read(&query).map_err(|refusal| refusal.error.message)
}

#[test]
fn everything_can_be_asked_for() {
    let key = Key { started_ms: 5, id: "x".into() };
    let cursor = cursor::write(&key);
    let question = asked(&[
        ("state", "lost"),
        ("transport", "ws"),
        ("language", "de"),
        ("variant", "v1a"),
        ("reason", "caller"),
        ("outcome", "transfer"),
        ("rating", "5"),
        ("from", "2026-11-26"),
        ("to", "2026-11-26T08:00:00.5+01:00"),
        ("q", "web"),
        ("limit", "200"),
        ("cursor", &cursor),
        ("token", "secret"),
    ]);
    let question = question.unwrap();
    assert_eq!(question.after, Some(key));
    assert_eq!(question.limit, 200);
    let filter = question.filter;
    assert_eq!((filter.state, filter.rating), (Some(State::Lost), Some(5)));
    assert_eq!(filter.from_ms, Some(1_795_651_200_000));
    assert_eq!(filter.to_ms, Some(1_795_651_200_000 + 7 * 3_600_000 + 500));
    assert_eq!(asked(&[("state", ""), ("q", "")]).unwrap().filter, Filter::default());
}

#[test]
fn what_makes_no_sense_is_named() {
    let long = "x".repeat(101);
    for (name, value) in [
        ("state", "dead"),
        ("rating", "0"),
        ("rating", "6"),
        ("rating", "good"),
        ("limit", "0"),
        ("limit", "201"),
        ("limit", "-1"),
        ("from", "yesterday"),
        ("from", "2026-13-01"),
        ("to", "2026-11-26T08:00:00"),
        ("to", "1969-12-31"),
        ("cursor", "AAAA"),
        ("q", &long),
        ("stat", "live"),
    ] {
        let why = asked(&[(name, value)]).unwrap_err();
        assert!(why.contains(name), "{name}={value}: {why}");
    }
}

proptest! {
    #[test]
    fn nothing_in_a_query_breaks_it(name in prop::sample::select(&NAMES[..]), value in ".{0,40}") {
        let _ = asked(&[(name, &value)]);
    }
}
