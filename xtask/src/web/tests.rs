//! Layer: pure. The page is built again when, and only when, a source of it changed.
use std::fs;

use super::{Stamp, fingerprint};

#[test]
fn sources_count_and_output_does_not() {
    let dir = tempfile::tempdir().unwrap();
    let at = |path: &str| dir.path().join(path);
    fs::create_dir_all(at("src")).unwrap();
    fs::create_dir_all(at("node_modules/x")).unwrap();
    fs::write(at("src/a.ts"), "1").unwrap();
    let first = fingerprint(dir.path()).unwrap();
    fs::write(at("node_modules/x/a.js"), "2").unwrap();
    assert_eq!(fingerprint(dir.path()).unwrap(), first);
    fs::write(at("src/a.ts"), "2").unwrap();
    let second = fingerprint(dir.path()).unwrap();
    assert_ne!(second, first);
    fs::rename(at("src/a.ts"), at("src/b.ts")).unwrap();
    assert_ne!(fingerprint(dir.path()).unwrap(), second);
}

#[test]
fn a_stamp_is_fresh_for_its_value_only() {
    let dir = tempfile::tempdir().unwrap();
    let stamp = |value: &str| Stamp { file: dir.path().join("stamp"), value: value.into() };
    assert!(!stamp("a").is_fresh());
    stamp("a").write().unwrap();
    assert!(stamp("a").is_fresh());
    assert!(!stamp("b").is_fresh());
}
