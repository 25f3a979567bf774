//! The engines, as the configuration wants them: built in, or servers over HTTP.

mod health;
mod spare;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::runtime::Handle;
use tom_agent::Recall;
use tom_base::Lang;
use tom_call::Engines;
use tom_cloud::{FallbackStt, OpenAiLlm, OpenAiStt, OpenAiTts};
use tom_engine::{EndOfTurn, EngineError, Health, Llm, Stt, Tts};
use tom_models::end_of_turn::{Limits, SmartTurn, SmartTurnOptions, WEIGHTS};
use tom_models::llm::LlamaLlm;
use tom_models::stt::{SphinxOptions, SphinxStt, WhisperOptions, WhisperStt};
use tom_models::tts::{EspeakOptions, EspeakTts, PiperOptions, PiperTts};
use tom_models::vad::{VadChoice, VadEngine, VadTuning};
use tom_server::Level;

use crate::config::{Config, Problem};
pub(crate) use spare::{Heavy, Sparing};

/// How long workers may take to start before a command goes on without them.
pub(crate) const START_DEADLINE: Duration = Duration::from_secs(10);

/// The engines: workers started, weights loaded, connections on their way.
pub(crate) struct Local {
    pub(crate) vad: VadEngine,
    sphinx: Option<Arc<SphinxStt>>,
    whisper: Option<Arc<WhisperStt>>,
    espeak: Option<Arc<EspeakTts>>,
    piper: Option<Arc<PiperTts>>,
    /// The recogniser of calls: Whisper, the server, PocketSphinx, or the last two.
    stt: Option<Arc<dyn Stt>>,
    remote_llm: Option<Arc<OpenAiLlm>>,
    /// The language model on this machine.
    llama: Option<Arc<LlamaLlm>>,
    llm_fallback: Option<Arc<OpenAiLlm>>,
    remote_tts: Option<Arc<OpenAiTts>>,
    judge: Option<Arc<SmartTurn>>,
    /// What is given up while the machine is short of something.
    pub(crate) sparing: Sparing,
    /// How many replies are remembered, and where that happens.
    cached_replies: (usize, Handle),
    recall: OnceLock<Arc<Recall>>,
}

impl Local {
    /// Starts what the configuration asks for. Workers load in the background. To be called on the runtime.
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
        // Only a flow gives grammars. Behind a server the built-in recogniser also takes a flow's messages.
        let dictation = config.llm || config.remote.stt.is_some();
        let sphinx = config
            .stt
            .then(|| SphinxStt::start(SphinxOptions { shards: shards(config.stt_shards), dictation }))
            .transpose()
            .map_err(start_error("stt"))?
            .map(Arc::new);
        let whisper = config.whisper.as_ref().map(|heard| {
            let options = WhisperOptions {
                smaller: heard.smaller.clone(),
                hearing: heard.hearing.clone(),
                prompt: heard.prompt.clone(),
                words: heard.words,
                shards: config.stt_shards.max(1),
                threads: heard.threads,
                window_s: heard.window_s,
                ..WhisperOptions::new(heard.model.clone())
            };
            WhisperStt::start(options).map(Arc::new)
        });
        let whisper = whisper.transpose().map_err(start_error("stt"))?;
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
        let piper = config.piper.as_ref().zip(espeak.as_ref()).map(|(voice, espeak)| {
            let options = PiperOptions {
                speaker: voice.speaker.as_deref().map(Into::into),
                speed: voice.speed,
                runtime: voice.runtime.as_str().into(),
                shards: shards(config.tts_shards),
                cache_bytes: voice.prompts_mib << 20,
                ..PiperOptions::new(voice.model.clone())
            };
            PiperTts::start(options, Arc::clone(espeak)).map(Arc::new)
        });
        let piper = piper.transpose().map_err(start_error("tts"))?;
        let weights = models_dir(data_dir).join(WEIGHTS);
        let judge = (config.end_of_turn && weights.is_file())
            .then(|| {
                let limits = Limits { share: config.end_of_turn_share, ..Limits::default() };
                SmartTurn::start(SmartTurnOptions { weights, limits })
            })
            .transpose()
            .map_err(start_error("turn"))?
            .map(Arc::new);
        let (remote, runtime) = (&config.remote, Handle::current());
        let llama = match &config.llama {
            Some(llama) => {
                Some(Arc::new(LlamaLlm::start(llama.options(), &runtime).map_err(start_error("llm"))?))
            }
            None => None,
        };
        let remote_stt = remote.stt.clone().map(|settings| OpenAiStt::start(settings, &runtime));
        let language_model = |settings: &Option<_>| {
            let started = settings.clone().map(|settings| OpenAiLlm::start(settings, &runtime)).transpose();
            started.map(|engine| engine.map(Arc::new)).map_err(start_error("llm"))
        };
        let remote_tts = remote.tts.clone().map(|settings| OpenAiTts::start(settings, &runtime));
        let remote_stt = remote_stt.transpose().map_err(start_error("stt"))?;
        let remote_stt = remote_stt.map(|engine| Arc::new(engine) as Arc<dyn Stt>);
        let builtin_stt = whisper.clone().map(|engine| engine as Arc<dyn Stt>);
        let builtin_stt = builtin_stt.or_else(|| sphinx.clone().map(|engine| engine as Arc<dyn Stt>));
        let heavy = piper.clone().map(|engine| engine as Arc<dyn Heavy>);
        let heavy = heavy.into_iter().chain(whisper.clone().map(|engine| engine as Arc<dyn Heavy>));
        let heavy = heavy.chain(llama.clone().map(|engine| engine as Arc<dyn Heavy>));
        Ok(Self {
            sparing: Sparing::new(heavy.collect(), config.limits.engine_calls),
            cached_replies: (config.agent.cached_replies, runtime.clone()),
            recall: OnceLock::new(),
            vad,
            sphinx,
            whisper,
            espeak,
            piper,
            judge,
            stt: match (remote_stt, builtin_stt) {
                (Some(remote), Some(builtin)) => {
                    Some(Arc::new(FallbackStt::new(remote, builtin, runtime.clone())))
                }
                (remote, builtin) => remote.or(builtin),
            },
            remote_llm: language_model(&remote.llm)?,
            llama,
            llm_fallback: language_model(&remote.llm_fallback)?,
            remote_tts: remote_tts.transpose().map_err(start_error("tts"))?.map(Arc::new),
        })
    }

    /// Waits until the workers are up or have failed.
    pub(crate) async fn ready(&self, within: Duration) -> (Health, Health) {
        let (sphinx, espeak, judge) = (self.sphinx.clone(), self.espeak.clone(), self.judge.clone());
        let (piper, whisper, llama) = (self.piper.clone(), self.whisper.clone(), self.llama.clone());
        let waited = tokio::task::spawn_blocking(move || {
            let _ = sphinx.map(|engine| engine.wait_ready(within));
            let _ = whisper.map(|engine| engine.wait_ready(within));
            let _ = espeak.map(|engine| engine.wait_ready(within));
            let _ = piper.map(|engine| engine.wait_ready(within));
            let _ = judge.map(|engine| engine.wait_ready(within));
            let _ = llama.map(|engine| engine.wait_ready(within));
        });
        if let Err(error) = waited.await {
            tracing::warn!("waiting for the workers failed: {error}");
        }
        (self.stt_health(), self.tts_health())
    }

    /// The recogniser, whatever its languages.
    pub(crate) fn stt(&self) -> Option<Arc<dyn Stt>> {
        self.stt.clone()
    }

    /// The language model, which remembers replies where that is wanted.
    pub(crate) fn llm(&self) -> Option<Arc<dyn Llm>> {
        let model = self.model()?;
        let (most, runtime) = &self.cached_replies;
        if *most == 0 {
            return Some(model);
        }
        Some(self.recall.get_or_init(|| Arc::new(Recall::new(model, *most, runtime.clone()))).clone())
    }

    fn model(&self) -> Option<Arc<dyn Llm>> {
        let llama = self.llama.clone().map(|engine| engine as Arc<dyn Llm>);
        llama.or_else(|| self.remote_llm.clone().map(|engine| engine as Arc<dyn Llm>))
    }

    /// The language model that is asked when the first one fails.
    pub(crate) fn llm_fallback(&self) -> Option<Arc<dyn Llm>> {
        self.llm_fallback.clone().map(|engine| engine as Arc<dyn Llm>)
    }

    /// The synthesiser.
    pub(crate) fn tts(&self) -> Option<Arc<dyn Tts>> {
        self.first_tts().or_else(|| self.builtin_tts())
    }

    /// The voice somebody chose instead of the built-in one.
    fn first_tts(&self) -> Option<Arc<dyn Tts>> {
        let remote = self.remote_tts.clone().map(|engine| engine as Arc<dyn Tts>);
        remote.or_else(|| self.piper.clone().map(|engine| engine as Arc<dyn Tts>))
    }

    /// The voice that needs no room.
    pub(crate) fn builtin_tts(&self) -> Option<Arc<dyn Tts>> {
        self.espeak.clone().map(|engine| engine as Arc<dyn Tts>)
    }

    /// The engines of a call in a language: a recogniser that does not understand it is left out. Where a
    /// server speaks, the built-in voice stands in for it; it also speaks where the voice of this machine has no room,
    /// or is to be spared.
    /// `has_room`: it has room, or will have it when it speaks.
    pub(crate) fn for_call(&self, lang: Lang, has_room: bool) -> Engines {
        let room = |engine: &Arc<dyn Tts>| {
            engine.name() != "piper" || self.sparing.large() && (has_room || !self.sparing.is_full("piper"))
        };
        let mut voices = self
            .first_tts()
            .filter(room)
            .into_iter()
            .chain(self.builtin_tts())
            .filter(|engine| engine.speaks(lang))
            .fuse();
        let judge = self.judge.clone().filter(|_| self.sparing.level() == Level::Normal);
        Engines {
            end_of_turn: judge.map(|engine| engine as Arc<dyn EndOfTurn>),
            stt: self.stt().filter(|engine| engine.speaks(lang)),
            // A call in a language that no voice speaks is told so by the one that is there.
            tts: voices.next().or_else(|| self.tts()),
            tts_fallback: voices.next(),
        }
    }

    /// Whether the first voice has its name from its own settings: the built-in one knows none such.
    pub(crate) fn has_own_voice(&self) -> bool {
        self.first_tts().is_some()
    }

    /// Has the Piper voice speak what callers will hear, in words to say. Blocks.
    pub(crate) fn speak_ahead(&self, texts: &[Arc<str>]) -> usize {
        self.piper.as_ref().map_or(0, |piper| piper.speak_ahead(texts))
    }

    /// Whether there is a voice that takes time to speak, in a language.
    pub(crate) fn speaks_ahead(&self, lang: Lang) -> bool {
        self.remote_tts.is_none() && self.piper.as_ref().is_some_and(|piper| piper.speaks(lang))
    }

    /// Ends the workers.
    pub(crate) fn close(&self) {
        if let Some(engine) = &self.sphinx {
            engine.close();
        }
        if let Some(engine) = &self.whisper {
            engine.close();
        }
        if let Some(engine) = &self.espeak {
            engine.close();
        }
        if let Some(engine) = &self.piper {
            let prompts = engine.status().cache;
            tracing::info!(prompts.hits, prompts.misses, prompts.bytes, "what was spoken ahead");
            engine.close();
        }
        if let Some(engine) = &self.judge {
            engine.close();
        }
        if let Some(engine) = &self.llama {
            let tokens = engine.tokens();
            tracing::info!(
                tokens.prompt,
                tokens.read,
                tokens.written,
                "what the language model read and wrote"
            );
            engine.close();
        }
    }
}

/// Where weights lie.
pub(crate) fn models_dir(data_dir: &Path) -> PathBuf {
    data_dir.join("models")
}
