//! Layer: sim. What a call gets: a dialogue that answers in a known way, and engines that can be had otherwise.

use std::sync::{Arc, Mutex};

use tom_base::{CallPlan, Lang, Span};
use tom_call::{Action, Answer, Brain, BrainError, CallSetup, Engines, Reply, Request};
use tom_engine::{Grammar, Stt, Tts};
use tom_turn::{Cause, Expect, Hold, Then, TurnConfig, Why};

use crate::recogniser::ToneEars;
use crate::tone::LevelVad;
use crate::voice::{Manner, ToneVoice};

/// 21 characters, 840 ms.
pub(crate) const GREETING: &str = "Hello, this is a test";

/// Answers "You said ..." or "You pressed ..."; some words mean more to it.
#[derive(Clone, Default)]
pub(crate) struct Clerk {
    /// What it was asked.
    pub(crate) asked: Arc<Mutex<Vec<Cause>>>,
    /// What it was told of the conversation, the last time.
    pub(crate) history: Arc<Mutex<Vec<(String, bool)>>>,
}

impl Brain for Clerk {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        self.asked.lock().unwrap().push(request.cause.clone());
        *self.history.lock().unwrap() =
            request.history.iter().map(|said| (said.text.to_string(), said.complete)).collect();
        answer(request.cause).map(Answer::Now)
    }
}

pub(crate) fn answer(cause: &Cause) -> Result<Reply, BrainError> {
    let mut then = Then::Listen(Expect::Open);
    let mut actions = Vec::new();
    let text = match cause {
        Cause::Opening => vec![GREETING.into()],
        Cause::Said { text, .. } => match &**text {
            "" => vec!["Pardon".into()],
            "long" => vec!["red gold blue grey teal pink black white amber tan".into(); 4],
            "longer" => vec!["red gold blue grey teal pink black white amber tan".into(); 60],
            "nothing" => Vec::new(),
            "fail" => return Err(BrainError("asked to".into())),
            "operator" => {
                then = Then::Transfer;
                vec!["I put you through".into()]
            }
            "wait" | "wait quietly" => {
                let key = tom_base::Key::from_char('#');
                then = Then::Hold(Hold { longest: Span::from_millis(30_000), key, music: &**text == "wait" });
                vec!["One moment".into()]
            }
            "bye" => {
                then = Then::HangUp;
                vec!["Goodbye".into()]
            }
            "question" => {
                actions
                    .push(Action { kind: "message".into(), data: vec![("text".into(), "question".into())] });
                vec!["I have noted that".into()]
            }
            said => vec![format!("You said {said}.")],
        },
        Cause::Keyed(keys) => vec![format!("You pressed {keys}")],
        Cause::Silence(_) => vec!["Are you there".into()],
        Cause::Failed(_) => vec!["Sorry, again please".into()],
        Cause::Tool => vec!["Done".into()],
        Cause::NotConnected => vec!["Nobody there".into()],
        Cause::HoldOver(back) => vec![format!("Back {back:?}")],
        Cause::Goodbye(why) => {
            then = Then::HangUp;
            vec![if *why == Why::Drain { "We close now" } else { "Goodbye then" }.into()]
        }
    };
    let grammar = Some(Grammar { id: "words".into(), jsgf: "#JSGF V1.0;".into() });
    Ok(Reply { text, then, grammar, actions })
}

/// Everything of a call that a test may want otherwise.
pub(crate) struct Desk {
    pub(crate) clerk: Clerk,
    pub(crate) brain: Option<Box<dyn Brain>>,
    pub(crate) ears: Option<ToneEars>,
    pub(crate) voice: Option<ToneVoice>,
    /// Another voice in place of that one.
    pub(crate) speaker: Option<Arc<dyn Tts>>,
    pub(crate) fallback: Option<ToneVoice>,
    pub(crate) turn: TurnConfig,
    pub(crate) lead: u64,
    pub(crate) cancel_echo: bool,
    pub(crate) marks: bool,
    pub(crate) manner: tom_call::Manner,
    /// The call runs in real time, on a machine that may be busy: how far ahead audio is read tells nothing there.
    pub(crate) real_time: bool,
}

impl Default for Desk {
    fn default() -> Self {
        Self {
            clerk: Clerk::default(),
            brain: None,
            ears: Some(ToneEars::default()),
            voice: Some(ToneVoice::new(500.0, Manner::default())),
            speaker: None,
            fallback: None,
            turn: TurnConfig::default(),
            lead: 40,
            cancel_echo: false,
            marks: false,
            manner: tom_call::Manner::default(),
            real_time: false,
        }
    }
}

impl Desk {
    pub(crate) fn setup(&mut self) -> CallSetup {
        let voice = |voice: &Option<ToneVoice>| voice.clone().map(|v| Arc::new(v) as Arc<dyn Tts>);
        CallSetup {
            id: "sim-1".parse().unwrap(),
            lang: Lang::EN,
            voice: None,
            plan: CallPlan::default(),
            turn: self.turn.clone(),
            brain: self.brain.take().unwrap_or_else(|| Box::new(self.clerk.clone())),
            vad: Box::new(LevelVad::default()),
            engines: Engines {
                end_of_turn: None,
                stt: self.ears.clone().map(|ears| Arc::new(ears) as Arc<dyn Stt>),
                tts: self.speaker.clone().or_else(|| voice(&self.voice)),
                tts_fallback: voice(&self.fallback),
            },
            lead: Span::from_millis(self.lead),
            cancel_echo: self.cancel_echo,
        }
    }

    /// What its voice makes of a text.
    pub(crate) fn sound(&self, text: &str) -> Vec<i16> {
        self.voice.as_ref().unwrap().sound(text)
    }
}
