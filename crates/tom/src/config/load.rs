//! Where values come from: flag over environment over file over profile over default, each with its source kept.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::alias::{self, Alias};
use super::profile::Applied;
use super::schema::{Key, find, keys, sections};
use super::tables::{self, Table};
use super::value::Value;

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Default,
    /// What suits this machine, or was chosen for it.
    Profile(String),
    File {
        path: PathBuf,
        line: usize,
    },
    Env(String),
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Profile(name) => write!(f, "profile {name}"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Env(name) => write!(f, "env {name}"),
            Self::Flag(name) => write!(f, "flag {name}"),
        }
    }
}

/// A mistake in the configuration: where, what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) place: String,
    pub(crate) what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// All values with their sources.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    values: BTreeMap<String, (Value, Source)>,
    /// Tables that may stand several times, in order.
    pub(crate) tables: Vec<Table>,
    /// Things the operator should know that are no mistakes.
    pub(crate) notices: Vec<String>,
    /// What the profile did; none: none was wanted, or none was looked for.
    pub(crate) profile: Option<Applied>,
}

impl Settings {
    /// Sets a value.
    pub(super) fn set(&mut self, path: String, value: Value, source: Source) {
        self.values.insert(path, (value, source));
    }

    /// A value and where it came from.
    pub(crate) fn get(&self, path: &str) -> (&Value, &Source) {
        match self.values.get(path) {
            Some((value, source)) => (value, source),
            None => (&Value::None, &Source::Default),
        }
    }
}

/// What the settings are read from.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    /// The file and its text.
    pub(crate) file: Option<(PathBuf, String)>,
    pub(crate) env: Vec<(String, String)>,
    /// Flag, path, value.
    pub(crate) flags: Vec<(&'static str, &'static str, String)>,
}

/// Reads all sources.
///
/// # Errors
/// All mistakes at once, in the order of the sources.
pub(crate) fn load(inputs: &Inputs) -> Result<Settings, Vec<Problem>> {
    let mut settings =
        Settings { values: BTreeMap::new(), tables: Vec::new(), notices: Vec::new(), profile: None };
    let mut problems = Vec::new();
    for key in keys() {
        settings.values.insert(key.path(), (Value::default_of(key), Source::Default));
    }
    if let Some((path, text)) = &inputs.file {
        from_file(path, text, &mut settings, &mut problems);
    }
    from_env(&inputs.env, &mut settings, &mut problems);
    for (flag, path, text) in &inputs.flags {
        if let Some(key) = find(path) {
            let source = Source::Flag((*flag).to_owned());
            take(key, Value::from_text(key, text), source, &mut settings, &mut problems);
        }
    }
    if problems.is_empty() { Ok(settings) } else { Err(problems) }
}

fn from_file(path: &Path, text: &str, settings: &mut Settings, problems: &mut Vec<Problem>) {
    let line_of = |at: usize| text[..at.min(text.len())].matches('\n').count() + 1;
    let place = |at: usize| format!("{}:{}", path.display(), line_of(at));
    let document = match DeTable::parse(text) {
        Ok(document) => document,
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            problems.push(Problem { place: place(at), what: error.message().to_owned() });
            return;
        }
    };
    // The parser sorts keys by name; people read from top to bottom.
    let mut sections_here: Vec<_> = document.get_ref().iter().collect();
    sections_here.sort_by_key(|(name, _)| name.span().start);
    for (section, content) in sections_here {
        let name = section.get_ref().as_ref();
        let DeValue::Table(table) = content.get_ref() else {
            let what = format!("{name} stands outside any section; write it as [section] and key = value");
            problems.push(Problem { place: place(section.span().start), what });
            continue;
        };
        if !sections().contains(&name) {
            let what = format!("there is no section [{name}]{}", did_you_mean(name, sections()));
            problems.push(Problem { place: place(section.span().start), what });
            continue;
        }
        let mut keys_here: Vec<_> = table.iter().collect();
        keys_here.sort_by_key(|(name, _)| name.span().start);
        for (key_name, value) in keys_here {
            let full = format!("{name}.{}", key_name.get_ref());
            let at = key_name.span().start;
            if let Some(name) = tables::find(&full) {
                let (found, faults) = tables::read(name, value, &place);
                settings.tables.extend(found);
                problems.extend(faults.into_iter().map(|(at, what)| Problem { place: place(at), what }));
                continue;
            }
            let Some(key) = find(&full) else {
                let what = format!(
                    "there is no setting {full}{}",
                    did_you_mean(&full, keys().iter().map(Key::path))
                );
                problems.push(Problem { place: place(at), what });
                continue;
            };
            let source = Source::File { path: path.to_owned(), line: line_of(at) };
            take(key, plain(value).and_then(|v| Value::from_toml(key, &v)), source, settings, problems);
        }
    }
}

/// The value without its place in the file.
fn plain(value: &Spanned<DeValue<'_>>) -> Result<toml::Value, String> {
    Ok(match value.get_ref() {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Boolean(b) => toml::Value::Boolean(*b),
        DeValue::Integer(n) => toml::Value::Integer(
            i64::from_str_radix(n.as_str(), n.radix())
                .map_err(|_| format!("{} is too large a number", n.as_str()))?,
        ),
        DeValue::Float(f) => {
            toml::Value::Float(f.as_str().parse().map_err(|_| format!("{} is no number", f.as_str()))?)
        }
        DeValue::Array(items) => toml::Value::Array(items.iter().map(plain).collect::<Result<_, _>>()?),
        DeValue::Datetime(d) => toml::Value::Datetime(*d),
        DeValue::Table(_) => return Err("a table stands where a value is due".into()),
    })
}

fn from_env(env: &[(String, String)], settings: &mut Settings, problems: &mut Vec<Problem>) {
    // The predecessors' names first, so that TOM's own win.
    for (name, text) in env {
        let listen = match settings.get("server.listen").0 {
            Value::Text(listen) => listen.clone(),
            _ => String::new(),
        };
        match alias::read(name, text, &listen) {
            None => {}
            Some(Alias::Unused) => {
                settings.notices.push(format!("{name} is set, but has no effect in this version"));
            }
            Some(Alias::Bad { key, why }) => {
                problems.push(Problem {
                    place: name.clone(),
                    what: format!("{why} (it stands for {})", key.path()),
                });
            }
            Some(Alias::Sets { key, text }) => {
                settings.notices.push(format!(
                    "{name} is read as {}; its own name is {}",
                    key.path(),
                    key.env()
                ));
                let value = Value::from_text(key, &text);
                take(key, value, Source::Env(name.clone()), settings, problems);
            }
        }
    }
    for (name, text) in env {
        let Some(rest) = name.strip_prefix("TOM_") else { continue };
        if let Some(key) = keys().iter().find(|key| key.env() == *name) {
            take(key, Value::from_text(key, text), Source::Env(name.clone()), settings, problems);
        } else if rest.contains("__") {
            let what = format!("there is no such setting{}", did_you_mean(name, keys().iter().map(Key::env)));
            problems.push(Problem { place: name.clone(), what });
        }
    }
}

fn take(
    key: &'static Key,
    value: Result<Value, String>,
    source: Source,
    settings: &mut Settings,
    problems: &mut Vec<Problem>,
) {
    match value {
        Ok(value) => {
            settings.values.insert(key.path(), (value, source));
        }
        Err(why) => {
            problems.push(Problem { place: source.to_string(), what: format!("{}: {why}", key.path()) });
        }
    }
}

/// The nearest name, as the end of a sentence.
fn did_you_mean<T: AsRef<str>>(name: &str, known: impl IntoIterator<Item = T>) -> String {
    known
        .into_iter()
        .map(|k| (strsim::damerau_levenshtein(name, k.as_ref()), k.as_ref().to_owned()))
        .min()
        .filter(|(distance, k)| *distance <= k.len() / 3 + 1)
        .map_or_else(|| "; tom config show lists them all".into(), |(_, k)| format!("; did you mean {k}?"))
}
