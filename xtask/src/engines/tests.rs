//! Layer: pure. What benches print becomes rows, and the page keeps the rest of itself.

use super::{into_page, rows_of};

#[test]
fn rows_are_taken_and_nothing_else() {
    let row = "| a | <= 1 us | 2 us | **no** |";
    let text = format!("model: 63 MB, 40 sounds\n{row}\n  deep: 1 | 2\n| no row |\n");
    assert_eq!(rows_of(&text).expect("there is one"), [row]);
    assert!(rows_of("model: 63 MB\n").is_err(), "a bench without rows is told of");
}

#[test]
fn only_what_is_between_the_marks_is_replaced() {
    let page = format!("before\n{}\nold\n{}\nafter", super::BEGIN, super::END);
    let new = into_page(&page, "new").expect("it has marks");
    assert!(new.starts_with("before\n") && new.ends_with("\nafter"), "{new}");
    assert!(new.contains("\nnew\n") && !new.contains("old"), "{new}");
    assert!(into_page("no marks", "new").is_err());
}
