//! What does the machine's profile set where the operator has set nothing?

use tom_shelf::{Choice, Machine, Profile, ShelfError};

use super::load::{Settings, Source};
use super::schema::find;
use super::stock::Stock;
use super::value::Value;

/// A profile, and what became of what it wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Applied {
    /// Its name.
    pub(crate) name: String,
    /// Nobody chose it: it suits this machine.
    pub(crate) auto: bool,
    /// The memory that its models together may take, in MB.
    pub(crate) budget_mb: u32,
    /// Each section that it fills.
    pub(crate) parts: Vec<Part>,
}

/// One section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// `stt`, `llm` or `tts`.
    pub(crate) section: String,
    /// The engine that the profile wants there.
    pub(crate) engine: String,
    /// Its model.
    pub(crate) model: String,
    pub(crate) state: PartState,
}

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PartState {
    /// It is set.
    Set,
    /// The operator has set the section.
    Yours,
    /// The model is not here.
    Missing,
    /// This program has no such engine.
    NoEngine,
}

impl Applied {
    /// What is missing and the command to bring it, in one line; none: nothing.
    pub(crate) fn lacking(&self) -> Option<String> {
        let missing: Vec<&Part> = self.parts.iter().filter(|part| part.state == PartState::Missing).collect();
        let models: Vec<&str> = missing.iter().map(|part| part.model.as_str()).collect();
        let sections: Vec<&str> = missing.iter().map(|part| part.section.as_str()).collect();
        (!missing.is_empty()).then(|| {
            format!(
                "profile {}: {} {} not here, so {} stays with what is built in; tom models pull --profile {} brings {}",
                self.name,
                models.join(", "),
                if models.len() == 1 { "is" } else { "are" },
                sections.join(", "),
                self.name,
                if models.len() == 1 { "it" } else { "them" },
            )
        })
    }

    /// What it set, in one line: `stt whisper (whisper-base-int8)`; none: nothing.
    pub(crate) fn told(&self) -> Option<String> {
        let set = self.parts.iter().filter(|part| part.state == PartState::Set);
        let told: Vec<String> =
            set.map(|part| format!("{} {} ({})", part.section, part.engine, part.model)).collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// Sets what the profile of `models.profile` wants. `None`: no profile is wanted.
///
/// # Errors
/// When the data of the profiles or the catalogue have mistakes.
pub(super) fn apply(
    settings: &mut Settings,
    stock: &Stock,
    machine: &Machine,
) -> Result<Option<Applied>, ShelfError> {
    let word = match settings.get("models.profile").0 {
        Value::Text(word) => word.clone(),
        _ => "auto".to_owned(),
    };
    let profile = match word.as_str() {
        "none" => return Ok(None),
        "auto" => Profile::for_machine(machine)?,
        name => Profile::find(name)?,
    };
    let mut parts = Vec::new();
    for choice in &profile.engines {
        parts.push(part(settings, stock, &profile.name, choice)?);
    }
    Ok(Some(Applied { auto: word == "auto", budget_mb: profile.budget_mb, name: profile.name, parts }))
}

fn part(settings: &mut Settings, stock: &Stock, profile: &str, choice: &Choice) -> Result<Part, ShelfError> {
    let lang = match settings.get("agent.language").0 {
        Value::Text(lang) => lang.clone(),
        _ => String::new(),
    };
    let models = stock.catalogue.pick(choice.models.iter().map(String::as_str))?;
    let model = models.iter().find(|model| model.speaks(&lang)).or(models.first());
    let name = model.map_or("", |model| &*model.name);
    let paths = [format!("{}.engine", choice.section), format!("{}.model", choice.section)];
    let values = paths.iter().zip([choice.engine.as_str(), name]).map(|(path, text)| {
        let key = find(path)?;
        Some((path.clone(), Value::from_text(key, text).ok()?))
    });
    let values: Option<Vec<(String, Value)>> = values.collect();
    let by_operator = |path: &String| {
        let (value, source) = settings.get(path);
        *source != Source::Default && !matches!(value, Value::Text(text) if text.is_empty())
    };
    let state = match values {
        _ if paths.iter().any(by_operator) => PartState::Yours,
        None => PartState::NoEngine,
        Some(_) if model.is_none_or(|model| !stock.has(model)) => PartState::Missing,
        Some(values) => {
            for (path, value) in values {
                settings.set(path, value, Source::Profile(profile.to_owned()));
            }
            smaller(settings, stock, profile, choice, &lang)?;
            PartState::Set
        }
    };
    Ok(Part { section: choice.section.clone(), engine: choice.engine.clone(), model: name.to_owned(), state })
}

/// Sets the smaller model of an engine where nobody has and it is here.
fn smaller(
    settings: &mut Settings,
    stock: &Stock,
    profile: &str,
    choice: &Choice,
    lang: &str,
) -> Result<(), ShelfError> {
    let path = format!("{}.smaller", choice.section);
    let models = stock.catalogue.pick(choice.smaller.iter().map(String::as_str))?;
    let model = models.iter().find(|model| model.speaks(lang)).or(models.first());
    let Some(name) = model.filter(|model| stock.has(model)).map(|model| &*model.name) else { return Ok(()) };
    let unset = find(&path).is_some() && *settings.get(&path).1 == Source::Default;
    if let Some(value) = find(&path).filter(|_| unset).and_then(|key| Value::from_text(key, name).ok()) {
        settings.set(path, value, Source::Profile(profile.to_owned()));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
