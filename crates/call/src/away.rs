//! What happens while a caller waits, for a person or on hold? They hear music.

use std::time::Instant;

use tom_base::Span;
use tom_turn::Hold;

use crate::api::{NoticeKind, Outbound};
use crate::session::Session;

/// For what the caller waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Away {
    /// For a person.
    Connecting,
    /// To be taken off hold.
    Held,
}

impl Away {
    fn told(self, now: bool) -> NoticeKind {
        match self {
            Self::Connecting => NoticeKind::Connecting(now),
            Self::Held => NoticeKind::Held(now),
        }
    }
}

impl Session {
    /// The caller is to go to a person.
    pub(crate) fn connect(&mut self) {
        tracing::info!(call = %self.id, "handing over to a person");
        self.back();
        if self.turn.config().handover != Span::ZERO {
            self.wait(Away::Connecting, true);
        }
    }

    /// The caller is on hold.
    pub(crate) fn hold(&mut self, hold: Hold) {
        self.back();
        self.wait(Away::Held, hold.music);
    }

    fn wait(&mut self, away: Away, music: bool) {
        self.away = Some(away);
        if music {
            self.playout.begin_music(self.music.clone());
        }
        self.teller.tell(self.clock.now(), self.turn.epoch(), away.told(true));
    }

    /// The call goes on with the agent.
    pub(crate) fn back(&mut self) {
        let Some(away) = self.away.take() else { return };
        if self.playout.end_music() {
            self.ears.echo.flushed();
            self.teller.outbox.send(Outbound::Clear);
        }
        self.teller.tell(self.clock.now(), self.turn.epoch(), away.told(false));
    }

    /// Sends the frames of music that are due.
    pub(crate) fn play_music(&mut self, wall: Instant) {
        while let Some(pcm) = self.playout.music(wall) {
            self.ears.echo.sent(&pcm);
            self.teller.outbox.frame(self.turn.epoch(), pcm);
        }
    }
}
