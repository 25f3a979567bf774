//! How a kind of worker is started and watched.

use std::time::Duration;

/// What a [`Supervisor`](super::Supervisor) needs to know.
#[derive(Clone, Debug)]
pub struct SupervisorOptions {
    /// The engine's name, for messages: `espeak-ng`.
    pub engine: String,
    /// The worker's program: a file name that is searched for (in `TOM_WORKERS_DIR` alone if that is set, else
    /// next to the running program and above it), or a path.
    pub program: String,
    /// What somebody should do who lacks the program.
    pub remedy: String,
    /// Arguments of the program.
    pub args: Vec<String>,
    /// How many processes share the streams. At least one is started.
    pub shards: usize,
    /// None is started before [`allow`](super::Supervisor::allow) or a stream asks for one.
    pub asleep: bool,
    /// How long loading may take.
    pub hello_within: Duration,
    /// How often a worker is asked whether it lives.
    pub ping_every: Duration,
    /// How long a worker may keep silent when asked. It is killed then.
    pub hung_after: Duration,
    /// How long a worker may take to end by itself.
    pub close_within: Duration,
}

impl SupervisorOptions {
    /// As many shards as there are cores, at most four; 15 s to load, a ping every second, 5 s of silence,
    /// 1 s to end.
    #[must_use]
    pub fn new(engine: impl Into<String>, program: impl Into<String>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            engine: engine.into(),
            program: program.into(),
            remedy: "run `cargo xtask run` once, which builds it, or set TOM_WORKERS_DIR to its folder"
                .into(),
            args: Vec::new(),
            shards: cores.min(4),
            asleep: false,
            hello_within: Duration::from_secs(15),
            ping_every: Duration::from_secs(1),
            hung_after: Duration::from_secs(5),
            close_within: Duration::from_secs(1),
        }
    }
}
