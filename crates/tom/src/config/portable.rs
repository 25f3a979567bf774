//! Which settings can be taken to another machine?

use std::fmt::Write as _;

use super::load::{Settings, Source};
use super::schema::{Kind, keys, sections};

/// What somebody set, as a configuration file without secrets, and what has to be seen to by hand: secrets, and files
/// of this machine that settings name.
pub(crate) fn portable(settings: &Settings) -> (String, Vec<String>) {
    let mut text = String::from("# Settings from another machine, by tom bundle create.\n");
    let mut notes = Vec::new();
    for section in sections() {
        let mut lines = String::new();
        for key in keys().iter().filter(|key| key.section == section) {
            let path = key.path();
            let (value, source) = settings.get(&path);
            if matches!(source, Source::Default | Source::Profile(_)) {
                continue;
            }
            if key.secret {
                notes.push(format!("{path} is a secret and was left out; set it there"));
                continue;
            }
            if key.kind == Kind::Path {
                notes.push(format!("{path} names {}, which is not in the bundle", value.to_toml()));
            }
            let _ = writeln!(lines, "{} = {}", key.name, value.to_toml());
        }
        if !lines.is_empty() {
            let _ = write!(text, "\n[{section}]\n{lines}");
        }
    }
    (text, notes)
}
