//! Which messages of the browser protocol tell what happens in a call?

use tom_base::{Epoch, Span};
use tom_call::{Action, Notice, NoticeKind, TurnTiming};
use tom_turn::{CallEvent, Floor, Stage};
use tom_wire::{ErrorCode, Latency, ServerEvent, WireError};

use crate::switchboard::Names;

/// What a notice becomes.
#[derive(Debug)]
pub(crate) enum Told {
    Event(ServerEvent),
    Error(WireError),
}

/// Follows a call's notices. It keeps what later messages need: the reply's text, and the end of a turn until
/// its latencies are known.
#[derive(Debug)]
pub(crate) struct Notices {
    names: Names,
    language: String,
    reply: Epoch,
    text: String,
    floor: Floor,
    turn_end: Option<(String, bool)>,
}

impl Notices {
    pub(crate) fn new(names: Names, language: String) -> Self {
        Self {
            names,
            language,
            reply: Epoch::default(),
            text: String::new(),
            floor: Floor::Listening,
            turn_end: None,
        }
    }

    /// The messages a notice gives rise to, in order.
    pub(crate) fn tell(&mut self, notice: Notice) -> Vec<Told> {
        match notice.kind {
            NoticeKind::Call(event) => self.event(event),
            NoticeKind::ReplyComplete => vec![Told::Event(ServerEvent::LlmFinal {
                text: std::mem::take(&mut self.text),
                provider: self.names.llm.clone(),
            })],
            NoticeKind::SpeechComplete { frames } => vec![Told::Event(ServerEvent::TtsComplete {
                total_frames: frames.into(),
                provider: self.names.tts.clone(),
            })],
            NoticeKind::TurnTiming(timing) => {
                let (heard, complete) = self.turn_end.take().unwrap_or_default();
                vec![Told::Event(ServerEvent::TurnEnd { latency: latency(&timing), heard, complete })]
            }
            // Lines that connect callers by themselves hear of it, and who follows the call.
            NoticeKind::Connecting(_) | NoticeKind::Held(_) => Vec::new(),
            NoticeKind::Action(Action { kind, data }) => {
                vec![Told::Event(ServerEvent::Action { kind, data: data.into_iter().collect() })]
            }
        }
    }

    fn event(&mut self, event: CallEvent) -> Vec<Told> {
        let event = match event {
            CallEvent::State(state) => ServerEvent::State { state: state.as_str().into() },
            CallEvent::Floor(floor) => return self.floor(floor),
            CallEvent::Partial { text, .. } => ServerEvent::SttPartial { text: text.to_string() },
            CallEvent::Final { text, confidence, .. } => ServerEvent::SttFinal {
                text: text.to_string(),
                confidence: f32::from(confidence.millis()) / 1000.0,
                provider: self.names.stt.clone(),
                language: self.language.clone(),
                words: Vec::new(),
            },
            CallEvent::Reply { epoch, text } => {
                if epoch != self.reply {
                    self.reply = epoch;
                    self.text.clear();
                }
                if !self.text.is_empty() {
                    self.text.push(' ');
                }
                self.text.push_str(&text);
                ServerEvent::LlmToken { text: text.to_string(), provider: self.names.llm.clone() }
            }
            CallEvent::Paused { ducked, .. } => ServerEvent::Paused { ducked },
            CallEvent::FalseInterruption { paused, backchannel, .. } => {
                ServerEvent::Resumed { paused_ms: paused.as_millis(), backchannel }
            }
            CallEvent::Interrupted { heard, after, .. } => {
                ServerEvent::Interrupted { heard: heard.to_string(), after_ms: after.as_millis() }
            }
            CallEvent::TurnEnd { heard, complete, .. } => {
                self.turn_end = Some((heard.to_string(), complete));
                return Vec::new();
            }
            CallEvent::Dtmf(key) => ServerEvent::Dtmf { digit: key.to_string() },
            CallEvent::Reprompt(count) => ServerEvent::Reprompt { count },
            CallEvent::Failed { stage, .. } => return vec![Told::Error(failure(stage))],
            // `llm_started` and the state tell of these; `session_closed` tells of the end.
            CallEvent::Committed { .. } | CallEvent::Speaking { .. } | CallEvent::Ended(_) => {
                return Vec::new();
            }
        };
        vec![Told::Event(event)]
    }

    fn floor(&mut self, floor: Floor) -> Vec<Told> {
        let before = std::mem::replace(&mut self.floor, floor);
        let mut told = vec![Told::Event(ServerEvent::Floor { floor: floor_name(floor).into() })];
        let provider = self.names.stt.clone();
        if floor == Floor::User {
            told.push(Told::Event(ServerEvent::SttStarted { provider }));
        } else if before == Floor::User {
            told.push(Told::Event(ServerEvent::SttStopped { provider }));
        }
        if floor == Floor::Thinking {
            let provider = self.names.llm.clone();
            told.push(Told::Event(ServerEvent::LlmStarted { provider }));
        }
        told
    }
}

pub(crate) fn floor_name(floor: Floor) -> &'static str {
    match floor {
        Floor::Listening => "listening",
        Floor::User => "user",
        Floor::Pause => "pause",
        Floor::Thinking => "thinking",
        Floor::Agent => "agent",
        Floor::Ended => "ended",
    }
}

/// What a client is told of a stage that failed.
pub(super) fn failure(stage: Stage) -> WireError {
    let (code, message) = match stage {
        Stage::Stt => {
            (ErrorCode::SttFailed, "what the caller said could not be recognised; the agent asks again")
        }
        Stage::Llm => (ErrorCode::LlmFailed, "the reply could not be made; the agent apologises"),
        Stage::Tts => (ErrorCode::TtsFailed, "the reply could not be spoken; show the text of llm_token"),
    };
    WireError::new(code, message)
}

fn latency(timing: &TurnTiming) -> Latency {
    let ms = |span: Option<Span>| span.map(Span::as_millis);
    Latency {
        end_of_turn_ms: ms(timing.endpoint),
        stt_ms: ms(timing.stt),
        llm_ms: ms(timing.brain),
        tts_ms: ms(timing.tts),
        e2e_ms: timing.brain.zip(timing.tts).map(|(brain, tts)| (brain + tts).as_millis()),
        voice_to_voice_ms: ms(timing.voice_to_voice),
        barge_in_ms: ms(timing.barge_in),
    }
}
