//! Layer: pure. Nothing is downloaded that nobody asked for, and never in CI.

use super::{Deed, Profile, Say, deed};

#[test]
fn only_at_a_terminal_is_anybody_asked() {
    assert_eq!(deed(2, Say::Ask, true, false), Deed::Ask);
    assert_eq!(deed(2, Say::Ask, false, false), Deed::Tell);
    assert_eq!(deed(2, Say::Yes, false, false), Deed::Bring);
    for terminal in [true, false] {
        for say in [Say::Ask, Say::Yes, Say::Offline] {
            assert_eq!(deed(2, say, terminal, true), Deed::Tell, "never in CI: {say:?}");
            assert_eq!(deed(0, say, terminal, false), Deed::Nothing, "{say:?}");
        }
        assert_eq!(deed(2, Say::Offline, terminal, false), Deed::Tell);
    }
}

#[test]
fn what_tom_says_of_profiles_is_understood() {
    let text = r#"[{"name": "minimal", "title": "Any", "budget_mb": 1, "models": ["a"], "missing": ["a"],
                    "suits_this_machine": true}]"#;
    let profiles: Vec<Profile> = serde_json::from_str(text).expect("as tom writes it");
    assert!(profiles[0].suits_this_machine && profiles[0].missing == ["a"] && profiles[0].title == "Any");
}
