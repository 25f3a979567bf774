//! A language model in a GGUF file, by llama.cpp in a worker process.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tom_base::{Epoch, Revision, TurnId};
use tom_engine::{EngineError, ErrorKind, Health, Llm, LlmEvent, LlmRequest, LlmStream};
use tom_worker::{Status, Stream, Supervisor, SupervisorOptions};

use super::ask;
use super::line::{Line, Patience, Standing};
use super::tally::{Sum, Tokens};
use crate::workers::{self, engine_error, health};

/// How long a large model may take to come from a slow disk.
const LOAD_WITHIN: Duration = Duration::from_secs(300);
/// How long one step may take on a slow machine before the worker counts as hung.
const HUNG_AFTER: Duration = Duration::from_secs(30);
/// What is read ahead belongs to no reply.
const NO_REPLY: Epoch = Epoch { turn: TurnId(u32::MAX), revision: Revision(u32::MAX) };
/// How often a reply is looked after.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// How the model is run.
#[derive(Clone, Debug, PartialEq)]
pub struct LlamaOptions {
    /// The GGUF file.
    pub model: PathBuf,
    /// Tokens of the longest conversation.
    pub context: u32,
    /// Tokens of all conversations that are remembered at once; 0: four of the longest.
    pub cache: u32,
    /// Replies that are written at once.
    pub replies: u32,
    /// Threads that compute; 0: one for each core.
    pub threads: u32,
    /// Layers that a graphics card computes.
    pub gpu_layers: u32,
    /// How freely words are chosen, 0 to 2.
    pub temperature: f32,
    /// The form of chats, by llama.cpp's name; none: as the file says.
    pub template: Option<String>,
    /// How long the first word of a reply may take.
    pub first: Duration,
    /// How long a reply may pause.
    pub gap: Duration,
}

impl LlamaOptions {
    /// The usual ones for a file.
    #[must_use]
    pub fn new(model: PathBuf) -> Self {
        Self {
            model,
            context: 4096,
            cache: 0,
            replies: 20,
            threads: 0,
            gpu_layers: 0,
            temperature: 0.7,
            template: None,
            first: Duration::from_secs(8),
            gap: Duration::from_secs(5),
        }
    }

    /// What the worker is told.
    fn argument(&self) -> String {
        // Through text, so that 0.7 is 0.7 and not 0.699999988079071.
        let temperature: f64 = self.temperature.to_string().parse().unwrap_or_default();
        serde_json::json!({
            "model": self.model, "context": self.context, "cache": self.cache, "replies": self.replies,
            "threads": self.threads, "gpu_layers": self.gpu_layers, "temperature": temperature,
            "template": self.template,
        })
        .to_string()
    }
}

/// A language model on this machine. Dropping it ends its worker.
#[derive(Debug)]
pub struct LlamaLlm {
    supervisor: Arc<Supervisor>,
    runtime: Handle,
    patience: Patience,
    tokens: Arc<Sum>,
}

impl LlamaLlm {
    /// Starts the worker and returns at once. What is missing is told by [`health`](Llm::health).
    ///
    /// # Errors
    /// When the system has no threads left.
    pub fn start(options: &LlamaOptions, runtime: &Handle) -> Result<Self, EngineError> {
        let mut run = SupervisorOptions::new("llama.cpp", "tom-worker-llama");
        run.remedy =
            "run `cargo xtask run --llama` once, which builds it (cmake and libclang are needed, and some \
                      minutes), or set TOM_WORKERS_DIR to its folder"
                .into();
        // One process: each would hold the whole model.
        run.shards = 1;
        run.args = vec![options.argument()];
        run.hello_within = LOAD_WITHIN;
        run.hung_after = HUNG_AFTER;
        let supervisor = workers::start(run, "the language model's worker")?;
        let patience = Patience { first: options.first, gap: options.gap };
        Ok(Self {
            supervisor: Arc::new(supervisor),
            runtime: runtime.clone(),
            patience,
            tokens: Arc::default(),
        })
    }

    /// Waits until the model is loaded or has failed, but not longer than a time. Blocks: not for async tasks.
    #[must_use]
    pub fn wait_ready(&self, within: Duration) -> Health {
        health(&self.supervisor.wait_ready(within))
    }

    /// How the worker is, with what metrics count.
    #[must_use]
    pub fn status(&self) -> Status {
        self.supervisor.status()
    }

    /// What the replies cost that are complete, all calls together.
    #[must_use]
    pub fn tokens(&self) -> Tokens {
        self.tokens.get()
    }

    /// So many processes may be there; the one there is ends once no call has it. With 0 the next call loads it again.
    pub fn allow(&self, most: usize) {
        self.supervisor.allow(most);
    }

    /// How long no call has had it; `None`: one has.
    #[must_use]
    pub fn idle(&self) -> Option<Duration> {
        self.supervisor.idle()
    }

    /// Ends the worker; replies under way fail.
    pub fn close(&self) {
        self.supervisor.close();
    }
}

impl Llm for LlamaLlm {
    fn open(&self, events: mpsc::Sender<LlmEvent>) -> Result<Box<dyn LlmStream>, EngineError> {
        let line = Line::new(events, self.patience, Arc::clone(&self.tokens));
        let stream = self.supervisor.open("{}", line.sink()).map_err(engine_error)?;
        Ok(Box::new(LlamaStream {
            stream: Arc::new(stream),
            line,
            supervisor: Arc::clone(&self.supervisor),
            runtime: self.runtime.clone(),
            asking: Arc::default(),
        }))
    }

    fn health(&self) -> Health {
        health(&self.supervisor.status())
    }

    fn reads_ahead(&self) -> bool {
        true
    }

    fn name(&self) -> &'static str {
        "llama"
    }
}

/// A call's line to the model.
struct LlamaStream {
    stream: Arc<Stream>,
    line: Line,
    supervisor: Arc<Supervisor>,
    runtime: Handle,
    /// Held by whoever asks or takes back: a reply that is given up must not take back the next one.
    asking: Arc<Mutex<()>>,
}

impl LlmStream for LlamaStream {
    fn generate(&mut self, request: LlmRequest) -> Result<(), EngineError> {
        self.cancel();
        let epoch = request.epoch;
        let ask = ask::written(&request).ok_or_else(|| {
            EngineError::new(
                ErrorKind::BadRequest,
                "the conversation is longer than 500 KiB: shorten agent.prompt",
            )
        })?;
        let asking = Arc::clone(&self.asking);
        let _asking = asking.lock().unwrap_or_else(PoisonError::into_inner);
        self.line.begin(epoch);
        if let Err(fault) = self.stream.begin(epoch, "", &ask) {
            self.line.forget();
            return Err(engine_error(fault));
        }
        let (line, supervisor) = (self.line.clone(), Arc::clone(&self.supervisor));
        let (stream, asking) = (Arc::clone(&self.stream), Arc::clone(&self.asking));
        self.runtime.spawn(async move {
            while let Some(left) = look_after(epoch, &line, &supervisor, &stream, &asking) {
                tokio::time::sleep(left.clamp(LOOK_EVERY / 10, LOOK_EVERY)).await;
            }
        });
        Ok(())
    }

    fn read_ahead(&mut self, request: LlmRequest) {
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.line.is_busy()
            && let Some(ask) = ask::ahead(&request)
        {
            // What fails here is told when the reply is asked for.
            drop(self.stream.begin(NO_REPLY, "", &ask));
        }
    }

    fn rest(&mut self, time: Duration) {
        self.stream.rest(time);
    }

    fn cancel(&mut self) {
        let asking = Arc::clone(&self.asking);
        let _asking = asking.lock().unwrap_or_else(PoisonError::into_inner);
        self.line.forget();
        self.stream.cancel();
    }
}

/// Gives a reply up when it takes too long, or when its worker has died. None: there is nothing more to look after.
fn look_after(
    epoch: Epoch,
    line: &Line,
    supervisor: &Supervisor,
    stream: &Stream,
    asking: &Mutex<()>,
) -> Option<Duration> {
    let up = supervisor.status().up > 0;
    let _asking = asking.lock().unwrap_or_else(PoisonError::into_inner);
    match line.watch(epoch, up) {
        Standing::Written(left) => Some(left),
        Standing::Over => None,
        Standing::Lost => {
            stream.cancel();
            None
        }
    }
}
