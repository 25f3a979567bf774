//! What a call is made of and what it tells: the types its owner handles.

use std::sync::Arc;

use tokio::sync::mpsc;
use tom_audio::HoldMusic;
use tom_base::{CallId, CallPlan, Epoch, Key, Lang, MediaTime, Span};
use tom_engine::{EndOfTurn, Stt, Tts, Vad};
use tom_turn::{CallEvent, EndReason, Hold, TurnConfig};

use crate::brain::{Action, Brain};
use crate::inbox::{AudioIn, AudioOut, audio_ring};
use crate::pickup::Manner;
use crate::post::{self, Messages};
use crate::room::Pcm;

/// Samples of one agent frame: 20 ms of 16 kHz mono.
pub const FRAME_SAMPLES: usize = 320;

/// Messages that wait for the call. Full: the transport waits (keys and hang-ups must not be lost).
const CONTROL_CAPACITY: usize = 64;
/// Messages that wait for the transport, about a second. Full: agent audio is dropped and counted, events
/// wait in the call up to a bound, then the call ends.
const OUTBOUND_CAPACITY: usize = 64;

/// The melody of callers who wait, where the operator has no music.
const MELODY: u64 = 7;

/// The engines of a call; `None` is switched off.
#[derive(Clone)]
pub struct Engines {
    /// Judges ends of turns by their sound. Without it the words and the pauses decide.
    pub end_of_turn: Option<Arc<dyn EndOfTurn>>,
    /// Recognition. Without it callers use keys.
    pub stt: Option<Arc<dyn Stt>>,
    /// Synthesis. Without it the reply is text only.
    pub tts: Option<Arc<dyn Tts>>,
    /// Takes over a clause the first synthesiser fails on.
    pub tts_fallback: Option<Arc<dyn Tts>>,
}

/// Everything a call needs to begin.
pub struct CallSetup {
    /// Its name.
    pub id: CallId,
    /// The language spoken.
    pub lang: Lang,
    /// The voice of the synthesiser; none: its default.
    pub voice: Option<Arc<str>>,
    /// The prompt variant.
    pub plan: CallPlan,
    /// Turn-taking settings; [`CallPlan::barge_in`] is already applied.
    pub turn: TurnConfig,
    /// Who decides what is said.
    pub brain: Box<dyn Brain>,
    /// Voice activity.
    pub vad: Box<dyn Vad>,
    /// The other engines.
    pub engines: Engines,
    /// Most agent audio ahead of the far end: 20 to 60 ms.
    pub lead: Span,
    /// Whether the agent's own voice is taken out of what is heard. Without that its echo is only recognised, so
    /// that it does not interrupt.
    pub cancel_echo: bool,
}

/// What the transport tells the call, audio apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// A key was pressed.
    Dtmf(Key),
    /// The caller typed something.
    Typed(Arc<str>),
    /// How patient the agent is to be with pauses, from 0 (fast) to 1000 (slow).
    Speed(u16),
    /// The caller's client asks the agent to stop speaking.
    BargeIn,
    /// Stop speaking, and forget what was said so far: the conversation begins anew.
    ForgetHistory,
    /// The far end has played everything up to [`Outbound::Mark`] of this number.
    Played(u32),
    /// Connect the caller with a person now, whoever has the floor. [`NoticeKind::Connecting`] says that it begins; on lines
    /// that cannot, nothing happens.
    Connect,
    /// The person whom the caller was to be connected with does not take the call.
    NotConnected,
    /// Keep the caller on hold, whoever has the floor. [`NoticeKind::Held`] says that it begins; while the caller is being
    /// connected with a person nothing happens.
    Hold(Hold),
    /// Take the caller off hold.
    Resume,
    /// The server stops: say goodbye.
    Drain,
    /// The far end is gone, or the call must end at once.
    HangUp(EndReason),
}

/// What the call tells the transport.
#[derive(Clone, Debug)]
pub enum Outbound {
    /// 20 ms of agent audio, 16 kHz mono, to be played as it comes.
    Frame {
        /// The reply it belongs to; music for a caller who waits has that of the last one.
        epoch: Epoch,
        /// The samples.
        pcm: Pcm,
    },
    /// All audio of a reply has been sent. A transport that can learn when it was played answers with
    /// [`Control::Played`].
    Mark(u32),
    /// Drop what was sent and not yet played.
    Clear,
    /// Something happened.
    Notice(Notice),
    /// Nothing follows; close the connection.
    Closed(EndReason),
}

/// Something that happened, numbered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Counts from 1 within the call, without gaps.
    pub seq: u64,
    /// When.
    pub at: MediaTime,
    /// The turn it belongs to.
    pub epoch: Epoch,
    /// What.
    pub kind: NoticeKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    /// Turn-taking.
    Call(CallEvent),
    /// The reply's text is complete.
    ReplyComplete,
    /// All audio of the reply was sent.
    SpeechComplete {
        /// Frames of 20 ms.
        frames: u32,
    },
    /// Latencies of the turn that just ended. Always the turn's last notice: what comes later and before the
    /// next turn, a key say, is labelled with the next one.
    TurnTiming(TurnTiming),
    /// The brain asked for something to be done, or the call found something out that is kept like it.
    Action(Action),
    /// The caller is to be connected with a person now, by the last action `transfer`; false: not any more. The line says
    /// what came of it: [`Control::HangUp`] with [`EndReason::Transferred`], or [`Control::NotConnected`].
    Connecting(bool),
    /// The caller is on hold now; false: not any more.
    Held(bool),
}

/// Where the time of one turn went. `None`: the stage was not used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TurnTiming {
    /// Last voiced caller sample to the decision that the turn is over.
    pub endpoint: Option<Span>,
    /// Asking the recogniser for its result to having it.
    pub stt: Option<Span>,
    /// Asking the brain to the first text of the reply.
    pub brain: Option<Span>,
    /// Asking the synthesiser to the first audio.
    pub tts: Option<Span>,
    /// Last voiced caller sample to the first agent sample sent.
    pub voice_to_voice: Option<Span>,
    /// Caller's onset over the reply to the last agent sample sent.
    pub barge_in: Option<Span>,
}

/// The transport's end of a call.
pub struct CallPort {
    /// Caller audio, 16 kHz mono.
    pub audio: AudioIn,
    /// Everything else.
    pub control: mpsc::Sender<Control>,
    /// What to send.
    pub outbound: Messages,
}

/// The call's end.
pub struct CallLink {
    pub(crate) audio: AudioOut,
    pub(crate) control: mpsc::Receiver<Control>,
    pub(crate) outbound: post::Sender,
    /// Whether the transport answers marks.
    pub(crate) marks: bool,
    pub(crate) watch: Watch,
    pub(crate) manner: Manner,
    /// What the caller hears who waits.
    pub(crate) music: HoldMusic,
}

impl CallLink {
    /// The same call, held in another manner than that of a caller who is answered.
    #[must_use]
    pub fn held(self, manner: Manner) -> Self {
        Self { manner, ..self }
    }

    /// The same call, with other music for a caller who waits.
    #[must_use]
    pub fn with_music(self, music: HoldMusic) -> Self {
        Self { music, ..self }
    }

    /// Has somebody told of every notice, in order, whether or not the transport still reads. Runs in the
    /// call's task: it must not wait.
    #[must_use]
    pub fn watched(mut self, watch: impl FnMut(&Notice) + Send + 'static) -> Self {
        self.watch = Watch(Some(Box::new(watch)));
        self
    }
}

type Told = Box<dyn FnMut(&Notice) + Send>;

/// Who else is told of notices.
#[derive(Default)]
pub(crate) struct Watch(pub(crate) Option<Told>);

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.0.is_some() { "Watch(…)" } else { "Watch" })
    }
}

/// The two ends of a call. `marks`: the transport answers every [`Outbound::Mark`] when it was played.
#[must_use]
pub fn link(marks: bool) -> (CallPort, CallLink) {
    let (audio_in, audio_out) = audio_ring();
    let (control_tx, control_rx) = mpsc::channel(CONTROL_CAPACITY);
    let (outbound_tx, outbound_rx) = post::queue(OUTBOUND_CAPACITY);
    let port = CallPort { audio: audio_in, control: control_tx, outbound: outbound_rx };
    let link = CallLink {
        audio: audio_out,
        control: control_rx,
        outbound: outbound_tx,
        marks,
        watch: Watch::default(),
        manner: Manner::default(),
        music: HoldMusic::melody(MELODY),
    };
    (port, link)
}
