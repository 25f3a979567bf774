//! `tom models list` and `tom models path`.

use serde_json::{Value, json};
use tom_shelf::{Kind, Model, State};

use super::{Store, failed, size};
use crate::exit::Failure;
use crate::output;

/// Which models shall be listed.
pub(super) struct Only<'a> {
    pub(super) installed: bool,
    pub(super) kind: Option<&'a str>,
    pub(super) lang: Option<&'a str>,
    pub(super) profile: Option<&'a str>,
}

pub(super) fn list(store: &Store, only: &Only<'_>, as_json: bool) -> Result<(), Failure> {
    let Only { installed, kind, lang, profile } = *only;
    if let Some(kind) = kind.filter(|kind| Kind::ALL.iter().all(|known| known.as_str() != *kind)) {
        let all: Vec<_> = Kind::ALL.iter().map(|kind| kind.as_str()).collect();
        return Err(Failure::Usage(format!("--kind {kind} is not one of {}", all.join(", "))));
    }
    let profile = profile.map(Store::profile).transpose()?;
    let wanted = |model: &&Model| {
        profile.as_ref().is_none_or(|profile| profile.models.contains(&model.name))
            && kind.is_none_or(|kind| model.kind.as_str() == kind)
            && lang.is_none_or(|lang| model.speaks(lang))
            && (!installed || store.shelf.model_state(model) == State::There)
    };
    let models: Vec<&Model> = store.catalogue.models().iter().filter(wanted).collect();
    if as_json {
        output::json(&models.iter().map(|model| described(store, model)).collect());
        return Ok(());
    }
    if models.is_empty() {
        output::line(format_args!("no such model; tom models list shows all"));
        return Ok(());
    }
    output::line(format_args!(
        "{:<28} {:<15} {:<10} {:>9} {:>8}  {:<33} STATE",
        "NAME", "KIND", "LANGUAGES", "SIZE", "MEMORY", "LICENCE"
    ));
    for model in models {
        output::line(format_args!(
            "{:<28} {:<15} {:<10} {:>9} {:>8}  {:<33} {}",
            model.name,
            model.kind,
            languages(model),
            if model.bytes() == 0 { "?".into() } else { size(model.bytes()) },
            format!("{} MB", model.memory_mb),
            model.licence,
            state(store, model),
        ));
    }
    if let Some(profile) = profile {
        output::line(format_args!("{}: {}", profile.name, super::profiles::lacking(store, &profile)?));
    }
    Ok(())
}

fn languages(model: &Model) -> String {
    match &*model.languages {
        all if all.len() > 3 => format!("{} of them", all.len()),
        few => few.join(" "),
    }
}

/// The state, for people.
fn state(store: &Store, model: &Model) -> String {
    match store.shelf.model_state(model) {
        State::There => "here".into(),
        State::Wrong => format!("damaged: tom models pull {}", model.name),
        State::Begun(have) if model.bytes() > 0 => format!("{} % here", have * 100 / model.bytes()),
        _ if !model.can_be_pulled() => "no checksum known yet".into(),
        _ => "-".into(),
    }
}

fn described(store: &Store, model: &Model) -> Value {
    let (state, have) = match store.shelf.model_state(model) {
        State::There => ("here", model.bytes()),
        State::Begun(have) => ("begun", have),
        State::Missing => ("missing", 0),
        State::Wrong => ("damaged", 0),
    };
    json!({
        "name": model.name,
        "title": model.title,
        "kind": model.kind,
        "licence": model.licence,
        "home": model.home,
        "languages": model.languages,
        "memory_mb": model.memory_mb,
        "evidence": model.evidence,
        "bytes": model.bytes(),
        "state": state,
        "bytes_here": have,
        "can_be_pulled": model.can_be_pulled(),
        "path": store.shelf.path(model),
        "files": model.files,
    })
}

pub(super) fn path(store: &Store, name: Option<&str>, as_json: bool) -> Result<(), Failure> {
    let Some(name) = name else {
        return print_path(store.shelf.folder(), as_json);
    };
    let model = store.catalogue.find(name).map_err(failed)?;
    if store.shelf.model_state(model) != State::There {
        return Err(Failure::NotReady(format!("{name} is not here; tom models pull {name} brings it")));
    }
    print_path(&store.shelf.path(model), as_json)
}

fn print_path(path: &std::path::Path, as_json: bool) -> Result<(), Failure> {
    if as_json {
        output::json(&json!({ "path": path }));
    } else {
        output::line(format_args!("{}", path.display()));
    }
    Ok(())
}
