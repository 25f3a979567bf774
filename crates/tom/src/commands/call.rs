//! `tom call`: a WAV as the caller, against a running server or one that lives for this call only.

use std::path::Path;
use std::sync::{Arc, RwLock};
use std::time::Duration;

use anyhow::Context as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tom_base::Key;
use tom_client::{Act, CallOptions, Caller, CancellationToken, Recording, Report, SpeechStart};
use tom_server::{Calls, Server, ServerConfig, ServerError, Stop};

use crate::cli::{Call, Global};
use crate::config;
use crate::engines::{self, Local};
use crate::exit::Failure;
use crate::switchboard::{Board, Plan};
use crate::{dialogue, output};

pub(crate) async fn run(global: &Global, args: &Call) -> Result<(), Failure> {
    let mut options = CallOptions::new(args.url.clone().unwrap_or_default());
    for (number, path) in args.questions.iter().enumerate() {
        let start = match args.interrupt {
            Some(seconds) if number == 0 => SpeechStart::IntoAgent(duration(seconds)?),
            _ => SpeechStart::AfterAgent,
        };
        options = options.say(recording(path)?, start);
    }
    for keys in &args.keys {
        let (at, keys) = timed_keys(keys)?;
        options = options.act(at, Act::Keys(keys));
    }
    options.lang.clone_from(&args.lang);
    options.token = args.token.clone().or_else(|| std::env::var("TOM_SERVER__TOKEN").ok());

    let own = if args.url.is_none() { Some(OwnServer::start(global, args).await?) } else { None };
    if let Some(own) = &own {
        options.url.clone_from(&own.url);
    } else if args.flow.is_some() || args.journal.is_some() {
        return Err(Failure::Usage(
            "--flow and --journal are for calls inside this process: leave --url out".into(),
        ));
    }
    let report = hold(options, args.json).await?;
    if let Some(own) = own {
        own.stop(args.journal.as_deref()).await?;
    }
    finish(args, &report)
}

/// Makes the call; Ctrl-C hangs up.
async fn hold(options: CallOptions, quiet: bool) -> Result<Report, Failure> {
    let mut caller = Caller::new(options);
    if !quiet {
        caller = caller.watch(|entry| output::line(format_args!("{entry}")));
    }
    let cancel = CancellationToken::new();
    let hang_up = cancel.clone();
    let watching = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            hang_up.cancel();
        }
    });
    let report = caller.run(cancel).await.context("the call did not take place");
    watching.abort();
    Ok(report?)
}

fn finish(args: &Call, report: &Report) -> Result<(), Failure> {
    if let Some(path) = &args.out {
        std::fs::write(path, report.heard_wav())
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    if args.json {
        let value = serde_json::to_value(report).context("the report cannot be written as JSON")?;
        output::json(&value);
    } else {
        summary(report);
    }
    if report.is_good() { Ok(()) } else { Err(Failure::Said) }
}

/// What a person wants to know when the timeline has gone by.
fn summary(report: &Report) {
    output::line(format_args!(""));
    for turn in &report.transcript {
        if !turn.caller.is_empty() {
            output::line(format_args!("caller: {}", turn.caller));
        }
        let mark = if turn.complete { "" } else { " [interrupted]" };
        if !turn.agent.is_empty() {
            output::line(format_args!("agent:  {}{mark}", turn.agent));
        }
    }
    for turn in &report.turns {
        let latency = turn.latency_ms.map_or("no answer".into(), |ms| format!("answered after {ms} ms"));
        let stop = turn
            .barge_in
            .map_or(String::new(), |b| format!("; agent silent {} ms after the onset", b.stop_ms));
        output::line(format_args!("{}: {latency}{stop}", turn.recording));
    }
    for problem in &report.problems {
        output::line(format_args!("problem {}: {}", problem.code, problem.message));
    }
}

fn recording(path: &Path) -> Result<Recording, Failure> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Ok(Recording::from_wav(path.display().to_string(), &bytes).map_err(anyhow::Error::from)?)
}

fn duration(seconds: f32) -> Result<Duration, Failure> {
    Duration::try_from_secs_f32(seconds)
        .map_err(|_| Failure::Usage(format!("{seconds} is no number of seconds")))
}

/// `SECONDS:KEYS`, such as `6:12#`.
fn timed_keys(text: &str) -> Result<(Duration, Vec<Key>), Failure> {
    let wrong = || Failure::Usage(format!("--keys {text}: write SECONDS:KEYS, such as 6:12#"));
    let (at, keys) = text.split_once(':').ok_or_else(wrong)?;
    let at = duration(at.parse().map_err(|_| wrong())?)?;
    let keys: Option<Vec<_>> = keys.chars().map(Key::from_char).collect();
    keys.filter(|keys| !keys.is_empty()).map(|keys| (at, keys)).ok_or_else(wrong)
}

/// A server on a loopback port that lives as long as the call.
struct OwnServer {
    url: String,
    stop: Stop,
    calls: Calls,
    local: Arc<Local>,
    task: JoinHandle<Result<(), ServerError>>,
}

impl OwnServer {
    async fn start(global: &Global, args: &Call) -> Result<Self, Failure> {
        let flags = args.flow.iter().map(|flow| ("--flow", "agent.flow", flow.clone())).collect();
        let (config, _) = config::read(global, flags)?;
        let flow = dialogue::load(&config.flow, config.llm).map_err(dialogue::failure)?;
        let local = Arc::new(Local::start(&config, &config::data_dir(global.data_dir.as_deref()))?);
        local.ready(engines::START_DEADLINE).await;
        let plan = Arc::new(RwLock::new(Plan::new(&config, flow, &local)?));
        let board = Board::new(local.clone(), plan, config.journal_dir.clone());
        let server = Server::new(ServerConfig::default(), Arc::new(board)).map_err(anyhow::Error::from)?;
        let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
        let url = format!("ws://{}", listener.local_addr()?);
        let stop = Stop::default();
        let calls = server.calls();
        let task = tokio::spawn(server.serve(listener, stop.clone()));
        Ok(Self { url, stop, calls, local, task })
    }

    /// Ends it, and keeps the journal if somebody wants it.
    async fn stop(self, journal: Option<&Path>) -> Result<(), Failure> {
        self.stop.gently.cancel();
        match self.task.await {
            Ok(served) => served.map_err(anyhow::Error::from)?,
            Err(error) => return Err(Failure::Failed(error.into())),
        }
        let local = self.local;
        tokio::task::spawn_blocking(move || local.close()).await.context("the workers did not end")?;
        let Some(path) = journal else { return Ok(()) };
        let Some(report) = self.calls.past().into_iter().next() else {
            return Err(Failure::Failed(anyhow::anyhow!("the call left no journal")));
        };
        std::fs::write(path, report.journal.as_bytes())
            .with_context(|| format!("{} cannot be written", path.display()))?;
        Ok(())
    }
}
