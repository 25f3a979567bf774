//! What `tom probe` and `tom bench` share: whom they call, what they say, and how they are stopped.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context as _;
use tom_base::Lang;
use tom_client::Recording;
use tom_engine::TtsOptions;
use tom_probe::line::Target;
use tom_probe::stats::Summary;

use super::say;
use crate::cli::{Global, Measure};
use crate::config;
use crate::engines::{self, Local};
use crate::exit::Failure;
use crate::output;

/// Whom to call, in which language.
pub(super) fn target(global: &Global, args: &Measure) -> Result<(Target, Lang), Failure> {
    let (config, _) = config::read(global, Vec::new())?;
    let lang = output::language(args.lang.as_deref(), config.language)?;
    let token = args.token.clone().or_else(|| std::env::var("TOM_SERVER__TOKEN").ok());
    let asked = args.lang.as_deref().map(|_| lang.to_string());
    let target = Target::new(&args.url, asked.as_deref(), token.as_deref())
        .map_err(|why| Failure::Usage(format!("--url {why}")))?;
    Ok((target, lang))
}

/// What the caller says: a recording, or a question that the built-in voice speaks.
pub(super) async fn question(global: &Global, args: &Measure, lang: Lang) -> Result<Vec<i16>, Failure> {
    if let Some(path) = &args.wav {
        let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
        let recording =
            Recording::from_wav(path.display().to_string(), &bytes).map_err(anyhow::Error::from)?;
        return Ok(recording.pcm);
    }
    let text = match lang.primary() {
        Lang::DE => "Wann haben Sie am Montag geöffnet?",
        _ => "What are your opening hours on Monday?",
    };
    let (mut config, _) = config::read(global, Vec::new())?;
    config.stt = false;
    config.remote = config::Remotes::default();
    let local = Arc::new(Local::start(&config, &config::data_dir(global.data_dir.as_deref()))?);
    local.ready(engines::START_DEADLINE).await;
    let Some(tts) = local.tts() else {
        return Err(Failure::Usage(
            "there is no voice to ask with (tts.engine): give a recording with --wav".into(),
        ));
    };
    let speech = say::speak(tts, TtsOptions { lang, voice: None }, text.into()).await;
    let closed = tokio::task::spawn_blocking(move || local.close()).await;
    closed.context("the workers did not end")?;
    Ok(speech.context("the question cannot be spoken; give a recording with --wav")?.pcm)
}

/// Runs something that measures on a thread of its own; Ctrl-C makes its callers hang up.
pub(super) async fn measure<T: Send + 'static>(
    work: impl FnOnce(&AtomicBool) -> T + Send + 'static,
) -> Result<T, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let asked = stop.clone();
    let watching = tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            asked.store(true, Ordering::Relaxed);
        }
    });
    let done = tokio::task::spawn_blocking(move || work(&stop)).await;
    watching.abort();
    Ok(done.context("the measuring thread did not end")?)
}

/// A row of a table for people.
pub(super) fn row(name: &str, summary: &Summary) {
    let ms = |value: Option<f64>| value.map_or("-".into(), |ms| format!("{ms:.0} ms"));
    let missed =
        if summary.missed > 0 { format!(", {} without a result", summary.missed) } else { String::new() };
    output::line(format_args!(
        "{name:<15} p50 {}, p95 {}, p99 {} ({} measured{missed})",
        ms(summary.p50),
        ms(summary.p95),
        ms(summary.p99),
        summary.count - summary.missed
    ));
}
