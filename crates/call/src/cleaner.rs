//! How is the agent's own voice taken out of what is heard, where the line echoes?

use std::collections::VecDeque;

use tom_audio::{EchoCanceller, EchoDetector};

use crate::playout::FRAME;
use crate::room::Pcm;

/// As many frames as its detector of echoes lets be ahead.
const MOST_AHEAD: usize = EchoDetector::MOST_AHEAD;

/// The canceller of one call, and what it has to wait for.
pub(crate) struct Cleaner {
    canceller: EchoCanceller,
    /// Frames that were sent and are not played yet.
    ahead: VecDeque<[i16; FRAME]>,
}

impl Cleaner {
    pub(crate) fn new() -> Self {
        Self { canceller: EchoCanceller::new(), ahead: VecDeque::with_capacity(MOST_AHEAD) }
    }

    /// A frame of the agent's was sent.
    pub(crate) fn sent(&mut self, pcm: &[i16; FRAME]) {
        if self.ahead.len() >= MOST_AHEAD {
            self.ahead.pop_front();
        }
        self.ahead.push_back(*pcm);
    }

    /// What was sent and not played will not be played.
    pub(crate) fn flushed(&mut self) {
        self.ahead.clear();
    }

    /// What was heard while the next frame that was sent was played, 20 ms, without that.
    pub(crate) fn clean(&mut self, heard: &[i16]) -> Pcm {
        let played = self.ahead.pop_front();
        Pcm::filled(|frame| {
            let there = heard.len().min(FRAME);
            frame[..there].copy_from_slice(&heard[..there]);
            frame[there..].fill(0);
            self.canceller.clean(played.as_ref().map_or(&[], |pcm| pcm), frame);
        })
    }
}
