//! How does a voice speak a sentence at once, by another runtime than the one that speaks piece by piece?
//!
//! A GPU computes a whole sentence sooner than a processor the first piece of it. The seam inside the network is nothing
//! that such a runtime gives out, so there are no pieces, and words are timed by estimate.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use super::network::Manner;
use crate::session::{self, Choice, OnnxRuntime, Session, Tensor};

/// A voice that speaks sentences as a whole.
pub struct Whole {
    session: Mutex<Box<dyn Session>>,
    output: String,
    has_speakers: bool,
}

/// Whether a voice may be computed by a GPU.
#[must_use]
pub fn may_use_gpu(choice: Choice) -> bool {
    choice != Choice::Rten && Path::new("/dev/nvidiactl").exists()
}

impl Whole {
    /// The voice of a file, where that runtime is wanted: with [`Choice::Auto`] only on a GPU.
    ///
    /// # Errors
    /// When onnxruntime was asked for and cannot be had.
    pub fn open(file: &[u8], choice: Choice) -> Result<Option<Self>, String> {
        if choice == Choice::Rten || choice == Choice::Auto && !may_use_gpu(choice) {
            return Ok(None);
        }
        let loaded = session::find()
            .ok_or_else(|| session::NOT_FOUND.to_owned())
            .and_then(|library| OnnxRuntime::load(&library, file, 1));
        match loaded {
            Ok(session) if choice == Choice::OnnxRuntime || session.is_on_gpu() => {
                Self::of(Box::new(session)).map(Some)
            }
            Ok(_) => Ok(None),
            Err(why) if choice == Choice::OnnxRuntime => Err(why),
            Err(_) => Ok(None),
        }
    }

    fn of(session: Box<dyn Session>) -> Result<Self, String> {
        let output = session.outputs().into_iter().next().ok_or("it has no output")?;
        let has_speakers = session.inputs().iter().any(|name| name == "sid");
        Ok(Self { session: Mutex::new(session), output, has_speakers })
    }

    /// What computes.
    pub(super) fn runtime(&self) -> String {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).name()
    }

    /// Samples from -1 to 1 of the numbers of a sentence's sounds.
    pub(super) fn speak(&self, ids: &[i32], manner: Manner) -> Result<Vec<f32>, String> {
        let input = Tensor::whole(&[1, ids.len()], ids.iter().map(|id| i64::from(*id)).collect());
        let length = i64::try_from(ids.len()).map_err(|e| e.to_string())?;
        let lengths = Tensor::whole(&[1], vec![length]);
        let scales = Tensor::floats(&[3], vec![manner.noise, manner.length, manner.noise_w]);
        let speaker = Tensor::whole(&[1], vec![i64::from(manner.speaker)]);
        let mut inputs = vec![("input", &input), ("input_lengths", &lengths), ("scales", &scales)];
        if self.has_speakers {
            inputs.push(("sid", &speaker));
        }
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let found = session.run(&inputs, &[&self.output])?;
        let samples = found.into_iter().next().and_then(Tensor::into_floats);
        samples.ok_or_else(|| "it gives no numbers".to_owned())
    }
}
