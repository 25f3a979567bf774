//! How does agent audio become clips, where the far end plays files?

use crate::pcm::bytes_base64_into;
use crate::phone::{Coding, PhoneSink};

/// 20 ms frames in a clip. Longer ones leave fewer gaps, shorter ones answer sooner.
const FRAMES: usize = 25;

/// Audio that waits until a clip is full.
#[derive(Debug, Default)]
pub(super) struct Clip {
    bytes: Vec<u8>,
    frames: usize,
    message: String,
}

impl Clip {
    /// Takes 20 ms; sends a clip when it is full. `head` and `tail` go around its base64.
    pub(super) fn push(&mut self, pcm: &[i16], (head, tail): (&str, &str), sink: &mut dyn PhoneSink) {
        Coding::Linear.encode_into(pcm, &mut self.bytes);
        self.frames += 1;
        if self.frames >= FRAMES {
            self.flush((head, tail), sink);
        }
    }

    /// Sends what there is.
    pub(super) fn flush(&mut self, (head, tail): (&str, &str), sink: &mut dyn PhoneSink) {
        if !self.bytes.is_empty() {
            self.message.clear();
            self.message.push_str(head);
            bytes_base64_into(&self.bytes, &mut self.message);
            self.message.push_str(tail);
            sink.audio_text(&self.message);
        }
        self.drop();
    }

    /// Throws it away.
    pub(super) fn drop(&mut self) {
        self.bytes.clear();
        self.frames = 0;
    }
}
