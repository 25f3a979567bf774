//! What does each part cost by itself, in this process: the turn core, voice activity, codecs?

use std::hint::black_box;
use std::path::Path;

use anyhow::{Context as _, Result};
use rustix::time::{ClockId, clock_gettime};
use serde_json::json;
use tom_audio::Frame;
use tom_audio::g711::Law;
use tom_base::{MediaTime, Rate};
use tom_engine::Vad;
use tom_models::vad::{VadChoice, VadEngine, VadTuning};
use tom_probe::clip::noise;
use tom_sim::{Script, play};
use tom_turn::{Output, Turn, journal};

use super::Bench;
use crate::table::Row;

/// Each is measured so often, and the median counts: others may use the machine, too.
const ROUNDS: usize = 15;
/// Samples of 20 ms.
const FRAME: usize = 320;
/// Frames of 20 ms a second.
const FRAMES: f64 = 50.0;

/// The median of some rounds.
fn median(mut round: impl FnMut() -> f64) -> f64 {
    let mut all: Vec<f64> = (0..ROUNDS).map(|_| round()).collect();
    all.sort_by(f64::total_cmp);
    all[ROUNDS / 2]
}

/// Nanoseconds of processor time that some work takes on this thread: what else runs here does not count.
fn nanos(work: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ThreadCPUTime);
        time.tv_sec as f64 * 1e9 + time.tv_nsec as f64
    };
    let began = now();
    work();
    (now() - began).max(1.0)
}

/// Two minutes: ten exchanges, a pause, an interruption and a listener's word in each.
fn two_minutes() -> String {
    let mut text = String::from(
        "reply \"Hello, I am an AI assistant.\" \"How can I help you?\"\n\
         reply to anything \"Yes, we are open on Monday from nine to five.\" \"Is there anything else?\"\nat 0 answer\n",
    );
    for n in 0..10 {
        let at = 4 + n * 11;
        text.push_str(&format!(
            "at {at} caller says \"I would like to know,\" pause 0.5 \"when you are open.\"\n\
             at {} caller says \"mhm\" for 0.35\nat {} caller says \"Wait, I have another question.\"\n",
            at + 5,
            at + 7,
        ));
    }
    text.push_str("at 120 hangup\n");
    text
}

/// The turn core: per event, and whole calls in virtual time.
pub(super) fn core() -> Result<Vec<Row>> {
    let script = Script::parse(&two_minutes(), "bench", 1).context("the script of the bench is wrong")?;
    let played = play(&script);
    anyhow::ensure!(played.problems.is_empty(), "the simulated call has problems: {:?}", played.problems);
    let kept =
        journal::read(&played.journal).map_err(|e| anyhow::anyhow!("the journal cannot be read: {e}"))?;
    let events = kept.inputs.len();
    let calls = 200;
    let per_event = median(|| {
        let runs: Vec<_> =
            (0..calls).map(|_| (Turn::new(kept.config.clone()), kept.inputs.clone())).collect();
        nanos(|| {
            for (mut turn, inputs) in runs {
                for (now, input) in inputs {
                    turn.handle(now, input);
                    while !matches!(black_box(turn.poll()), Output::Wait(_)) {}
                }
            }
        }) / (calls * events) as f64
    });
    let a_second = median(|| {
        let calls = 100;
        f64::from(calls) * 1e9
            / nanos(|| {
                for _ in 0..calls {
                    black_box(play(black_box(&script)));
                }
            })
    });
    let alone = 1e9 / (per_event * events as f64);
    Ok(vec![
        Row::judged(
            "turn core per event",
            "< 200 ns",
            format!("{per_event:.0} ns ({events} events in two minutes)"),
            per_event < 200.0,
            json!({"ns": per_event, "events": events}),
        ),
        Row::judged(
            "virtual two-minute calls a second through the turn core, one thread",
            "> 5 000",
            format!(
                "{alone:.0}; {a_second:.0} with a simulated world around it, invariants checked, journal written and replayed"
            ),
            alone > 5_000.0,
            json!({"calls_per_second": alone, "simulated_calls_per_second": a_second}),
        ),
    ])
}

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

/// Voice activity and codecs.
pub(super) fn parts(bench: &Bench, models: Option<&Path>) -> Result<Vec<Row>> {
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
    // Percent of a core: nanoseconds a frame, 50 frames a second.
    let percent = |ns: f64| ns * FRAMES / 1e9 * 100.0;
    let data = json!({
        "vad": engine.name(), "vad_speech_ns_per_frame": talking, "vad_noise_ns_per_frame": listening,
        "telephone_ns_per_frame": telephone, "pcm_ns_per_frame": pcm,
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
                "voice activity {:.3} while the caller speaks, {:.3} while not; telephone codec and resampling both ways {:.3}; PCM framing both ways {:.3}",
                percent(talking),
                percent(listening),
                percent(telephone),
                percent(pcm)
            ),
            &data,
        ),
    ])
}
