//! Which servers over HTTP does the configuration name, and is what it says of them complete?

use std::path::{Path, PathBuf};
use std::time::Duration;

use tom_base::Lang;
use tom_cloud::{
    ApiKey, AudioFormat, BaseUrl, Deadlines, LlmSettings, ServerOptions, SttSettings, TtsSettings,
};

use super::{Reader, Value};

/// Longest that a transcription may take where another recogniser can take over: of the 5 s in which a call wants
/// its result, the rest is for that one.
const ROOM_FOR_ANOTHER: Duration = Duration::from_millis(3_500);

/// The engines that are reached over HTTP.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Remotes {
    pub(crate) stt: Option<SttSettings>,
    pub(crate) llm: Option<LlmSettings>,
    /// Asked when the first one fails.
    pub(crate) llm_fallback: Option<LlmSettings>,
    pub(crate) tts: Option<TtsSettings>,
}

impl Reader<'_> {
    /// The servers of those engines that are set to `openai`.
    pub(super) fn remotes(&mut self) -> Remotes {
        let is = |section| self.word(&format!("{section}.engine")) == "openai";
        let (stt, llm, tts) = (is("stt"), is("llm"), is("tts"));
        Remotes {
            stt: if stt { self.remote_stt() } else { None },
            llm: if llm { self.remote_llm("llm") } else { None },
            llm_fallback: if self.word("llm.engine") != "off" && self.text("llm_fallback.url").is_some() {
                self.remote_llm("llm_fallback")
            } else {
                None
            },
            tts: if tts { self.remote_tts() } else { None },
        }
    }

    fn remote_stt(&mut self) -> Option<SttSettings> {
        let mut server = self.server("stt")?;
        if self.word("stt.fallback") != "off" {
            server.deadlines.first = server.deadlines.first.min(ROOM_FOR_ANOTHER);
        }
        Some(SttSettings {
            languages: self.languages("stt"),
            prompt: self.text("stt.prompt").map(Into::into),
            verbose: self.word("stt.format") == "verbose_json",
            server,
        })
    }

    fn remote_llm(&mut self, section: &'static str) -> Option<LlmSettings> {
        let temperature = self.temperature(section);
        let path = format!("{section}.extra");
        let extra = match self.text(&path).map(|text| serde_json::from_str(&text)) {
            None => serde_json::Map::new(),
            Some(Ok(serde_json::Value::Object(extra))) => extra,
            Some(_) => {
                let what = "it is no JSON object; one looks like {\"reasoning_effort\": \"none\"}";
                self.problem(&path, what.into());
                return None;
            }
        };
        Some(LlmSettings { server: self.server(section)?, temperature, extra })
    }

    /// How freely a language model chooses its words.
    pub(super) fn temperature(&self, section: &str) -> Option<f32> {
        match self.settings.get(&format!("{section}.temperature")).0 {
            Value::Fraction(thousandths) => Some(*thousandths as f32 / 1000.0),
            _ => None,
        }
    }

    fn remote_tts(&mut self) -> Option<TtsSettings> {
        let format = if self.word("tts.format") == "wav" { AudioFormat::Wav } else { AudioFormat::Pcm };
        Some(TtsSettings {
            voice: self.word("tts.voice").into(),
            languages: self.languages("tts"),
            format,
            sample_rate: self.number("tts.sample_rate"),
            server: self.server("tts")?,
        })
    }

    fn languages(&mut self, section: &str) -> Vec<Lang> {
        let path = format!("{section}.languages");
        let mut known = Vec::new();
        for text in self.list(&path) {
            match text.parse() {
                Ok(lang) => known.push(lang),
                Err(why) => self.problem(&path, format!("{text:?}: {why}")),
            }
        }
        known
    }

    fn server(&mut self, section: &'static str) -> Option<ServerOptions> {
        let path = |name: &str| format!("{section}.{name}");
        let url = self.needed(section, "url", "http://127.0.0.1:8000");
        let model = self.needed(section, "model", "the one that its list of models shows");
        let url: BaseUrl = match url?.parse() {
            Ok(url) => url,
            Err(why) => {
                self.problem(&path("url"), format!("{why}"));
                return None;
            }
        };
        let key = self.api_key(section)?;
        let millis = |n: u64| Duration::from_millis(n);
        let first = millis(self.number(&path("deadline_ms")));
        let gap = if section == "stt" { first } else { millis(self.number(&path("gap_ms"))) };
        let ca_file = self.text(&path("ca_file")).map(PathBuf::from);
        let deadlines = Deadlines { first, gap };
        Some(ServerOptions { key, ca_file, ..ServerOptions::new(section, url, &model?, deadlines) })
    }

    fn needed(&mut self, section: &str, name: &str, such_as: &str) -> Option<String> {
        let text = self.text(&format!("{section}.{name}"));
        if text.is_none() {
            // The fallback's section is switched on by its address.
            let (by, what) = if section == "llm_fallback" { ("url", "it") } else { ("engine", "\"openai\"") };
            let what = format!("{what} needs {section}.{name}, such as {such_as}");
            self.problem(&format!("{section}.{by}"), what);
        }
        text
    }

    /// The key, if there is one; none at all if there is a mistake in it.
    fn api_key(&mut self, section: &str) -> Option<Option<ApiKey>> {
        let (path, file) = (format!("{section}.api_key"), format!("{section}.api_key_file"));
        let (path, key) = match (self.text(&file), self.text(&path)) {
            (None, None) => return Some(None),
            (None, Some(key)) => (path, ApiKey::new(&key)),
            (Some(from), _) => (file, ApiKey::read(Path::new(&from))),
        };
        match key {
            Ok(key) => Some(Some(key)),
            Err(why) => {
                self.problem(&path, why.to_string());
                None
            }
        }
    }
}
