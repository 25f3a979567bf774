//! How much of the agent's audio has the caller heard?

use tom_base::{MediaTime, Span};

/// From one mark to the next while a reply plays.
const MARK_EVERY: Span = Span::from_millis(100);

/// The one queue of agent audio and what the far end has played of it. Positions count from the reply's
/// first sample.
#[derive(Debug, Default)]
pub(crate) struct Player {
    appended: Span,
    /// All of the reply is in the queue.
    complete: bool,
    /// Nothing beyond this is sent.
    paused_at: Option<Span>,
    /// What was heard at `since`.
    base: Span,
    /// Since when it moves; nothing before the first audio.
    since: MediaTime,
    started: bool,
    /// What the core was last told.
    told: Span,
}

impl Player {
    /// More audio of the reply. True: it is the reply's first that is on its way.
    pub(crate) fn append(&mut self, length: Span, now: MediaTime) -> bool {
        self.settle(now);
        self.appended += length;
        self.start()
    }

    /// No more audio follows.
    pub(crate) fn complete(&mut self) {
        self.complete = true;
    }

    /// What was sent already, `lead` beyond what is heard, still plays.
    pub(crate) fn pause(&mut self, lead: Span, now: MediaTime) {
        self.settle(now);
        if self.paused_at.is_none() {
            let ahead = if self.started { lead } else { Span::ZERO };
            self.paused_at = Some((self.base + ahead).min(self.appended));
        }
    }

    /// Plays on. True: the reply's first audio is on its way.
    pub(crate) fn resume(&mut self, now: MediaTime) -> bool {
        self.settle(now);
        self.paused_at = None;
        self.start()
    }

    /// The position, if it is another than the core knows.
    pub(crate) fn mark(&mut self, now: MediaTime) -> Option<Span> {
        let heard = self.position(now);
        (heard != self.told).then(|| {
            self.told = heard;
            heard
        })
    }

    /// Whether the caller has heard the whole reply.
    pub(crate) fn done(&self, now: MediaTime) -> bool {
        self.complete && self.started && self.position(now) == self.appended
    }

    /// When to look again.
    pub(crate) fn next(&self, now: MediaTime) -> Option<MediaTime> {
        let left = self.limit().saturating_sub(self.position(now));
        (self.started && left > Span::ZERO).then(|| now + left.min(MARK_EVERY))
    }

    fn start(&mut self) -> bool {
        let first = !self.started && self.paused_at.is_none() && self.appended > Span::ZERO;
        self.started |= first;
        first
    }

    fn limit(&self) -> Span {
        self.paused_at.unwrap_or(self.appended)
    }

    fn position(&self, now: MediaTime) -> Span {
        if self.started { (self.base + now.since(self.since)).min(self.limit()) } else { Span::ZERO }
    }

    fn settle(&mut self, now: MediaTime) {
        self.base = self.position(now);
        self.since = now;
    }
}
