//! What goes into a dialogue and what comes out of it.

/// A part of the chain that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Recognition.
    Stt,
    /// The dialogue itself.
    Llm,
    /// Synthesis.
    Tts,
}

/// Why the agent says goodbye of its own accord.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The caller said nothing, after all re-prompts.
    Silence,
    /// The longest call time is reached.
    TooLong,
    /// The server is stopping.
    Drain,
}

/// What ended a caller's time on hold. Mirrors the turn core's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Back {
    /// Somebody took the caller off hold.
    Resumed,
    /// The caller did, with the key for it.
    Keyed,
    /// It took too long.
    TimedOut,
}

/// What the dialogue is asked to reply to. Mirrors the turn core's cause.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum FlowCause {
    /// The call was answered: greet.
    Opening,
    /// The caller said (or typed) this. Empty text: speech was heard but nothing understood.
    Said {
        /// The words.
        text: String,
        /// How sure the recogniser is, in thousandths; 1000 for typed text.
        confidence: u16,
        /// How long the caller spoke, in milliseconds, if it is known.
        spoken_ms: Option<u32>,
    },
    /// The caller keyed this: one key, or a row of them, with or without the `#` that ended it.
    Keyed(String),
    /// The caller said nothing; the how-manieth time in a row, from 1.
    Silence(u32),
    /// A tool is done. Flows start none; the question is asked again.
    Tool,
    /// The person the caller was to go to does not take the call.
    NotConnected,
    /// The caller was on hold, and is with the agent again.
    HoldOver(Back),
    /// The reply that was being made is lost: apologise and go on.
    Failed(Stage),
    /// Say goodbye and hang up.
    Goodbye(Why),
}

/// What the dialogue waits for after a reply. Mirrors the turn core's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Expect {
    /// Anything.
    #[default]
    Open,
    /// Yes or no.
    YesNo,
    /// One of a few phrases, or the key of one.
    Choice,
    /// Digits dictated or keyed.
    Digits {
        /// The most digits.
        max: u8,
    },
    /// A rating of the call. A caller who stays silent is not kept for long.
    Rating,
    /// A name, perhaps spelt.
    Spelling,
    /// A long free message.
    Message,
}

/// What follows a reply. Mirrors the turn core's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    /// The caller's turn.
    Listen(Expect),
    /// Hang up.
    HangUp,
    /// Hand over to a person; an action says to whom.
    Transfer,
    /// Hand over to a language model.
    Llm,
    /// Keep the caller on hold.
    Hold {
        /// For so long at most.
        seconds: u16,
        /// The key with which the caller ends it.
        key: Option<char>,
        /// Whether there is music.
        music: bool,
    },
}

/// Kinds of [`Action`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ActionKind {
    /// A message for someone: the flow's own data.
    Message,
    /// Someone is to call back: `number` and the flow's own data.
    Callback,
    /// The caller goes to a person: `to`, `reason` (`asked`, `flow`, `not_understood`, `engine`, `emergency`) and
    /// `summary`, what that person may be told first.
    Transfer,
    /// The caller spoke of an emergency: `number` is what they were told to dial.
    Emergency,
    /// The caller spoke freely: `name` (of the value), `text` if it was transcribed, `seconds` if known,
    /// `kept` (`text`, `audio` or `no`).
    Note,
    /// The caller agreed, or did not: `what`, `given` (`true` or `false`).
    Consent,
    /// The caller rated the call: `value`, 1 to 5.
    Rating,
    /// The caller did not want to rate.
    RatingDeclined,
    /// Keys are to be pressed on the line: `keys`.
    SendKeys,
    /// Said at the end, again when a hand-over came to nothing: `resolved` (`true` or `false`), `handover`, `repeats`.
    Resolution,
}

impl ActionKind {
    /// Its stable word, such as `callback`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Message => "message",
            Self::Callback => "callback",
            Self::Transfer => "transfer",
            Self::Emergency => "emergency",
            Self::Note => "note",
            Self::Consent => "consent",
            Self::Rating => "rating",
            Self::RatingDeclined => "rating_declined",
            Self::SendKeys => "send_keys",
            Self::Resolution => "resolution",
        }
    }
}

/// Something the dialogue decided that reaches beyond it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub kind: ActionKind,
    /// Its data, by name.
    pub data: Vec<(String, String)>,
}

/// What the caller may say next, for recognisers that need to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grammar {
    /// A name that is the same for the same text.
    pub id: String,
    /// JSGF 1.0, one public rule.
    pub jsgf: String,
}

/// What the dialogue says next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowReply {
    /// Sentences, in order.
    pub text: Vec<String>,
    /// What follows.
    pub then: Then,
    /// What the caller may say next; none if nothing is listened to, or no recogniser is there.
    pub grammar: Option<Grammar>,
    /// What is to be done.
    pub actions: Vec<Action>,
    /// The states this reply went through, in order; none if it stayed where it was.
    pub passed: Vec<String>,
    /// What each key does now, in the call's language, for a page that shows them. Rows of digits are not
    /// listed.
    pub keys: Vec<(char, String)>,
}

/// What is done with free speech.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FreeSpeech {
    /// Nothing: callers are not asked to speak freely.
    #[default]
    No,
    /// The call keeps it as audio, with the caller's consent.
    Audio,
    /// The recogniser takes dictation.
    Dictation,
}

/// What the call can hear in its language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recognition {
    /// A recogniser for the language is there. Without it prompts lead by keys.
    pub spoken: bool,
    /// What is done with free speech.
    pub free: FreeSpeech,
    /// Below this confidence, in thousandths, nothing was understood.
    pub reject: u16,
    /// From this confidence on, in thousandths, what was understood is not checked back.
    pub sure: u16,
}

impl Default for Recognition {
    /// A recogniser that takes no dictation; less than 0.3 is nothing, from 0.6 on it is sure.
    fn default() -> Self {
        Self { spoken: true, free: FreeSpeech::No, reject: 300, sure: 600 }
    }
}

impl Recognition {
    /// No recogniser: keys only.
    #[must_use]
    pub fn keys_only() -> Self {
        Self { spoken: false, ..Self::default() }
    }
}

/// How a call went, as far as the dialogue knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// The caller was helped, without a person.
    pub resolution: bool,
    /// The caller went to a person.
    pub handover: bool,
    /// That was because of failures.
    pub escalation: bool,
    /// The caller spoke of an emergency.
    pub emergency: bool,
    /// 1 to 5.
    pub rating: Option<u8>,
    /// Times something had to be asked or said again.
    pub repeats: u32,
}
