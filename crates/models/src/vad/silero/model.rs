//! How likely is it that a window of 32 ms holds speech? Silero's 16 kHz network in plain Rust.
//!
//! Spectrum (four frames) - convolutions 129, 128, 64, 64, 128 - LSTM cell of 128 - one logistic output, as
//! in the definition that the PyPI package `silero-vad` ships beside the weights (MIT licence).

use std::path::{Path, PathBuf};

use super::kernel::{Conv, Dense, sigmoid, tanh};
use super::safetensors::{SafetensorsError, Tensors};
use super::spectrum::{BINS, FRAME, HOP, LANES, Spectrum, SpectrumState};

/// Samples at 16 kHz in one window: 32 ms.
pub const WINDOW: usize = 512;
/// Samples of the window before that are fed again in front of it.
pub const CONTEXT: usize = 64;
/// What the spectrum sees: context, window, and as much again mirrored at the end.
const INPUT: usize = FRAME + HOP * (LANES - 1);
/// Width of the recurrent cell.
const HIDDEN: usize = 128;
/// Largest weights file that is read, in bytes.
const MAX_FILE: u64 = 16 << 20;

/// Why Silero's weights cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SileroError {
    /// The file is not there or cannot be read.
    #[error(
        "cannot read Silero's weights from {}: {source}; `cargo xtask run` fetches them, or take \
         silero_vad/data/silero_vad_16k.safetensors out of the PyPI package silero-vad",
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
#[derive(Debug)]
pub struct SileroModel {
    spectrum: Spectrum,
    conv1: Conv,
    conv2: Conv,
    conv3: Dense,
    conv4: Dense,
    /// Input and previous output side by side, so that one pass gives all four gates.
    lstm: Dense,
    last_weight: Box<[f32]>,
    last_bias: f32,
}

/// What one call keeps between windows, and working memory: about 9 kB.
#[derive(Clone, Debug)]
pub struct SileroState {
    /// The cell's memory.
    cell: Box<[f32]>,
    /// `[input of the cell | its previous output]`.
    cell_in: Box<[f32]>,
    context: [f32; CONTEXT],
    spectrum: SpectrumState,
    gates: Box<[f32]>,
    mags: Box<[f32; BINS * LANES]>,
    act1: Box<[f32]>,
    act2: Box<[f32]>,
    act3: Box<[f32]>,
}

impl Default for SileroState {
    fn default() -> Self {
        Self {
            cell: vec![0.0; HIDDEN].into(),
            cell_in: vec![0.0; 2 * HIDDEN].into(),
            context: [0.0; CONTEXT],
            spectrum: SpectrumState::new(),
            gates: vec![0.0; 4 * HIDDEN].into(),
            mags: Box::new([0.0; BINS * LANES]),
            act1: vec![0.0; 128 * LANES].into(),
            act2: vec![0.0; 128].into(),
            act3: vec![0.0; 64].into(),
        }
    }
}

impl SileroState {
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
            last_weight: last_weight.into(),
            last_bias: last_bias[0],
        })
    }

    /// The probability of speech in the next window of a call, 0 to 1. Allocates nothing.
    pub fn window(&self, state: &mut SileroState, pcm: &[i16; WINDOW]) -> f32 {
        let mut input = [0.0; INPUT];
        input[..CONTEXT].copy_from_slice(&state.context);
        for (to, &from) in input[CONTEXT..].iter_mut().zip(pcm) {
            *to = f32::from(from) / 32768.0;
        }
        const END: usize = CONTEXT + WINDOW;
        state.context.copy_from_slice(&input[WINDOW..END]);
        for n in 0..INPUT - END {
            input[END + n] = input[END - 2 - n];
        }
        self.spectrum.magnitudes(&input, &mut state.spectrum, &mut state.mags);
        self.conv1.run4(&state.mags[..], &mut state.act1);
        self.conv2.run4to2(&state.act1, &mut state.act2);
        self.conv3.run(&state.act2, &mut state.act3);
        rectify(&mut state.act3);
        self.conv4.run(&state.act3, &mut state.cell_in[..HIDDEN]);
        rectify(&mut state.cell_in[..HIDDEN]);
        self.lstm.run(&state.cell_in, &mut state.gates);
        self.recur(state)
    }

    /// The cell's step and the output, from the four gates (input, forget, candidate, output).
    fn recur(&self, state: &mut SileroState) -> f32 {
        let (input, rest) = state.gates.split_at(HIDDEN);
        let (forget, rest) = rest.split_at(HIDDEN);
        let (candidate, output) = rest.split_at(HIDDEN);
        let hidden = &mut state.cell_in[HIDDEN..];
        // Equal lengths that the compiler can see: one pass without bounds checks, vectorised.
        let gates = input.iter().zip(forget).zip(candidate).zip(output);
        for ((((i, f), c), o), (cell, hidden)) in gates.zip(state.cell.iter_mut().zip(hidden.iter_mut())) {
            *cell = sigmoid(*f) * *cell + sigmoid(*i) * tanh(*c);
            *hidden = sigmoid(*o) * tanh(*cell);
        }
        let sum: f32 =
            hidden.iter().zip(&self.last_weight).map(|(h, w)| h.max(0.0) * w).sum::<f32>() + self.last_bias;
        sigmoid(sum)
    }
}

/// Cuts off what is negative.
fn rectify(values: &mut [f32]) {
    for v in values {
        *v = v.max(0.0);
    }
}
