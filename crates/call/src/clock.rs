//! What time it is in a call: the audio received, and silence where audio is late.

use std::time::{Duration, Instant};

use tom_base::{MediaTime, Rate, Span};

/// How late audio may be before silence takes its place: jitter of a network, not a hold.
const PATIENCE: Duration = Duration::from_millis(60);
/// How far a burst may run ahead of real time before audio is skipped.
const MAX_LEAD: Duration = Duration::from_millis(1_000);

/// The media clock of a call. It runs on received frames; when those are late by more than 60 ms it runs on
/// silence, so that deadlines never stop (hold, mute, loss, half-open socket).
#[derive(Debug)]
pub(crate) struct MediaClock {
    began: Instant,
    now: MediaTime,
    /// Frames of silence that stood in for late audio.
    pub(crate) concealed: u64,
    /// Frames skipped because a burst ran ahead of real time.
    pub(crate) skipped: u64,
}

impl MediaClock {
    pub(crate) fn new(began: Instant) -> Self {
        Self { began, now: MediaTime::ZERO, concealed: 0, skipped: 0 }
    }

    /// The current media time.
    pub(crate) fn now(&self) -> MediaTime {
        self.now
    }

    /// A 20 ms frame was received. Returns when it belongs, or nothing when it is to be skipped.
    pub(crate) fn received(&mut self, wall: Instant) -> Option<MediaTime> {
        let lead = self.played().saturating_sub(wall.duration_since(self.began));
        if lead > MAX_LEAD {
            self.skipped += 1;
            return None;
        }
        Some(self.advance())
    }

    /// Time passes. Returns the moment of a frame of silence to process, until the clock is right again.
    pub(crate) fn late(&mut self, wall: Instant) -> Option<MediaTime> {
        let real = wall.duration_since(self.began);
        if real <= self.played() + PATIENCE {
            return None;
        }
        self.concealed += 1;
        Some(self.advance())
    }

    fn advance(&mut self) -> MediaTime {
        let at = self.now;
        self.now += Span::from_samples(Rate::Hz16000.frame_len() as u64, Rate::Hz16000);
        at
    }

    fn played(&self) -> Duration {
        Duration::from_millis(self.now.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_stands_in_for_late_audio_only() {
        let began = Instant::now();
        let mut clock = MediaClock::new(began);
        let at = |ms| began + Duration::from_millis(ms);
        assert_eq!(clock.late(at(60)), None, "jitter is no gap");
        assert_eq!(clock.late(at(61)), Some(MediaTime::ZERO));
        assert_eq!(clock.late(at(61)), None);
        assert_eq!(clock.received(at(62)), Some(MediaTime::from_millis(20)));
        assert_eq!(clock.concealed, 1);
        let mut frames = 0;
        while clock.late(at(10_000)).is_some() {
            frames += 1;
        }
        assert_eq!(frames, 495, "ten seconds less the patience and what came before");
    }

    #[test]
    fn a_burst_is_bounded() {
        let began = Instant::now();
        let mut clock = MediaClock::new(began);
        let accepted = (0..100).filter(|_| clock.received(began).is_some()).count();
        assert_eq!(accepted, 51, "one second ahead and the frame that passes it");
        assert_eq!(clock.skipped, 49);
    }
}
