//! Layer: sim. A recogniser that understands the callers' tones, and knows how to fail.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Grammar, Health, Stt, SttEvent, SttOptions, SttStream};

use crate::tone::{FRAME, WORDS, heard};

/// How a recogniser fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It cannot be opened.
    Down,
    /// It does not begin an utterance.
    Refuses(ErrorKind),
    /// Its queue is full for every second piece of audio ...
    Busy,
    /// ... or for all.
    Full,
    /// It fails the utterance while it is being spoken.
    Dies,
    /// It never answers.
    Silent,
    /// It fails the utterance when it is asked.
    Fails,
}

/// A recogniser.
#[derive(Clone, Debug)]
pub(crate) struct ToneEars {
    pub(crate) delay: Duration,
    pub(crate) partials: bool,
    /// What it shows lacks the last word, which it guesses.
    pub(crate) guesses: bool,
    pub(crate) fault: Arc<Mutex<Option<(Fault, u32)>>>,
    /// The grammars it was given.
    pub(crate) grammars: Arc<Mutex<Vec<String>>>,
}

impl Default for ToneEars {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(50),
            partials: true,
            guesses: false,
            fault: Arc::default(),
            grammars: Arc::default(),
        }
    }
}

impl ToneEars {
    pub(crate) fn failing(fault: Fault, times: u32) -> Self {
        Self { fault: Arc::new(Mutex::new(Some((fault, times)))), ..Self::default() }
    }

    /// The fault of the next utterance.
    fn fault(&self) -> Option<Fault> {
        let mut fault = self.fault.lock().unwrap();
        let (fault, times) = fault.as_mut()?;
        *times = times.checked_sub(1)?;
        Some(*fault)
    }
}

impl Stt for ToneEars {
    fn open(&self, _: SttOptions, events: mpsc::Sender<SttEvent>) -> Result<Box<dyn SttStream>, EngineError> {
        if matches!(*self.fault.lock().unwrap(), Some((Fault::Down, 1..))) {
            return Err(EngineError::new(ErrorKind::Unavailable, "the recogniser is down"));
        }
        Ok(Box::new(ToneEar { ears: self.clone(), events, utterance: None }))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn needs_grammar(&self) -> bool {
        false
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "tones"
    }
}

struct Utterance {
    epoch: Epoch,
    fault: Option<Fault>,
    rest: Vec<i16>,
    /// Frames of each word in the run of sound under way.
    run: [u32; WORDS.len()],
    words: Vec<&'static str>,
    pieces: u32,
}

struct ToneEar {
    ears: ToneEars,
    events: mpsc::Sender<SttEvent>,
    utterance: Option<Utterance>,
}

impl ToneEar {
    fn send(&self, delay: Duration, event: SttEvent) {
        let events = self.events.clone();
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            let _ = events.send(event).await;
        });
    }
}

impl SttStream for ToneEar {
    fn begin(&mut self, epoch: Epoch, grammar: Option<&Grammar>) -> Result<(), EngineError> {
        let fault = self.ears.fault();
        if let Some(Fault::Refuses(kind)) = fault {
            return Err(EngineError::new(kind, "refused"));
        }
        if let Some(grammar) = grammar {
            self.ears.grammars.lock().unwrap().push(grammar.id.to_string());
        }
        let (run, rest, words) = ([0; WORDS.len()], Vec::new(), Vec::new());
        self.utterance = Some(Utterance { epoch, fault, rest, run, words, pieces: 0 });
        Ok(())
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        let ToneEars { partials, guesses, .. } = self.ears;
        let Some(u) = &mut self.utterance else { return Ok(()) };
        u.pieces += 1;
        match u.fault {
            Some(Fault::Busy) if u.pieces.is_multiple_of(5) => {
                return Err(EngineError::new(ErrorKind::Overload, "busy"));
            }
            Some(Fault::Full) => return Err(EngineError::new(ErrorKind::Overload, "full")),
            Some(Fault::Dies) if u.pieces == 4 => {
                let (epoch, error) = (u.epoch, EngineError::new(ErrorKind::Crashed, "died"));
                self.utterance = None;
                self.send(Duration::ZERO, SttEvent::Failed { epoch, error });
                return Ok(());
            }
            _ => {}
        }
        u.rest.extend(pcm);
        let whole = u.rest.len() / FRAME * FRAME;
        let before = u.words.len();
        for frame in u.rest.drain(..whole).collect::<Vec<_>>().chunks(FRAME) {
            match heard(frame) {
                Some(word) => u.run[word] += 1,
                None => u.end_run(),
            }
        }
        if partials && u.words.len() > before {
            let (epoch, text) = (u.epoch, u.words.join(" ").into());
            let settled = u.words[..u.words.len() - 1].join(" ").into();
            if guesses {
                self.send(self.ears.delay, SttEvent::Guess { epoch, text });
                self.send(self.ears.delay, SttEvent::Partial { epoch, text: settled });
            } else {
                self.send(self.ears.delay, SttEvent::Partial { epoch, text });
            }
        }
        Ok(())
    }

    fn finish(&mut self, epoch: Epoch) -> Result<(), EngineError> {
        let Some(mut u) = self.utterance.take_if(|u| u.epoch == epoch) else { return Ok(()) };
        u.end_run();
        let event = match u.fault {
            Some(Fault::Silent) => return Ok(()),
            Some(Fault::Fails) => {
                SttEvent::Failed { epoch, error: EngineError::new(ErrorKind::Crashed, "asked to fail") }
            }
            _ => SttEvent::Final { epoch, text: u.words.join(" ").into(), confidence: 0.9 },
        };
        self.send(self.ears.delay, event);
        Ok(())
    }

    fn cancel(&mut self) {
        self.utterance = None;
    }
}

impl Utterance {
    /// Silence ends a word, if it was long enough to be one.
    fn end_run(&mut self) {
        let best = (0..WORDS.len()).max_by_key(|i| self.run[*i]).unwrap_or_default();
        if self.run[best] >= 5 {
            self.words.push(WORDS[best]);
        }
        self.run = [0; WORDS.len()];
    }
}
