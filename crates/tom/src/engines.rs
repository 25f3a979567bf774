//! The engines on this machine, as the configuration wants them.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tom_base::Lang;
use tom_call::Engines;
use tom_engine::{EngineError, Health, Llm, Stt, Tts};
use tom_models::stt::{SphinxOptions, SphinxStt};
use tom_models::tts::{EspeakOptions, EspeakTts};
use tom_models::vad::{VadChoice, VadEngine, VadTuning};

use crate::config::{Config, Problem};

/// How long workers may take to start before a command goes on without them.
pub(crate) const START_DEADLINE: Duration = Duration::from_secs(10);

/// The built-in engines: workers started, weights loaded.
pub(crate) struct Local {
    pub(crate) vad: VadEngine,
    sphinx: Option<Arc<SphinxStt>>,
    espeak: Option<Arc<EspeakTts>>,
}

impl Local {
    /// Starts what the configuration asks for. Workers load in the background.
    ///
    /// # Errors
    /// When an engine that was asked for by name cannot be had.
    pub(crate) fn start(config: &Config, data_dir: &Path) -> Result<Self, Vec<Problem>> {
        let problem = |place: &str, what: String| vec![Problem { place: place.to_owned(), what }];
        let choice: VadChoice = config.vad.parse().unwrap_or_default();
        let tuning = VadTuning { clear_score: config.vad_threshold, ..VadTuning::default() };
        let vad = VadEngine::load(Some(&models_dir(data_dir)), choice, &tuning)
            .map_err(|error| problem("vad", error.to_string()))?;
        let start_error = |place: &'static str| move |error: EngineError| problem(place, error.to_string());
        let shards = |n: usize| (n > 0).then_some(n);
        let sphinx = config
            .stt
            .then(|| SphinxStt::start(SphinxOptions { shards: shards(config.stt_shards) }))
            .transpose()
            .map_err(start_error("stt"))?
            .map(Arc::new);
        let espeak = config
            .tts
            .then(|| {
                EspeakTts::start(EspeakOptions {
                    shards: shards(config.tts_shards),
                    ..EspeakOptions::default()
                })
            })
            .transpose()
            .map_err(start_error("tts"))?
            .map(Arc::new);
        Ok(Self { vad, sphinx, espeak })
    }

    /// Waits until the workers are up or have failed.
    pub(crate) async fn ready(&self, within: Duration) -> (Health, Health) {
        let (sphinx, espeak) = (self.sphinx.clone(), self.espeak.clone());
        let waited = tokio::task::spawn_blocking(move || {
            let stt = sphinx.map_or(Health::Off, |engine| engine.wait_ready(within));
            let tts = espeak.map_or(Health::Off, |engine| engine.wait_ready(within));
            (stt, tts)
        });
        waited.await.unwrap_or((self.stt_health(), self.tts_health()))
    }

    /// The recogniser, whatever its languages.
    pub(crate) fn stt(&self) -> Option<Arc<dyn Stt>> {
        self.sphinx.clone().map(|engine| engine as Arc<dyn Stt>)
    }

    /// The synthesiser.
    pub(crate) fn tts(&self) -> Option<Arc<dyn Tts>> {
        self.espeak.clone().map(|engine| engine as Arc<dyn Tts>)
    }

    /// The language model. None is built in.
    #[expect(clippy::unused_self, reason = "models on other machines will be kept here")]
    pub(crate) fn llm(&self) -> Option<Arc<dyn Llm>> {
        None
    }

    /// The engines of a call in a language: a recogniser that does not understand it is left out.
    pub(crate) fn for_call(&self, lang: Lang) -> Engines {
        Engines {
            end_of_turn: None,
            stt: self.stt().filter(|engine| engine.speaks(lang)),
            tts: self.tts(),
            tts_fallback: None,
        }
    }

    pub(crate) fn stt_health(&self) -> Health {
        self.sphinx.as_ref().map_or(Health::Off, |engine| engine.health())
    }

    pub(crate) fn tts_health(&self) -> Health {
        self.espeak.as_ref().map_or(Health::Off, |engine| engine.health())
    }

    /// Ends the workers.
    pub(crate) fn close(&self) {
        if let Some(engine) = &self.sphinx {
            engine.close();
        }
        if let Some(engine) = &self.espeak {
            engine.close();
        }
    }
}

/// Where weights lie.
pub(crate) fn models_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("models")
}
