//! Which models does the configuration mean by their names, and are they on this machine?

use std::path::{Path, PathBuf};

use tom_shelf::{Catalogue, Kind, Model, Shelf, ShelfError, State};

/// The models folder and what is known of models.
#[derive(Clone, Debug)]
pub(crate) struct Stock {
    pub(crate) shelf: Shelf,
    pub(crate) catalogue: Catalogue,
}

impl Stock {
    /// The models of a data folder, by TOM's catalogue and one of the operator's own: the one named, else
    /// `catalogue.toml` in the data folder. Blocks, but not long.
    ///
    /// # Errors
    /// When a catalogue has mistakes.
    pub(crate) fn open(own: Option<&Path>, data_dir: &Path) -> Result<Self, ShelfError> {
        let shelf = Shelf::new(data_dir.join("models"));
        let usual = data_dir.join("catalogue.toml");
        let own = own.map(Path::to_owned).or_else(|| usual.exists().then_some(usual));
        let mut catalogue = Catalogue::built_in()?;
        if let Some(own) = own {
            catalogue = catalogue.with(Catalogue::open(&own)?)?;
        }
        Ok(Self { shelf, catalogue })
    }

    /// Whether all files of a model are here.
    pub(crate) fn has(&self, model: &Model) -> bool {
        self.shelf.model_state(model) == State::There
    }

    /// The model of a kind that somebody means: by its name (`de-thorsten-medium`), or by that of its first file
    /// without the ending (`de_DE-thorsten-medium`).
    ///
    /// # Errors
    /// When there is none; the text names those there are.
    pub(crate) fn find(&self, kind: Kind, name: &str) -> Result<&Model, String> {
        let of_kind = || self.catalogue.models().iter().filter(|model| model.kind == kind);
        of_kind().find(|model| model.name == name || stem(model) == name).ok_or_else(|| {
            let names: Vec<&str> = of_kind().map(|model| &*model.name).collect();
            format!(
                "there is no {kind} called {name:?}; there are {}, or give a file's path",
                names.join(", ")
            )
        })
    }

    /// Where the first file of a model lies, or will lie.
    pub(crate) fn file(&self, model: &Model) -> PathBuf {
        let folder = self.shelf.folder();
        model.files.first().map_or_else(|| folder.to_owned(), |file| file.path.under(folder))
    }
}

/// The name of a model's first file, without its ending.
fn stem(model: &Model) -> &str {
    let name = model.files.first().map_or("", |file| file.path.name());
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
