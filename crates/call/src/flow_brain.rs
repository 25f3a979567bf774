//! A scripted flow as the brain of a call.

use std::sync::Arc;

use tom_base::{CallPlan, Key, Lang, Span, TurnId};
use tom_engine::Grammar;
use tom_flow::{self as flow, Dialogue, Flow, FlowCause, FlowReply, Recognition, Snapshot};
use tom_turn::{Back, Cause, Expect, Hold, Stage, Then, Why};

use crate::brain::{Action, Answer, Brain, BrainError, Reply, Request};

/// Follows a flow. When the caller goes on within a turn, the reply that nobody heard is taken back first.
pub struct FlowBrain {
    dialogue: Dialogue,
    /// The turn under way, and the dialogue as it was before it.
    before: Option<(TurnId, Snapshot)>,
    /// The dialogue as the greeting left it, and what could be said then.
    greeted: Option<(Snapshot, Option<Grammar>)>,
    /// There is somebody to hand over to.
    hands_over: bool,
    /// With its last reply the flow handed over.
    handed_over: bool,
}

impl FlowBrain {
    /// A dialogue from its start. `spoken`: whether anybody can understand the caller.
    #[must_use]
    pub fn new(flow: Arc<Flow>, lang: Lang, plan: CallPlan, spoken: bool) -> Self {
        let ears = if spoken { Recognition::default() } else { Recognition::keys_only() };
        Self {
            dialogue: Dialogue::new(flow, lang, plan, ears),
            before: None,
            greeted: None,
            hands_over: false,
            handed_over: false,
        }
    }

    /// The same for a call that has a language model: where the flow hands over to it, the reply ends with the
    /// caller's turn, and [`has_handed_over`](Self::has_handed_over) says so.
    #[must_use]
    pub fn handing_over(self) -> Self {
        Self { hands_over: true, ..self }
    }

    /// Whether the last reply handed over to a language model, which is to give the next.
    #[must_use]
    pub fn has_handed_over(&self) -> bool {
        self.handed_over
    }
}

impl Brain for FlowBrain {
    fn reply(&mut self, request: Request<'_>) -> Result<Answer, BrainError> {
        let turn = request.epoch.turn;
        match &self.before {
            Some((same, snapshot)) if *same == turn => self.dialogue.restore(snapshot),
            _ => self.before = Some((turn, self.dialogue.snapshot())),
        }
        let mut said = self.dialogue.reply(&cause(request.cause));
        self.handed_over = self.hands_over && said.then == flow::Then::Llm;
        if self.handed_over {
            // How the call went is for the model to say.
            said.actions.retain(|action| action.kind != flow::ActionKind::Resolution);
            said.then = flow::Then::Listen(flow::Expect::Open);
        }
        let reply = reply(said);
        if let (Cause::Opening, Ok(reply)) = (request.cause, &reply) {
            self.greeted = Some((self.dialogue.snapshot(), reply.grammar.clone()));
        }
        reply.map(Answer::Now)
    }

    /// Goes back to where the greeting left the dialogue: who has been greeted is not greeted again.
    fn forget(&mut self) -> Option<Grammar> {
        let (snapshot, grammar) = self.greeted.as_ref()?;
        self.dialogue.restore(snapshot);
        (self.before, self.handed_over) = (None, false);
        grammar.clone()
    }
}

fn reply(said: FlowReply) -> Result<Reply, BrainError> {
    let then = match said.then {
        flow::Then::Listen(expect) => Then::Listen(expectation(expect)),
        flow::Then::HangUp => Then::HangUp,
        flow::Then::Transfer => Then::Transfer,
        flow::Then::Hold { seconds, key, music } => Then::Hold(Hold {
            longest: Span::from_millis(u64::from(seconds) * 1_000),
            key: key.and_then(Key::from_char),
            music,
        }),
        flow::Then::Llm => {
            let why = "the flow hands over to a language model, and this call has none";
            return Err(BrainError(why.into()));
        }
    };
    let action = |a: flow::Action| Action { kind: a.kind.as_str().to_owned(), data: a.data };
    Ok(Reply {
        text: said.text,
        then,
        grammar: said.grammar.map(|g| Grammar { id: g.id.into(), jsgf: g.jsgf.into() }),
        actions: said.actions.into_iter().map(action).collect(),
    })
}

fn cause(cause: &Cause) -> FlowCause {
    match cause {
        Cause::Opening => FlowCause::Opening,
        Cause::Said { text, confidence } => {
            FlowCause::Said { text: text.to_string(), confidence: confidence.millis(), spoken_ms: None }
        }
        Cause::Keyed(keys) => FlowCause::Keyed(keys.to_string()),
        Cause::Silence(count) => FlowCause::Silence(*count),
        Cause::Tool => FlowCause::Tool,
        Cause::NotConnected => FlowCause::NotConnected,
        Cause::HoldOver(back) => FlowCause::HoldOver(match back {
            Back::Resumed => flow::Back::Resumed,
            Back::Keyed => flow::Back::Keyed,
            Back::TimedOut => flow::Back::TimedOut,
        }),
        Cause::Failed(stage) => FlowCause::Failed(match stage {
            Stage::Stt => flow::Stage::Stt,
            Stage::Llm => flow::Stage::Llm,
            Stage::Tts => flow::Stage::Tts,
        }),
        Cause::Goodbye(why) => FlowCause::Goodbye(match why {
            Why::Silence => flow::Why::Silence,
            Why::TooLong => flow::Why::TooLong,
            Why::Drain => flow::Why::Drain,
        }),
    }
}

fn expectation(expect: flow::Expect) -> Expect {
    match expect {
        flow::Expect::Open => Expect::Open,
        flow::Expect::YesNo => Expect::YesNo,
        flow::Expect::Choice => Expect::Choice,
        flow::Expect::Rating => Expect::Rating,
        flow::Expect::Digits { max } => Expect::Digits { max },
        flow::Expect::Spelling => Expect::Spelling,
        flow::Expect::Message => Expect::Message,
    }
}
