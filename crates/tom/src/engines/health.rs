//! How are the engines, what do they keep, and what is their machine short of?

use tom_engine::{EndOfTurn, Health, Llm, Stt, Tts};
use tom_server::{CacheCounts, Level};

use super::Local;
use crate::config::Config;

impl Local {
    /// How the model's remembered replies do; none: it remembers none.
    pub(crate) fn replies(&self) -> Option<CacheCounts> {
        let counts = self.recall.get()?.counts();
        let (entries, bytes, hits, misses) = (counts.entries, counts.bytes, counts.hits, counts.misses);
        Some(CacheCounts { entries, bytes, hits, misses })
    }

    /// Whether engines compute on this machine during calls, more than to stand in for servers that fail.
    pub(crate) fn compute_here(&self, config: &Config) -> bool {
        let hears = self.sphinx.is_some() && config.remote.stt.is_none();
        let speaks = self.espeak.is_some() && config.remote.tts.is_none();
        let large = self.whisper.is_some() || self.piper.is_some() || self.llama.is_some();
        hears || speaks || large || self.judge.is_some()
    }

    /// The machine is to be spared so much from now on.
    pub(crate) fn strained(&self, level: Level) {
        if let Some(recall) = self.recall.get().filter(|_| level > Level::Normal) {
            recall.forget();
        }
        self.sparing.strained(level);
    }

    /// Calls that got less of an engine than usual, because the machine was to be spared.
    pub(crate) fn spared(&self) -> Vec<(&'static str, u64)> {
        self.whisper.iter().map(|engine| (engine.name(), engine.spared_calls())).collect()
    }

    /// How the spoken prompts do; none: no voice keeps any.
    pub(crate) fn prompts(&self) -> Option<CacheCounts> {
        let cache = self.piper.as_ref()?.status().cache;
        let (entries, bytes, hits, misses) = (cache.entries, cache.bytes, cache.hits, cache.misses);
        Some(CacheCounts { entries, bytes, hits, misses })
    }

    pub(crate) fn stt_health(&self) -> Health {
        self.stt().map_or(Health::Off, |engine| engine.health())
    }

    /// How the language models are: down only if all are.
    pub(crate) fn llm_health(&self) -> Health {
        let fallback = self.llm_fallback.as_ref().map_or(Health::Off, |engine| engine.health());
        match self.model().map_or(Health::Off, |engine| engine.health()) {
            Health::Down(why) if matches!(fallback, Health::Ok | Health::Degraded(_)) => {
                Health::Degraded(format!("the server of [llm_fallback] answers instead: {why}"))
            }
            first => first,
        }
    }

    /// How PocketSphinx is, where it stands in for a server.
    pub(crate) fn stt_fallback_health(&self) -> Option<Health> {
        let stands_in = self.stt.as_ref().is_some_and(|engine| engine.name() != "pocketsphinx");
        self.sphinx.as_ref().filter(|_| stands_in).map(|engine| engine.health())
    }

    pub(crate) fn tts_health(&self) -> Health {
        let builtin = self.espeak.as_ref().map_or(Health::Off, |engine| engine.health());
        match self.first_tts().map(|engine| engine.health()) {
            None => builtin,
            Some(_) if self.remote_tts.is_none() && !self.sparing.large() => {
                Health::Degraded("espeak-ng speaks instead: the machine is short of memory or too hot".into())
            }
            Some(Health::Down(why)) if matches!(builtin, Health::Ok | Health::Degraded(_)) => {
                Health::Degraded(format!("espeak-ng speaks instead: {why}"))
            }
            Some(first) => first,
        }
    }

    /// Off also when its weights are not there.
    pub(crate) fn end_of_turn_health(&self) -> Health {
        self.judge.as_ref().map_or(Health::Off, |engine| engine.health())
    }
}
