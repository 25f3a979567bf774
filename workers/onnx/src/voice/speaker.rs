//! How does a clause's worth of sounds become 16 kHz speech with its words?

use std::collections::HashMap;

use serde::Deserialize;
use tom_audio::{Edges, Resampler};
use tom_worker::child::{Handler, Reply, Trouble};
use tom_worker::{Fault, FaultKind};

use super::config::Config;
use super::ids::{Ids, sentences};
use super::network::{Manner, Network, Utterance};

/// Samples per second of what goes to TOM.
const RATE: u32 = 16_000;

/// What a stream is opened with, as JSON.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    /// A speaker's name or number; none: the first.
    speaker: Option<String>,
    /// How fast it speaks, in percent of its own.
    #[serde(default = "usual")]
    speed: u16,
}

const fn usual() -> u16 {
    100
}

/// A voice and who speaks how.
pub struct Speaker {
    network: Network,
    config: Config,
    streams: HashMap<u32, Manner>,
}

impl Speaker {
    /// A voice without streams yet.
    #[must_use]
    pub fn new(network: Network, config: Config) -> Self {
        Self { network, config, streams: HashMap::new() }
    }

    /// Speaks a sentence; says whether the clause is wanted still. `base`: samples of the clause before it, which it moves on.
    fn sentence(
        &self,
        (from, sounds): (usize, &str),
        manner: Manner,
        base: &mut u64,
        reply: &mut Reply<'_>,
    ) -> Result<bool, Trouble> {
        let Ids { ids, words } = Ids::new(&self.config, sounds);
        let mut utterance = self.network.begin(&ids, manner).map_err(fault)?;
        let mut words = self.timed(&utterance, &ids, &words).into_iter().peekable();
        let mut resampler = Resampler::new(self.config.sample_rate, RATE);
        let (mut edges, mut out, mut even, mut lead) = (Edges::default(), Vec::new(), Vec::new(), 0);
        let start = *base;
        loop {
            let piece = self.network.next(&mut utterance).map_err(fault)?;
            even.clear();
            match &piece {
                Some(samples) => resampler.push(&loud(samples), &mut even),
                None => resampler.flush(&mut even),
            }
            edges.push(&even, &mut out);
            lead = edges.lead().unwrap_or(lead);
            let ended = piece.is_none();
            if ended {
                let ending = sounds.trim_end().chars().next_back();
                std::mem::take(&mut edges).finish(ending, &mut out);
            }
            // Words go before the speech they begin in.
            let until = *base + out.len() as u64;
            let time = |at: u64| start + at.saturating_sub(lead as u64);
            let heard = until > start || ended;
            while let Some((offset, at)) = words.next_if(|(_, at)| heard && (ended || time(*at) < until)) {
                let offset = u32::try_from(from + offset).unwrap_or(u32::MAX);
                reply.word(offset, time(at).min(until))?;
            }
            reply.pcm(&out)?;
            *base = until;
            out.clear();
            if ended {
                return Ok(true);
            }
            if !reply.wanted()? {
                return Ok(false);
            }
        }
    }

    /// Where words begin: byte of the sounds, sample at 16 kHz. By the durations the model tells; where it tells none, as if
    /// all sounds were equally long.
    fn timed(&self, utterance: &Utterance, ids: &[i32], words: &[(usize, usize)]) -> Vec<(usize, u64)> {
        let count = ids.len().max(1);
        let native = |place: usize| match &utterance.durations {
            Some(durations) => durations.iter().take(place).sum(),
            None => utterance.samples * place / count,
        };
        let rate = u64::from(self.config.sample_rate);
        words.iter().map(|(at, place)| (*at, native(*place) as u64 * u64::from(RATE) / rate)).collect()
    }
}

impl Handler for Speaker {
    fn open(&mut self, stream: u32, options: &str) -> Result<(), Fault> {
        let bad = |what: String| Fault::bad_request(what);
        let options: Options = serde_json::from_str(options)
            .map_err(|e| bad(format!("piper does not know these options: {e}")))?;
        if !(50..=200).contains(&options.speed) {
            return Err(bad("the speed must be 50 to 200 percent".into()));
        }
        let speaker = self.config.speaker(options.speaker.as_deref()).map_err(|e| bad(e.to_string()))?;
        let manner = Manner {
            noise: self.config.noise,
            length: self.config.length * 100.0 / f32::from(options.speed),
            noise_w: self.config.noise_w,
            speaker,
        };
        self.streams.insert(stream, manner);
        Ok(())
    }

    fn speak(&mut self, stream: u32, sounds: &str, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        let Some(manner) = self.streams.get(&stream).copied() else {
            return Err(Fault::bad_request("this stream was not opened").into());
        };
        let mut base = 0;
        for sentence in sentences(sounds) {
            if !self.sentence(sentence, manner, &mut base, reply)? {
                break;
            }
        }
        Ok(())
    }

    fn close(&mut self, stream: u32) {
        self.streams.remove(&stream);
    }
}

fn fault(what: String) -> Trouble {
    Fault::new(FaultKind::Protocol, format!("the voice cannot speak this: {what}")).into()
}

/// Samples as 16-bit numbers.
fn loud(samples: &[f32]) -> Vec<i16> {
    samples.iter().map(|sample| (sample.clamp(-1.0, 1.0) * 32_767.0) as i16).collect()
}
