//! The network of smart-turn v3: from a spectrum to the probability that the speaker has finished.
//!
//! It is the encoder of Whisper tiny (400 positions of 384 numbers, four layers) with a small judge behind it,
//! quantised to bytes. A general runtime works on such a file in floats and puts the bytes in and out between all
//! operators; here the products are made in bytes and each result is brought to its next quantisation at once.
//! The multiplication itself is rten's, but on machines with AVX2 and no instruction for products of bytes.

mod attention;
mod embedding;
mod head;
mod layer;
mod linear;
mod matrix;
#[cfg(target_arch = "x86_64")]
mod pairs;

use rten_gemm::GemmError;

use self::embedding::Embedding;
use self::head::Head;
use self::layer::Layer;
use self::matrix::Kernel;
use crate::features::{BANDS, FRAMES};
use crate::graph::{Graph, ModelError};

/// Positions of the encoder: two frames each.
const POSITIONS: usize = FRAMES / 2;
/// Numbers of a position.
const WIDTH: usize = 384;
/// Layers of the encoder.
const LAYERS: usize = 4;

/// Memory that is used again by each judgement: about 6 MB.
#[derive(Default)]
pub(crate) struct Scratch {
    normed: Vec<u8>,
    middle: Vec<u8>,
    queries: Vec<u8>,
    keys: Vec<u8>,
    values: Vec<u8>,
    mixed: Vec<u8>,
    shares: Vec<u8>,
    signed: Vec<i8>,
    sums: Vec<i32>,
    scores: Vec<i32>,
    mix: Vec<i32>,
}

/// The network with its weights.
pub struct Network {
    kernel: Kernel,
    embedding: Embedding,
    layers: Vec<Layer>,
    head: Head,
    scratch: Scratch,
}

impl Network {
    /// From the bytes of the ONNX file.
    ///
    /// # Errors
    /// When it is another file.
    pub fn load(file: &[u8]) -> Result<Self, ModelError> {
        Self::with_kernel(file, Kernel::best())
    }

    /// As [`load`](Self::load), for machines that cannot multiply whole numbers fast and exactly.
    ///
    /// # Errors
    /// When it is another file.
    pub fn load_in_floats(file: &[u8]) -> Result<Self, ModelError> {
        Self::with_kernel(file, Kernel::floats())
    }

    fn with_kernel(file: &[u8], kernel: Kernel) -> Result<Self, ModelError> {
        let graph = Graph::read(file)?;
        let embedding = Embedding::load(&graph, &kernel)?;
        let layers = (0..LAYERS).map(|n| Layer::load(&graph, &kernel, n)).collect::<Result<_, _>>()?;
        let head = Head::load(&graph, &kernel)?;
        Ok(Self { kernel, embedding, layers, head, scratch: Scratch::default() })
    }

    /// How it multiplies: `int8 ...` or `float ...`.
    #[must_use]
    pub fn kernel(&self) -> String {
        self.kernel.name()
    }

    /// How likely it is, 0 to 1, that the speaker has finished. The spectrum is that of
    /// [`features`](crate::features): 800 frames of 80 bands each.
    ///
    /// # Errors
    /// When the spectrum has another size.
    pub fn judge(&mut self, spectrum: &[f32]) -> Result<f32, GemmError> {
        if spectrum.len() != FRAMES * BANDS {
            return Err(GemmError::KSizeMismatch);
        }
        let mut x = self.embedding.run(&self.kernel, spectrum)?;
        for layer in &self.layers {
            layer.run(&self.kernel, &mut x, &mut self.scratch)?;
        }
        self.head.run(&self.kernel, &x, &mut self.scratch)
    }
}
