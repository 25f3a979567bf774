//! Who takes calls in a server without engines? Nobody listens, and the agent speaks on and on.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tom_audio::Frame;
use tom_base::{CallPlan, Epoch, Lang, Span};
use tom_call::{Answer, Brain, BrainError, CallSetup, Engines, Reply, Request};
use tom_engine::{Edge, EngineError, Health, Tts, TtsEvent, TtsOptions, TtsStream, Vad};
use tom_server::{CallRequest, Names, PartsHealth, Switchboard};
use tom_turn::{Hold, Then, TurnConfig};
use tom_wire::{Modes, WireError};

/// Frames of callers that were heard.
pub(crate) static FRAMES_IN: AtomicU64 = AtomicU64::new(0);
/// Pieces of speech made: each is an allocation of the synthesiser's, not of a frame's way.
pub(crate) static PIECES: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// Whether this thread carries calls. What others allocate (who counts, who keeps house) is on no frame's way.
    pub(crate) static CARRIES: Cell<bool> = const { Cell::new(false) };
}

/// Frames of a caller that are counted together, so that the threads do not fight over the count.
const COUNTED: u64 = 50;

/// Hears nothing.
#[derive(Default)]
struct Deaf {
    frames: u64,
}

impl Vad for Deaf {
    fn push(&mut self, _: Frame<'_>) -> Option<Edge> {
        self.frames += 1;
        if self.frames.is_multiple_of(COUNTED) {
            FRAMES_IN.fetch_add(COUNTED, Ordering::Relaxed);
            CARRIES.set(true);
        }
        None
    }

    fn reset(&mut self) {}

    fn name(&self) -> &'static str {
        "deaf"
    }
}

/// A piece of speech, 100 ms.
static PIECE: [i16; 1_600] = saw();

const fn saw() -> [i16; 1_600] {
    let (mut piece, mut n) = ([0; 1_600], 0);
    while n < piece.len() {
        piece[n] = (n as i16 % 40 - 20) * 200;
        n += 1;
    }
    piece
}

/// Pieces that come at once.
const AHEAD: usize = 4;

/// Pieces of a sentence, 5 s.
const SENTENCE: usize = 50;

/// Speaks in real time, 400 ms ahead, so that a busy machine does not let a call run dry.
struct Voice {
    /// After so many pieces a sentence is over.
    pieces: usize,
}

struct Speech {
    pieces: usize,
    events: mpsc::Sender<TtsEvent>,
    speaking: Option<AbortHandle>,
}

impl Tts for Voice {
    fn open(&self, _: TtsOptions, events: mpsc::Sender<TtsEvent>) -> Result<Box<dyn TtsStream>, EngineError> {
        Ok(Box::new(Speech { pieces: self.pieces, events, speaking: None }))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "saw"
    }
}

impl TtsStream for Speech {
    fn speak(&mut self, epoch: Epoch, clause: u32, _: Arc<str>) -> Result<(), EngineError> {
        let (events, pieces) = (self.events.clone(), self.pieces);
        let speaking = tokio::spawn(async move {
            let mut ticks = tokio::time::interval(Duration::from_millis(100));
            for piece in 0..pieces {
                if piece >= AHEAD {
                    ticks.tick().await;
                }
                PIECES.fetch_add(1, Ordering::Relaxed);
                let pcm = PIECE.to_vec();
                if events.send(TtsEvent::Audio { epoch, clause, pcm }).await.is_err() {
                    return;
                }
            }
            // Who does not take it has hung up.
            let _ = events.send(TtsEvent::Done { epoch, clause }).await;
        });
        self.speaking = Some(speaking.abort_handle());
        Ok(())
    }

    fn cancel(&mut self) {
        if let Some(speaking) = self.speaking.take() {
            speaking.abort();
        }
    }
}

impl Drop for Speech {
    fn drop(&mut self) {
        self.cancel();
    }
}

/// Says something, and when that was heard, says it again.
struct Talker;

impl Brain for Talker {
    fn reply(&mut self, _: Request<'_>) -> Result<Answer, BrainError> {
        let then = Then::Hold(Hold { longest: Span::ZERO, key: None, music: false });
        Ok(Reply { text: vec!["On and on.".into()], then, grammar: None, actions: Vec::new() }.into())
    }
}

/// Takes every call.
#[derive(Default)]
pub(crate) struct Desk {
    /// The agent says sentence after sentence, each when the one before was played. Else its first has no end: where the
    /// server is late, what waits of it grows, and there is no moment between two of them.
    pub(crate) sentences: bool,
}

impl Switchboard for Desk {
    fn setup(&self, request: &CallRequest) -> Result<CallSetup, WireError> {
        let pieces = if self.sentences { SENTENCE } else { usize::MAX };
        Ok(CallSetup {
            id: request.id.clone(),
            lang: Lang::EN,
            voice: None,
            plan: CallPlan::default(),
            turn: TurnConfig::default(),
            brain: Box::new(Talker),
            vad: Box::new(Deaf::default()),
            engines: Engines {
                end_of_turn: None,
                stt: None,
                tts: Some(Arc::new(Voice { pieces })),
                tts_fallback: None,
            },
            cancel_echo: false,
            lead: Span::from_millis(40),
        })
    }

    fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn health(&self) -> PartsHealth {
        PartsHealth {
            audio: Health::Ok,
            stt: Health::Off,
            llm: Health::Ok,
            tts: Health::Ok,
            end_of_turn: Health::Off,
        }
    }

    fn names(&self) -> Names {
        let modes = Modes { stt_mode: "off".into(), llm_mode: "flow".into(), tts_mode: "builtin".into() };
        Names { modes, stt: "off".into(), llm: "talker".into(), tts: "saw".into() }
    }
}
