//! `tom bundle`: models and settings in one file, for machines without a network.

use std::path::Path;

use serde_json::json;
use tom_shelf::{Bundle, Digest, Model, Restore, State};

use super::models::bars::Bars;
use super::models::{Store, failed, size};
use crate::cli::{BundleCommand, Global};
use crate::config;
use crate::exit::Failure;
use crate::output;

pub(crate) fn run(global: &Global, command: &BundleCommand) -> Result<(), Failure> {
    match command {
        BundleCommand::Create { to, names, no_config, force, json } => {
            create(global, to, names, !no_config, *force, *json)
        }
        BundleCommand::Restore { from, sha256, json } => restore(global, from, *sha256, *json),
    }
}

fn create(
    global: &Global,
    to: &Path,
    names: &[String],
    with_config: bool,
    replace: bool,
    as_json: bool,
) -> Result<(), Failure> {
    let store = Store::open(global)?;
    let models: Vec<&Model> = if names.is_empty() {
        let here = |model: &&Model| store.shelf.model_state(model) == State::There && model.can_be_pulled();
        store.catalogue.models().iter().filter(here).collect()
    } else {
        store.pick(names)?
    };
    if models.is_empty() {
        return Err(Failure::NotReady("no model is here to be bundled; tom models pull brings them".into()));
    }
    let (config, notes) = if with_config {
        let (_, settings) = config::read(global, Vec::new())?;
        let (text, notes) = config::portable(&settings);
        (Some(text), notes)
    } else {
        (None, Vec::new())
    };
    let names: Vec<&str> = models.iter().map(|model| &*model.name).collect();
    let bars = Bars::new(as_json);
    let made = store.shelf.bundle(to, &Bundle { models: models.clone(), config, replace }, &bars);
    bars.close();
    let made = made.map_err(failed)?;
    if as_json {
        output::json(&json!({
            "file": to, "models": names, "bytes": made.bytes, "sha256": made.sha256, "notes": notes,
        }));
        return Ok(());
    }
    output::line(format_args!("{}: {} ({})", to.display(), names.join(" "), size(made.bytes)));
    for note in notes {
        output::line(format_args!("note: {note}"));
    }
    output::line(format_args!("SHA-256 {}", made.sha256));
    output::line(format_args!("there: tom bundle restore {} --sha256 {}", to.display(), made.sha256));
    Ok(())
}

fn restore(global: &Global, from: &Path, sha256: Option<Digest>, as_json: bool) -> Result<(), Failure> {
    let store = Store::open(global)?;
    let data_dir = config::data_dir(global.data_dir.as_deref());
    let lock = store.shelf.lock().map_err(failed)?;
    let bars = Bars::new(as_json);
    let (catalogue, config) = (data_dir.join("catalogue.toml"), data_dir.join("tom.toml"));
    // Beside the models: nobody's configuration is replaced.
    let keep = |settings: Option<&str>, models: Option<&str>| {
        settings.map_or(Ok(()), |text| tom_shelf::keep(&config, text))?;
        models.map_or(Ok(()), |text| tom_shelf::keep(&catalogue, text))
    };
    let how = Restore { catalogue: &store.catalogue, sha256, keep: &keep };
    let restored = store.shelf.restore(from, &how, &bars, &lock);
    bars.close();
    let restored = restored.map_err(failed)?;
    let config = restored.config.map(|_| config);
    let catalogue = restored.catalogue.map(|_| catalogue);
    if as_json {
        output::json(&json!({
            "models": restored.models, "bytes": restored.bytes, "config": config, "catalogue": catalogue,
        }));
        return Ok(());
    }
    output::line(format_args!("restored: {} ({})", restored.models.join(" "), size(restored.bytes)));
    if let Some(path) = catalogue {
        output::line(format_args!("what these models are is in {}", path.display()));
    }
    if let Some(path) = config {
        output::line(format_args!("the settings are in {0}: tom serve --config {0}", path.display()));
    }
    Ok(())
}
