//! Which detector does a call get? Silero when its weights are there and load, else earshot.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use tom_engine::Vad;
use tom_kernel::Isa;

use super::config::{BadVadConfig, VadConfig, VadTuning};
use super::earshot::EarshotVad;
use super::silero::{SileroError, SileroModel, SileroVad};

/// The name of Silero's weights in the models directory.
pub const SILERO_FILE: &str = "silero_vad_16k.safetensors";

/// Which detector an operator asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum VadChoice {
    /// Silero when its weights are there, else earshot.
    #[default]
    Auto,
    /// Silero or nothing.
    Silero,
    /// Earshot.
    Earshot,
}

impl FromStr for VadChoice {
    type Err = BadVadConfig;
    fn from_str(s: &str) -> Result<Self, BadVadConfig> {
        match s {
            "auto" => Ok(Self::Auto),
            "silero" => Ok(Self::Silero),
            "earshot" => Ok(Self::Earshot),
            _ => Err(BadVadConfig { setting: "engine", must: "auto, silero or earshot" }),
        }
    }
}

/// Why there is no detector.
#[derive(Debug, thiserror::Error)]
pub enum VadError {
    /// Silero was asked for and cannot be had.
    #[error("{0}; or set vad.engine to earshot, which needs no file")]
    Silero(#[from] SileroError),
    /// Silero was asked for without a place to find it.
    #[error(
        "vad.engine is silero, but no models directory is known; set --data-dir, or vad.engine to earshot"
    )]
    NoDirectory,
    /// A setting makes no sense.
    #[error(transparent)]
    Config(#[from] BadVadConfig),
}

/// The detector of all calls: weights and settings, shared. Cheap to clone.
#[derive(Clone, Debug)]
pub struct VadEngine {
    kind: Kind,
    note: Option<Arc<str>>,
}

#[derive(Clone, Debug)]
enum Kind {
    Silero(Arc<SileroModel>, VadConfig, Isa),
    Earshot(VadConfig),
}

impl VadEngine {
    /// Loads what the choice asks for; `models` is the directory that may hold [`SILERO_FILE`]. Reads a file
    /// of 1.2 MB: not for an async thread.
    ///
    /// # Errors
    /// When a setting makes no sense, or Silero was demanded and cannot be loaded.
    pub fn load(models: Option<&Path>, choice: VadChoice, tuning: &VadTuning) -> Result<Self, VadError> {
        let earshot = |note: Option<String>| -> Result<Self, VadError> {
            Ok(Self { kind: Kind::Earshot(VadConfig::earshot().tuned(tuning)?), note: note.map(Into::into) })
        };
        let file = match (choice, models) {
            (VadChoice::Earshot, _) => return earshot(None),
            (VadChoice::Silero, None) => return Err(VadError::NoDirectory),
            (VadChoice::Auto, None) => {
                return earshot(Some("no models directory is known".into()));
            }
            (_, Some(models)) => models.join(SILERO_FILE),
        };
        match SileroModel::load(&file) {
            Ok(model) => Ok(Self {
                kind: Kind::Silero(Arc::new(model), VadConfig::silero().tuned(tuning)?, Isa::best()),
                note: None,
            }),
            Err(error) if choice == VadChoice::Silero => Err(error.into()),
            Err(error) => earshot(Some(error.to_string())),
        }
    }

    /// The same detectors on other instructions than the best ones here. Earshot has no choice of them.
    #[must_use]
    pub fn on(mut self, isa: Isa) -> Self {
        if let Kind::Silero(.., on) = &mut self.kind {
            *on = isa;
        }
        self
    }

    /// The instructions the network runs on, where there is a choice.
    #[must_use]
    pub fn isa(&self) -> Option<Isa> {
        match &self.kind {
            Kind::Silero(.., isa) => Some(*isa),
            Kind::Earshot(_) => None,
        }
    }

    /// A detector for one call.
    #[must_use]
    pub fn open(&self) -> Box<dyn Vad> {
        match &self.kind {
            Kind::Silero(model, config, isa) => Box::new(SileroVad::new(model.clone(), *config, *isa)),
            Kind::Earshot(config) => Box::new(EarshotVad::new(*config)),
        }
    }

    /// `silero` or `earshot`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self.kind {
            Kind::Silero(..) => "silero",
            Kind::Earshot(_) => "earshot",
        }
    }

    /// The settings in force.
    #[must_use]
    pub fn config(&self) -> VadConfig {
        match &self.kind {
            Kind::Silero(_, config, _) | Kind::Earshot(config) => *config,
        }
    }

    /// Why it is earshot although Silero would have been taken, for `tom doctor` and the start-up lines.
    #[must_use]
    pub fn note(&self) -> Option<&str> {
        self.note.as_deref()
    }
}

/// A single detector: Silero when `models` holds its weights and they load, else earshot. For many calls keep
/// a [`VadEngine`], which loads the weights once.
#[must_use]
pub fn open(models: Option<&Path>) -> Box<dyn Vad> {
    match VadEngine::load(models, VadChoice::Auto, &VadTuning::default()) {
        Ok(engine) => engine.open(),
        // Only settings can be wrong with `Auto`, and there are none.
        Err(_) => Box::new(EarshotVad::default()),
    }
}
