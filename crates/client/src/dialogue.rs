//! What did the server tell? Timeline, transcript, and what it is doing.

use tom_wire::{Message, ServerEvent};

use crate::caller::Watch;
use crate::report::{Entry, Problem, Side, TurnText};
use crate::{MS, Moment};

/// Most lines of a timeline; more are counted.
const MAX_ENTRIES: usize = 20_000;
/// Most turns, problems and characters of a text that are kept.
const MAX_TURNS: usize = 1_000;
const MAX_PROBLEMS: usize = 100;
const MAX_TEXT: usize = 20_000;

/// What a message asks the ear to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Heed {
    /// Nothing.
    Nothing,
    /// Audio to be heard: base64.
    Audio(String),
    /// Throw away what is not heard yet.
    Flush,
    /// The server is done with the call.
    Closing,
}

/// A message that decides what became of a barge-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turning {
    Interrupted,
    Resumed,
}

/// What a call's messages have told so far.
#[derive(Default)]
pub(crate) struct Dialogue {
    pub(crate) call_id: Option<String>,
    pub(crate) transcript: Vec<TurnText>,
    pub(crate) timeline: Vec<Entry>,
    pub(crate) dropped: u64,
    pub(crate) problems: Vec<Problem>,
    /// When replies were interrupted or resumed.
    pub(crate) turnings: Vec<(Moment, Turning)>,
    listens: Option<bool>,
    watch: Option<Watch>,
}

impl Dialogue {
    pub(crate) fn new(watch: Option<Watch>) -> Self {
        Self { watch, ..Self::default() }
    }

    /// Whether the server says that it listens; none where it never says what it does.
    pub(crate) fn listens(&self) -> Option<bool> {
        self.listens
    }

    /// Adds a line to the timeline.
    pub(crate) fn note(&mut self, at: Moment, side: Side, what: &str, detail: impl Into<String>) {
        let entry = Entry { at_ms: at / MS, side, what: what.into(), detail: cut(detail.into()) };
        if let Some(watch) = &mut self.watch {
            watch(&entry);
        }
        if self.timeline.len() < MAX_ENTRIES {
            self.timeline.push(entry);
        } else {
            self.dropped += 1;
        }
    }

    /// Keeps something that went wrong.
    pub(crate) fn problem(&mut self, at: Moment, code: &str, message: impl Into<String>) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem { at_ms: at / MS, code: code.into(), message: cut(message.into()) });
        }
    }

    /// Takes a message.
    pub(crate) fn take(&mut self, now: Moment, message: Message) -> Heed {
        let turn = message.turn_id;
        let mut heed = Heed::Nothing;
        let (what, detail) = match message.event {
            // 50 a second: heard, not told.
            ServerEvent::TtsAudio { audio, .. } => return Heed::Audio(audio),
            ServerEvent::Connected { call_id, sample_rate, language, .. } => {
                if sample_rate != 16_000 {
                    let text = format!("the server sends {sample_rate} Hz although 16000 was asked for");
                    self.problem(now, "CLIENT", text);
                }
                self.call_id = Some(call_id.clone());
                ("connected", format!("{call_id} {language}"))
            }
            ServerEvent::Heartbeat {} => ("heartbeat", String::new()),
            ServerEvent::State { state } => {
                self.listens = Some(state == "listening");
                ("state", state)
            }
            ServerEvent::Floor { floor } => ("floor", floor),
            ServerEvent::SttStarted { provider } => ("stt_started", provider),
            ServerEvent::SttStopped { provider } => ("stt_stopped", provider),
            ServerEvent::SttPartial { text } => ("stt_partial", text),
            ServerEvent::SttFinal { text, confidence, .. } => {
                self.turn(turn, |t| join(&mut t.caller, &text));
                ("stt_final", format!("{text:?} {confidence:.2}"))
            }
            ServerEvent::LlmStarted { provider } => ("llm_started", provider),
            ServerEvent::LlmToken { text, .. } => {
                self.turn(turn, |t| join(&mut t.agent, &text));
                ("llm_token", text)
            }
            ServerEvent::LlmFinal { text, .. } => {
                self.turn(turn, |t| t.agent = cut(text.clone()));
                ("llm_final", text)
            }
            ServerEvent::TtsComplete { total_frames, .. } => {
                ("tts_complete", format!("{total_frames} frames"))
            }
            ServerEvent::Clear {} => {
                heed = Heed::Flush;
                ("clear", String::new())
            }
            ServerEvent::Paused { ducked } => {
                ("paused", if ducked { "ducked".into() } else { String::new() })
            }
            ServerEvent::Resumed { paused_ms, backchannel } => {
                self.turning(now, Turning::Resumed);
                let kind = if backchannel { ", backchannel" } else { "" };
                ("resumed", format!("after {paused_ms} ms{kind}"))
            }
            ServerEvent::Interrupted { heard, after_ms } => {
                heed = Heed::Flush;
                self.turning(now, Turning::Interrupted);
                ("interrupted", format!("after {after_ms} ms, heard {heard:?}"))
            }
            ServerEvent::Action { kind, data } => ("action", format!("{kind} {data:?}")),
            ServerEvent::BargeInAck {} => ("barge_in_ack", String::new()),
            ServerEvent::Dtmf { digit } => ("dtmf", digit),
            ServerEvent::Reprompt { count } => ("reprompt", count.to_string()),
            ServerEvent::TurnEnd { latency, heard, complete } => {
                let detail = format!("{}, heard {heard:?}", if complete { "complete" } else { "cut" });
                self.turn(turn, |t| {
                    t.heard = cut(heard);
                    t.complete = complete;
                    t.latency = Some(latency);
                });
                ("turn_end", detail)
            }
            ServerEvent::Pong { .. } => ("pong", String::new()),
            ServerEvent::ModeSwitched { mode } => ("mode_switched", mode),
            ServerEvent::SessionUpdated { change, applied, .. } => {
                ("session_updated", format!("{change}{}", if applied { "" } else { " stays as it is" }))
            }
            // `error` tells the same, with the code.
            ServerEvent::SttError { error, .. } => ("stt_error", error),
            ServerEvent::LlmError { error, .. } => ("llm_error", error),
            ServerEvent::TtsError { error, .. } => ("tts_error", error),
            ServerEvent::ProviderError { error, .. } => ("provider_error", error),
            ServerEvent::PipelineComplete { mode } => ("pipeline_complete", mode),
            ServerEvent::PipelineError { error } => ("pipeline_error", error),
            ServerEvent::Error { error, .. } => {
                let code = error.code.as_str();
                self.problem(now, code, error.message.clone());
                ("error", format!("{code}: {}", error.message))
            }
            ServerEvent::AuthError { message } => {
                self.problem(now, "AUTH_INVALID", message.clone());
                ("auth_error", message)
            }
            ServerEvent::RateLimitExceeded { message, .. } => {
                self.problem(now, "RATE_MESSAGES", message.clone());
                ("rate_limit_exceeded", message)
            }
            ServerEvent::SessionClosed { reason, .. } => {
                heed = Heed::Closing;
                ("session_closed", reason)
            }
        };
        self.note(now, Side::Server, what, detail);
        heed
    }

    fn turning(&mut self, now: Moment, turning: Turning) {
        if self.turnings.len() < MAX_TURNS {
            self.turnings.push((now, turning));
        }
    }

    fn turn(&mut self, turn_id: u32, change: impl FnOnce(&mut TurnText)) {
        let at = match self.transcript.iter().rposition(|t| t.turn_id == turn_id) {
            Some(at) => at,
            None if self.transcript.len() < MAX_TURNS => {
                self.transcript.push(TurnText { turn_id, ..TurnText::default() });
                self.transcript.len() - 1
            }
            None => return,
        };
        change(&mut self.transcript[at]);
    }
}

/// Adds words to words.
fn join(text: &mut String, more: &str) {
    let gap = !text.is_empty() && !text.ends_with(' ') && !more.starts_with(' ') && !more.is_empty();
    if gap {
        text.push(' ');
    }
    text.push_str(more);
    *text = cut(std::mem::take(text));
}

/// At most [`MAX_TEXT`] bytes of a text.
fn cut(mut text: String) -> String {
    if text.len() > MAX_TEXT {
        let end = (0..=MAX_TEXT).rev().find(|n| text.is_char_boundary(*n));
        text.truncate(end.unwrap_or(0));
    }
    text
}
