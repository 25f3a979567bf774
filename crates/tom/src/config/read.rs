//! Where is the configuration, and what does it come to with the profile and the models that are here?

use std::path::PathBuf;

use super::{Config, Inputs, Problem, Settings, Stock, Value, data_dir, load, profile, usual_places};
use crate::cli::Global;

/// Finds and reads the configuration: the file given, else the first of the usual places; then sets what the profile
/// wants where nobody set anything, and finds the models that are named. Blocks, but not long.
///
/// # Errors
/// All mistakes at once.
pub(crate) fn read(
    global: &Global,
    flags: Vec<(&'static str, &'static str, String)>,
) -> Result<(Config, Settings), Vec<Problem>> {
    let found = match &global.config {
        Some(path) => Some(path.clone()),
        None => usual_places().into_iter().find(|path| path.exists()),
    };
    let file = match found {
        None => None,
        Some(path) => match std::fs::read_to_string(&path) {
            Ok(text) => Some((path, text)),
            Err(error) => {
                return Err(vec![Problem {
                    place: path.display().to_string(),
                    what: format!("cannot be read: {error}"),
                }]);
            }
        },
    };
    let env = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let mut settings = load(&Inputs { file, env, flags })?;
    let data_dir = data_dir(global.data_dir.as_deref());
    let own = match settings.get("models.catalogue").0 {
        Value::Text(path) if !path.is_empty() => Some(PathBuf::from(path)),
        _ => None,
    };
    let stock = Stock::open(own.as_deref(), &data_dir);
    let applied = stock.as_ref().map_err(ToString::to_string).and_then(|stock| {
        profile::apply(&mut settings, stock, &tom_shelf::Machine::here()).map_err(|error| error.to_string())
    });
    match applied {
        Ok(applied) => settings.profile = applied,
        // Whoever works with models is told so as an error; calls go on without.
        Err(why) => settings.notices.push(format!("no profile is applied: {why}")),
    }
    let mut config = Config::from_settings(&settings)?;
    let stock = stock.map_err(|error| error.to_string());
    let known = || stock.as_ref().map_err(String::clone);
    let mut named = Vec::new();
    if let Some(voice) = &mut config.piper {
        named.push(("tts.model", known().and_then(|stock| voice.find(stock))));
    }
    if let Some(whisper) = &mut config.whisper {
        named.push(("stt.model", known().and_then(|stock| whisper.find(stock))));
        named.push(("stt.smaller", known().and_then(|stock| whisper.find_smaller(stock))));
    }
    if let Some(model) = &mut config.llama {
        named.push(("llm.model", known().and_then(|stock| model.find(stock))));
    }
    for (path, found) in named {
        let place = settings.get(path).1.to_string();
        let problem = |what: String| vec![Problem { place, what: format!("{path}: {what}") }];
        settings.notices.extend(found.map_err(problem)?);
    }
    Ok((config, settings))
}
