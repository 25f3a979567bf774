//! Does a model write slowly?

use std::time::Duration;

use tokio::time::Instant;

/// Characters a second that are fast: the rest of a sentence takes about a tenth of a second then. One speaks 15.
const FAST: f32 = 200.0;

/// About as long as a voice on this machine computes until the first sound of a reply. A slow model waits for that: otherwise
/// both take twice as long, and the caller hears a second of speech before the next clause is wanted.
pub(super) const FIRST_SOUND: Duration = Duration::from_millis(100);

/// How fast a model has written in a round so far.
#[derive(Debug, Default)]
pub(super) struct Pace {
    /// When its first piece came.
    began: Option<Instant>,
    /// Bytes after that piece.
    since: usize,
    slow: bool,
}

impl Pace {
    /// A piece of so many bytes came now.
    pub(super) fn wrote(&mut self, bytes: usize) {
        let now = Instant::now();
        let Some(began) = self.began else {
            // How long the first one took is not known: what came before it may have been read.
            self.began = Some(now);
            return;
        };
        self.since += bytes;
        self.slow = (self.since as f32) < FAST * (now - began).as_secs_f32();
    }

    /// Whether it all came slowly.
    pub(super) const fn is_slow(&self) -> bool {
        self.slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn five_characters_every_ten_milliseconds_are_fast_and_every_thirty_slow() {
        for (millis, slow) in [(0, false), (10, false), (30, true), (200, true)] {
            let mut pace = Pace::default();
            pace.wrote(5);
            assert!(!pace.is_slow(), "of the first piece nothing is known");
            for _ in 0..5 {
                tokio::time::sleep(Duration::from_millis(millis)).await;
                pace.wrote(5);
                assert_eq!(pace.is_slow(), slow, "{millis} ms");
            }
        }
    }
}
