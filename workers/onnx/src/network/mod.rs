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
mod quads;

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
/// More threads do not make it faster.
const MOST_THREADS: usize = 2;
/// Layers of the encoder.
const LAYERS: usize = 4;

/// Memory that is used again by each judgement: about 8 MB.
#[derive(Default)]
pub(crate) struct Scratch {
    queries: Vec<u8>,
    keys: Vec<u8>,
    values: Vec<u8>,
    /// What each head makes, one behind the other.
    mixed: Vec<u8>,
    /// Of each thread its own.
    own: Vec<Own>,
}

/// What a thread works with.
#[derive(Default)]
pub(crate) struct Own {
    normed: Vec<u8>,
    middle: Vec<u8>,
    shares: Vec<u8>,
    signed: Vec<i8>,
    sums: Vec<i32>,
    scores: Vec<i32>,
}

impl Scratch {
    /// For as many threads as there are in the pool this is called from.
    fn fit(&mut self) {
        self.own.resize_with(rayon::current_num_threads().clamp(1, MOST_THREADS), Own::default);
        for bytes in [&mut self.queries, &mut self.keys, &mut self.values, &mut self.mixed] {
            bytes.resize(POSITIONS * WIDTH, 0);
        }
    }

    /// What each thread takes of so many things.
    fn share(&self, of: usize) -> usize {
        of.div_ceil(self.own.len().max(1))
    }
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
        self.scratch.fit();
        let mut x = self.embedding.run(&self.kernel, spectrum)?;
        for layer in &self.layers {
            layer.run(&self.kernel, &mut x, &mut self.scratch)?;
        }
        self.head.run(&self.kernel, &x, &mut self.scratch.own[0])
    }
}
