//! Layer: pure. What benches print becomes rows, and the page keeps the rest of itself.

use super::{into_page, parsed};

#[test]
fn rows_are_taken_and_without_any_the_lines() {
    let text = "model: 63 MB, 40 sounds\nnothing to see\n  deep: 1\n{\"a\": 1}\nreal-time factor: 0.2\n";
    assert_eq!(
        parsed("Piper voice", text),
        ["| Piper voice: model |  | 63 MB, 40 sounds |  |", "| Piper voice: real-time factor |  | 0.2 |  |"]
    );
    let row = "| a | <= 1 us | 2 us | **no** |";
    assert_eq!(parsed("Piper voice", &format!("{text}{row}\n")), [row]);
}

#[test]
fn a_bar_in_a_value_breaks_no_table() {
    assert_eq!(parsed("X", "a: b | c"), ["| X: a |  | b / c |  |"]);
}

#[test]
fn only_what_is_between_the_marks_is_replaced() {
    let page = format!("before\n{}\nold\n{}\nafter", super::BEGIN, super::END);
    let new = into_page(&page, "new").expect("it has marks");
    assert!(new.starts_with("before\n") && new.ends_with("\nafter"), "{new}");
    assert!(new.contains("\nnew\n") && !new.contains("old"), "{new}");
    assert!(into_page("no marks", "new").is_err());
}
