//! Layer: pure. The data folder's rule.
use std::ffi::OsString;
use std::path::PathBuf;

use super::{data_dir, program};

fn with(vars: &[(&str, &str)]) -> PathBuf {
    data_dir(|name| vars.iter().find(|(key, _)| *key == name).map(|(_, value)| OsString::from(value)))
}

#[test]
fn the_most_particular_variable_wins() {
    let all = [("TOM_DATA_DIR", "/a"), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")];
    assert_eq!(with(&all), PathBuf::from("/a"));
    assert_eq!(with(&all[1..]), PathBuf::from("/b/tom"));
    assert_eq!(with(&all[2..]), PathBuf::from("/c/.local/share/tom"));
    assert_eq!(with(&[]), PathBuf::from("/var/lib/tom"));
    assert_eq!(with(&[("TOM_DATA_DIR", ""), ("HOME", "/c")]), PathBuf::from("/c/.local/share/tom"));
}

#[test]
fn programs_are_found_by_name() {
    assert!(program("sh").is_some());
    assert!(program("no-such-program-anywhere").is_none());
}
