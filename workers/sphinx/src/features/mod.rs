//! What does the decoder get to see of the audio? Cepstra, cleaned of noise and of the line's colour.
//!
//! This replaces the library's own front end, whose coefficients it reproduces, for three reasons: noise is
//! removed better (measured), what is known of a call's line and noise stays with the call while decoders
//! go from call to call, and audio of the telephone's band needs another starting point than the model's.

mod mean;
mod noise;
mod spectrum;

use mean::LineMean;
use noise::NoiseFilter;
use spectrum::Spectrum;

/// Coefficients per frame.
pub(crate) const WIDTH: usize = 13;
/// A frame of 10 ms as the decoder sees it.
pub(crate) type Cepstrum = [f32; WIDTH];

/// Turns the audio of one call into frames.
#[derive(Debug, Default)]
pub(crate) struct Features {
    spectrum: Spectrum,
    noise: NoiseFilter,
    mean: LineMean,
}

impl Features {
    /// An utterance begins: the line and its noise are those of the call so far. For dictation neither a bed is laid nor
    /// is anything filled in: what helps phrases of a grammar makes free speech worse (measured on a recorded speech).
    pub(crate) fn begin(&mut self, dictation: bool) {
        self.spectrum.begin();
        self.noise.begin(!dictation);
        self.mean.begin(dictation);
    }

    /// Takes audio, 16 kHz mono, any length; appends the frames that are complete.
    pub(crate) fn push(&mut self, pcm: &[i16], frames: &mut Vec<Cepstrum>) {
        let Self { spectrum, noise, mean } = self;
        spectrum.push(pcm, |mel| {
            mean.note(&mel);
            noise.push(mel, |clean| frames.push(mean.push(&clean)));
        });
    }

    /// The utterance is over: appends what was held back.
    pub(crate) fn finish(&mut self, frames: &mut Vec<Cepstrum>) {
        let Self { noise, mean, .. } = self;
        noise.finish(|clean| frames.push(mean.push(&clean)));
    }

    /// After the end: the whole utterance again, from the beginning with what is known of the line by now. `None`
    /// if that is nothing new.
    pub(crate) fn again(&mut self) -> Option<Vec<Cepstrum>> {
        self.mean.again()
    }

    /// Frames of the utterance that were more than noise.
    pub(crate) fn lively(&self) -> usize {
        self.noise.lively()
    }
}
