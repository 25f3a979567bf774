//! Which tables may stand several times in the file, as `[[sip.trunk]]`, and what do they say?

use std::collections::BTreeMap;
use std::ops::Range;

use toml::Spanned;
use toml::de::DeValue;

/// The tables there may be several of, with their keys.
const TABLES: &[(&str, &[&str])] = &[(
    "sip.trunk",
    &[
        "name",
        "registrar",
        "outbound_proxy",
        "username",
        "auth_username",
        "password",
        "password_file",
        "register",
        "expires_s",
        "ca_file",
    ],
)];

/// One such table.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Table {
    /// `sip.trunk`.
    pub(crate) name: &'static str,
    /// Where it stands: file and line.
    pub(crate) place: String,
    /// Its values as text.
    pub(crate) values: BTreeMap<String, String>,
}

/// The name of such tables, if it is one.
pub(super) fn find(path: &str) -> Option<&'static str> {
    TABLES.iter().map(|(name, _)| *name).find(|name| *name == path)
}

/// Reads all tables of a name. Mistakes come back with where they are.
pub(super) fn read(
    name: &'static str,
    value: &Spanned<DeValue<'_>>,
    place: &dyn Fn(usize) -> String,
) -> (Vec<Table>, Vec<(usize, String)>) {
    let (mut tables, mut faults) = (Vec::new(), Vec::new());
    let DeValue::Array(items) = value.get_ref() else {
        let what = format!("there may be several of {name}: write [[{name}]]");
        return (tables, vec![(value.span().start, what)]);
    };
    for item in items {
        let at = start(item.span(), value.span());
        let DeValue::Table(content) = item.get_ref() else {
            faults.push((at, format!("{name} is a table: write [[{name}]]")));
            continue;
        };
        let mut values = BTreeMap::new();
        for (key, value) in content {
            let word = key.get_ref().as_ref();
            let known = TABLES.iter().find(|(table, _)| *table == name).map_or(&[][..], |(_, keys)| keys);
            if !known.contains(&word) {
                let what = format!("[[{name}]] has no setting {word}; it has {}", known.join(", "));
                faults.push((key.span().start, what));
                continue;
            }
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.as_str().to_owned(),
                DeValue::Boolean(switch) => switch.to_string(),
                _ => {
                    faults.push((
                        key.span().start,
                        format!("{name}.{word} is a text, a number, true or false"),
                    ));
                    continue;
                }
            };
            values.insert(word.to_owned(), text);
        }
        tables.push(Table { name, place: place(at), values });
    }
    (tables, faults)
}

/// Tables that stand several times may have no span of their own.
fn start(own: Range<usize>, all: Range<usize>) -> usize {
    if own.is_empty() { all.start } else { own.start }
}
