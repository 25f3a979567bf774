//! What computes an ONNX file: rten, which is built in, or onnxruntime, whose library is looked for on the machine?
//!
//! Both do so behind [`Session`]. rten is pure Rust and always there. onnxruntime is faster where a model is large or a
//! GPU is there; it is a shared library (of the Python package `onnxruntime`, or `onnxruntime-gpu`), loaded when it is
//! found, and never needed.

mod library;
mod onnxruntime;
mod rten;

use std::path::Path;

pub use library::{find, within};
pub use onnxruntime::OnnxRuntime;
pub use rten::Rten;

/// Numbers with a shape, the last dimension the densest.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// The size of each dimension.
    pub shape: Vec<usize>,
    /// The numbers.
    pub data: Data,
}

/// Numbers of one of the kinds that our models take and give.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// Real numbers.
    Floats(Vec<f32>),
    /// Whole numbers; in the file they may have 32 or 64 bits.
    Whole(Vec<i64>),
}

impl Tensor {
    /// Real numbers.
    #[must_use]
    pub fn floats(shape: &[usize], data: Vec<f32>) -> Self {
        Self { shape: shape.to_vec(), data: Data::Floats(data) }
    }

    /// Whole numbers.
    #[must_use]
    pub fn whole(shape: &[usize], data: Vec<i64>) -> Self {
        Self { shape: shape.to_vec(), data: Data::Whole(data) }
    }

    /// The real numbers; `None`: they are whole.
    #[must_use]
    pub fn into_floats(self) -> Option<Vec<f32>> {
        match self.data {
            Data::Floats(data) => Some(data),
            Data::Whole(_) => None,
        }
    }

    /// Whether there are as many numbers as the shape says.
    fn is_whole(&self) -> bool {
        let count = match &self.data {
            Data::Floats(data) => data.len(),
            Data::Whole(data) => data.len(),
        };
        self.shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size)) == Some(count)
    }
}

/// A loaded model.
pub trait Session: Send {
    /// Computes the outputs of those names.
    ///
    /// # Errors
    /// In words: a name that the model does not have, a shape it does not take, or what the library says.
    fn run(&mut self, inputs: &[(&str, &Tensor)], outputs: &[&str]) -> Result<Vec<Tensor>, String>;

    /// The names of its inputs.
    fn inputs(&self) -> Vec<String>;

    /// The names of its outputs.
    fn outputs(&self) -> Vec<String>;

    /// What computes, for greetings and benches: `rten`, `onnxruntime 1.32.0, cpu`.
    fn name(&self) -> String;
}

/// What to say where the library is wanted and is not there.
pub const NOT_FOUND: &str =
    "onnxruntime is not found: pip install onnxruntime, or set ORT_DYLIB_PATH to its library";

/// What is to compute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Choice {
    /// onnxruntime where its library is found, else rten.
    #[default]
    Auto,
    /// rten.
    Rten,
    /// onnxruntime.
    OnnxRuntime,
}

impl std::str::FromStr for Choice {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "rten" => Ok(Self::Rten),
            "onnxruntime" => Ok(Self::OnnxRuntime),
            other => Err(format!("there is no runtime {other:?}: auto, rten or onnxruntime")),
        }
    }
}

/// Loads a model's file on so many threads.
///
/// # Errors
/// In words: it is no model, or onnxruntime was asked for and is not there. With [`Choice::Auto`] a model that onnxruntime
/// cannot load is loaded by rten.
pub fn open(file: &Path, choice: Choice, threads: usize) -> Result<Box<dyn Session>, String> {
    let bytes = std::fs::read(file).map_err(|e| format!("{} cannot be read: {e}", file.display()))?;
    if choice != Choice::Rten {
        let loaded = find()
            .ok_or_else(|| NOT_FOUND.to_owned())
            .and_then(|library| OnnxRuntime::load(&library, &bytes, threads));
        match loaded {
            Ok(session) => return Ok(Box::new(session)),
            Err(why) if choice == Choice::OnnxRuntime => return Err(why),
            Err(_) => {}
        }
    }
    Ok(Box::new(Rten::load(bytes, threads)?))
}
