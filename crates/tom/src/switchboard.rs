//! What a call gets: its dialogue, engines and settings.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use tom_base::{CallId, CallPlan, Lang, Span};
use tom_call::{CallReport, CallSetup, FlowBrain};
use tom_engine::Health;
use tom_flow::Flow;
use tom_server::{CallRequest, Names, PartsHealth, Switchboard};
use tom_turn::TurnConfig;
use tom_wire::{ErrorCode, Modes, WireError};

use crate::config::Config;
use crate::engines::Local;

/// What may change while the server runs: it holds for calls that begin after the change.
pub(crate) struct Plan {
    config: Config,
    flow: Arc<Flow>,
}

impl Plan {
    pub(crate) fn new(config: &Config, flow: Arc<Flow>) -> Self {
        Self { config: config.clone(), flow }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Everything a call needs, in the language asked for or the configured one.
    ///
    /// # Errors
    /// When the flow does not speak that language.
    pub(crate) fn setup(&self, local: &Local, id: CallId, lang: Option<Lang>) -> Result<CallSetup, String> {
        let spoken = self.flow.languages();
        let found = |lang: Lang| [lang, lang.primary()].into_iter().find(|lang| spoken.contains(lang));
        let lang = match lang {
            Some(asked) => {
                found(asked).ok_or_else(|| format!("the flow {} does not speak {asked}", self.flow.name()))?
            }
            // A flow in one language is held in that one, whatever the default is.
            None => found(self.config.language).or_else(|| spoken.first().copied()).unwrap_or(Lang::EN),
        };
        let call_plan = CallPlan::default();
        let mut turn = TurnConfig::for_call(lang, &call_plan);
        for (name, value) in &self.config.turn {
            if let Some(knob) = TurnConfig::knob(name) {
                (knob.set)(&mut turn, *value);
            }
        }
        let engines = local.for_call(lang);
        let brain = FlowBrain::new(self.flow.clone(), lang, call_plan.clone(), engines.stt.is_some());
        Ok(CallSetup {
            id,
            lang,
            voice: self.config.tts_voice.as_deref().map(Into::into),
            plan: call_plan,
            turn,
            brain: Box::new(brain),
            vad: local.vad.open(),
            engines,
            lead: Span::from_millis(self.config.lead),
        })
    }
}

/// The server's view of the engines.
pub(crate) struct Board {
    local: Arc<Local>,
    plan: Arc<RwLock<Plan>>,
    journals: Option<PathBuf>,
}

impl Board {
    pub(crate) fn new(local: Arc<Local>, plan: Arc<RwLock<Plan>>, journals: Option<PathBuf>) -> Self {
        Self { local, plan, journals }
    }
}

impl Switchboard for Board {
    fn setup(&self, request: &CallRequest) -> Result<CallSetup, WireError> {
        let plan = self.plan.read().unwrap_or_else(PoisonError::into_inner);
        plan.setup(&self.local, request.id.clone(), request.lang)
            .map_err(|why| WireError::new(ErrorCode::BadParameter, why))
    }

    fn ready(&self) -> Result<(), String> {
        // A recogniser that is down leaves calls with keys; without a voice clients still get the text. Only
        // starting is a reason to wait.
        match (self.local.stt_health(), self.local.tts_health()) {
            (Health::Down(stt), Health::Down(tts)) => Err(format!("no engine works: {stt}; {tts}")),
            _ => Ok(()),
        }
    }

    fn health(&self) -> PartsHealth {
        let audio = match self.local.vad.note() {
            Some(why) => Health::Degraded(why.to_owned()),
            None => Health::Ok,
        };
        PartsHealth { audio, stt: self.local.stt_health(), llm: Health::Ok, tts: self.local.tts_health() }
    }

    fn names(&self) -> Names {
        let mode = |on: bool| if on { "builtin" } else { "off" }.to_owned();
        let stt = self.local.stt();
        let tts = self.local.tts();
        Names {
            modes: Modes {
                stt_mode: mode(stt.is_some()),
                llm_mode: "flow".into(),
                tts_mode: mode(tts.is_some()),
            },
            stt: stt.map_or("off", |engine| engine.name()).into(),
            llm: "flow".into(),
            tts: tts.map_or("off", |engine| engine.name()).into(),
        }
    }

    fn ended(&self, report: &CallReport) {
        let Some(dir) = &self.journals else { return };
        let file = dir.join(format!("{}.journal", report.id));
        let written =
            std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&file, report.journal.as_bytes()));
        if let Err(error) = written {
            tracing::error!(call = %report.id, "the journal cannot be written to {}: {error}", dir.display());
        }
    }
}
