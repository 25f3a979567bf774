//! When the far end has played a reply, for transports that can tell.

use std::time::{Duration, Instant};

use tom_base::Span;

/// A mark that is not echoed this long after the audio should have been played is lost.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// No mark is out.
    None,
    Waiting(u32, Instant),
    Played,
}

#[derive(Debug)]
pub(crate) struct Marks {
    supported: bool,
    next: u32,
    mark: Mark,
    frames: u32,
    last_heard: Span,
}

impl Marks {
    pub(crate) fn new(supported: bool) -> Self {
        Self { supported, next: 0, mark: Mark::None, frames: 0, last_heard: Span::ZERO }
    }

    /// A frame of the reply was sent.
    pub(crate) fn frame(&mut self) {
        self.frames += 1;
    }

    /// What the core was last told to be heard.
    pub(crate) fn last_heard(&self) -> Span {
        self.last_heard
    }

    pub(crate) fn heard(&mut self, heard: Span) {
        self.last_heard = heard;
    }

    /// All audio of a reply was sent. Returns the mark to send and the frames the reply had.
    pub(crate) fn sent(&mut self, wall: Instant) -> (u32, u32) {
        self.next = self.next.wrapping_add(1);
        self.mark = Mark::Waiting(self.next, wall);
        (self.next, std::mem::take(&mut self.frames))
    }

    /// The far end echoed a mark.
    pub(crate) fn played(&mut self, mark: u32) {
        if let Mark::Waiting(waiting, _) = self.mark
            && waiting == mark
        {
            self.mark = Mark::Played;
        }
    }

    /// The reply was flushed: its mark means nothing any more.
    pub(crate) fn clear(&mut self) {
        self.mark = Mark::None;
        self.frames = 0;
        self.last_heard = Span::ZERO;
    }

    /// Whether the far end has, by its own word or for want of it, played what was sent.
    pub(crate) fn done(&self, wall: Instant) -> bool {
        match self.mark {
            Mark::Played => true,
            Mark::Waiting(_, sent) => !self.supported || wall.duration_since(sent) > PATIENCE,
            Mark::None => !self.supported,
        }
    }
}
