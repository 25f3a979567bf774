//! The configuration as people read it: effective values, and a sample of the environment.

use std::fmt::Write as _;

use super::load::Settings;
use super::schema::{Key, Reload, keys, sections};
use super::value::Value;

/// Effective values with their sources, as a TOML file that could be used as it is.
pub(crate) fn shown(settings: &Settings) -> String {
    let mut out = String::new();
    for section in sections() {
        let _ = writeln!(out, "[{section}]");
        for key in keys().iter().filter(|key| key.section == section) {
            let (value, source) = settings.get(&key.path());
            let line = match value {
                Value::None => format!("# {} is not set", key.name),
                _ if key.secret => format!("# {} is set and not shown", key.name),
                value => format!("{} = {}", key.name, value.to_toml()),
            };
            let _ = writeln!(out, "{line:<44} # {source}");
        }
        out.push('\n');
        for table in settings.tables.iter().filter(|t| t.name.split('.').next() == Some(section)) {
            let _ = writeln!(out, "{:<44} # {}", format!("[[{}]]", table.name), table.place);
            for (name, value) in &table.values {
                match name.as_str() {
                    "password" => out.push_str("# password is set and not shown\n"),
                    _ => {
                        let _ = writeln!(out, "{name} = {}", toml::Value::String(value.clone()));
                    }
                }
            }
            out.push('\n');
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// The same as JSON: a list of settings.
pub(crate) fn shown_json(settings: &Settings) -> serde_json::Value {
    let of = |key: &Key| {
        let (value, source) = settings.get(&key.path());
        let value = if key.secret && *value != Value::None { "(set)".into() } else { value.to_json() };
        serde_json::json!({
            "setting": key.path(),
            "value": value,
            "source": source.to_string(),
            "env": key.env(),
            "takes_effect": takes_effect(key),
            "help": key.help,
        })
    };
    keys().iter().map(of).collect()
}

/// `env.sample`: every variable with its default and meaning.
pub(crate) fn env_sample() -> String {
    let mut out = String::from(
        "# Every setting of TOM as an environment variable. Made by `tom config show --env`; do not edit.\n\
         # A flag wins over the environment, the environment over the file, the file over the default.\n",
    );
    for section in sections() {
        let _ = writeln!(out, "\n# [{section}]");
        for key in keys().iter().filter(|key| key.section == section) {
            let _ = writeln!(out, "# {} Takes effect {}.", key.help, takes_effect(key));
            let default = match Value::default_of(key) {
                Value::Text(text) => text,
                Value::List(items) => items.join(","),
                other => other.to_toml(),
            };
            let _ = writeln!(out, "#{}={default}", key.env());
        }
    }
    out
}

fn takes_effect(key: &Key) -> &'static str {
    match key.reload {
        Reload::NextCall => "with the next call",
        Reload::Restart => "after a restart",
    }
}
