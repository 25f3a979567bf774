//! Layer: bench. The engines of the conversation: written, started, asked to speak for the caller.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_agent::tools::{HangUp, TakeMessage, Tool, Toolbox};
use tom_agent::{Agent, Limits, LlmBrain};
use tom_base::{CallPlan, Epoch, Lang, Span};
use tom_call::{CallSetup, Engines};
use tom_engine::{EndOfTurn, Health, Llm, Stt, Tts, TtsEvent, TtsOptions};
use tom_models::end_of_turn::{Limits as Judging, SmartTurn, SmartTurnOptions, WEIGHTS};
use tom_models::llm::{LlamaLlm, LlamaOptions};
use tom_models::stt::{WhisperOptions, WhisperStt};
use tom_models::tts::{EspeakOptions, EspeakTts, PiperOptions, PiperTts};
use tom_models::vad::{VadChoice, VadEngine, VadTuning};
use tom_tiny::{Llama, Voice, Whisper, asked};
use tom_turn::TurnConfig;

use crate::ear::{Said, Told};
use crate::{LONG, Outcome, TOKENS, WORDS_A_SECOND};

/// What the agent is told to be.
const PROMPT: &str = "You work for a small shop of bicycles. It is open from nine to six, on Saturdays until one, and closed \
                      on Sundays. Repairs take two days. Appointments are not needed.";
/// The engines.
pub(crate) struct House {
    pub(crate) whisper: Arc<WhisperStt>,
    pub(crate) llama: Arc<LlamaLlm>,
    pub(crate) piper: Arc<PiperTts>,
    espeak: Arc<EspeakTts>,
    judge: Option<Arc<SmartTurn>>,
    vad: VadEngine,
    /// How far the caller is.
    pub(crate) said: Arc<Said>,
}

impl House {
    /// Writes the made-up models into a folder and starts everything. `judge`: with the end-of-turn model, if it is there.
    pub(crate) async fn open(folder: &Path, judge: bool) -> Outcome<Self> {
        let heard = folder.join("whisper");
        std::fs::create_dir(&heard)?;
        Whisper::Tiny.write(&heard)?;
        let spoken = Voice::Medium.write(folder, "en-us")?;
        let written = folder.join("half.gguf");
        Llama::HalfSpeaker.write(&written)?;
        let whisper = WhisperOptions { pace: Some(WORDS_A_SECOND), ..WhisperOptions::new(heard) };
        let espeak =
            Arc::new(EspeakTts::start(EspeakOptions { shards: Some(1), ..EspeakOptions::default() })?);
        // Nothing is kept: the replies are all the same.
        let piper = PiperOptions { shards: Some(1), cache_bytes: 0, ..PiperOptions::new(spoken) };
        let llama = LlamaOptions { first: LONG, gap: LONG, ..LlamaOptions::new(written) };
        let models = std::env::var_os("TOM_MODELS").map(PathBuf::from);
        let weights =
            models.as_ref().map(|models| models.join(WEIGHTS)).filter(|weights| judge && weights.is_file());
        let judge = weights.map(|weights| {
            SmartTurn::start(SmartTurnOptions { weights, limits: Judging::default() }).map(Arc::new)
        });
        let house = Self {
            whisper: Arc::new(WhisperStt::start(whisper)?),
            llama: Arc::new(LlamaLlm::start(&llama, &Handle::current())?),
            piper: Arc::new(PiperTts::start(piper, Arc::clone(&espeak))?),
            espeak,
            judge: judge.transpose()?,
            said: Arc::default(),
            vad: VadEngine::load(models.as_deref(), VadChoice::Auto, &VadTuning::default())?,
        };
        let waits = (house.whisper.clone(), house.llama.clone(), house.piper.clone(), house.judge.clone());
        let ready = tokio::task::spawn_blocking(move || {
            let (whisper, llama, piper, judge) = waits;
            let judge = judge.map(|judge| judge.wait_ready(LONG));
            [
                Some(whisper.wait_ready(LONG)),
                Some(llama.wait_ready(LONG)),
                Some(piper.wait_ready(LONG)),
                judge,
            ]
        });
        match ready.await?.into_iter().flatten().find(|health| *health != Health::Ok) {
            None => Ok(house),
            Some(ill) => Err(format!("Error: an engine is not ready: {ill:?}").into()),
        }
    }

    pub(crate) fn close(&self) {
        self.whisper.close();
        self.llama.close();
        self.piper.close();
        self.espeak.close();
        if let Some(judge) = &self.judge {
            judge.close();
        }
    }

    /// The caller's sentence, from its first voiced sample to its last.
    pub(crate) async fn question(&self) -> Outcome<Vec<i16>> {
        let (sender, mut events) = mpsc::channel(256);
        let mut voice = self.espeak.open(TtsOptions { lang: Lang::EN, voice: None }, sender)?;
        voice.speak(Epoch::default(), 0, asked().into())?;
        let mut all = Vec::new();
        loop {
            match tokio::time::timeout(LONG, events.recv()).await?.ok_or("espeak-ng went away")? {
                TtsEvent::Audio { pcm, .. } => all.extend(pcm),
                TtsEvent::Word { .. } => {}
                TtsEvent::Done { .. } => break,
                TtsEvent::Failed { error, .. } => return Err(error.into()),
            }
        }
        let loud = |sample: &i16| sample.unsigned_abs() > 500;
        let (from, to) = (all.iter().position(loud), all.iter().rposition(loud));
        let (from, to) = from.zip(to).ok_or("espeak-ng is silent")?;
        Ok(all[from..=to].to_vec())
    }

    /// A call with an agent.
    pub(crate) fn setup(&self) -> Outcome<CallSetup> {
        let tools: Vec<Arc<dyn Tool>> = vec![Arc::new(TakeMessage), Arc::new(HangUp)];
        let agent = Agent {
            llm: Arc::clone(&self.llama) as Arc<dyn Llm>,
            fallback: None,
            system_prompt: PROMPT.into(),
            greeting: Some("An AI speaks.".into()),
            tools: Toolbox::new(tools)?,
            transfer: None,
            rating: false,
            limits: Limits { max_tokens: TOKENS, ..Limits::default() },
        };
        let plan = CallPlan::default();
        // The first turn reads the prompt: as long as that takes.
        let patience = Span::from_millis(LONG.as_millis() as u64);
        let turn = TurnConfig {
            thinking: patience,
            first_audio: patience,
            whole: patience,
            stall: patience,
            ..TurnConfig::for_call(Lang::EN, &plan)
        };
        Ok(CallSetup {
            id: "bench-1".parse()?,
            lang: Lang::EN,
            voice: None,
            turn,
            brain: Box::new(LlmBrain::new(Arc::new(agent), Lang::EN, plan.clone())),
            plan,
            vad: self.vad.open(),
            engines: Engines {
                end_of_turn: self.judge.clone().map(|judge| judge as Arc<dyn EndOfTurn>),
                stt: Some(Arc::new(Told {
                    whisper: Arc::clone(&self.whisper),
                    text: asked(),
                    said: Arc::clone(&self.said),
                }) as Arc<dyn Stt>),
                tts: Some(Arc::clone(&self.piper) as Arc<dyn Tts>),
                tts_fallback: None,
            },
            lead: Span::from_millis(40),
            cancel_echo: false,
        })
    }
}
