//! Where does a telephone's voice go: to its call, or to another telephone?

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::mpsc;
use tom_call::{AudioIn, FRAME_SAMPLES};

/// 20 ms of a voice, 16 kHz mono.
pub(super) type Frame = [i16; FRAME_SAMPLES];
/// Frames that wait for another telephone, 160 ms. Full: the next one is lost, as on a line that is late.
const WAITING: usize = 8;

/// Clones are the same ear.
#[derive(Clone, Debug, Default)]
pub(super) struct Ear(Arc<Mutex<Goes>>);

#[derive(Debug, Default)]
enum Goes {
    #[default]
    Nowhere,
    Call(AudioIn),
    Telephone {
        part: Vec<i16>,
        to: mpsc::Sender<Frame>,
    },
}

impl Ear {
    /// To a call.
    pub(super) fn to_call(&self, audio: &AudioIn) {
        self.turn(Goes::Call(audio.clone()));
    }

    /// To whoever reads this.
    pub(super) fn to_telephone(&self) -> mpsc::Receiver<Frame> {
        let (to, frames) = mpsc::channel(WAITING);
        self.turn(Goes::Telephone { part: Vec::with_capacity(FRAME_SAMPLES), to });
        frames
    }

    fn turn(&self, goes: Goes) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = goes;
    }

    /// Takes samples. Never waits for long: the lock is only held to turn the ear elsewhere.
    pub(super) fn take(&self, pcm: &[i16]) {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Goes::Nowhere => {}
            Goes::Call(audio) => audio.push(pcm),
            Goes::Telephone { part, to } => {
                for sample in pcm {
                    part.push(*sample);
                    if let Ok(frame) = Frame::try_from(&**part) {
                        part.clear();
                        // Nobody takes it in time: it is lost.
                        let _lost = to.try_send(frame);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_voice_comes_out_in_frames_whatever_pieces_it_came_in() {
        let ear = Ear::default();
        ear.take(&[7; 50]);
        let mut frames = ear.to_telephone();
        let voice: Vec<i16> = (0..1_000).collect();
        voice.chunks(130).for_each(|piece| ear.take(piece));
        let mut heard = Vec::new();
        while let Ok(frame) = frames.try_recv() {
            heard.extend(frame);
        }
        assert_eq!(heard, voice[..960]);
        ear.take(&vec![1; 320 * 40]);
        assert_eq!(frames.len(), WAITING, "what nobody takes is lost");
    }
}
