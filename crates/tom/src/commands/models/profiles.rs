//! `tom models profiles`: which models suit which machine, and what this one lacks.

use serde_json::json;
use tom_shelf::{Machine, Model, Profile, State};

use super::{Store, failed, size};
use crate::exit::Failure;
use crate::output;

pub(super) fn list(store: &Store, as_json: bool) -> Result<(), Failure> {
    let suits = Profile::for_machine(&Machine::here()).map_err(failed)?;
    let mut rows = Vec::new();
    for profile in Profile::all().map_err(failed)? {
        let missing: Vec<&str> = missing(store, &profile)?.iter().map(|model| &*model.name).collect();
        if as_json {
            rows.push(json!({
                "name": profile.name,
                "title": profile.title,
                "budget_mb": profile.budget_mb,
                "models": profile.models,
                "missing": missing,
                "suits_this_machine": profile.name == suits.name,
            }));
            continue;
        }
        let mark = if profile.name == suits.name { "*" } else { " " };
        output::line(format_args!("{mark} {:<16} {}", profile.name, profile.title));
        output::line(format_args!(
            "  {:<16} at most {} MB; {}",
            "",
            profile.budget_mb,
            lacking(store, &profile)?
        ));
    }
    if as_json {
        output::json(&rows.into());
    } else {
        output::line(format_args!("* suits this machine"));
    }
    Ok(())
}

/// The models of a profile that are not here, or not whole.
pub(crate) fn missing<'a>(store: &'a Store, profile: &Profile) -> Result<Vec<&'a Model>, Failure> {
    let mut models = profile.models(&store.catalogue).map_err(failed)?;
    models.retain(|model| store.shelf.model_state(model) != State::There);
    Ok(models)
}

/// What a profile lacks here, and what brings it.
pub(crate) fn lacking(store: &Store, profile: &Profile) -> Result<String, Failure> {
    let missing = missing(store, profile)?;
    if missing.is_empty() {
        return Ok("all its models are here".into());
    }
    let names: Vec<&str> = missing.iter().map(|model| &*model.name).collect();
    let bytes = missing.iter().map(|model| model.bytes()).sum();
    Ok(format!("{} missing ({}): tom models pull --profile {}", names.join(" "), size(bytes), profile.name))
}
