//! How does onnxruntime compute a model?

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use ort::environment::Environment;
use ort::ep::{CUDA, ExecutionProvider};
use ort::session::builder::GraphOptimizationLevel;
use ort::session::{RunOptions, SessionInputValue};
use ort::value::{Tensor as Value, TensorElementType, ValueType};

use super::{Data, Session, Tensor};

/// A process has one environment, by the first library that was loaded.
static ENVIRONMENT: Mutex<Option<Environment>> = Mutex::new(None);

/// A model in onnxruntime.
pub struct OnnxRuntime {
    session: ort::session::Session,
    name: String,
}

/// The environment of the library; loaded the first time, and then that one.
fn environment(library: &Path) -> Result<Environment, String> {
    let mut kept = ENVIRONMENT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(environment) = &*kept {
        return Ok(environment.clone());
    }
    let loaded =
        ort::init_from(library).map_err(|e| format!("{} cannot be loaded: {e}", library.display()))?;
    // It would tell its maker about every model on some systems.
    let environment = loaded.with_telemetry(false).build().map_err(|e| e.to_string())?;
    Ok(kept.insert(environment).clone())
}

impl OnnxRuntime {
    /// Loads a file's bytes with the library of that path, on so many threads; on a GPU of NVIDIA's where the library is
    /// made for one and there is one.
    ///
    /// # Errors
    /// When the library is none, or the model is none that it knows.
    pub fn load(library: &Path, file: &[u8], threads: usize) -> Result<Self, String> {
        let environment = environment(library)?;
        let said = |e: &dyn std::fmt::Display| e.to_string();
        let cuda = CUDA::is_available().unwrap_or(false) && Path::new("/dev/nvidiactl").exists();
        let build = |with_cuda: bool| -> Result<ort::session::Session, String> {
            let mut builder = ort::session::Session::builder(&environment)
                .map_err(|e| said(&e))?
                .with_optimization_level(GraphOptimizationLevel::Level3)
                .map_err(|e| said(&e))?
                .with_intra_threads(threads.max(1))
                .map_err(|e| said(&e))?
                .with_inter_threads(1)
                .map_err(|e| said(&e))?
                // Threads that wait by spinning take the calls' cores.
                .with_intra_op_spinning(false)
                .map_err(|e| said(&e))?;
            if with_cuda {
                let gpu = CUDA::default().build().error_on_failure();
                builder = builder.with_execution_providers([gpu]).map_err(|e| said(&e))?;
            }
            builder.commit_from_memory(file).map_err(|e| said(&e))
        };
        // Without the libraries of CUDA there is still the processor.
        let (session, on) = match cuda.then(|| build(true)) {
            Some(Ok(session)) => (session, "cuda"),
            Some(Err(_)) | None => (build(false)?, "cpu"),
        };
        let version =
            library.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let version = version.strip_prefix("libonnxruntime.so.").unwrap_or_default().to_owned();
        Ok(Self { session, name: format!("onnxruntime {version}, {on}") })
    }

    /// Whether a GPU computes.
    #[must_use]
    pub fn is_on_gpu(&self) -> bool {
        self.name.ends_with("cuda")
    }

    /// Whether an input wants whole numbers of 32 bits.
    fn is_narrow(&self, name: &str) -> bool {
        let input = self.session.inputs().iter().find(|input| input.name() == name);
        input.is_some_and(|input| {
            matches!(input.dtype(), ValueType::Tensor { ty: TensorElementType::Int32, .. })
        })
    }
}

impl Session for OnnxRuntime {
    fn run(&mut self, inputs: &[(&str, &Tensor)], outputs: &[&str]) -> Result<Vec<Tensor>, String> {
        let mut values: Vec<(String, SessionInputValue<'_>)> = Vec::with_capacity(inputs.len());
        for (name, tensor) in inputs {
            if !tensor.is_whole() {
                return Err(format!("{name} has not as many numbers as its shape says"));
            }
            let shape = tensor.shape.clone();
            let value: SessionInputValue<'_> = match &tensor.data {
                Data::Floats(data) => {
                    Value::from_array((shape, data.clone())).map_err(|e| e.to_string())?.into()
                }
                Data::Whole(data) if self.is_narrow(name) => {
                    let narrow: Result<Vec<i32>, _> = data.iter().map(|n| i32::try_from(*n)).collect();
                    let narrow = narrow.map_err(|_| format!("{name} holds a number of more than 32 bits"))?;
                    Value::from_array((shape, narrow)).map_err(|e| e.to_string())?.into()
                }
                Data::Whole(data) => {
                    Value::from_array((shape, data.clone())).map_err(|e| e.to_string())?.into()
                }
            };
            values.push(((*name).to_owned(), value));
        }
        let options = RunOptions::new().map_err(|e| e.to_string())?;
        let mut found = self.session.run_with_options(values, &options).map_err(|e| e.to_string())?;
        outputs
            .iter()
            .map(|name| {
                let value =
                    found.remove(*name).ok_or_else(|| format!("the model has nothing called {name}"))?;
                let size = |shape: &ort::value::Shape| {
                    shape.iter().map(|n| usize::try_from(*n).unwrap_or_default()).collect::<Vec<_>>()
                };
                if let Ok((shape, data)) = value.try_extract_tensor::<f32>() {
                    return Ok(Tensor::floats(&size(shape), data.to_vec()));
                }
                if let Ok((shape, data)) = value.try_extract_tensor::<i64>() {
                    return Ok(Tensor::whole(&size(shape), data.to_vec()));
                }
                let (shape, data) = value
                    .try_extract_tensor::<i32>()
                    .map_err(|_| format!("{name} holds numbers of a kind that nobody here expects"))?;
                Ok(Tensor::whole(&size(shape), data.iter().map(|n| i64::from(*n)).collect()))
            })
            .collect()
    }

    fn inputs(&self) -> Vec<String> {
        self.session.inputs().iter().map(|input| input.name().to_owned()).collect()
    }

    fn outputs(&self) -> Vec<String> {
        self.session.outputs().iter().map(|output| output.name().to_owned()).collect()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
