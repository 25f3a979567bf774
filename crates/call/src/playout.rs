//! The one queue of agent audio: what is said next, when is it due, and how much of it was heard?

mod pieces;

use std::time::{Duration, Instant};

use tom_audio::Gain;
use tom_base::{Epoch, Rate, Span};

use crate::mouth::Progress;
use pieces::Pieces;

/// Samples of a frame: 20 ms at 16 kHz.
pub(crate) const FRAME: usize = Rate::Hz16000.frame_len();
const FRAME_TIME: Duration = Duration::from_millis(20);
/// Fade at pause and resume, 5 ms: short enough not to delay a stop, long enough not to click.
const FADE: usize = FRAME / 4;
/// A ducked reply is 18 dB quieter: audible, but clearly making room.
const DUCKED: f32 = 0.126;
/// Most frames ahead of the far end, 60 ms.
const MOST_LEAD: u32 = 3;

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
    lead: u32,
    /// Frame times by which the far end may seem to have run dry before that is believed.
    grace: u32,
    queue: Pieces,
    epoch: Option<Epoch>,
    complete: bool,
    /// Nobody may hear it yet.
    held: bool,
    flow: Flow,
    gain: Gain,
    /// Samples of the reply that were sent.
    position: u64,
    /// When the running stretch of playing began; none while nothing plays.
    since: Option<Instant>,
    /// Frames sent in the running stretch.
    sent: u32,
    /// Samples of the reply sent before the running stretch.
    before: u64,
    /// Until when the far end plays what it was sent before the running stretch.
    busy: Option<Instant>,
    /// Times the queue ran dry inside a reply.
    pub(crate) underruns: u64,
}

impl Playout {
    /// A queue that runs `lead` ahead of the far end.
    pub(crate) fn new(lead: Span) -> Self {
        let lead = u32::try_from(lead.as_millis() / 20).unwrap_or(MOST_LEAD).clamp(1, MOST_LEAD);
        Self {
            lead,
            // With a lead of one frame each one comes when the one before ends.
            grace: (MOST_LEAD - lead).min(1),
            queue: Pieces::default(),
            epoch: None,
            complete: false,
            held: false,
            flow: Flow::Playing,
            gain: Gain::new(1.0),
            position: 0,
            since: None,
            sent: 0,
            before: 0,
            busy: None,
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
        self.held = false;
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

    /// Fills `frame` with the next 20 ms if they are due.
    pub(crate) fn due(&mut self, wall: Instant, frame: &mut [i16; FRAME]) -> Option<Due> {
        let epoch = self.epoch?;
        if !self.has_frame() && self.flow == Flow::Pausing {
            self.halt();
        }
        if !self.has_frame() || self.flow == Flow::Paused || self.held {
            return None;
        }
        if let Some(since) = self.since
            && wall.duration_since(since) > FRAME_TIME * (self.sent + self.grace)
        {
            // The queue ran dry or the task was late: the far end has played all there was.
            self.underruns += 1;
            self.stop_clock();
        }
        let since = *self.since.get_or_insert(self.busy.map_or(wall, |busy| busy.max(wall)));
        // The frame that fades out need not wait until the one before it was played: nothing follows it.
        let pausing = self.flow == Flow::Pausing;
        let lead = if pausing { self.lead.max(2) } else { self.lead };
        if since + FRAME_TIME * (self.sent + 1) > wall + FRAME_TIME * lead {
            return None;
        }
        let first = self.position == 0;
        // What fades out is all that is taken: the reply goes on from there, without a gap.
        let take = if pausing { FADE } else { FRAME };
        let (now, rest) = frame.split_at_mut(take);
        let there = self.queue.take(now);
        now[there..].fill(0);
        rest.fill(0);
        self.position += take as u64;
        self.sent += 1;
        if pausing {
            self.gain.ramp_to(0.0, FADE);
            self.flow = Flow::Paused;
            self.stop_clock();
        }
        self.gain.apply(frame);
        Some(Due { epoch, first })
    }

    /// Stops playing within the next frame and keeps the place.
    pub(crate) fn pause(&mut self) {
        if self.flow != Flow::Playing {
            return;
        }
        if self.since.is_some() && self.has_frame() {
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
        self.flow = Flow::Playing;
        self.gain = Gain::new(1.0);
        self.position = 0;
        self.since = None;
        self.sent = 0;
        self.before = 0;
        self.busy = None;
    }

    /// How much of the reply the far end has played by now: what was sent, less what is still on its way
    /// there.
    pub(crate) fn heard(&self, wall: Instant) -> Span {
        let stretch = match self.since {
            Some(since) => {
                let elapsed = wall.duration_since(since).as_millis() as u64 * 16;
                elapsed.min(self.position - self.before)
            }
            None => 0,
        };
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
        self.busy = self.since.map(|since| since + FRAME_TIME * self.sent).or(self.busy);
        self.before = self.position;
        self.sent = 0;
        self.since = None;
    }
}

#[cfg(test)]
mod tests;
