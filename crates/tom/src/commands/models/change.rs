//! `tom models verify`, `remove` and `import`.

use std::path::PathBuf;

use serde_json::json;
use tom_shelf::{Model, State};

use super::{Store, failed, size};
use crate::exit::Failure;
use crate::output;

pub(super) fn verify(store: &Store, names: &[String], as_json: bool) -> Result<(), Failure> {
    let models: Vec<&Model> = if names.is_empty() {
        let here = |model: &&Model| matches!(store.shelf.model_state(model), State::There | State::Wrong);
        store.catalogue.models().iter().filter(here).collect()
    } else {
        store.pick(names)?
    };
    let mut rows = Vec::new();
    let mut bad = false;
    for model in models {
        for file in &model.files {
            let state = match store.shelf.verify(file).map_err(failed)? {
                State::There if file.sha256.is_none() => "unknown",
                State::There => "ok",
                State::Missing | State::Begun(_) => "missing",
                State::Wrong => "wrong",
            };
            bad |= matches!(state, "missing" | "wrong");
            rows.push((model, file, state));
        }
    }
    if as_json {
        let row = |(model, file, state): &(&Model, &tom_shelf::ModelFile, &str)| json!({ "model": model.name, "file": file.path, "state": state });
        output::json(&rows.iter().map(row).collect());
    } else if rows.is_empty() {
        output::line(format_args!("no model is here; tom models list shows what there is"));
    } else {
        for (model, file, state) in &rows {
            let fix = match *state {
                "wrong" | "missing" => format!("  -> tom models pull {}", model.name),
                _ => String::new(),
            };
            output::line(format_args!("{state:<8} {}{fix}", file.path));
        }
    }
    if bad { Err(Failure::Said) } else { Ok(()) }
}

pub(super) fn remove(store: &Store, names: &[String], as_json: bool) -> Result<(), Failure> {
    let models = store.pick(names)?;
    let lock = store.shelf.lock().map_err(failed)?;
    let mut freed = 0;
    for model in &models {
        freed += store.shelf.remove(model, &lock).map_err(failed)?;
    }
    if as_json {
        output::json(&json!({ "removed": names, "bytes": freed }));
    } else {
        output::line(format_args!("removed: {} ({} are free again)", names.join(" "), size(freed)));
    }
    Ok(())
}

pub(super) async fn import(store: &Store, from: &[PathBuf], as_json: bool) -> Result<(), Failure> {
    let lock = store.shelf.lock().map_err(failed)?;
    let done = store.shelf.import(&store.catalogue, from, &lock).await.map_err(failed)?;
    let taken = done.iter().filter(|one| !one.as_files.is_empty()).count();
    if as_json {
        let row = |one: &tom_shelf::Imported| {
            let models: Vec<_> =
                one.as_files.iter().map(|(model, file)| json!({ "model": model, "file": file })).collect();
            json!({ "from": one.from, "as": models })
        };
        output::json(&done.iter().map(row).collect());
    } else {
        for one in &done {
            for (model, file) in &one.as_files {
                output::line(format_args!("{} is {file} of {model}", one.from.display()));
            }
            if one.as_files.is_empty() && from.contains(&one.from) {
                output::line(format_args!("{} is no file of the catalogue", one.from.display()));
            }
        }
    }
    if taken == 0 {
        let what = "nothing was taken: no file has the size and checksum of one in the catalogue; \
                    docs/models.md says how to describe models of your own";
        return Err(Failure::Failed(anyhow::anyhow!(what)));
    }
    Ok(())
}
