//! The one queue of agent audio: what is said next, when is it due, and how much of it was heard?

mod music;
mod pace;
mod pieces;

use std::ops::Range;
use std::time::{Duration, Instant};

use tom_audio::{Gain, HoldMusic};
use tom_base::{Epoch, Rate, Span};

use crate::mouth::Progress;
use crate::room::Pcm;
use pace::Pace;
use pieces::Pieces;

/// Samples of a frame: 20 ms at 16 kHz.
pub(crate) const FRAME: usize = Rate::Hz16000.frame_len();
/// Fade at pause and resume, 5 ms: short enough not to delay a stop, long enough not to click.
const FADE: usize = FRAME / 4;
/// A ducked reply is 18 dB quieter: audible, but clearly making room.
const DUCKED: f32 = 0.126;

/// What a frame leaves behind for the owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Due {
    /// The reply the frame belongs to.
    pub(crate) epoch: Epoch,
    /// It is the reply's first one.
    pub(crate) first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    Playing,
    /// The next frame fades out, then nothing more.
    Pausing,
    Paused,
}

/// Paces one reply at a time: at most `lead` ahead of the far end.
#[derive(Debug)]
pub(crate) struct Playout {
    pace: Pace,
    queue: Pieces,
    epoch: Option<Epoch>,
    complete: bool,
    /// Nobody may hear it yet.
    held: bool,
    /// It may be heard now: its first frame is due at once.
    released: bool,
    flow: Flow,
    gain: Gain,
    /// Samples of the reply that were sent.
    position: u64,
    /// Samples of the reply sent before the running stretch.
    before: u64,
    /// What is played while there is no reply and the caller waits.
    music: Option<Box<HoldMusic>>,
    /// Times the queue ran dry inside a reply.
    pub(crate) underruns: u64,
}

impl Playout {
    /// A queue that runs `lead` ahead of the far end.
    pub(crate) fn new(lead: Span) -> Self {
        Self {
            pace: Pace::new(lead),
            queue: Pieces::default(),
            epoch: None,
            complete: false,
            held: false,
            released: false,
            flow: Flow::Playing,
            gain: Gain::new(1.0),
            position: 0,
            before: 0,
            music: None,
            underruns: 0,
        }
    }

    /// Makes room for a reply; what is left of another one is gone.
    pub(crate) fn open(&mut self, epoch: Epoch) {
        self.flush();
        self.epoch = Some(epoch);
    }

    /// The reply that has the queue.
    pub(crate) fn epoch(&self) -> Option<Epoch> {
        self.epoch
    }

    /// Keeps back what is appended, until it is released: nobody may hear the reply yet.
    pub(crate) fn hold(&mut self) {
        self.held = true;
    }

    /// The reply may be heard.
    pub(crate) fn release(&mut self) {
        self.released = std::mem::take(&mut self.held);
    }

    /// Whether it was released since this was last asked.
    pub(crate) fn was_released(&mut self) -> bool {
        std::mem::take(&mut self.released)
    }

    /// Appends audio of the reply. Audio of another epoch is stale and dropped.
    pub(crate) fn append(&mut self, epoch: Epoch, pcm: Vec<i16>) {
        if self.epoch == Some(epoch) {
            self.queue.push(pcm);
        }
    }

    /// Drops what was appended beyond `keep` samples of the reply and was not sent.
    pub(crate) fn truncate(&mut self, keep: u64) {
        let waiting = keep.saturating_sub(self.position);
        self.queue.truncate(usize::try_from(waiting).unwrap_or(usize::MAX));
    }

    /// No more audio of the reply will come: its last frame is filled with silence.
    pub(crate) fn complete(&mut self, epoch: Epoch) {
        if self.epoch == Some(epoch) {
            self.complete = true;
        }
    }

    /// How far the reply's audio is.
    pub(crate) fn progress(&self) -> Progress {
        Progress { appended: self.position + self.queue.len() as u64, sent: self.position }
    }

    /// The next 20 ms, if they are due.
    pub(crate) fn due(&mut self, wall: Instant) -> Option<(Due, Pcm)> {
        let epoch = self.epoch?;
        if !self.has_frame() && self.flow == Flow::Pausing {
            self.halt();
        }
        if !self.has_frame() || self.flow == Flow::Paused || self.held {
            return None;
        }
        if self.pace.ran_dry(wall) {
            self.underruns += 1;
            self.stop_clock();
        }
        let pausing = self.flow == Flow::Pausing;
        if !self.pace.is_due(wall, pausing) {
            return None;
        }
        let first = self.position == 0;
        // What fades out is all that is taken: the reply goes on from there, without a gap.
        let take = if pausing { FADE } else { FRAME };
        let mut frame = Pcm::filled(|frame| {
            let there = self.queue.take(&mut frame[..take]);
            frame[there..].fill(0);
        });
        self.position += take as u64;
        self.pace.sent();
        if pausing {
            self.gain.ramp_to(0.0, FADE);
            self.flow = Flow::Paused;
            self.stop_clock();
        }
        self.gain.apply(&mut *frame);
        Some((Due { epoch, first }, frame))
    }

    /// The samples that are next, where they lie in a row.
    pub(crate) fn next_samples(&self) -> &[i16] {
        let next = self.queue.next();
        &next[..next.len().min(FRAME)]
    }

    /// When the running stretch of playing began.
    pub(crate) fn since(&self) -> Option<Instant> {
        self.pace.since()
    }

    /// When its next frame is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.pace.next()
    }

    /// By how much all frames of a stretch may be due later.
    pub(crate) fn slack(&self) -> Range<Duration> {
        self.pace.slack()
    }

    /// The next frame of this stretch is due then, and those after it every 20 ms.
    pub(crate) fn align(&mut self, next: Instant) {
        self.pace.align(next);
    }

    /// Stops playing within the next frame and keeps the place.
    pub(crate) fn pause(&mut self) {
        if self.flow != Flow::Playing {
            return;
        }
        if self.pace.runs() && self.has_frame() {
            self.flow = Flow::Pausing;
        } else {
            self.halt();
        }
    }

    /// Whether the frame that fades out is still to be sent.
    pub(crate) fn pausing(&self) -> bool {
        self.flow == Flow::Pausing
    }

    fn halt(&mut self) {
        self.flow = Flow::Paused;
        self.gain = Gain::new(0.0);
        self.stop_clock();
    }

    /// Plays quietly from the next frame on.
    pub(crate) fn duck(&mut self) {
        self.gain.ramp_to(DUCKED, FRAME);
    }

    /// Plays on at full level, fading in.
    pub(crate) fn resume(&mut self) {
        self.flow = Flow::Playing;
        self.gain.ramp_to(1.0, FRAME);
    }

    /// Drops everything that was not sent. The queue has no reply any more.
    pub(crate) fn flush(&mut self) {
        self.queue.clear();
        self.epoch = None;
        self.complete = false;
        self.held = false;
        self.released = false;
        self.flow = Flow::Playing;
        self.gain = Gain::new(1.0);
        self.position = 0;
        self.before = 0;
        self.pace.clear();
    }

    /// How much of the reply the far end has played by now: what was sent, less what is still on its way
    /// there.
    pub(crate) fn heard(&self, wall: Instant) -> Span {
        let stretch = self.pace.elapsed(wall).map_or(0, |elapsed| {
            let elapsed = elapsed.as_millis() as u64 * 16;
            elapsed.min(self.position - self.before)
        });
        Span::from_samples(self.before + stretch, Rate::Hz16000)
    }

    /// Whether the far end has played the whole reply.
    pub(crate) fn done(&self, wall: Instant) -> bool {
        self.sent_all() && self.heard(wall) >= Span::from_samples(self.position, Rate::Hz16000)
    }

    /// Whether anything of the reply was sent.
    pub(crate) fn started(&self) -> bool {
        self.position > 0
    }

    /// Whether everything of the reply was sent.
    pub(crate) fn sent_all(&self) -> bool {
        self.epoch.is_some() && self.complete && self.queue.is_empty()
    }

    fn has_frame(&self) -> bool {
        self.queue.len() >= FRAME || (self.complete && !self.queue.is_empty())
    }

    fn stop_clock(&mut self) {
        self.before = self.position;
        self.pace.stop();
    }
}

#[cfg(test)]
mod tests;
