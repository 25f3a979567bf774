//! How likely is it that a window of 32 ms holds speech? Silero's 16 kHz network, computed inline.
//!
//! Spectrum (four frames) - convolutions 129, 128, 64, 64, 128 - LSTM cell of 128 - one logistic output, as
//! in the definition that the PyPI package `silero-vad` ships beside the weights (MIT licence).

use std::path::{Path, PathBuf};

use tom_kernel::{
    BINS, Conv, Dense, FRAME, Isa, LANES, Op, SAMPLES, Simd, Spectrum, SpectrumState, sigmoid, tanh,
};

use super::safetensors::{SafetensorsError, Tensors};

/// Samples at 16 kHz in one window: 32 ms.
pub const WINDOW: usize = 512;
/// Samples of the window before that are fed again in front of it.
pub const CONTEXT: usize = 64;
/// Width of the recurrent cell.
const HIDDEN: usize = 128;
/// Largest weights file that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Why Silero's weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SileroError {
    /// The file is not there or cannot be read.
    #[error(
        "cannot read Silero's weights from {}: {source}; `tom models pull silero-vad` brings them",
        path.display()
    )]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is larger than any version of these weights.
    #[error("{} has {bytes} bytes, more than Silero's weights can have; fetch it again", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// Its size.
        bytes: u64,
    },
    /// The file is damaged or is another model.
    #[error(
        "these are not the weights of Silero's 16 kHz network: {0}; fetch silero_vad_16k.safetensors again"
    )]
    Format(#[from] SafetensorsError),
    /// The file holds another front end than the network this program knows.
    #[error(
        "these weights have another spectrum than the Silero network this program knows; use version 6 of \
         the package silero-vad"
    )]
    Spectrum,
}

/// Silero's weights, about 1 MB, shared by all calls.
///
/// They stay 32 bits wide. Narrower ones would come in half the time from a far cache, but 16-bit floats move the
/// output by up to 5e-4, and 16-bit integers with a scale per row by more than the 1e-4 that is allowed.
#[derive(Debug)]
pub struct SileroModel {
    spectrum: Spectrum,
    conv1: Conv,
    conv2: Conv,
    conv3: Dense,
    conv4: Dense,
    /// Input and previous output side by side, so that one pass gives all four gates.
    lstm: Dense,
    last_weight: Box<[f32; HIDDEN]>,
    last_bias: f32,
}

/// What one call keeps between windows: about 2 kB.
#[derive(Clone, Debug)]
pub struct SileroState {
    /// The cell's memory.
    cell: Box<[f32; HIDDEN]>,
    /// `[input of the cell | its previous output]`.
    cell_in: Box<[f32; 2 * HIDDEN]>,
    context: [f32; CONTEXT],
    isa: Isa,
}

/// Working memory of one window, 17 kB. It lies on the stack, where it stays in the nearest cache: kept by each
/// call it would push the weights out of the second nearest.
struct Work {
    spectrum: SpectrumState,
    /// Context, window, and the end mirrored.
    input: [f32; SAMPLES],
    mags: [f32; BINS * LANES],
    act1: [f32; 128 * LANES],
    act2: [f32; 128],
    act3: [f32; 64],
    gates: [f32; 4 * HIDDEN],
}

impl Work {
    #[inline(always)]
    fn new() -> Self {
        Self {
            spectrum: SpectrumState::default(),
            input: [0.0; SAMPLES],
            mags: [0.0; BINS * LANES],
            act1: [0.0; 128 * LANES],
            act2: [0.0; 128],
            act3: [0.0; 64],
            gates: [0.0; 4 * HIDDEN],
        }
    }
}

impl Default for SileroState {
    fn default() -> Self {
        Self::on(Isa::best())
    }
}

impl SileroState {
    /// A state that has heard nothing, for a network that runs on these instructions.
    #[must_use]
    pub fn on(isa: Isa) -> Self {
        Self {
            cell: Box::new([0.0; HIDDEN]),
            cell_in: Box::new([0.0; 2 * HIDDEN]),
            context: [0.0; CONTEXT],
            isa,
        }
    }

    /// Lets a window pass without the network: only what the next one sees of it is kept.
    pub fn skip(&mut self, pcm: &[i16; WINDOW]) {
        self.heard(&pcm[WINDOW - CONTEXT..]);
    }

    fn heard(&mut self, pcm: &[i16]) {
        for (to, &from) in self.context.iter_mut().zip(pcm) {
            *to = f32::from(from) / 32768.0;
        }
    }

    /// Forgets all that was heard.
    pub fn reset(&mut self) {
        self.cell.fill(0.0);
        self.cell_in.fill(0.0);
        self.context.fill(0.0);
    }
}

impl SileroModel {
    /// Reads the weights from a file.
    ///
    /// # Errors
    /// When the file cannot be read or is not `silero_vad_16k.safetensors`.
    pub fn load(path: &Path) -> Result<Self, SileroError> {
        let read = |source| SileroError::Read { path: path.into(), source };
        let bytes = std::fs::metadata(path).map_err(read)?.len();
        if bytes > MAX_FILE {
            return Err(SileroError::TooLarge { path: path.into(), bytes });
        }
        Self::parse(&std::fs::read(path).map_err(read)?)
    }

    /// Reads the weights from a file's bytes.
    ///
    /// # Errors
    /// When they are not those of `silero_vad_16k.safetensors`.
    pub fn parse(bytes: &[u8]) -> Result<Self, SileroError> {
        let t = Tensors::parse(bytes)?;
        let basis = t.take("stft_conv.weight", &[2 * BINS, 1, FRAME])?;
        let conv = |name: &str, out: usize, inp: usize| -> Result<_, SafetensorsError> {
            let weight = t.take(&format!("{name}.weight"), &[out, inp, 3])?;
            let bias = t.take(&format!("{name}.bias"), &[out])?;
            Ok((weight, bias))
        };
        let (w1, b1) = conv("conv1", 128, BINS)?;
        let (w2, b2) = conv("conv2", 64, 128)?;
        let (w3, b3) = conv("conv3", 64, 64)?;
        let (w4, b4) = conv("conv4", 128, 64)?;
        let w_in = t.take("lstm_cell.weight_ih", &[4 * HIDDEN, HIDDEN])?;
        let w_back = t.take("lstm_cell.weight_hh", &[4 * HIDDEN, HIDDEN])?;
        let b_in = t.take("lstm_cell.bias_ih", &[4 * HIDDEN])?;
        let b_back = t.take("lstm_cell.bias_hh", &[4 * HIDDEN])?;
        let last_weight = t.take("final_conv.weight", &[1, HIDDEN, 1])?;
        let last_bias = t.take("final_conv.bias", &[1])?;
        Ok(Self {
            spectrum: Spectrum::from_basis(&basis).ok_or(SileroError::Spectrum)?,
            conv1: Conv::new(128, BINS, &w1, &b1),
            conv2: Conv::new(64, 128, &w2, &b2),
            // Two positions in, one out at stride 2: the first tap only ever meets the padding.
            conv3: Dense::new(64, 128, |o| b3[o], |o, i| w3[(o * 64 + i % 64) * 3 + 1 + i / 64]),
            // One position in, one out: only the middle tap meets it.
            conv4: Dense::new(128, 64, |o| b4[o], |o, i| w4[(o * 64 + i) * 3 + 1]),
            lstm: Dense::new(
                4 * HIDDEN,
                2 * HIDDEN,
                |o| b_in[o] + b_back[o],
                |o, i| match i.checked_sub(HIDDEN) {
                    None => w_in[o * HIDDEN + i],
                    Some(i) => w_back[o * HIDDEN + i],
                },
            ),
            last_weight: Box::new(std::array::from_fn(|i| last_weight[i])),
            last_bias: last_bias[0],
        })
    }

    /// The probability of speech in the next window of a call, 0 to 1. Allocates nothing.
    pub fn window(&self, state: &mut SileroState, pcm: &[i16; WINDOW]) -> f32 {
        state.isa.run(Step { model: self, state, pcm })
    }
}

/// Samples that one look covers: context and window.
pub const LOOK: usize = CONTEXT + WINDOW;

impl SileroModel {
    /// The probability of speech in the last 32 ms, wherever the windows lie; the state stays as it was.
    /// Allocates nothing.
    pub fn look(&self, state: &mut SileroState, pcm: &[i16; LOOK]) -> f32 {
        let kept = (*state.cell, *state.cell_in, state.context);
        let (context, window) = pcm.split_at(CONTEXT);
        state.heard(context);
        let score = window.first_chunk().map_or(0.0, |window| self.window(state, window));
        (*state.cell, *state.cell_in, state.context) = kept;
        score
    }
}

/// One window of one call.
struct Step<'a> {
    model: &'a SileroModel,
    state: &'a mut SileroState,
    pcm: &'a [i16; WINDOW],
}

impl Op for Step<'_> {
    type Out = f32;

    #[inline(always)]
    fn run<S: Simd>(self, s: S) -> f32 {
        const END: usize = CONTEXT + WINDOW;
        let Self { model, state, pcm } = self;
        let Work { spectrum, input, mags, act1, act2, act3, gates } = &mut Work::new();
        input[..CONTEXT].copy_from_slice(&state.context);
        for (to, &from) in input[CONTEXT..].iter_mut().zip(pcm) {
            *to = f32::from(from) / 32768.0;
        }
        state.context.copy_from_slice(&input[WINDOW..END]);
        for n in 0..SAMPLES - END {
            input[END + n] = input[END - 2 - n];
        }
        model.spectrum.magnitudes(s, input, spectrum, mags);
        model.conv1.run4(s, mags, act1);
        model.conv2.run4to2(s, act1, act2);
        model.conv3.run(s, act2, act3);
        rectify(act3);
        let (cell_in, _) = state.cell_in.split_at_mut(HIDDEN);
        model.conv4.run(s, act3, cell_in);
        rectify(cell_in);
        model.lstm.run(s, &state.cell_in[..], gates);
        recur(s, model, state, gates)
    }
}

/// The cell's step and the output, from the four gates (input, forget, candidate, output).
#[inline(always)]
fn recur<S: Simd>(s: S, model: &SileroModel, state: &mut SileroState, gates: &[f32; 4 * HIDDEN]) -> f32 {
    let hidden = &mut state.cell_in[HIDDEN..];
    let mut sum = s.splat(0.0);
    for n in 0..HIDDEN / S::N {
        let at = n * S::N;
        let input = sigmoid(s, s.load(gates, at));
        let forget = sigmoid(s, s.load(gates, at + HIDDEN));
        let candidate = tanh(s, s.load(gates, at + 2 * HIDDEN));
        let output = sigmoid(s, s.load(gates, at + 3 * HIDDEN));
        let cell = s.add_mul(s.mul(forget, s.load(&*state.cell, at)), input, candidate);
        let out = s.mul(output, tanh(s, cell));
        s.store(cell, &mut *state.cell, at);
        s.store(out, hidden, at);
        sum = s.add_mul(sum, s.max(out, s.splat(0.0)), s.load(&*model.last_weight, at));
    }
    let score = s.splat(s.sum(sum) + model.last_bias);
    let mut all = [0.0; 16];
    s.store(sigmoid(s, score), &mut all, 0);
    all[0]
}

/// Cuts off what is negative.
#[inline(always)]
fn rectify(values: &mut [f32]) {
    for v in values {
        *v = v.max(0.0);
    }
}
