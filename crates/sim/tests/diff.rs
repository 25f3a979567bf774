//! Layer: pure. Differences of timelines are readable.

use proptest::prelude::*;
use tom_sim::diff;

#[test]
fn a_changed_line_stands_between_its_neighbours() {
    let old = "1\n2\n3\n4\n5\n6\n7\n8\n9";
    let new = "1\n2\n3\n4\nfive\n6\n7\n8\n9";
    assert_eq!(diff(old, new), "  ...\n  2\n  3\n  4\n- 5\n+ five\n  6\n  7\n  8\n  ...\n");
}

#[test]
fn equal_texts_have_no_difference() {
    assert!(!diff("a\nb", "a\nb").contains(['+', '-']));
}

proptest! {
    #[test]
    fn both_texts_can_be_read_from_it(
        old in prop::collection::vec("[abc]", 0..8), new in prop::collection::vec("[abc]", 0..8)) {
        let marked = diff(&old.join("\n"), &new.join("\n"));
        if !marked.contains("...") {
            let side = |mark: &str| -> Vec<String> {
                let lines = marked.lines().filter(|l| l.starts_with(mark) || l.starts_with("  "));
                lines.map(|l| l[2..].to_owned()).collect()
            };
            prop_assert_eq!(side("- "), old);
            prop_assert_eq!(side("+ "), new);
        }
    }
}
