//! How a call is to be held: the prompt variant, as data.

/// How long an answer may be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Length {
    /// About 15 words.
    VeryShort,
    /// About 30 words.
    #[default]
    Short,
    /// About 60 words.
    Medium,
    /// About 100 words.
    Long,
}

impl Length {
    /// The most words one answer should have.
    #[must_use]
    pub const fn max_words(self) -> u16 {
        match self {
            Self::VeryShort => 15,
            Self::Short => 30,
            Self::Medium => 60,
            Self::Long => 100,
        }
    }
}

/// How readily the agent lets itself be interrupted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sensitivity {
    /// Needs 900 ms of speech.
    VeryLow,
    /// Needs 750 ms of speech.
    Low,
    /// Needs 600 ms of speech.
    #[default]
    Normal,
    /// Needs 450 ms of speech.
    High,
}

impl Sensitivity {
    /// Speech without recognised words that takes the floor, in milliseconds.
    #[must_use]
    pub const fn takeover_ms(self) -> u64 {
        match self {
            Self::VeryLow => 900,
            Self::Low => 750,
            Self::Normal => 600,
            Self::High => 450,
        }
    }
}

/// The prompt variant a call is held in. Whoever picks the variant does so before the call; the call only
/// reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallPlan {
    /// The variant's id, such as `v1a`.
    pub variant: String,
    /// Replaces the flow's own greeting; the disclosure that an AI speaks stays.
    pub greeting: Option<String>,
    /// A word for the manner of speaking, such as `polite`.
    pub tone: String,
    /// How long answers may be.
    pub length: Length,
    /// A word for the manner of asking, such as `direct`.
    pub inquiry_mode: String,
    /// How readily the agent yields.
    pub barge_in: Sensitivity,
    /// Failures (not understood, engine failures) after which a person takes over.
    pub escalation_threshold: u8,
}

impl Default for CallPlan {
    /// Variant `v1a`: polite, short, direct, three failures.
    fn default() -> Self {
        Self {
            variant: "v1a".into(),
            greeting: None,
            tone: "polite".into(),
            length: Length::Short,
            inquiry_mode: "direct".into(),
            barge_in: Sensitivity::Normal,
            escalation_threshold: 3,
        }
    }
}
