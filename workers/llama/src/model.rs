//! How does a file become a model that can be asked?

use std::num::NonZeroU32;

use llama_cpp_2::context::LlamaContext;
use llama_cpp_2::context::params::{KvCacheType, LlamaContextParams};
use llama_cpp_2::llama_backend::LlamaBackend;
use llama_cpp_2::model::LlamaModel;
use llama_cpp_2::model::params::LlamaModelParams;
use tom_worker::{Fault, FaultKind};

use crate::engine::{MOST_AHEAD, MOST_READ};
use crate::gguf::{self, Outline};
use crate::memory;
use crate::options::Options;

/// Replies that may be written at once: llama.cpp's limit, less what is remembered of system prompts.
const MOST_REPLIES: u32 = 128;
/// System prompts that are remembered.
pub(crate) const PREFIXES: u32 = 8;

/// A model with what its file says of it.
pub struct Model {
    /// llama.cpp's part.
    pub llama: LlamaModel,
    /// What the file says.
    pub outline: Outline,
}

/// Checks a file and loads it.
///
/// # Errors
/// When it cannot be read, is no sound model, or is larger than the memory that is free.
pub fn load(backend: &LlamaBackend, options: &Options) -> Result<Model, Fault> {
    let path = options.model.display();
    let missing = |what: String| Fault::new(FaultKind::Missing, what);
    machine()?;
    let outline = gguf::inspect(&options.model)
        .map_err(|error| missing(format!("the language model {path} cannot be used: {error}")))?;
    fits(&outline, options, memory::available())?;
    if options.gpu_layers > 0 && !backend.supports_gpu_offload() {
        return Err(missing(
            "llm.gpu_layers is set, but this worker computes on processors only, or sees no graphics card: build it \
             with `cargo xtask run --llama --cuda` (or --vulkan), or set llm.gpu_layers = 0"
                .into(),
        ));
    }
    let params = LlamaModelParams::default().with_n_gpu_layers(options.gpu_layers);
    let llama = LlamaModel::load_from_file(backend, &options.model, &params).map_err(|error| {
        missing(format!(
            "llama.cpp cannot load the language model {path} ({error}); the lines before tell why. Fetch it again, or \
             take another"
        ))
    })?;
    Ok(Model { llama, outline })
}

/// Whether this machine has the instructions that the library was compiled for.
fn machine() -> Result<(), Fault> {
    #[cfg(target_arch = "x86_64")]
    if !(std::arch::is_x86_feature_detected!("avx2")
        && std::arch::is_x86_feature_detected!("fma")
        && std::arch::is_x86_feature_detected!("f16c")
        && std::arch::is_x86_feature_detected!("bmi2"))
    {
        let what = "this machine's processor lacks AVX2, which language models are computed with here; use a server \
                    (llm.engine = \"openai\")";
        return Err(Fault::new(FaultKind::Missing, what));
    }
    Ok(())
}

/// Whether there is memory enough. What graphics cards hold is for them to say.
fn fits(outline: &Outline, options: &Options, available: Option<u64>) -> Result<(), Fault> {
    let Some(available) = available.filter(|_| options.gpu_layers == 0) else { return Ok(()) };
    let remembered = outline.bytes_of_token() * u64::from(options.cells());
    let needed = outline.weights.saturating_add(remembered);
    if needed <= available {
        return Ok(());
    }
    let mb = |bytes: u64| bytes.div_ceil(1_000_000);
    let what = format!(
        "the language model {} takes {} MB and its memory of conversations {} MB, but {} MB are free: take a smaller \
         model, or lower llm.context or llm.cache",
        options.model.display(),
        mb(outline.weights),
        mb(remembered),
        mb(available)
    );
    Err(Fault::new(FaultKind::Missing, what))
}

/// The memory of a model's conversations, and what it computes with.
///
/// # Errors
/// When there is no memory.
pub fn context<'m>(
    backend: &LlamaBackend,
    model: &'m Model,
    options: &Options,
) -> Result<LlamaContext<'m>, Fault> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if options.threads == 0 { cores as i32 } else { options.threads.min(512) as i32 };
    let kept = if options.precise { KvCacheType::F32 } else { KvCacheType::F16 };
    let params = LlamaContextParams::default()
        .with_n_ctx(NonZeroU32::new(options.cells()))
        .with_n_batch(batch(options))
        .with_n_ubatch(MOST_READ)
        .with_n_seq_max(replies(options) + PREFIXES)
        .with_n_threads(threads)
        .with_n_threads_batch(threads)
        .with_type_k(kept)
        .with_type_v(kept)
        // One memory, so that conversations share what they have in common; all of it, so that they can be cut.
        .with_kv_unified(true)
        .with_swa_full(true)
        .with_no_perf(true);
    model.llama.new_context(backend, params).map_err(|error| {
        let what =
            format!("llama.cpp has no memory for conversations ({error}): lower llm.context or llm.cache");
        Fault::new(FaultKind::Unavailable, what)
    })
}

/// Replies that are written at once.
pub(crate) fn replies(options: &Options) -> u32 {
    options.replies.clamp(1, MOST_REPLIES)
}

/// Tokens that one step may compute.
pub(crate) fn batch(options: &Options) -> u32 {
    MOST_READ + replies(options) * MOST_AHEAD as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_larger_than_memory_is_refused_with_what_to_do() {
        let outline = Outline {
            architecture: "llama".into(),
            name: None,
            context: 1,
            vocabulary: 1,
            layers: 10,
            kept: 1000,
            weights: 5_000_000_000,
            template: None,
        };
        let options = Options::new("big.gguf");
        assert!(fits(&outline, &options, Some(6_000_000_000)).is_ok());
        let fault = fits(&outline, &options, Some(4_000_000_000)).unwrap_err();
        assert_eq!(fault.kind, FaultKind::Missing);
        let what =
            "takes 5000 MB and its memory of conversations 328 MB, but 4000 MB are free: take a smaller";
        assert!(fault.message.contains(what), "{fault}");
    }
}
