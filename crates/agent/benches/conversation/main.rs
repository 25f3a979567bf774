//! Layer: bench. How soon does a caller hear the answer where Whisper, the language model and the voice are all on this machine?
//!
//! `cargo bench -p tom-agent --bench conversation [-- TURNS] [judge]`, with the workers of the same build (`TOM_WORKERS_DIR`). A call of
//! the call core, through the workers' processes: Whisper of the shape of tiny, a language model of the shape of
//! Qwen2.5 0.5B in 4 bits, a voice of the shape of Piper's medium ones. The caller's sentence is spoken by espeak-ng and sent
//! in real time; what is measured is what the transport sees. All weights are made up, so what is understood is too: four
//! words a second, whatever is said; the words that were spoken stand in for them. The language model's last layer is made so that it answers with a sentence of nine
//! tokens; the longest reply is nine tokens, so that a turn does not take long. The end-of-turn model, which was trained on
//! people and does not take a cut sentence of espeak-ng for an end, judges only where that is said. Beside that: each part by itself, one after
//! the other.
#![expect(clippy::print_stdout, reason = "rows for a table")]

mod ear;
mod house;
mod line;
mod parts;

use std::time::Duration;

use house::House;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// How long anything may take on a slow machine.
const LONG: Duration = Duration::from_secs(300);
/// The first turn's words are not counted: the prompt is read in it.
const TURNS: usize = 12;
/// Words that Whisper understands in a second of speech.
const WORDS_A_SECOND: f32 = 4.0;
/// Tokens of a reply: the first sentence of what the made-up model says.
const TOKENS: u32 = 9;
const BAR_MS: f64 = 800.0;

fn main() -> Outcome<()> {
    let turns = std::env::args().skip(1).find_map(|arg| arg.parse().ok()).unwrap_or(TURNS).max(2);
    let judge = std::env::args().any(|arg| arg == "judge");
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let folder = tempfile::tempdir()?;
    runtime.block_on(async {
        let house = House::open(folder.path(), judge).await?;
        let question = house.question().await?;
        let held = line::hold(&house, &question, turns).await?;
        let parts = parts::alone(&house, &question).await?;
        house.close();
        let mut waits = held.waits;
        let (p50, p95) = (share(&mut waits, 0.5), share(&mut waits, 0.95));
        let pause = share(&mut held.pauses.clone(), 0.5);
        let sum = pause + parts.stt + parts.llm + parts.tts;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shapes = format!(
            "whole local conversation, shapes of Whisper tiny, 0.5B in Q4_0 and Piper medium, made-up weights, {} the \
             end-of-turn model, {cores} cores: last voiced sample to first audible one",
            if judge { "with" } else { "without" }
        );
        println!(
            "| {shapes} | p50 < {BAR_MS:.0} ms | p50 {p50:.0} ms, p95 {p95:.0} ms over {} turns of {:.1} s of speech | {} |",
            waits.len(),
            question.len() as f64 / 16_000.0,
            if p50 < BAR_MS { "yes" } else { "**no**" },
        );
        println!(
            "| the same, what its parts take alone, one after the other | | {sum:.0} ms: pause {pause:.0}, all of the speech \
             understood {:.0}, first clause of {TOKENS} tokens written after {} read {:.0}, its first sound {:.0} | |",
            parts.stt, parts.read, parts.llm, parts.tts
        );
        let middle = |times: &[f64]| share(&mut times.to_vec(), 0.5);
        println!(
            "| the same, medians within the call, overlapped | | pause {pause:.0} ms, result of the recogniser {:.0}, first \
             clause {:.0}, first sound {:.0}; {} of {} tokens of the conversation read for a reply | |",
            middle(&held.stt),
            middle(&held.brain),
            middle(&held.tts),
            held.tokens.read,
            held.tokens.prompt,
        );
        Ok(())
    })
}

/// The value that so large a share of the values does not exceed.
fn share(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let at = (values.len() as f64 * share).ceil() as usize;
    values.get(at.clamp(1, values.len().max(1)) - 1).copied().unwrap_or(f64::NAN)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
