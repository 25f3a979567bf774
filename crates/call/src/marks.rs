//! When has the far end played a reply? Its own word for it, where the transport has one.

use std::time::{Duration, Instant};

use tom_base::Span;

/// A mark that is not echoed this long after the audio should have been played is lost.
const PATIENCE: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mark {
    /// No mark is out: not all of the reply was sent.
    None,
    Waiting(u32, Instant),
    Played,
}

#[derive(Debug)]
pub(crate) struct Marks {
    /// The transport is said to echo marks.
    supported: bool,
    /// It did not echo the last one: nobody waits for it again until it echoes one.
    silent: bool,
    next: u32,
    mark: Mark,
    frames: u32,
    last_heard: Span,
}

impl Marks {
    pub(crate) fn new(supported: bool) -> Self {
        Self { supported, silent: false, next: 0, mark: Mark::None, frames: 0, last_heard: Span::ZERO }
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

    /// Whether the reply's mark is out.
    pub(crate) fn out(&self) -> bool {
        self.mark != Mark::None
    }

    /// The far end echoed a mark. One that was flushed is echoed too; it was not heard, and counts for
    /// nothing.
    pub(crate) fn played(&mut self, mark: u32) {
        self.silent = false;
        if let Mark::Waiting(waiting, _) = self.mark
            && waiting == mark
        {
            self.mark = Mark::Played;
        }
    }

    /// The reply is over or was flushed: its mark means nothing any more.
    pub(crate) fn clear(&mut self) {
        self.mark = Mark::None;
        self.frames = 0;
        self.last_heard = Span::ZERO;
    }

    /// Whether the far end has, by its own word or for want of it, played what was sent.
    pub(crate) fn done(&mut self, wall: Instant) -> bool {
        match self.mark {
            Mark::Played => true,
            Mark::None => false,
            Mark::Waiting(..) if !self.supported || self.silent => true,
            Mark::Waiting(_, sent) => {
                self.silent = wall.duration_since(sent) > PATIENCE;
                self.silent
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_echo_of_the_mark_that_is_out_counts() {
        let now = Instant::now();
        let mut marks = Marks::new(true);
        assert!(!marks.done(now), "nothing was sent");
        let (first, _) = marks.sent(now);
        marks.clear();
        marks.played(first);
        assert!(!marks.done(now), "it was echoed because it was flushed");
        let (second, _) = marks.sent(now);
        marks.played(first);
        assert!(!marks.done(now));
        marks.played(second);
        assert!(marks.done(now));
    }

    #[test]
    fn a_transport_that_does_not_echo_is_waited_for_once() {
        let now = Instant::now();
        let mut marks = Marks::new(true);
        let (mark, _) = marks.sent(now);
        assert!(!marks.done(now + PATIENCE));
        assert!(marks.done(now + PATIENCE + Duration::from_millis(1)));
        marks.clear();
        marks.sent(now);
        assert!(marks.done(now));
        marks.clear();
        marks.played(mark);
        marks.sent(now);
        assert!(!marks.done(now), "it echoes after all");
    }

    #[test]
    fn without_marks_what_was_sent_was_played() {
        let now = Instant::now();
        let mut marks = Marks::new(false);
        assert!(!marks.out());
        marks.frame();
        assert_eq!(marks.sent(now), (1, 1));
        assert!(marks.out() && marks.done(now));
    }
}
