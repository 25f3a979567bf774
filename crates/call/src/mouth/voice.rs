//! Which voice speaks?

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, Tts, TtsEvent, TtsOptions, TtsStream};

/// A voice that was given up is left alone for so long, if there is another: each try costs the caller
/// seconds of silence.
const REST: Duration = Duration::from_secs(30);

struct Voice {
    engine: Arc<dyn Tts>,
    stream: Option<Box<dyn TtsStream>>,
    given_up: Option<Instant>,
}

impl Voice {
    fn rests(&self, wall: Instant) -> bool {
        self.given_up.is_some_and(|at| wall.duration_since(at) < REST)
    }
}

/// The synthesisers of a call: the usual one first, then those that stand in for it.
pub(crate) struct Voices {
    all: Vec<Voice>,
    events: mpsc::Sender<TtsEvent>,
    options: TtsOptions,
    /// The voice a reply begins with.
    first: usize,
    /// How many of them the reply has given up.
    gone: usize,
}

impl Voices {
    pub(crate) fn new(
        engines: impl IntoIterator<Item = Arc<dyn Tts>>,
        options: TtsOptions,
        events: mpsc::Sender<TtsEvent>,
    ) -> Self {
        let voice = |engine| Voice { engine, stream: None, given_up: None };
        Self { all: engines.into_iter().map(voice).collect(), events, options, first: 0, gone: 0 }
    }

    pub(crate) fn none(&self) -> bool {
        self.all.is_empty()
    }

    /// A reply begins: with the first voice that does not rest.
    pub(crate) fn open(&mut self, wall: Instant) {
        self.gone = 0;
        self.first = self.all.iter().position(|voice| !voice.rests(wall)).unwrap_or(0);
    }

    /// Whether another voice can take over.
    pub(crate) fn spare(&self) -> bool {
        self.gone + 1 < self.all.len()
    }

    fn in_use(&mut self) -> Option<&mut Voice> {
        if self.gone >= self.all.len() {
            return None;
        }
        let index = (self.first + self.gone) % self.all.len();
        self.all.get_mut(index)
    }

    /// The voice in use does not do: the next one takes over. `tired`: it is left alone for a while.
    pub(crate) fn next(&mut self, tired: bool, wall: Instant) {
        if let Some(voice) = self.in_use() {
            voice.stream = None;
            voice.given_up = tired.then_some(wall);
            self.gone += 1;
        }
    }

    /// The language they speak.
    pub(crate) fn lang(&self) -> Lang {
        self.options.lang
    }

    /// Puts a clause, in the words to say, to the voice in use. `None`: there is none.
    pub(crate) fn ask(&mut self, epoch: Epoch, id: u32, text: &Arc<str>) -> Option<Result<(), EngineError>> {
        let (options, events) = (self.options.clone(), self.events.clone());
        let voice = self.in_use()?;
        let asked = match &mut voice.stream {
            Some(stream) => stream.speak(epoch, id, text.clone()),
            empty => voice
                .engine
                .open(options, events)
                .and_then(|stream| empty.insert(stream).speak(epoch, id, text.clone())),
        };
        Some(asked)
    }

    /// Takes back what the voice in use was asked. `fresh`: its stream is not to be used again.
    pub(crate) fn take_back(&mut self, fresh: bool) {
        if let Some(voice) = self.in_use() {
            if let Some(stream) = voice.stream.as_mut() {
                stream.cancel();
            }
            if fresh {
                voice.stream = None;
            }
        }
    }
}
