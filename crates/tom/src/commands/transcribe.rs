//! `tom transcribe`: what a WAV file says, the text alone on standard output.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::sync::mpsc;
use tom_audio::wav;
use tom_base::Epoch;
use tom_engine::{Grammar, Stt, SttEvent, SttOptions};

use crate::cli::{Global, Transcribe};
use crate::config;
use crate::engines::{self, Local};
use crate::exit::Failure;
use crate::output;

/// Audio given at once: 100 ms at 16 kHz.
const PIECE: usize = 1_600;
/// Silence before and after the recording: 300 ms.
const ROOM: usize = 4_800;
/// Longest wait for a result once all audio was given.
const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) async fn run(global: &Global, args: &Transcribe) -> Result<(), Failure> {
    let (mut config, _) = config::read(global, Vec::new())?;
    if let Some(whisper) = &mut config.whisper {
        whisper.words = args.json;
    }
    let lang = output::language(Some(&args.lang), config.language)?;
    let grammar = match &args.grammar {
        None => None,
        Some(path) => {
            let jsgf = std::fs::read_to_string(path)
                .with_context(|| format!("{} cannot be read", path.display()))?;
            Some(Grammar { id: path.display().to_string().into(), jsgf: jsgf.into() })
        }
    };
    let pcm = read_wav(&args.wav)?;
    // No model is loaded that nobody asks.
    config.llama = None;
    let local = Local::start(&config, &config::data_dir(global.data_dir.as_deref()))?;
    local.ready(engines::START_DEADLINE).await;
    let Some(stt) = local.stt() else {
        return Err(Failure::NotReady("recognition is switched off: stt.engine is \"off\"".into()));
    };
    if !stt.speaks(lang) {
        let what = format!("{} does not understand {lang}; it understands en", stt.name());
        return Err(Failure::NotReady(what));
    }
    let began = Instant::now();
    let heard = recognise(stt, SttOptions { lang }, grammar.as_ref(), &pcm).await?;
    if args.json {
        output::json(&serde_json::json!({
            "text": &*heard.text,
            "confidence": heard.confidence,
            "words": heard.words(),
            "seconds": pcm.len() as f64 / 16_000.0,
            "took_ms": began.elapsed().as_secs_f64() * 1000.0,
        }));
    } else {
        output::line(format_args!("{}", heard.text));
    }
    Ok(())
}

/// A WAV of any usual kind as 16 kHz mono; what is odd about it is said on standard error.
pub(crate) fn read_wav(path: &std::path::Path) -> Result<Vec<i16>, Failure> {
    let bytes = std::fs::read(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let wav = wav::read(&bytes).with_context(|| path.display().to_string())?;
    if wav.truncated {
        eprintln!("tom: {} ends before its header says so; what is there is used", path.display());
    }
    Ok(wav.to_mono_16k())
}

/// What was understood.
struct Heard {
    text: Arc<str>,
    confidence: f32,
    /// Where words begin, of engines that tell: bytes of the text, samples.
    words: Vec<(usize, u64)>,
}

impl Heard {
    /// Each word with the second of the recording at which it begins.
    fn words(&self) -> Vec<serde_json::Value> {
        let ends = self.words.iter().skip(1).map(|(offset, _)| *offset).chain([self.text.len()]);
        let words = self.words.iter().zip(ends).filter_map(|((from, at), to)| {
            let at = at.saturating_sub(ROOM as u64) as f64 / 16_000.0;
            Some(serde_json::json!({ "word": self.text.get(*from..to)?.trim(), "at": at }))
        });
        words.collect()
    }
}

async fn recognise(
    stt: Arc<dyn Stt>,
    options: SttOptions,
    grammar: Option<&Grammar>,
    pcm: &[i16],
) -> anyhow::Result<Heard> {
    let mut words = Vec::new();
    let (tx, mut rx) = mpsc::channel(256);
    let mut stream = stt.open(options, tx)?;
    let epoch = Epoch::default();
    stream.begin(epoch, grammar)?;
    // Twice real time: the engine decodes as it listens, and one that gets all at once looks like one that hangs.
    // Silence around the speech, because recordings are often cut tightly and engines need to hear the room.
    let silence = vec![0; ROOM];
    let mut due = tokio::time::Instant::now();
    for piece in silence.chunks(PIECE).chain(pcm.chunks(PIECE)).chain(silence.chunks(PIECE)) {
        stream.push(piece)?;
        due += Duration::from_millis(piece.len() as u64 / 16 / 2);
        tokio::time::sleep_until(due).await;
    }
    stream.finish(epoch)?;
    loop {
        match tokio::time::timeout(PATIENCE, rx.recv()).await.context("the recogniser does not answer")? {
            Some(SttEvent::Partial { .. } | SttEvent::Guess { .. }) => {}
            Some(SttEvent::Word { offset, at, .. }) => words.push((offset as usize, at)),
            Some(SttEvent::Final { text, confidence, .. }) => return Ok(Heard { text, confidence, words }),
            Some(SttEvent::Failed { error, .. }) => return Err(error.into()),
            None => bail!("the recogniser went away"),
        }
    }
}
