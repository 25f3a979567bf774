//! When does the caller hear the agent's audio? The playout clock of a real client.
//!
//! Audio is heard at its arrival, or after what is queued before it. A flush empties the queue: what was not
//! heard yet never is. The track holds silence wherever there is nothing to hear.

use tom_audio::level::is_audible;

use crate::{FRAME, MS, Moment};

/// The most audio that is queued: a client that is sent more does not keep it.
const MAX_QUEUE: u64 = 30_000 * MS;

/// What a caller heard and will hear.
#[derive(Debug)]
pub(crate) struct Ear {
    track: Vec<i16>,
    longest: u64,
    /// When each audible frame arrived, for as long as the call may last.
    arrivals: Vec<Moment>,
    /// The end of the last audible audio, heard or queued.
    voice_until: Moment,
    /// When the agent's first audible audio since the last [`expect`](Self::expect) is heard.
    voice_from: Option<Moment>,
    /// Samples that found the queue full.
    lost: u64,
}

impl Ear {
    /// An ear for calls up to that many samples.
    pub(crate) fn new(longest: u64) -> Self {
        Self { track: Vec::new(), longest, arrivals: Vec::new(), voice_until: 0, voice_from: None, lost: 0 }
    }

    /// Audio arrives. If it is audible, tells when it is heard.
    pub(crate) fn arrive(&mut self, now: Moment, pcm: &[i16]) -> Option<Moment> {
        let begins = self.queue_end().max(now);
        let ends = begins + pcm.len() as u64;
        if ends > now + MAX_QUEUE || ends > self.longest + MAX_QUEUE {
            self.lost += pcm.len() as u64;
            return None;
        }
        self.track.resize(begins as usize, 0);
        self.track.extend_from_slice(pcm);
        let audible = pcm.chunks(FRAME).any(is_audible);
        if audible {
            self.arrivals.push(now);
            self.voice_until = ends;
            self.voice_from.get_or_insert(begins);
        }
        audible.then_some(begins)
    }

    /// Throws away what is not heard yet.
    pub(crate) fn flush(&mut self, now: Moment) {
        self.track.truncate(now as usize);
        self.voice_until = self.voice_until.min(now);
        if self.voice_from.is_some_and(|from| from >= now) {
            self.voice_from = None;
        }
    }

    /// From now on the next voice counts as the one that is waited for.
    pub(crate) fn expect(&mut self, now: Moment) {
        self.voice_from = (self.voice_until > now).then_some(now);
    }

    /// The end of all that is queued.
    pub(crate) fn queue_end(&self) -> Moment {
        self.track.len() as Moment
    }

    /// When the voice that is waited for began to be heard, if it did or will.
    pub(crate) fn voice_from(&self) -> Option<Moment> {
        self.voice_from
    }

    /// The end of the last audible audio, heard or queued.
    pub(crate) fn voice_until(&self) -> Moment {
        self.voice_until
    }

    /// Samples that were thrown away because more than 30 s were queued.
    pub(crate) fn lost(&self) -> u64 {
        self.lost
    }

    /// What was heard until the call's end, and when audible frames arrived.
    pub(crate) fn finish(mut self, end: Moment) -> (Vec<i16>, Vec<Moment>) {
        self.track.resize(end as usize, 0);
        (self.track, self.arrivals)
    }
}

#[cfg(test)]
#[path = "ear_tests.rs"]
mod tests;
