//! How a clause of a stream becomes 16 kHz speech with its words.

use std::collections::HashMap;

use tom_audio::{Edges, Resampler};
use tom_worker::Fault;
use tom_worker::child::{Handler, Reply, Trouble};

use crate::engine::{Engine, Manner};
use crate::sounds::pronounce;
use crate::text::{Clean, Piece};
use crate::voices::{Options, manner};

/// Samples per second of what goes to TOM.
const RATE: u32 = 16_000;

/// The engine and who speaks how.
pub(crate) struct Speaker {
    engine: Engine,
    resampler: Resampler,
    streams: HashMap<u32, Stream>,
}

#[derive(Clone)]
struct Stream {
    manner: Manner,
    /// Clauses are answered by their sounds, not spoken.
    phonemes: bool,
}

/// A piece of a clause, spoken.
#[derive(Debug, Default)]
pub(crate) struct Spoken {
    /// 16 kHz mono.
    pub(crate) pcm: Vec<i16>,
    /// Byte offsets of words in the clause and the sample of the piece they begin at; both only grow.
    pub(crate) words: Vec<(usize, usize)>,
}

impl Speaker {
    pub(crate) fn new(engine: Engine) -> Self {
        let resampler = Resampler::new(engine.rate_hz(), RATE);
        Self { engine, resampler, streams: HashMap::new() }
    }

    #[cfg(test)]
    pub(crate) const fn engine(&self) -> &Engine {
        &self.engine
    }

    #[cfg(test)]
    pub(crate) fn streams(&self) -> usize {
        self.streams.len()
    }

    /// Speaks a piece of a clause whose words before `after` are spoken already.
    fn say(&mut self, manner: &Manner, piece: Piece<'_>, after: Option<usize>) -> Result<Spoken, Fault> {
        let native = self.engine.speak(manner, &piece.text())?;
        let mut pcm = Vec::with_capacity(self.resampler.room(native.pcm.len()) + 64);
        self.resampler.push(&native.pcm, &mut pcm);
        self.resampler.flush(&mut pcm);
        let (mut edges, sound) = (Edges::default(), std::mem::take(&mut pcm));
        edges.push(&sound, &mut pcm);
        let lead = edges.lead().unwrap_or_default();
        edges.finish(piece.ending(), &mut pcm);
        let from = u64::from(self.engine.rate_hz());
        let mut words: Vec<(usize, usize)> = Vec::new();
        let mut last = after;
        for (position, sample) in native.words {
            let Some(offset) = piece.origin(position).filter(|offset| last.is_none_or(|last| *offset > last))
            else {
                continue;
            };
            last = Some(offset);
            let at = (sample as u64 * u64::from(RATE) / from) as usize;
            let earliest = words.last().map_or(0, |(_, at)| *at);
            words.push((offset, at.saturating_sub(lead).clamp(earliest, pcm.len().max(earliest))));
        }
        Ok(Spoken { pcm, words })
    }
}

impl Handler for Speaker {
    fn open(&mut self, stream: u32, options: &str) -> Result<(), Fault> {
        let options: Options = serde_json::from_str(options)
            .map_err(|e| Fault::bad_request(format!("espeak-ng does not know these options: {e}")))?;
        let manner = manner(&self.engine, &options)?;
        self.streams.insert(stream, Stream { manner, phonemes: options.phonemes });
        Ok(())
    }

    fn speak(&mut self, stream: u32, text: &str, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let Some(Stream { manner, phonemes }) = self.streams.get(&stream).cloned() else {
            return Err(Fault::bad_request("this stream was not opened").into());
        };
        if text.trim().is_empty() {
            return Err(Fault::bad_request("there is no text to speak").into());
        }
        let clean = Clean::new(text);
        if phonemes {
            let mut words = Vec::new();
            for piece in clean.pieces() {
                let sounds = pronounce(piece, |text| self.engine.phonemes(&manner, text))?;
                words.extend(
                    sounds.into_iter().map(|(at, sound)| (u32::try_from(at).unwrap_or(u32::MAX), sound)),
                );
            }
            return Ok(reply.phonemes(words)?);
        }
        let mut begun = 0;
        let mut last = None;
        for piece in clean.pieces() {
            let spoken = self.say(&manner, piece, last)?;
            for (offset, at) in &spoken.words {
                last = Some(*offset);
                let offset = u32::try_from(*offset).unwrap_or(u32::MAX);
                reply.word(offset, (begun + at) as u64)?;
            }
            reply.pcm(&spoken.pcm)?;
            begun += spoken.pcm.len();
        }
        Ok(())
    }

    fn close(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }
}
