//! How is the agent's own voice taken out of what is heard? An adaptive echo canceller.
//!
//! WebRTC's third canceller (AEC3), of which the crate `sonora-aec3` is a port to Rust: it finds the way of the echo,
//! learns the room, subtracts what it expects and quietens what is left of it.

use sonora_aec3::block::Block;
use sonora_aec3::block_processor::BlockProcessor;
use sonora_aec3::common::BLOCK_SIZE;
use sonora_aec3::config::EchoCanceller3Config;

/// The rate it works at, in hertz.
const RATE: usize = 16_000;
/// A sample so loud, and the microphone has clipped: an echo is not what the room made of the agent's voice any more.
const CLIPPED: u16 = 32_700;

/// The canceller of one call. It allocates for every block of 4 ms and frees that again.
#[derive(Debug)]
pub struct EchoCanceller {
    canceller: Box<BlockProcessor>,
    played: Block,
    heard: Block,
}

impl Default for EchoCanceller {
    fn default() -> Self {
        Self::new()
    }
}

impl EchoCanceller {
    /// Samples by which what comes out is later than what went in: 4 ms.
    pub const DELAY: usize = BLOCK_SIZE;

    /// A canceller that has heard and played nothing.
    #[must_use]
    pub fn new() -> Self {
        Self {
            canceller: Box::new(BlockProcessor::new(&EchoCanceller3Config::default(), RATE, 1, 1)),
            played: Block::new(1, 1),
            heard: Block::new(1, 1),
        }
    }

    /// Takes a frame, 16 kHz mono, of both sides: what is being played now, where what is missing is silence, and
    /// what was heard meanwhile. The echo of what was played up to about half a second before is taken out of what was
    /// heard, in place, and the rest comes out [`DELAY`](Self::DELAY) samples later. Frames are whole blocks of 64
    /// samples; what is left over of one that is not stays as it is.
    pub fn clean(&mut self, played: &[i16], heard: &mut [i16]) {
        let mut played = played.iter().copied();
        for heard in heard.as_chunks_mut::<BLOCK_SIZE>().0 {
            for sample in self.played.view_mut(0, 0) {
                *sample = f32::from(played.next().unwrap_or_default());
            }
            for (sample, heard) in self.heard.view_mut(0, 0).iter_mut().zip(&*heard) {
                *sample = f32::from(*heard);
            }
            let clipped = heard.iter().any(|sample| sample.unsigned_abs() >= CLIPPED);
            self.canceller.buffer_render(&self.played);
            self.canceller.process_capture(false, clipped, None, &mut self.heard);
            for (heard, sample) in heard.iter_mut().zip(self.heard.view(0, 0)) {
                // Saturates; what is not a number would be silence.
                *heard = sample.round() as i16;
            }
        }
    }
}
