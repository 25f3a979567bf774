//! The configuration: found, read, checked, typed.

mod agent;
mod alias;
mod echo;
mod hearing;
mod limits;
mod llama;
mod load;
mod models;
mod phone;
mod places;
mod portable;
mod profile;
mod read;
mod reload;
mod remote;
mod sample;
mod schema;
mod sip;
mod stock;
mod store;
mod tables;
mod value;
mod voice;

use std::net::SocketAddr;
use std::path::PathBuf;

use tom_base::Lang;
use tom_turn::TurnConfig;
use tom_urgency::Urgency;

pub(crate) use agent::AgentConfig;
pub(crate) use echo::EchoPlan;
pub(crate) use hearing::WhisperConfig;
pub(crate) use limits::{Limits, WhenFull};
pub(crate) use llama::LlamaConfig;
pub(crate) use load::{Inputs, Problem, Settings, Source, load};
pub(crate) use models::ModelsConfig;
pub(crate) use phone::PhoneConfig;
pub(crate) use places::{data_dir, usual_places};
pub(crate) use portable::portable;
#[cfg(test)]
pub(crate) use profile::Part;
pub(crate) use profile::{Applied, PartState};
pub(crate) use read::read;
pub(crate) use remote::Remotes;
pub(crate) use sample::{env_sample, shown, shown_json};
pub(crate) use sip::{SipLineConfig, TransferConfig};
pub(crate) use stock::Stock;
pub(crate) use store::StoreConfig;
pub(crate) use value::Value;
pub(crate) use voice::VoiceConfig;

/// The configuration, typed. Field names follow the settings.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Config {
    /// A language model is set up.
    pub(crate) llm: bool,
    /// It holds the calls, not the flow.
    pub(crate) llm_mode: bool,
    pub(crate) agent: AgentConfig,
    pub(crate) flow: String,
    pub(crate) language: Lang,
    /// The built-in recogniser runs, alone or to stand in for a server.
    pub(crate) stt: bool,
    pub(crate) stt_shards: usize,
    /// The Whisper that understands instead of the built-in one.
    pub(crate) whisper: Option<WhisperConfig>,
    /// The built-in synthesiser runs, alone or to stand in for a server.
    pub(crate) tts: bool,
    pub(crate) tts_voice: Option<String>,
    pub(crate) tts_shards: usize,
    /// The voice that speaks before the built-in one.
    pub(crate) piper: Option<VoiceConfig>,
    /// The language model on this machine.
    pub(crate) llama: Option<LlamaConfig>,
    /// Engines over HTTP.
    pub(crate) remote: Remotes,
    pub(crate) vad: String,
    pub(crate) vad_threshold: Option<f32>,
    /// Ends of turns are judged by sound, when weights are there.
    pub(crate) end_of_turn: bool,
    /// Cores that the judge may use.
    pub(crate) end_of_turn_share: f64,
    /// Milliseconds of agent audio ahead of the far end.
    pub(crate) lead: u64,
    pub(crate) echo: EchoPlan,
    /// Turn-taking knobs that are not at their default, by name.
    pub(crate) turn: Vec<(&'static str, u64)>,
    pub(crate) listen: SocketAddr,
    pub(crate) token: Option<String>,
    pub(crate) hosts: Vec<String>,
    pub(crate) origins: Vec<String>,
    pub(crate) clients: Vec<String>,
    pub(crate) web_dir: Option<PathBuf>,
    /// How urgent the threads of calls are; none: as the engines need it.
    pub(crate) priority: Option<Urgency>,
    pub(crate) drain_s: u64,
    pub(crate) limits: Limits,
    pub(crate) journal_dir: Option<PathBuf>,
    pub(crate) phone: PhoneConfig,
    /// SIP; none: no socket is opened for it.
    pub(crate) sip: Option<SipLineConfig>,
    pub(crate) store: StoreConfig,
    pub(crate) models: ModelsConfig,
    pub(crate) log_level: String,
    pub(crate) log_json: bool,
}

/// Values by path, for building a [`Config`].
struct Reader<'a> {
    settings: &'a Settings,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn text(&self, path: &str) -> Option<String> {
        match self.settings.get(path).0 {
            Value::Text(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        }
    }

    fn word(&self, path: &str) -> String {
        self.text(path).unwrap_or_default()
    }

    fn number<T: TryFrom<i64> + Default>(&self, path: &str) -> T {
        match self.settings.get(path).0 {
            Value::Number(n) => T::try_from(*n).unwrap_or_default(),
            _ => T::default(),
        }
    }

    fn fraction(&self, path: &str) -> Option<f64> {
        match self.settings.get(path).0 {
            Value::Fraction(thousandths) => Some(*thousandths as f64 / 1000.0),
            _ => None,
        }
    }

    /// Only what somebody set: the prompt variant may move the defaults.
    fn knobs(&self) -> Vec<(&'static str, u64)> {
        let set = TurnConfig::KNOBS.iter().filter_map(|knob| {
            let (value, source) = self.settings.get(&format!("turn.{}", knob.name));
            match value {
                Value::Number(n) if *source != Source::Default => Some((knob.name, u64::try_from(*n).ok()?)),
                _ => None,
            }
        });
        self.speed().into_iter().chain(set).collect()
    }

    /// What `turn.speed` makes of the pauses.
    fn speed(&self) -> Vec<(&'static str, u64)> {
        let Value::Number(slowness) = self.settings.get("turn.speed").0 else { return Vec::new() };
        let (mut moved, still) = (TurnConfig::default(), TurnConfig::default());
        moved.set_speed(u16::try_from(slowness * 10).unwrap_or_default());
        let changed = TurnConfig::KNOBS.iter().filter(|knob| (knob.get)(&moved) != (knob.get)(&still));
        changed.map(|knob| (knob.name, (knob.get)(&moved))).collect()
    }

    fn list(&self, path: &str) -> Vec<String> {
        match self.settings.get(path).0 {
            Value::List(items) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn parsed<T: std::str::FromStr>(&mut self, path: &str, fallback: T) -> T
    where
        T::Err: std::fmt::Display,
    {
        let text = self.word(path);
        text.parse().unwrap_or_else(|why| {
            self.problem(path, format!("{text:?}: {why}"));
            fallback
        })
    }

    fn problem(&mut self, path: &str, what: String) {
        let place = self.settings.get(path).1.to_string();
        self.problems.push(Problem { place, what: format!("{path}: {what}") });
    }

    /// A secret: in the file that `PATH_file` names, else in the setting itself.
    fn secret(&mut self, path: &str) -> Option<String> {
        let setting = format!("{path}_file");
        let Some(file) = self.text(&setting) else { return self.text(path) };
        match std::fs::read_to_string(&file) {
            Ok(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
            Ok(_) => {
                self.problem(&setting, format!("{file} is empty"));
                None
            }
            Err(error) => {
                self.problem(&setting, format!("{file} cannot be read: {error}"));
                None
            }
        }
    }
}

impl Config {
    fn from_settings(settings: &Settings) -> Result<Self, Vec<Problem>> {
        let mut r = Reader { settings, problems: Vec::new() };
        let listen = r.word("server.listen").replace("localhost:", "127.0.0.1:");
        let listen = listen.parse().unwrap_or_else(|_| {
            r.problem("server.listen", format!("{listen:?} is no ADDRESS:PORT such as 127.0.0.1:8080"));
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let config = Self {
            llm: r.word("llm.engine") != "off",
            llm_mode: r.word("agent.mode") == "llm",
            agent: AgentConfig::read(&mut r),
            flow: r.word("agent.flow"),
            language: r.parsed("agent.language", Lang::EN),
            stt: match &*r.word("stt.engine") {
                "openai" => r.word("stt.fallback") != "off",
                engine => engine == "pocketsphinx",
            },
            stt_shards: r.number("stt.shards"),
            whisper: WhisperConfig::read(&mut r),
            tts: r.word("tts.engine") != "off",
            tts_voice: r.text("tts.voice"),
            tts_shards: r.number("tts.shards"),
            piper: VoiceConfig::read(&mut r),
            llama: LlamaConfig::read(&mut r),
            remote: r.remotes(),
            vad: r.word("vad.engine"),
            vad_threshold: r.fraction("vad.threshold").map(|share| share as f32),
            end_of_turn: r.word("turn.model") != "off",
            end_of_turn_share: r.fraction("turn.model_share").unwrap_or(0.5),
            lead: r.number("turn.lead"),
            echo: EchoPlan::read(&r),
            turn: r.knobs(),
            listen,
            token: r.secret("server.token"),
            hosts: r.list("server.hosts"),
            origins: r.list("server.origins"),
            clients: r.list("server.clients"),
            web_dir: r.text("server.web_dir").map(PathBuf::from),
            priority: match &*r.word("server.priority") {
                "realtime" => Some(Urgency::Realtime),
                "nice" => Some(Urgency::Ahead),
                "usual" => Some(Urgency::Usual),
                _ => None,
            },
            drain_s: r.number("server.drain_s"),
            limits: Limits::read(&r),
            journal_dir: r.text("journal.dir").map(PathBuf::from),
            phone: PhoneConfig::read(&mut r),
            sip: SipLineConfig::read(&mut r),
            store: StoreConfig::read(&r),
            models: ModelsConfig::read(&r),
            log_level: r.word("log.level"),
            log_json: r.word("log.format") == "json",
        };
        if config.llm_mode && !config.llm {
            let what = "\"llm\" needs a language model, and llm.engine is \"off\"; set agent.mode = \"flow\"";
            r.problem("agent.mode", what.into());
        }
        if !config.listen.ip().is_loopback() && config.token.is_none() {
            let what = format!(
                "{} can be reached from elsewhere; set server.token_file first, or listen on 127.0.0.1",
                config.listen
            );
            r.problem("server.listen", what);
        }
        if r.problems.is_empty() { Ok(config) } else { Err(r.problems) }
    }
}

#[cfg(test)]
mod tests;
