//! Layer: pure. Which steps there are when parts are left out.
use super::{Part, needs_machine, number};

#[test]
fn steps_are_counted_right() {
    assert_eq!(number(&[], false), 10);
    assert_eq!(number(&[], true), 12);
    assert_eq!(number(&[Part::Test], false), 10, "the tests count their own");
    assert_eq!(number(&[Part::Fmt, Part::Deny], false), 7);
    let lints = [Part::Clippy, Part::Docs];
    assert_eq!(number(&lints, false), 4, "nothing to install for");
    assert!(!needs_machine(&lints, false));
    assert!(needs_machine(&lints, true));
}
