//! What came of a call?

use std::fmt;

use serde::Serialize;
use tom_wire::Latency;

/// Who did what a timeline tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The caller in software.
    Caller,
    /// The server, in a message.
    Server,
    /// The agent's voice, as it is heard.
    Agent,
}

/// One line of the timeline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Entry {
    /// Milliseconds since the socket opened.
    pub at_ms: u64,
    /// Who.
    pub side: Side,
    /// What: a message's `type`, or `speech_begins`, `speech_over`, `no_voice`, `key`, `barge_in`, `text`,
    /// `hang_up`, `voice_begins`, `voice_stops`.
    pub what: String,
    /// The text that goes with it; empty if none does.
    pub detail: String,
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = match self.side {
            Side::Caller => "caller",
            Side::Server => "server",
            Side::Agent => "agent",
        };
        let (s, ms) = (self.at_ms / 1000, self.at_ms % 1000);
        write!(f, "{s:4}.{ms:03}  {side:6}  {}", self.what)?;
        if self.detail.is_empty() { Ok(()) } else { write!(f, "  {}", self.detail) }
    }
}

/// What the server wrote about one turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TurnText {
    /// The turn's id; 0 is the opening.
    pub turn_id: u32,
    /// What it understood of the caller.
    pub caller: String,
    /// What the agent meant to say.
    pub agent: String,
    /// What it takes the caller to have heard.
    pub heard: String,
    /// Whether that is all of it.
    pub complete: bool,
    /// The server's own measurements.
    pub latency: Option<Latency>,
}

/// What became of a reply that the caller spoke over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The agent gave up the floor.
    Interrupted,
    /// The agent went on.
    Resumed,
    /// The server told neither.
    Unknown,
}

/// Speech over the agent's voice.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BargeIn {
    /// The first voiced caller sample in, since the socket opened.
    pub onset_ms: u64,
    /// From there to the last audible agent sample the caller heard, before 300 ms of silence.
    pub stop_ms: u64,
    /// From there to the arrival of the last audible frame of that voice; what a `clear` then threw away was
    /// not heard. None: no audible frame came after the onset.
    pub last_frame_ms: Option<u64>,
    /// What became of the reply.
    pub outcome: Outcome,
}

/// One recording and what followed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TurnReport {
    /// The recording's name.
    pub recording: String,
    /// When its first frame was sent.
    pub began_ms: u64,
    /// When its first voiced frame was sent; none: the recording holds no voice.
    pub voice_from_ms: Option<u64>,
    /// When its last voiced frame was sent.
    pub voice_to_ms: Option<u64>,
    /// Last voiced sample in, to first audible agent sample heard; none: the agent did not answer.
    pub latency_ms: Option<u64>,
    /// If it was spoken into the agent's words.
    pub barge_in: Option<BargeIn>,
}

/// Something that went wrong during the call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Problem {
    /// Milliseconds since the socket opened.
    pub at_ms: u64,
    /// The server's stable code, or `CLIENT` for what the client itself noticed.
    pub code: String,
    /// What.
    pub message: String,
}

/// How a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ended {
    /// The caller had said all, or an action hung up.
    Caller,
    /// The server closed the call.
    Server,
    /// The longest duration was reached.
    TooLong,
    /// The call was cancelled from outside (Ctrl-C).
    Cancelled,
    /// The connection broke or stalled.
    Broken,
}

/// The server's close frame.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Closed {
    /// 1000: normal; `docs/protocol.md` explains the others.
    pub code: u16,
    /// The reason it gives.
    pub reason: String,
}

/// What came of a call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The address that was called, without its query.
    pub url: String,
    /// The call's id, as the server told it.
    pub call_id: Option<String>,
    /// From the socket's opening to its close.
    pub duration_ms: u64,
    /// How it ended.
    pub ended: Ended,
    /// The server's close frame, if it came.
    pub close: Option<Closed>,
    /// The opening of the socket to the first audible agent sample.
    pub greeting_ms: Option<u64>,
    /// Each recording that was spoken.
    pub turns: Vec<TurnReport>,
    /// What was said, as the server wrote it.
    pub transcript: Vec<TurnText>,
    /// What happened, in order.
    pub timeline: Vec<Entry>,
    /// Entries that found the timeline full.
    pub timeline_dropped: u64,
    /// What went wrong.
    pub problems: Vec<Problem>,
    /// What the caller heard: 16 kHz mono from the socket's opening on.
    #[serde(skip)]
    pub heard: Vec<i16>,
}

impl Report {
    /// Whether the call went as it should: ended by one of the two parties, without a problem, closed with
    /// 1000 or 1001, and every voiced recording answered.
    #[must_use]
    pub fn is_good(&self) -> bool {
        matches!(self.ended, Ended::Caller | Ended::Server)
            && self.problems.is_empty()
            && self.close.as_ref().is_none_or(|c| matches!(c.code, 1000 | 1001))
            && self.turns.iter().all(|t| t.voice_to_ms.is_none() || t.latency_ms.is_some())
    }

    /// What the caller heard as a WAV file: 16 kHz mono.
    #[must_use]
    pub fn heard_wav(&self) -> Vec<u8> {
        tom_audio::wav::to_bytes(16_000, 1, &self.heard)
    }
}

impl fmt::Display for Report {
    /// The timeline, then one line per turn.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for entry in &self.timeline {
            writeln!(f, "{entry}")?;
        }
        for turn in &self.turns {
            write!(f, "{}: ", turn.recording)?;
            match (turn.latency_ms, turn.voice_to_ms) {
                (Some(ms), _) => write!(f, "answered after {ms} ms")?,
                (None, Some(_)) => write!(f, "not answered")?,
                (None, None) => write!(f, "no voice in it")?,
            }
            if let Some(b) = turn.barge_in {
                let outcome = match b.outcome {
                    Outcome::Interrupted => ", interrupted",
                    Outcome::Resumed => ", then went on",
                    Outcome::Unknown => "",
                };
                write!(f, "; the agent fell silent after {} ms{outcome}", b.stop_ms)?;
            }
            writeln!(f)?;
        }
        for problem in &self.problems {
            writeln!(f, "problem {}: {}", problem.code, problem.message)?;
        }
        Ok(())
    }
}
