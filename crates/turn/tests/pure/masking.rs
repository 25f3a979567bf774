//! Layer: pure. Telephone numbers are hidden; dates and short numbers are not.

use proptest::prelude::*;
use tom_turn::mask_numbers;

#[test]
fn telephone_numbers_are_hidden_however_they_are_written() {
    for (text, hidden) in [
        ("call 01712345678 now", "call xxxxxxxxxxx now"),
        ("+49 (171) 234-5678", "+xx (xxx) xxx-xxxx"),
        ("0171, 234, 56.", "xxxx, xxx, xx."),
        ("030/1234567", "xxx/xxxxxxx"),
        ("zero one seven one two three four", "x___ x__ x____ x__ x__ x____ x___"),
        ("null eins fünf 1 2 3 4", "x___ x___ x____ x x x x"),
    ] {
        assert_eq!(mask_numbers(text), hidden);
        assert_eq!(text.len(), hidden.len());
    }
}

#[test]
fn dates_times_and_short_numbers_stay() {
    for text in [
        "on 12.05.2026 at 14:30",
        "2026-05-12",
        "5/12/2026",
        "room 123456",
        "one two three",
        "one of us two will come, or three",
        "",
        "10:00, 11:00, 12:00, 13:00",
    ] {
        assert_eq!(mask_numbers(text), text);
    }
    assert_eq!(mask_numbers("12.05.2026 0171 2345678"), "12.05.2026 xxxx xxxxxxx");
}

fn numberish() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[0-9]{1,5}",
        Just("seven".to_owned()),
        Just("fünf".to_owned()),
        Just("12.05.2026".to_owned()),
        Just("a table".to_owned()),
        "[ .,/x-]{1,2}",
        "\\PC{0,3}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|p| p.concat())
}

proptest! {
    #[test]
    fn hiding_parts_first_changes_nothing(a in numberish(), b in numberish()) {
        let whole = format!("{a} {b}");
        let parts = format!("{} {}", mask_numbers(&a), mask_numbers(&b));
        prop_assert_eq!(mask_numbers(&parts), mask_numbers(&whole));
        prop_assert_eq!(mask_numbers(&whole).len(), whole.len());
    }
}
