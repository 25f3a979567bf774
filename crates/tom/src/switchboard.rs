//! What a call gets: its dialogue, engines and settings.

use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tom_agent::{Agent, LlmBrain, Relay};
use tom_base::{CallId, CallPlan, Lang, Span};
use tom_call::{Brain, CallReport, CallSetup, FlowBrain};
use tom_engine::{Health, Tts};
use tom_flow::Flow;
use tom_server::{CacheCounts, CallRequest, HeldCounts, Level, Names, PartsHealth, Switchboard};
use tom_turn::TurnConfig;
use tom_wire::{ErrorCode, Modes, WireError};

use crate::agent;
use crate::config::{Config, EchoPlan, Problem, WhenFull};
use crate::engines::Local;
use crate::hold::{self, Lobby};

/// What may change while the server runs: it holds for calls that begin after the change.
pub(crate) struct Plan {
    config: Config,
    flow: Arc<Flow>,
    /// Who speaks in mode llm, and where the flow hands over; none: there is no language model.
    agent: Option<Arc<Agent>>,
}

impl Plan {
    /// # Errors
    /// When there is a language model and its agent cannot be had.
    pub(crate) fn new(config: &Config, flow: Arc<Flow>, local: &Local) -> Result<Self, Vec<Problem>> {
        let facts = (!config.llm_mode).then_some(&*flow);
        let build = |llm| agent::build(&config.agent, facts, llm, local.llm_fallback());
        let agent = local.llm().map(build).transpose()?;
        Ok(Self { config: config.clone(), flow, agent: agent.map(Arc::new) })
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    /// Everything a call needs, in the language asked for or the configured one.
    ///
    /// # Errors
    /// When the flow does not speak that language.
    pub(crate) fn setup(&self, local: &Local, request: &CallRequest) -> Result<CallSetup, String> {
        let lang = self.language(request.lang)?;
        let call_plan = CallPlan::default();
        let mut turn = TurnConfig::for_call(lang, &call_plan);
        for (name, value) in &self.config.turn {
            if let Some(knob) = TurnConfig::knob(name) {
                (knob.set)(&mut turn, *value);
            }
        }
        let engines = local.for_call(lang, self.config.limits.when_full == WhenFull::Hold);
        let brain = self.brain(lang, &call_plan, engines.stt.is_some());
        Ok(CallSetup {
            id: request.id.clone(),
            lang,
            // A server or a Piper voice has it from its own settings.
            voice: self.config.tts_voice.as_deref().filter(|_| !local.has_own_voice()).map(Into::into),
            plan: call_plan,
            turn,
            brain,
            vad: local.vad.open(),
            engines,
            lead: Span::from_millis(self.config.lead),
            cancel_echo: match self.config.echo {
                EchoPlan::Gate => false,
                EchoPlan::Telephone => request.transport.is_telephone(),
                EchoPlan::Cancel => true,
            },
        })
    }
}

impl Plan {
    /// The language of a call: the one asked for, else the configured one. A model speaks any.
    fn language(&self, asked: Option<Lang>) -> Result<Lang, String> {
        if self.speaks_freely() {
            return Ok(asked.unwrap_or(self.config.language));
        }
        let spoken = self.flow.languages();
        let found = |lang: Lang| [lang, lang.primary()].into_iter().find(|lang| spoken.contains(lang));
        match asked {
            Some(asked) => {
                found(asked).ok_or_else(|| format!("the flow {} does not speak {asked}", self.flow.name()))
            }
            // A flow in one language is held in that one, whatever the default is.
            None => Ok(found(self.config.language).or_else(|| spoken.first().copied()).unwrap_or(Lang::EN)),
        }
    }

    /// Whether a language model holds the calls.
    fn speaks_freely(&self) -> bool {
        self.config.llm_mode && self.agent.is_some()
    }

    /// `heard`: whether anybody can understand the caller.
    fn brain(&self, lang: Lang, plan: &CallPlan, heard: bool) -> Box<dyn Brain> {
        let flow = || FlowBrain::new(self.flow.clone(), lang, plan.clone(), heard);
        match &self.agent {
            None => Box::new(flow()),
            Some(agent) => {
                let model = LlmBrain::new(agent.clone(), lang, plan.clone());
                if self.config.llm_mode { Box::new(model) } else { Box::new(Relay::new(flow(), model)) }
            }
        }
    }
}

/// The server's view of the engines.
pub(crate) struct Board {
    local: Arc<Local>,
    plan: Arc<RwLock<Plan>>,
    journals: Option<PathBuf>,
    lobby: Arc<Lobby>,
}

impl Board {
    pub(crate) fn new(local: Arc<Local>, plan: Arc<RwLock<Plan>>, journals: Option<PathBuf>) -> Self {
        let engines = Arc::clone(&local);
        let lobby = Lobby::new(move |calls| engines.sparing.has_room_beside(calls));
        Self { local, plan, journals, lobby }
    }
}

impl Board {
    fn llm_health(&self) -> Health {
        // A flow needs no model.
        match self.local.llm_health() {
            Health::Off => Health::Ok,
            Health::Down(why) if self.llm_name().is_none() => Health::Degraded(why),
            health => health,
        }
    }

    /// Whether no engine has as many calls as it may have.
    fn engines_free(&self) -> Result<(), WireError> {
        self.local.sparing.full().map_or(Ok(()), |engine| Err(full(engine)))
    }

    /// The model's name, if it holds the calls.
    fn llm_name(&self) -> Option<&'static str> {
        let plan = self.plan.read().unwrap_or_else(PoisonError::into_inner);
        self.local.llm().filter(|_| plan.speaks_freely()).map(|llm| llm.name())
    }
}

fn full(engine: &str) -> WireError {
    WireError::new(
        ErrorCode::RateCalls,
        format!("{engine} has as many calls as it may have: try again later"),
    )
}

impl Switchboard for Board {
    fn setup(&self, request: &CallRequest) -> Result<CallSetup, WireError> {
        let plan = self.plan.read().unwrap_or_else(PoisonError::into_inner);
        let limits = &plan.config.limits;
        if limits.when_full == WhenFull::Refuse {
            self.engines_free()?;
        }
        let setup = plan.setup(&self.local, request);
        let setup = setup.map_err(|why| WireError::new(ErrorCode::BadParameter, why))?;
        if limits.when_full != WhenFull::Hold {
            return Ok(setup);
        }
        let speaks = |voice: &Arc<dyn Tts>| voice.speaks(setup.lang);
        let builtin = self.local.builtin_tts().filter(speaks);
        Ok(hold::held(setup, &self.lobby, builtin, Duration::from_secs(limits.hold_s)))
    }

    fn room(&self) -> Result<(), WireError> {
        let plan = self.plan.read().unwrap_or_else(PoisonError::into_inner);
        match plan.config.limits.when_full {
            WhenFull::BuiltIn => Ok(()),
            WhenFull::Refuse => self.engines_free(),
            WhenFull::Hold if self.lobby.has_room() => Ok(()),
            WhenFull::Hold => Err(full("an engine")),
        }
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
        PartsHealth {
            audio,
            stt: self.local.stt_health(),
            llm: self.llm_health(),
            tts: self.local.tts_health(),
            end_of_turn: self.local.end_of_turn_health(),
        }
    }

    fn strained(&self, level: Level) {
        self.local.strained(level);
    }

    fn caches(&self) -> Vec<(&'static str, CacheCounts)> {
        let all = [("prompts", self.local.prompts()), ("replies", self.local.replies())];
        all.into_iter().filter_map(|(name, counts)| Some((name, counts?))).collect()
    }

    fn held(&self) -> HeldCounts {
        self.lobby.counts()
    }

    fn spared(&self) -> Vec<(&'static str, u64)> {
        self.local.spared()
    }

    fn names(&self) -> Names {
        let mode = |name: Option<&str>| match name {
            None => "off".to_owned(),
            Some("openai") => "http".to_owned(),
            Some(_) => "builtin".to_owned(),
        };
        let stt = self.local.stt();
        let tts = self.local.tts();
        Names {
            modes: Modes {
                stt_mode: mode(stt.as_ref().map(|engine| engine.name())),
                llm_mode: self.llm_name().map_or("flow", |_| "llm").into(),
                tts_mode: mode(tts.as_ref().map(|engine| engine.name())),
            },
            stt: stt.map_or("off", |engine| engine.name()).into(),
            llm: self.llm_name().unwrap_or("flow").into(),
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

    fn forget(&self, id: &CallId) -> Result<(), String> {
        let Some(dir) = &self.journals else { return Ok(()) };
        match std::fs::remove_file(dir.join(format!("{id}.journal"))) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(format!("the call's journal cannot be deleted: {error}"))
            }
            _ => Ok(()),
        }
    }
}
