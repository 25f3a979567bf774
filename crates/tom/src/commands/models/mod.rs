//! `tom models`: which models there are, and how they come and go.

pub(crate) mod bars;
mod change;
mod discover;
mod list;
pub(crate) mod profiles;
mod pull;

use std::path::Path;

use tom_shelf::{Catalogue, Machine, Model, Profile, Shelf, ShelfError};

use crate::cli::{Global, ModelsCommand};
use crate::config::{self, ModelsConfig, Stock};
use crate::exit::Failure;

/// What all of these commands look at.
pub(crate) struct Store {
    pub(crate) shelf: Shelf,
    pub(crate) catalogue: Catalogue,
    pub(crate) settings: ModelsConfig,
}

impl Store {
    /// Reads configuration and catalogues.
    pub(crate) fn open(global: &Global) -> Result<Self, Failure> {
        let (config, _) = config::read(global, Vec::new())?;
        Self::of(config.models, &config::data_dir(global.data_dir.as_deref()))
    }

    /// Reads the catalogues: TOM's, and one of the operator's own.
    pub(crate) fn of(settings: ModelsConfig, data_dir: &Path) -> Result<Self, Failure> {
        let Stock { shelf, catalogue } =
            Stock::open(settings.catalogue.as_deref(), data_dir).map_err(failed)?;
        Ok(Self { shelf, catalogue, settings })
    }

    /// The profile of a name; `auto` is the one that suits this machine.
    pub(crate) fn profile(name: &str) -> Result<Profile, Failure> {
        let found = match name {
            "auto" => Profile::for_machine(&Machine::here()),
            name => Profile::find(name),
        };
        found.map_err(failed)
    }

    /// The models of these names.
    pub(crate) fn pick(&self, names: &[String]) -> Result<Vec<&Model>, Failure> {
        self.catalogue
            .pick(names.iter().map(String::as_str))
            .map_err(|error| Failure::Usage(error.to_string()))
    }
}

pub(crate) async fn run(global: &Global, command: &ModelsCommand) -> Result<(), Failure> {
    let store = Store::open(global)?;
    match command {
        ModelsCommand::List { installed, kind, lang, profile, json } => {
            let only = list::Only {
                installed: *installed,
                kind: kind.as_deref(),
                lang: lang.as_deref(),
                profile: profile.as_deref(),
            };
            list::list(&store, &only, *json)
        }
        ModelsCommand::Profiles { json } => profiles::list(&store, *json),
        ModelsCommand::Pull(args) => pull::run(&store, args).await,
        ModelsCommand::Verify { names, json } => change::verify(&store, names, *json),
        ModelsCommand::Remove { names, json } => change::remove(&store, names, *json),
        ModelsCommand::Path { name, json } => list::path(&store, name.as_deref(), *json),
        ModelsCommand::Import { from, json } => change::import(&store, from, *json).await,
        ModelsCommand::Discover { urls, json } => discover::discover(urls, *json).await,
    }
}

/// The failure that a store's error is.
pub(crate) fn failed(error: ShelfError) -> Failure {
    match error {
        ShelfError::Unknown { .. } | ShelfError::UnknownProfile { .. } => Failure::Usage(error.to_string()),
        error => Failure::Failed(error.into()),
    }
}

/// Bytes for people.
pub(crate) fn size(bytes: u64) -> String {
    tom_shelf::size(bytes)
}
