//! Layer: real. A switchboard whose dialogue answers keys and typed words in a known way.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tom_base::{CallPlan, Lang, Span};
use tom_call::{Action, Answer, Brain, BrainError, CallSetup, Engines, Reply, Request};
use tom_engine::{Health, Stt};
use tom_server::{CallRequest, Level, Names, PartsHealth, Switchboard};
use tom_turn::{Cause, Expect, Then, TurnConfig};
use tom_wire::{ErrorCode, Modes, WireError};

use super::ears::ToneEars;
use super::engines::{LevelVad, ToneVoice};

pub(crate) const GREETING: &str = "Hello this is the test assistant";

/// What the person is told.
pub(crate) const SUMMARY: &str = "A caller wants to know something";

/// Makes calls with the engines of [`super::engines`].
pub(crate) struct Desk {
    pub(crate) ready: AtomicBool,
    /// The engines have no place for one more call.
    pub(crate) full: bool,
    pub(crate) voice: Health,
    /// Whether callers are understood.
    pub(crate) ears: bool,
    pub(crate) greeting: String,
    /// Who takes over when the caller presses 9.
    pub(crate) person: String,
    /// The levels it was told.
    pub(crate) strained: Mutex<Vec<Level>>,
}

impl Desk {
    /// Greets for half a minute: whoever means to interrupt it comes in time, however busy the machine is.
    pub(crate) fn long_winded() -> Self {
        Self { greeting: ["word"; 100].join(" "), ..Self::default() }
    }
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            ready: AtomicBool::new(true),
            full: false,
            voice: Health::Ok,
            ears: false,
            greeting: GREETING.to_owned(),
            person: String::new(),
            strained: Mutex::default(),
        }
    }
}

impl Switchboard for Desk {
    fn setup(&self, request: &CallRequest) -> Result<CallSetup, WireError> {
        let lang = request.lang.unwrap_or(Lang::EN);
        if lang != Lang::EN && lang != Lang::DE {
            return Err(WireError::new(ErrorCode::BadParameter, "lang must be en or de"));
        }
        Ok(CallSetup {
            id: request.id.clone(),
            lang,
            voice: None,
            plan: CallPlan::default(),
            turn: TurnConfig::default(),
            brain: Box::new(TestBrain { greeting: self.greeting.clone(), person: self.person.clone() }),
            vad: Box::new(LevelVad::default()),
            engines: Engines {
                end_of_turn: None,
                stt: self.ears.then(|| Arc::new(ToneEars) as Arc<dyn Stt>),
                tts: Some(Arc::new(ToneVoice)),
                tts_fallback: None,
            },
            lead: Span::from_millis(40),
            cancel_echo: false,
        })
    }

    fn room(&self) -> Result<(), WireError> {
        match self.full {
            false => Ok(()),
            true => Err(WireError::new(ErrorCode::RateCalls, "the engines are full")),
        }
    }

    fn ready(&self) -> Result<(), String> {
        match self.ready.load(Ordering::Relaxed) {
            true => Ok(()),
            false => Err("the engines are starting".into()),
        }
    }

    fn health(&self) -> PartsHealth {
        PartsHealth {
            audio: Health::Ok,
            stt: Health::Off,
            llm: Health::Ok,
            tts: self.voice.clone(),
            end_of_turn: Health::Off,
        }
    }

    fn strained(&self, level: Level) {
        self.strained.lock().unwrap().push(level);
    }

    fn names(&self) -> Names {
        let (mode, stt) = if self.ears { ("builtin", "tones") } else { ("off", "off") };
        let modes = Modes { stt_mode: mode.into(), llm_mode: "flow".into(), tts_mode: "builtin".into() };
        Names { modes, stt: stt.into(), llm: "test".into(), tts: "tone".into() }
    }
}

struct TestBrain {
    greeting: String,
    person: String,
}

impl Brain for TestBrain {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        let listen = Then::Listen(Expect::Open);
        let (text, then) = match request.cause {
            Cause::Opening => (self.greeting.clone(), listen),
            Cause::Keyed(keys) if &**keys == "9" && !self.person.is_empty() => {
                ("One moment".to_owned(), Then::Transfer)
            }
            Cause::NotConnected => ("Nobody is there".to_owned(), listen),
            Cause::Keyed(keys) => (format!("You pressed {keys}"), listen),
            Cause::Said { text, .. } if &**text == "speech" => (["word"; 100].join(" "), listen),
            Cause::Said { text, .. } if &**text == "history" => {
                (format!("I remember {}", request.history.len()), listen)
            }
            Cause::Said { text, .. } if &**text == "panic" => panic!("asked to"),
            Cause::Said { text, .. } if &**text == "fail" => {
                return Err(BrainError("asked to".into()));
            }
            Cause::Said { text, .. } if &**text == "bye" => ("Goodbye".to_owned(), Then::HangUp),
            Cause::Said { text, .. } => (format!("You said {text}"), listen),
            Cause::Goodbye(_) => ("We close now".to_owned(), Then::HangUp),
            _ => ("Yes".to_owned(), listen),
        };
        let actions = match request.cause {
            Cause::Keyed(_) if then == Then::Transfer => {
                let data = [("to", &*self.person), ("reason", "asked"), ("summary", SUMMARY)];
                let data = data.map(|(name, value)| (name.to_owned(), value.to_owned()));
                vec![Action { kind: "transfer".into(), data: data.into() }]
            }
            Cause::Keyed(_) => {
                vec![Action { kind: "message".into(), data: vec![("key".into(), "pressed".into())] }]
            }
            _ => Vec::new(),
        };
        Ok(Reply { text: vec![text], then, grammar: None, actions }.into())
    }
}
