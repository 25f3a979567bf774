//! What does a call cost by part: voice activity, codec, end of turn, transport?

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::json;
use tokio::sync::mpsc;
use tom_audio::Frame;
use tom_audio::g711::Law;
use tom_base::{Epoch, MediaTime, Rate};
use tom_engine::{EndOfTurn as _, EndOfTurnEvent, Health, Vad};
use tom_models::end_of_turn::{Limits, SmartTurn, SmartTurnOptions, WEIGHTS};
use tom_models::vad::{VadChoice, VadEngine, VadTuning};
use tom_probe::clip::noise;

use super::Bench;
use super::gateway::cores_per_call;
use super::inside::{median, nanos, turn_core};
use crate::server::children_of;
use crate::table::Row;

/// Samples of 20 ms.
const FRAME: usize = 320;
/// Frames of 20 ms a second.
const FRAMES: f64 = 50.0;
/// Questions put to the end-of-turn model.
const QUESTIONS: u32 = 20;
/// Pauses of a caller in a minute, each a question to that model: one in five seconds.
const PAUSES: f64 = 12.0;
/// Its first answer, the loading of its weights included, and each after it.
const LONG: Duration = Duration::from_secs(60);

/// Nanoseconds per 20 ms of a detector on a signal.
fn vad_frame(vad: &mut dyn Vad, pcm: &[i16]) -> f64 {
    let frames: Vec<&[i16]> = pcm.as_chunks::<FRAME>().0.iter().map(|frame| &frame[..]).collect();
    let mut at = 0;
    median(|| {
        nanos(|| {
            for pcm in &frames {
                let frame =
                    Frame { at: MediaTime::from_samples(at, Rate::Hz16000), rate: Rate::Hz16000, pcm };
                black_box(vad.push(frame));
                at += FRAME as u64;
            }
        }) / frames.len() as f64
    })
}

/// Milliseconds of processor time that the end-of-turn model takes for an answer about eight seconds of speech, in its
/// worker.
fn judgement(models: Option<&Path>, speech: &[i16]) -> Result<f64> {
    let weights = models.context("no folder of models is known")?.join(WEIGHTS);
    let limits = Limits { queue: 4, deadline: LONG, share: 64.0 };
    let judge = SmartTurn::start(SmartTurnOptions { weights, limits })?;
    let health = judge.wait_ready(LONG);
    anyhow::ensure!(matches!(health, Health::Ok), "the end-of-turn model: {health:?}");
    let (sender, mut events) = mpsc::channel(8);
    let mut stream = judge.open(sender)?;
    let mut ask = |turn| -> Result<()> {
        stream.reset();
        speech.chunks(FRAME).try_for_each(|frame| stream.push(frame))?;
        stream.judge(Epoch::new(turn, 0))?;
        match events.blocking_recv().context("the end-of-turn model is gone")? {
            EndOfTurnEvent::Judged { .. } => Ok(()),
            EndOfTurnEvent::Failed { error, .. } => Err(error.into()),
        }
    };
    ask(1)?;
    let own = || children_of(std::process::id()).0;
    let before = own();
    (2..=QUESTIONS + 1).try_for_each(&mut ask)?;
    let used = own().cpu.saturating_sub(before.cpu);
    drop(stream);
    judge.close();
    Ok(used.as_secs_f64() * 1e3 / f64::from(QUESTIONS))
}

/// Voice activity, codecs, end of turn, transport.
pub(super) fn parts(bench: &mut Bench) -> Result<Vec<Row>> {
    let models = bench.plan.models.clone();
    let models = models.as_deref();
    let speech = bench.maker.agent()?;
    let speech = &speech[..speech.len().min(16_000 * 10)];
    let silence = noise(bench.plan.seed, -60.0, 16_000 * 10);
    let engine = VadEngine::load(models, VadChoice::Auto, &VadTuning::default())?;
    let (talking, listening) =
        (vad_frame(&mut *engine.open(), speech), vad_frame(&mut *engine.open(), &silence));
    let window = talking / 20.0 * 32.0 / 1_000.0;

    let narrow: Vec<i16> = speech.iter().copied().step_by(2).take(160).collect();
    let codes: Vec<u8> = narrow.iter().map(|s| Law::Mu.encode(*s)).collect();
    let (mut wide, mut up, mut down) = (
        Vec::with_capacity(2 * FRAME),
        tom_audio::Resampler::new(8_000, 16_000),
        tom_audio::Resampler::new(16_000, 8_000),
    );
    let mut out = Vec::with_capacity(2 * FRAME);
    let times = 2_000;
    let telephone = median(|| {
        nanos(|| {
            for _ in 0..times {
                out.clear();
                wide.clear();
                Law::Mu.decode_into(black_box(&codes), &mut out);
                up.push(&out, &mut wide);
                out.clear();
                down.push(&wide, &mut out);
                black_box(out.iter().map(|s| u32::from(Law::Mu.encode(*s))).sum::<u32>());
            }
        }) / f64::from(times)
    });
    let frame = &speech[..FRAME];
    let pcm = median(|| {
        nanos(|| {
            for _ in 0..times {
                let bytes = black_box(tom_wire::pcm_to_bytes(black_box(frame)));
                drop(black_box(tom_wire::bytes_to_pcm(&bytes)));
            }
        }) / f64::from(times)
    });
    let (per_event, events) = turn_core()?;
    // What is missing here is said in the row, and costs it nothing else.
    let judged = judgement(models, &speech[..speech.len().min(16_000 * 8)]);
    let carried = cores_per_call(bench);
    let told = |result: &Result<f64>, tell: &dyn Fn(f64) -> String| match result {
        Ok(value) => tell(*value),
        Err(error) => format!("not measured ({error:#})"),
    };
    // Percent of a core: nanoseconds a frame, 50 frames a second.
    let percent = |ns: f64| ns * FRAMES / 1e9 * 100.0;
    let data = json!({
        "vad": engine.name(), "vad_speech_ns_per_frame": talking, "vad_noise_ns_per_frame": listening,
        "telephone_ns_per_frame": telephone, "pcm_ns_per_frame": pcm, "turn_ns_per_event": per_event,
        "judgement_ms": judged.as_ref().ok(), "transport_cores_per_call": carried.as_ref().ok(),
    });
    Ok(vec![
        Row::judged(
            "voice activity per 32 ms window of speech, one thread",
            "<= 30 us",
            format!(
                "{window:.1} us ({}); {:.1} us of comfort noise",
                engine.name(),
                listening / 20.0 * 32.0 / 1_000.0
            ),
            window <= 30.0,
            &data,
        ),
        Row::reported(
            "a call by part, in % of a core",
            format!(
                "voice activity {:.3} while the caller speaks, {:.3} while not; telephone codec and resampling both ways {:.3}; PCM framing both ways {:.3}; end of turn by words and pauses (the turn core, {events:.0} events a second) {:.4}, by the model where it is on {}; transport (socket, WebSocket, call task and pacing, both ways) {}",
                percent(talking),
                percent(listening),
                percent(telephone),
                percent(pcm),
                per_event * events / 1e9 * 100.0,
                told(&judged, &|ms| format!(
                    "{:.2} ({ms:.0} ms a question, {PAUSES:.0} questions a minute)",
                    ms * PAUSES / 60_000.0 * 100.0
                )),
                told(&carried, &|cores| format!("{:.3}", cores * 100.0)),
            ),
            &data,
        ),
    ])
}
