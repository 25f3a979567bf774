//! The predecessors' variable names, and what they mean here.

use super::schema::{self, Key};

/// What a predecessor's variable says.
#[derive(Debug)]
pub(crate) enum Alias {
    /// It stands for a setting, with this value as text.
    Sets { key: &'static Key, text: String },
    /// It is known and has no effect in this version.
    Unused,
    /// Its value cannot be read.
    Bad { key: &'static Key, why: String },
}

/// Reads a predecessor's variable; none if the name is not one. `listen`: the address as known so far.
pub(crate) fn read(name: &str, value: &str, listen: &str) -> Option<Alias> {
    let (path, how) = rows().find(|(known, ..)| *known == name).map(|(_, path, how)| (path, how))?;
    let Some(key) = schema::find(path) else { return Some(Alias::Unused) };
    let (host, port) = listen.rsplit_once(':').unwrap_or((listen, "8080"));
    let text = match how {
        "host" => format!("{value}:{port}"),
        "port" => format!("{host}:{value}"),
        "lower" => value.to_lowercase(),
        "s" => match value.trim().parse::<f64>() {
            Ok(s) if s.is_finite() => format!("{:.0}", s * 1000.0),
            _ => return Some(Alias::Bad { key, why: format!("{value:?} is no number of seconds") }),
        },
        "mode" => match (value, path) {
            ("off", _) | ("local", "llm.engine") => "off".into(),
            ("local", "stt.engine") => "pocketsphinx".into(),
            ("local", _) => "espeak-ng".into(),
            _ => {
                let why = format!("{value:?} is neither local nor off; other modes are not in this version");
                return Some(Alias::Bad { key, why });
            }
        },
        _ => value.to_owned(),
    };
    Some(Alias::Sets { key, text })
}

/// Whether a name is one of the predecessors'.
pub(crate) fn rows() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    include_str!("../../data/aliases.tsv").lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
        let mut columns = line.split('\t');
        Some((columns.next()?, columns.next()?, columns.next()?))
    })
}
