//! What can be set about voice activity, and what does each setting trade?

use serde::Deserialize;

/// The settings of one detector. Scores mean something else for each network, so start from
/// [`VadConfig::earshot`] or [`VadConfig::silero`].
///
/// All levels are of the signal above 100 Hz, in 16 ms blocks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VadConfig {
    /// From this score (0 to 1) on, sound is clearly speech and pauses the agent. Lower: quicker, and more
    /// often wrong.
    pub clear_score: f32,
    /// From this score on, sound is perhaps speech and only ducks the agent.
    pub weak_score: f32,
    /// Below this score speech that goes on counts as over. Lower: holds through soft word ends.
    pub end_score: f32,
    /// Sound needed before a clear beginning, in milliseconds, so that a click is none. Counted in pieces of
    /// 4 ms where the network can be asked at any moment (Silero), else in whole blocks of 16 ms, rounded up.
    pub min_speech_ms: u32,
    /// Silence needed before an end, in milliseconds. The turn logic waits on its own after that: a larger
    /// value here only delays its start.
    pub end_silence_ms: u32,
    /// How far sound must be above the noise floor to count, in dB.
    pub margin_db: f32,
    /// How far its loudest block must be above the noise floor to be clearly speech, in dB. Below that a
    /// beginning stays weak.
    pub clear_margin_db: f32,
    /// The noise floor is never taken to be lower than this, in dBFS: quieter sound than this plus the margin
    /// is never speech.
    pub floor_min_db: f32,
    /// How fast the noise floor may rise, in dB per second (a quarter of it while somebody speaks). Higher: new
    /// noise is learnt sooner, and long vowels mistaken for noise sooner.
    pub floor_rise_db: f32,
}

/// Settings an operator changed, the rest unset. The field names are those of [`VadConfig`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct VadTuning {
    /// See [`VadConfig::clear_score`].
    pub clear_score: Option<f32>,
    /// See [`VadConfig::weak_score`].
    pub weak_score: Option<f32>,
    /// See [`VadConfig::end_score`].
    pub end_score: Option<f32>,
    /// See [`VadConfig::min_speech_ms`].
    pub min_speech_ms: Option<u32>,
    /// See [`VadConfig::end_silence_ms`].
    pub end_silence_ms: Option<u32>,
    /// See [`VadConfig::margin_db`].
    pub margin_db: Option<f32>,
    /// See [`VadConfig::clear_margin_db`].
    pub clear_margin_db: Option<f32>,
    /// See [`VadConfig::floor_min_db`].
    pub floor_min_db: Option<f32>,
    /// See [`VadConfig::floor_rise_db`].
    pub floor_rise_db: Option<f32>,
}

/// A setting that makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("vad.{setting} must be {must}")]
pub struct BadVadConfig {
    /// The setting's name.
    pub setting: &'static str,
    /// What it must be.
    pub must: &'static str,
}

impl VadConfig {
    /// What suits earshot's scores: they rarely come near 1, and noise alone reaches 0.5.
    #[must_use]
    pub const fn earshot() -> Self {
        Self {
            clear_score: 0.6,
            weak_score: 0.47,
            end_score: 0.35,
            min_speech_ms: 60,
            end_silence_ms: 64,
            margin_db: 6.0,
            clear_margin_db: 9.0,
            floor_min_db: -62.0,
            floor_rise_db: 20.0,
        }
    }

    /// What suits Silero's scores: near 0 without speech, near 1 with it, so that little sound is enough.
    #[must_use]
    pub const fn silero() -> Self {
        Self { clear_score: 0.6, weak_score: 0.35, end_score: 0.2, min_speech_ms: 24, ..Self::earshot() }
    }

    /// These settings with an operator's changes.
    ///
    /// # Errors
    /// When the result makes no sense.
    pub fn tuned(self, t: &VadTuning) -> Result<Self, BadVadConfig> {
        let tuned = Self {
            clear_score: t.clear_score.unwrap_or(self.clear_score),
            weak_score: t.weak_score.unwrap_or(self.weak_score),
            end_score: t.end_score.unwrap_or(self.end_score),
            min_speech_ms: t.min_speech_ms.unwrap_or(self.min_speech_ms),
            end_silence_ms: t.end_silence_ms.unwrap_or(self.end_silence_ms),
            margin_db: t.margin_db.unwrap_or(self.margin_db),
            clear_margin_db: t.clear_margin_db.unwrap_or(self.clear_margin_db),
            floor_min_db: t.floor_min_db.unwrap_or(self.floor_min_db),
            floor_rise_db: t.floor_rise_db.unwrap_or(self.floor_rise_db),
        };
        tuned.check().map(|()| tuned)
    }

    /// Whether the settings make sense together.
    ///
    /// # Errors
    /// Names the first setting that does not.
    pub fn check(&self) -> Result<(), BadVadConfig> {
        let rules = [
            (self.clear_score > 0.0 && self.clear_score <= 1.0, "clear_score", "above 0 and at most 1"),
            (
                self.weak_score > 0.0 && self.weak_score <= self.clear_score,
                "weak_score",
                "above 0 and at most clear_score",
            ),
            (
                self.end_score >= 0.0 && self.end_score <= self.weak_score,
                "end_score",
                "at least 0 and at most weak_score",
            ),
            ((16..=500).contains(&self.min_speech_ms), "min_speech_ms", "16 to 500"),
            ((32..=2000).contains(&self.end_silence_ms), "end_silence_ms", "32 to 2000"),
            ((1.0..=30.0).contains(&self.margin_db), "margin_db", "1 to 30"),
            (
                (self.margin_db..=40.0).contains(&self.clear_margin_db),
                "clear_margin_db",
                "at least margin_db and at most 40",
            ),
            ((-80.0..=-30.0).contains(&self.floor_min_db), "floor_min_db", "-80 to -30"),
            ((1.0..=100.0).contains(&self.floor_rise_db), "floor_rise_db", "1 to 100"),
        ];
        match rules.into_iter().find(|(holds, ..)| !holds) {
            None => Ok(()),
            Some((_, setting, must)) => Err(BadVadConfig { setting, must }),
        }
    }
}
