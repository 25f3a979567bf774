//! Layer: pure. Versions of Node, as it says them and as the page wants them.
use super::{parse, wanted};

#[test]
fn versions_compare() {
    assert_eq!(parse("v20.20.2\n"), Some((20, 20)));
    assert_eq!(parse("18"), Some((18, 0)));
    assert_eq!(parse("none"), None);
    assert!(parse("v18.19.0") > parse("18.13"));
    assert!(parse("v9.11.2") < parse("18.13"));
}

#[test]
fn the_page_says_what_it_wants() {
    assert_eq!(wanted(r#"{"engines": {"node": ">=18.13"}}"#).unwrap(), (18, 13));
    assert_eq!(wanted("{}").unwrap(), (18, 0));
    for bad in [r#"{"engines": {"node": "^20"}}"#, "not json"] {
        assert!(wanted(bad).is_err(), "{bad}");
    }
}
