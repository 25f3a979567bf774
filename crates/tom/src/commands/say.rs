//! `tom say`: one text into one WAV file.

use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;
use tom_base::Epoch;
use tom_engine::{Tts, TtsEvent, TtsOptions};
use tom_spoken::Spoken;

use crate::cli::{Global, Say};
use crate::config;
use crate::engines::{self, Local};
use crate::exit::Failure;
use crate::output;

/// Longest wait for the next piece of speech.
const PATIENCE: Duration = Duration::from_secs(10);

pub(crate) async fn run(global: &Global, args: &Say) -> Result<(), Failure> {
    let (mut config, _) = config::read(global, flags(args))?;
    let lang = output::language(args.lang.as_deref(), config.language)?;
    let text = match args.text.as_str() {
        "-" => {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text)?;
            text
        }
        text => text.to_owned(),
    };
    if text.trim().is_empty() {
        return Err(Failure::Usage(
            "there is nothing to say; give a text, or - to read standard input".into(),
        ));
    }
    // No model is loaded that nobody asks.
    config.llama = None;
    let local = Local::start(&config, &config::data_dir(global.data_dir.as_deref()))?;
    local.ready(engines::START_DEADLINE).await;
    let Some(tts) = local.tts() else {
        return Err(Failure::NotReady("speech is switched off: tts.engine is \"off\"".into()));
    };
    let voice = args.voice.clone().or(config.tts_voice.filter(|_| config.piper.is_none()));
    let options = TtsOptions { lang, voice: voice.map(Into::into) };
    let speech = speak(tts, options, text.trim().into()).await?;
    let pcm = &speech.pcm;
    std::fs::write(&args.out, tom_audio::wav::to_bytes(16_000, 1, pcm))
        .with_context(|| format!("{} cannot be written", args.out.display()))?;
    let seconds = pcm.len() as f64 / 16_000.0;
    let rtf = speech.total.as_secs_f64() / seconds.max(f64::MIN_POSITIVE);
    if args.json {
        output::json(&serde_json::json!({
            "file": args.out,
            "seconds": seconds,
            "first_audio_ms": speech.first.as_secs_f64() * 1000.0,
            "real_time_factor": rtf,
        }));
    } else {
        output::line(format_args!(
            "{}: {seconds:.2} s, first audio after {:.0} ms, real-time factor {rtf:.3}",
            args.out.display(),
            speech.first.as_secs_f64() * 1000.0,
        ));
    }
    Ok(())
}

fn flags(args: &Say) -> Vec<(&'static str, &'static str, String)> {
    let engine = args.engine.iter().map(|engine| ("--engine", "tts.engine", engine.clone()));
    engine.chain(args.model.iter().map(|model| ("--model", "tts.model", model.clone()))).collect()
}

pub(super) struct Speech {
    pub(super) pcm: Vec<i16>,
    first: Duration,
    total: Duration,
}

/// Has a text spoken, in words as in a call.
pub(super) async fn speak(tts: Arc<dyn Tts>, options: TtsOptions, text: Arc<str>) -> anyhow::Result<Speech> {
    let text: Arc<str> = Spoken::new(&text, options.lang).text().into();
    let (tx, mut rx) = mpsc::channel(256);
    let mut stream = tts.open(options, tx)?;
    let began = Instant::now();
    stream.speak(Epoch::default(), 0, text)?;
    let mut pcm = Vec::new();
    let mut first = None;
    loop {
        match tokio::time::timeout(PATIENCE, rx.recv()).await.context("the synthesiser does not answer")? {
            Some(TtsEvent::Audio { pcm: piece, .. }) => {
                first.get_or_insert_with(|| began.elapsed());
                pcm.extend(piece);
            }
            Some(TtsEvent::Word { .. }) => {}
            Some(TtsEvent::Done { .. }) => break,
            Some(TtsEvent::Failed { error, .. }) => return Err(error.into()),
            None => bail!("the synthesiser went away"),
        }
    }
    Ok(Speech { pcm, first: first.unwrap_or_default(), total: began.elapsed() })
}
