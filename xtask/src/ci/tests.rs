//! Layer: pure. Which steps there are when parts are left out.
use super::{Part, needs_machine, number};

#[test]
fn steps_are_counted_right() {
    assert_eq!(number(&[], false), 9);
    assert_eq!(number(&[], true), 11);
    assert_eq!(number(&[Part::Test], false), 9, "the tests count their own");
    assert_eq!(number(&[Part::Fmt, Part::Deny], false), 6);
    let lints = [Part::Clippy, Part::Docs];
    assert_eq!(number(&lints, false), 4, "nothing to install for");
    assert!(!needs_machine(&lints, false));
    assert!(needs_machine(&lints, true));
}
