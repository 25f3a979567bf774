//! What goes into the turn core and what comes out of it.

use std::sync::Arc;

use tom_base::{CallState, Epoch, Key, MediaTime, Span};

/// A probability in thousandths, so that it has an exact text form in journals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Probability(u16);

impl Probability {
    /// Certain.
    pub const ONE: Self = Self(1000);

    /// Clamps to 0..=1; not-a-number is 0.
    #[must_use]
    pub fn new(p: f32) -> Self {
        Self((p.clamp(0.0, 1.0) * 1000.0).round() as u16)
    }

    /// From thousandths, clamped.
    #[must_use]
    pub const fn from_millis(thousandths: u16) -> Self {
        Self(if thousandths > 1000 {
            1000
        } else {
            thousandths
        })
    }

    /// In thousandths.
    #[must_use]
    pub const fn millis(self) -> u16 {
        self.0
    }
}

/// How sure a beginning of speech is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Onset {
    /// Clearly speech: pauses the reply.
    Clear,
    /// Perhaps speech: ducks the reply.
    Weak,
}

/// A part of the chain that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Recognition.
    Stt,
    /// The brain: a language model or a flow.
    Llm,
    /// Synthesis.
    Tts,
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EndReason {
    /// The far end hung up or went away.
    Caller,
    /// The agent hung up: the dialogue was over.
    Agent,
    /// Handed over to a person.
    Transferred,
    /// The caller said nothing for too long.
    Silence,
    /// The longest call time is reached.
    TooLong,
    /// Nobody answered.
    Unanswered,
    /// The server is stopping.
    Drain,
    /// It could not go on.
    Failure,
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

/// What the brain is asked to reply to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Cause {
    /// The call was answered: greet.
    Opening,
    /// The caller said this. Empty text: speech was heard but nothing understood.
    Said {
        /// All utterances of the turn, joined by a blank.
        text: Arc<str>,
        /// The least sure of them.
        confidence: Probability,
    },
    /// The caller keyed this, complete by the rules of [`Expect`].
    Keyed(Arc<str>),
    /// The caller said nothing; the how-manieth time in a row, from 1.
    Silence(u32),
    /// A tool the brain started is done.
    Tool,
    /// The reply that was being made is lost: apologise and go on.
    Failed(Stage),
    /// Say goodbye; the reply should end with [`Then::HangUp`].
    Goodbye(Why),
}

/// What the agent waits for after a reply: the context of endpointing and keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Expect {
    /// Anything.
    #[default]
    Open,
    /// Yes or no.
    YesNo,
    /// One of a few phrases, or the key of one.
    Choice,
    /// Digits dictated or keyed: pauses inside are long. Keys collect up to `max`, or until `#`.
    Digits {
        /// The most digits.
        max: u8,
    },
    /// A name, an address or an e-mail, spelt.
    Spelling,
    /// A long free message.
    Message,
}

/// What happens when a reply has been said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    /// The caller's turn.
    Listen(Expect),
    /// Hang up.
    HangUp,
    /// Hand over to a person (the owner knows where to) and end here.
    Transfer,
    /// Wait for a tool; the brain will be asked again with [`Cause::Tool`].
    Tool,
}

/// Something that happened to the call.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Input {
    /// A call is offered.
    Ringing,
    /// The call was answered; audio flows.
    Answered,
    /// Speech began (voice activity).
    SpeechStart(Onset),
    /// About 64 ms without voice.
    SpeechEnd,
    /// The recogniser's view of the utterance so far.
    Partial {
        /// The utterance.
        epoch: Epoch,
        /// Its words.
        text: Arc<str>,
    },
    /// The recogniser's last word on the utterance.
    Final {
        /// The utterance.
        epoch: Epoch,
        /// Its words; empty if nothing was understood.
        text: Arc<str>,
        /// How sure it is.
        confidence: Probability,
    },
    /// How likely the caller's turn is over, by the end-of-turn model.
    EndOfTurn {
        /// The utterance.
        epoch: Epoch,
        /// 1: certainly over.
        p: Probability,
    },
    /// The next piece of the reply.
    ReplyText {
        /// The reply.
        epoch: Epoch,
        /// A clause or sentence.
        text: Arc<str>,
    },
    /// The reply's text is complete.
    ReplyEnd {
        /// The reply.
        epoch: Epoch,
        /// What follows it.
        then: Then,
    },
    /// A stage failed for good (retry and fallback included), or its deadline passed.
    Failed {
        /// The utterance or reply.
        epoch: Epoch,
        /// Which stage.
        stage: Stage,
    },
    /// The first sample of the reply is on its way.
    PlayoutStarted {
        /// The reply.
        epoch: Epoch,
    },
    /// Where a piece of the reply's text lies in its audio.
    TextMark {
        /// The reply.
        epoch: Epoch,
        /// Bytes of the reply's text (all `ReplyText` of the epoch joined by a blank) that are spoken
        /// before `at`.
        offset: u32,
        /// From the reply's first sample.
        at: Span,
    },
    /// How much of the reply the caller has heard.
    PlayoutMark {
        /// The reply.
        epoch: Epoch,
        /// From the reply's first sample.
        heard: Span,
    },
    /// The caller has heard the whole reply.
    PlayoutDone {
        /// The reply.
        epoch: Epoch,
    },
    /// A key was pressed.
    Dtmf(Key),
    /// The caller typed this instead of speaking.
    Typed(Arc<str>),
    /// The caller's client asked the agent to stop speaking.
    BargeIn,
    /// A tool the brain started is done.
    ToolDone {
        /// The reply that started it.
        epoch: Epoch,
    },
    /// The server is stopping: say goodbye.
    Drain,
    /// The far end is gone, or the owner ends the call at once.
    HangUp(EndReason),
    /// Time has passed.
    Timeout,
}

/// What the owner is to do.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Output {
    /// An utterance begins: open the recogniser for it, with some audio from before now.
    Listen {
        /// The utterance.
        epoch: Epoch,
    },
    /// The utterance may be over: ask the recogniser (and the end-of-turn model) for their result.
    Finish {
        /// The utterance.
        epoch: Epoch,
    },
    /// The caller spoke on, or nobody wants the utterance any more: drop it.
    Forget {
        /// The utterance.
        epoch: Epoch,
    },
    /// The floor is the agent's: make a reply.
    Generate {
        /// The reply's epoch.
        epoch: Epoch,
        /// To what.
        cause: Cause,
    },
    /// Synthesise this and queue it for playing.
    Speak {
        /// The reply.
        epoch: Epoch,
        /// A clause or sentence.
        text: Arc<str>,
    },
    /// No more text will follow for this reply: say when all of it was played.
    SpeakEnd {
        /// The reply.
        epoch: Epoch,
    },
    /// Speak a phrase the owner has in the call's language (the brain is not asked), then `PlayoutDone`.
    Say {
        /// Its epoch.
        epoch: Epoch,
        /// Which phrase.
        phrase: Phrase,
    },
    /// Stop playing at once, keep the place.
    Pause,
    /// Play quietly.
    Duck,
    /// Play on from the kept place, at full level.
    Resume,
    /// The reply is over: generation, synthesis and playing stop.
    Cancel {
        /// The reply.
        epoch: Epoch,
    },
    /// Empty the queue of agent audio, here and at the far end.
    Flush,
    /// The caller is to be handed to a person.
    Transfer,
    /// Close the call's transport.
    HangUp(EndReason),
    /// Something others may want to know.
    Event(CallEvent),
    /// Nothing more now. Come back with an input, or with `Timeout` at this moment.
    Wait(Option<MediaTime>),
}

/// A phrase the owner can speak without a brain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Phrase {
    /// Something did not work; please say it again.
    Apology,
    /// We cannot go on; goodbye.
    Failure,
    /// Goodbye, the server stops.
    Drain,
    /// Goodbye, nobody is there.
    Silence,
    /// Goodbye, the call has lasted too long.
    TooLong,
}

/// Who has the floor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Floor {
    /// Nobody speaks; the caller may.
    #[default]
    Listening,
    /// The caller speaks.
    User,
    /// The caller paused; whether the turn is over is being decided.
    Pause,
    /// The reply is being made.
    Thinking,
    /// The agent speaks (or is paused by a possible interruption).
    Agent,
    /// The call is over.
    Ended,
}

/// What others may want to know: the wire, the timeline, metrics.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum CallEvent {
    /// The call state changed.
    State(CallState),
    /// The floor changed.
    Floor(Floor),
    /// What the caller is saying.
    Partial {
        /// The utterance.
        epoch: Epoch,
        /// Its words so far.
        text: Arc<str>,
    },
    /// What the caller said in one utterance.
    Final {
        /// The utterance.
        epoch: Epoch,
        /// Its words.
        text: Arc<str>,
        /// How sure.
        confidence: Probability,
    },
    /// The caller's turn is over: this is it.
    Committed {
        /// The turn.
        epoch: Epoch,
        /// All of it.
        text: Arc<str>,
        /// Silence from the last voice to the decision.
        wait: Span,
    },
    /// A piece of the reply, as text.
    Reply {
        /// The reply.
        epoch: Epoch,
        /// A clause or sentence.
        text: Arc<str>,
    },
    /// The reply is being heard.
    Speaking {
        /// The reply.
        epoch: Epoch,
    },
    /// Speech over the reply: it is paused (or ducked) while we decide.
    Paused {
        /// The reply.
        epoch: Epoch,
        /// Quieter, not silent.
        ducked: bool,
    },
    /// It was nothing: the reply goes on.
    FalseInterruption {
        /// The reply.
        epoch: Epoch,
        /// How long it was paused.
        paused: Span,
        /// It was a word, but a listener's ("mhm").
        backchannel: bool,
    },
    /// The caller took the floor.
    Interrupted {
        /// The reply.
        epoch: Epoch,
        /// What of it was heard.
        heard: Arc<str>,
        /// From the onset to the decision.
        after: Span,
    },
    /// The turn is over, its reply heard as far as it was.
    TurnEnd {
        /// The turn.
        epoch: Epoch,
        /// What of the reply was heard.
        heard: Arc<str>,
        /// Whether that is all of it.
        complete: bool,
    },
    /// A key.
    Dtmf(Key),
    /// The caller is silent: asked again.
    Reprompt(u32),
    /// A stage failed.
    Failed {
        /// What failed for whom.
        epoch: Epoch,
        /// Which stage.
        stage: Stage,
    },
    /// The call is over.
    Ended(EndReason),
}
