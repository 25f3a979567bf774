//! Layer: sim. A synthesiser that speaks a tone for each character, and knows how to fail.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{EngineError, ErrorKind, Health, Tts, TtsEvent, TtsOptions, TtsStream};

/// Samples of one character: 40 ms.
pub(crate) const CHAR: usize = 640;

/// How a voice fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It cannot be opened.
    Down,
    /// It does not take the request.
    Refuses(ErrorKind),
    /// It takes the request and says nothing.
    Silent,
    /// It takes the request and fails it.
    Fails(ErrorKind),
    /// It dies after so many words.
    BreaksOff(usize),
    /// It never stops.
    Endless,
    /// It gives everything twice.
    Stutters,
}

/// What a voice does.
#[derive(Clone, Debug)]
pub(crate) struct Manner {
    pub(crate) delay: Duration,
    /// Time to make one word.
    pub(crate) pace: Duration,
    pub(crate) words: bool,
    pub(crate) ignores_cancel: bool,
    /// A fault, and for how many requests.
    pub(crate) fault: Option<(Fault, u32)>,
}

impl Default for Manner {
    fn default() -> Self {
        Self {
            delay: Duration::from_millis(30),
            pace: Duration::ZERO,
            words: true,
            ignores_cancel: false,
            fault: None,
        }
    }
}

/// A voice. Its `pitch` tells it from another.
#[derive(Clone, Debug)]
pub(crate) struct ToneVoice {
    pub(crate) pitch: f32,
    pub(crate) manner: Arc<Mutex<Manner>>,
    pub(crate) asked: Arc<Mutex<Vec<String>>>,
}

impl ToneVoice {
    pub(crate) fn new(pitch: f32, manner: Manner) -> Self {
        Self { pitch, manner: Arc::new(Mutex::new(manner)), asked: Arc::default() }
    }

    /// What it makes of a text.
    pub(crate) fn sound(&self, text: &str) -> Vec<i16> {
        let tone = |(index, c): (usize, char)| {
            let hz = self.pitch + 40.0 * (c as u32 % 16) as f32;
            (0..CHAR).map(move |n| {
                let at = index * CHAR + n;
                let level = 4_000 + (at / 4) % 9_000;
                ((at as f32 * hz * std::f32::consts::TAU / 16_000.0).sin() * level as f32) as i16
            })
        };
        text.chars().enumerate().flat_map(tone).collect()
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn fault(&self) -> Option<Fault> {
        let mut manner = self.manner.lock().unwrap();
        let (fault, times) = manner.fault.as_mut()?;
        *times = times.checked_sub(1)?;
        Some(*fault)
    }
}

impl Tts for ToneVoice {
    fn open(&self, _: TtsOptions, events: mpsc::Sender<TtsEvent>) -> Result<Box<dyn TtsStream>, EngineError> {
        if matches!(self.manner.lock().unwrap().fault, Some((Fault::Down, 1..))) {
            return Err(EngineError::new(ErrorKind::Unavailable, "the voice is down"));
        }
        Ok(Box::new(ToneStream { voice: self.clone(), events, cancels: Arc::default() }))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "tone"
    }
}

struct ToneStream {
    voice: ToneVoice,
    events: mpsc::Sender<TtsEvent>,
    cancels: Arc<AtomicU64>,
}

impl TtsStream for ToneStream {
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError> {
        self.voice.asked.lock().unwrap().push(text.to_string());
        let fault = self.voice.fault();
        if let Some(Fault::Refuses(kind)) = fault {
            return Err(EngineError::new(kind, "refused"));
        }
        let manner = self.voice.manner.lock().unwrap().clone();
        let pieces = self.pieces(&manner, fault, epoch, clause, &text);
        let (events, cancels, before) =
            (self.events.clone(), self.cancels.clone(), self.cancels.load(Ordering::Relaxed));
        tokio::spawn(async move {
            tokio::time::sleep(manner.delay).await;
            for event in pieces {
                if matches!(event, TtsEvent::Audio { .. }) && !manner.pace.is_zero() {
                    tokio::time::sleep(manner.pace).await;
                }
                let cancelled = cancels.load(Ordering::Relaxed) != before && !manner.ignores_cancel;
                if cancelled || events.send(event).await.is_err() {
                    return;
                }
            }
        });
        Ok(())
    }

    fn cancel(&mut self) {
        self.cancels.fetch_add(1, Ordering::Relaxed);
    }
}

impl ToneStream {
    fn pieces(
        &self,
        manner: &Manner,
        fault: Option<Fault>,
        epoch: Epoch,
        clause: u32,
        text: &str,
    ) -> Vec<TtsEvent> {
        let fail = |kind| TtsEvent::Failed { epoch, clause, error: EngineError::new(kind, "asked to fail") };
        match fault {
            Some(Fault::Silent) => return Vec::new(),
            Some(Fault::Fails(kind)) => return vec![fail(kind)],
            Some(Fault::Endless) => {
                let noise = |_| TtsEvent::Audio { epoch, clause, pcm: vec![3_000; 16_000] };
                return (0..1_000).map(noise).collect();
            }
            _ => {}
        }
        let sound = self.voice.sound(text);
        let mut pieces = Vec::new();
        let (mut offset, mut at) = (0, 0);
        for (number, word) in text.split_inclusive(' ').enumerate() {
            if fault == Some(Fault::BreaksOff(number)) {
                // The last piece of audio is half a word.
                if let Some(TtsEvent::Audio { pcm, .. }) = pieces.last_mut() {
                    let half: usize = pcm.len() / 2;
                    pcm.truncate(half);
                }
                pieces.push(fail(ErrorKind::Crashed));
                return pieces;
            }
            if manner.words {
                pieces.push(TtsEvent::Word { epoch, clause, offset, at: at as u64 });
            }
            let end = at + word.chars().count() * CHAR;
            for pcm in sound[at..end].chunks(16_000) {
                pieces.push(TtsEvent::Audio { epoch, clause, pcm: pcm.to_vec() });
            }
            (offset, at) = (offset + word.len(), end);
        }
        pieces.push(TtsEvent::Done { epoch, clause });
        if fault == Some(Fault::Stutters) {
            pieces.push(TtsEvent::Done { epoch, clause });
            pieces.push(TtsEvent::Audio { epoch, clause, pcm: vec![1; 320] });
        }
        pieces
    }
}
