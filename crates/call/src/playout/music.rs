//! What is played while there is no reply, to a caller who waits?

use std::time::Instant;

use tom_audio::HoldMusic;

use super::Playout;
use crate::room::Pcm;

impl Playout {
    /// Plays music from now on. What is left of a reply is gone.
    pub(crate) fn begin_music(&mut self, music: Box<HoldMusic>) {
        self.flush();
        self.music = Some(music);
    }

    /// Plays no music any more. Returns whether there was some: the far end may have 60 ms of it still.
    pub(crate) fn end_music(&mut self) -> bool {
        let played = self.music.take().is_some();
        if played {
            self.pace.clear();
        }
        played
    }

    /// The next 20 ms of music, if they are due.
    pub(crate) fn music(&mut self, wall: Instant) -> Option<Pcm> {
        let music = self.music.as_mut().filter(|_| self.epoch.is_none())?;
        if self.pace.ran_dry(wall) {
            self.pace.stop();
        }
        if !self.pace.is_due(wall, false) {
            return None;
        }
        self.pace.sent();
        Some(Pcm::filled(|frame| music.fill(frame)))
    }
}
