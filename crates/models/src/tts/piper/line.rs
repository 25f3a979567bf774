//! How does a call's clause go from espeak-ng's workers to the voice's, and what comes back to the call?

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::{self, error::TrySendError};
use tom_base::Epoch;
use tom_engine::{EngineError, TtsEvent, TtsStream};
use tom_worker::{Event, Job, Sink, Stream};

use super::cache::{Cache, Speech};
use super::locked;
use crate::workers::{engine_error, pass};

/// Samples in the longest piece that a call is given: a second.
const PIECE: usize = 16_000;

/// What the two sinks and the stream of a call share.
#[derive(Clone)]
pub(super) struct Line {
    events: mpsc::Sender<TtsEvent>,
    asked: Arc<Mutex<HashMap<(Epoch, u32), Clause>>>,
    cache: Arc<Mutex<Cache>>,
    speaker: Option<Arc<str>>,
}

/// A clause on its way.
struct Clause {
    text: Arc<str>,
    /// Bytes of the sounds and of the text at which words begin.
    words: Vec<(usize, usize)>,
    /// What was spoken of it, if it is to be kept.
    kept: Option<Speech>,
}

impl Line {
    pub(super) fn new(
        events: mpsc::Sender<TtsEvent>,
        cache: Arc<Mutex<Cache>>,
        speaker: Option<Arc<str>>,
    ) -> Self {
        Self { events, asked: Arc::default(), cache, speaker }
    }

    /// The call's end of it.
    pub(super) fn stream(self, sounds: Stream, voice: Arc<Stream>) -> PiperStream {
        PiperStream { line: self, sounds, voice }
    }

    /// Takes what espeak-ng says of a clause, and puts it to the voice.
    pub(super) fn sounds_sink(&self, voice: Arc<Stream>) -> Sink {
        let line = self.clone();
        Box::new(move |event| {
            let room = match line.events.try_reserve() {
                Ok(room) => room,
                Err(TrySendError::Full(())) => return Err(event),
                // The call is over.
                Err(TrySendError::Closed(())) => return Ok(()),
            };
            match event {
                Event::Phonemes { job, words } => {
                    let Some(sounds) = line.sounds(job, &words) else { return Ok(()) };
                    if sounds.is_empty() {
                        line.forget(job);
                        room.send(TtsEvent::Done { epoch: job.epoch, clause: job.clause });
                    } else if let Err(fault) = voice.speak(job.epoch, job.clause, &sounds) {
                        line.forget(job);
                        room.send(failed(job, engine_error(fault)));
                    }
                }
                Event::Error { job, fault } if line.forget(job).is_some() => {
                    room.send(failed(job, engine_error(fault)));
                }
                _ => {}
            }
            Ok(())
        })
    }

    /// Takes what the voice speaks, and gives it to the call.
    pub(super) fn voice_sink(&self) -> Sink {
        let line = self.clone();
        Box::new(move |event| pass(&line.events, event, |event| line.spoken(event)))
    }

    /// All sounds of a clause; notes where its words begin. `None`: nobody wants it any more.
    fn sounds(&self, job: Job, words: &[(u32, String)]) -> Option<String> {
        let mut asked = locked(&self.asked);
        let clause = asked.get_mut(&(job.epoch, job.clause))?;
        let mut sounds = String::new();
        for (at, word) in words {
            clause.words.push((sounds.len(), clause.text.floor_char_boundary(*at as usize)));
            sounds.push_str(word);
        }
        Some(sounds)
    }

    /// A worker's event as the call's. `None`: it is of no interest.
    fn spoken(&self, event: Event) -> Option<TtsEvent> {
        match event {
            Event::Pcm { job, samples } => {
                let mut asked = locked(&self.asked);
                let clause = asked.get_mut(&(job.epoch, job.clause))?;
                if let Some(kept) = &mut clause.kept {
                    kept.pcm.extend_from_slice(&samples);
                }
                Some(TtsEvent::Audio { epoch: job.epoch, clause: job.clause, pcm: samples })
            }
            Event::Word { job, offset, at } => {
                let mut asked = locked(&self.asked);
                let clause = asked.get_mut(&(job.epoch, job.clause))?;
                let place =
                    clause.words.partition_point(|(sound, _)| *sound <= offset as usize).checked_sub(1)?;
                let offset = clause.words[place].1;
                if let Some(kept) = &mut clause.kept {
                    kept.words.push((offset, at));
                }
                Some(TtsEvent::Word { epoch: job.epoch, clause: job.clause, offset, at })
            }
            Event::Done { job } => {
                let clause = self.forget(job)?;
                if let Some(speech) = clause.kept {
                    locked(&self.cache).keep(clause.text, self.speaker.clone(), speech);
                }
                Some(TtsEvent::Done { epoch: job.epoch, clause: job.clause })
            }
            Event::Error { job, fault } => self.forget(job).map(|_| failed(job, engine_error(fault))),
            Event::Hello(_)
            | Event::Partial { .. }
            | Event::Guess { .. }
            | Event::Final { .. }
            | Event::Phonemes { .. }
            | Event::Pong { .. } => None,
        }
    }

    fn forget(&self, job: Job) -> Option<Clause> {
        locked(&self.asked).remove(&(job.epoch, job.clause))
    }

    /// Says a clause that was spoken before, if no other is on its way that would have to come first.
    fn say_kept(&self, epoch: Epoch, clause: u32, text: &Arc<str>) -> bool {
        if !locked(&self.asked).is_empty() {
            return false;
        }
        let Some(speech) = locked(&self.cache).find(text, self.speaker.as_ref()) else { return false };
        let words = speech.words.iter().map(|(offset, at)| TtsEvent::Word {
            epoch,
            clause,
            offset: *offset,
            at: *at,
        });
        let pcm =
            speech.pcm.chunks(PIECE).map(|piece| TtsEvent::Audio { epoch, clause, pcm: piece.to_vec() });
        let all: Vec<TtsEvent> = words.chain(pcm).chain([TtsEvent::Done { epoch, clause }]).collect();
        // A call that has no room for it is given it as if it were new.
        let Ok(room) = self.events.try_reserve_many(all.len()) else { return false };
        room.zip(all).for_each(|(room, event)| room.send(event));
        true
    }
}

fn failed(job: Job, error: EngineError) -> TtsEvent {
    TtsEvent::Failed { epoch: job.epoch, clause: job.clause, error }
}

/// A call's voice.
pub(super) struct PiperStream {
    line: Line,
    sounds: Stream,
    voice: Arc<Stream>,
}

impl TtsStream for PiperStream {
    fn speak(&mut self, epoch: Epoch, clause: u32, text: Arc<str>) -> Result<(), EngineError> {
        if self.line.say_kept(epoch, clause, &text) {
            return Ok(());
        }
        let kept = locked(&self.line.cache).keeps(&text).then(Speech::default);
        let asked = Clause { text: text.clone(), words: Vec::new(), kept };
        locked(&self.line.asked).insert((epoch, clause), asked);
        self.sounds.speak(epoch, clause, &text).map_err(|fault| {
            locked(&self.line.asked).remove(&(epoch, clause));
            engine_error(fault)
        })
    }

    fn cancel(&mut self) {
        locked(&self.line.asked).clear();
        self.sounds.cancel();
        self.voice.cancel();
    }
}
