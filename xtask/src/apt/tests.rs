//! Layer: pure. How packages get installed depends on who we are.
use super::{Powers, Way, advice, brief};

const NOBODY: Powers = Powers { apt: true, root: false, sudo: false, sudo_free: false, terminal: false };

#[test]
fn root_needs_nobody_and_a_user_needs_sudo() {
    assert_eq!(NOBODY.way(), Way::Tell);
    let root = Powers { root: true, ..NOBODY };
    assert_eq!(root.way(), Way::Root);
    let free = Powers { sudo: true, sudo_free: true, ..NOBODY };
    assert_eq!(free.way(), Way::Sudo);
    let asks = Powers { sudo: true, terminal: true, ..NOBODY };
    assert_eq!(asks.way(), Way::SudoAsks);
    let alone = Powers { sudo: true, ..NOBODY };
    assert_eq!(alone.way(), Way::Tell, "nobody could type the password");
    let other = Powers { apt: false, root: true, ..NOBODY };
    assert_eq!(other.way(), Way::NoApt);
}

#[test]
fn the_advice_can_be_typed() {
    let text = advice(Way::Tell, &["a", "b"]);
    assert!(text.ends_with("apt-get install a b"), "{text}");
    assert!(advice(Way::NoApt, &["a"]).contains("no apt-get"));
}

#[test]
fn notes_are_one_line() {
    let error = anyhow::anyhow!("`pip` failed:\n  trying\n  ERROR: no such package\n")
        .context("x could not be fetched");
    assert_eq!(brief(&error), "x could not be fetched: ERROR: no such package");
    assert_eq!(brief(&anyhow::anyhow!("plain")), "plain");
}
