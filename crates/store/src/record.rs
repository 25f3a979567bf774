//! What is kept of one call?

/// The end reason of a call that its server did not outlive.
pub const LOST: &str = "lost";

/// A call without its turns. Words such as `ws` or `caller` are those of `docs/api.md`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Call {
    /// Its name. Clients choose it, so several calls may bear the same, one after the other.
    pub id: String,
    /// When it began, in milliseconds since 1970, UTC.
    pub started_ms: u64,
    /// How it came in.
    pub transport: String,
    /// Its language.
    pub language: String,
    /// The prompt variant.
    pub variant: String,
    /// Why it ended; none while it runs.
    pub reason: Option<String>,
    /// How long it lasted, in milliseconds of media time; none while it runs or when that is not known.
    pub duration_ms: Option<u64>,
    /// Exchanges, the opening included.
    pub turns: u32,
    /// Times the caller interrupted for good.
    pub interruptions: u32,
    /// Times a reply was paused for nothing.
    pub false_interruptions: u32,
    /// Failures of engines.
    pub failures: u32,
    /// What the caller thought of it, 1 to 5.
    pub rating: Option<u8>,
    /// The kinds of its actions, sorted, each once.
    pub outcomes: Vec<String>,
    /// What the media path had to put up with.
    pub media: Media,
    /// What turn-taking had to decide, and how it fared.
    pub turn_taking: TurnTaking,
}

/// Counters of turn-taking.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnTaking {
    /// Onsets that were only the agent's own voice.
    pub echoes: u32,
    /// Replies begun before the caller's turn was sure to be over.
    pub drafts: u32,
    /// Those of them that were wanted.
    pub drafts_used: u32,
    /// Times the judge of ends of turns was asked.
    pub judge_asked: u32,
    /// Its opinions in time.
    pub judge_in_time: u32,
    /// Its opinions after the decision.
    pub judge_late: u32,
    /// Times it had no opinion.
    pub judge_failed: u32,
}

/// Counters of the media path; frames have 20 ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Media {
    /// Frames of caller audio.
    pub frames_in: u64,
    /// Frames of silence that stood in for late audio.
    pub concealed: u64,
    /// Samples of caller audio dropped.
    pub dropped_in: u64,
    /// Agent frames sent.
    pub frames_out: u64,
    /// Agent frames dropped.
    pub dropped_out: u64,
    /// Times a reply's audio ran dry.
    pub underruns: u64,
}

/// A call with all that is kept of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The call.
    pub call: Call,
    /// Its turns, in order.
    pub turns: Vec<Turn>,
    /// What the dialogue asked to be done, in order.
    pub actions: Vec<Action>,
}

/// A running call whose turn has just ended: what a crash must not lose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// The call so far.
    pub call: Call,
    /// The turn, and its place among the call's.
    pub turn: (usize, Turn),
    /// The place of the first of these actions among the call's.
    pub first_action: usize,
    /// What was done since the turn before ended.
    pub actions: Vec<Action>,
}

/// One exchange: the caller's words (or a silence) and the reply to them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// Its number in the call; 0 is the opening.
    pub turn: u32,
    /// How often the caller went on within it.
    pub revision: u32,
    /// What the agent replied to: `opening`, `said`, `keyed`, `silence` or `other`.
    pub cause: String,
    /// When it ended, in milliseconds of media time.
    pub ended_ms: u64,
    /// What the caller said, numbers hidden; none where transcripts are not kept or nothing was said.
    pub said: Option<String>,
    /// What of the reply was heard, numbers hidden; none where transcripts are not kept.
    pub heard: Option<String>,
    /// Whether the reply was heard to its end.
    pub complete: bool,
    /// Whether the caller took the floor from it.
    pub interrupted: bool,
    /// Times it was paused for nothing.
    pub false_interruptions: u32,
    /// Failures of engines in it.
    pub failures: u32,
    /// Where its time went.
    pub latency: Latency,
}

/// Milliseconds of each stage of a turn; none: the stage was not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Latency {
    /// The caller's last voiced sample to the decision that the turn is over.
    pub end_of_turn_ms: Option<u64>,
    /// Asking the recogniser for its result to having it.
    pub stt_ms: Option<u64>,
    /// Asking the brain to the first text.
    pub llm_ms: Option<u64>,
    /// Asking the synthesiser to the first audio.
    pub tts_ms: Option<u64>,
    /// The caller's last voiced sample to the first agent sample sent.
    pub voice_to_voice_ms: Option<u64>,
    /// The caller's onset over the reply to the last agent sample sent.
    pub barge_in_ms: Option<u64>,
}

/// Something the dialogue asked to be done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Action {
    /// What, as a stable word such as `message` or `transfer`.
    pub kind: String,
    /// Its data by name, numbers hidden; none where transcripts are not kept, since it may be what a caller
    /// said.
    pub data: Option<Vec<(String, String)>>,
}

impl Detail {
    /// Takes out what was said.
    pub fn forget_texts(&mut self) {
        for turn in &mut self.turns {
            turn.said = None;
            turn.heard = None;
        }
        for action in &mut self.actions {
            action.data = None;
        }
    }
}
