//! Layer: bench. What each part takes by itself, with nothing else under way.

use std::time::Instant;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tom_base::{Epoch, Lang};
use tom_engine::{
    Llm, LlmEvent, LlmMessage, LlmRequest, Stt, SttEvent, SttOptions, Tts, TtsEvent, TtsOptions,
};

use tom_tiny::asked;

use crate::house::House;
use crate::{LONG, Outcome, TOKENS, ms, share};

const RUNS: u32 = 5;
/// What the made-up model says first.
pub(crate) const CLAUSE: &str = "Yes, we are open today from nine until six.";

/// Milliseconds, medians.
pub(crate) struct Parts {
    /// From the end of the speech to its text, where nothing was looked at before.
    pub(crate) stt: f64,
    /// From the question to the first clause.
    pub(crate) llm: f64,
    /// Tokens that were read for that.
    pub(crate) read: u64,
    /// From the clause to its first sound.
    pub(crate) tts: f64,
}

/// Measures them.
pub(crate) async fn alone(house: &House, question: &[i16]) -> Outcome<Parts> {
    let stt = recogniser(house, question).await?;
    let (llm, read) = model(house).await?;
    Ok(Parts { stt, llm, read, tts: voice(house).await? })
}

async fn recogniser(house: &House, question: &[i16]) -> Outcome<f64> {
    let (sender, mut events) = mpsc::channel(64);
    let mut ear = house.whisper.open(SttOptions { lang: Lang::EN }, sender)?;
    let mut times = Vec::new();
    for turn in 1..=RUNS {
        let epoch = Epoch::new(turn, 0);
        ear.begin(epoch, None)?;
        let began = Instant::now();
        for pcm in question.chunks(16_000) {
            ear.push(pcm)?;
        }
        ear.finish(epoch)?;
        loop {
            match timeout(LONG, events.recv()).await?.ok_or("Whisper went away")? {
                SttEvent::Final { .. } => {
                    times.push(ms(began.elapsed()));
                    break;
                }
                SttEvent::Failed { error, .. } => return Err(error.into()),
                SttEvent::Partial { .. } | SttEvent::Guess { .. } | SttEvent::Word { .. } => {}
            }
        }
    }
    Ok(share(&mut times, 0.5))
}

async fn model(house: &House) -> Outcome<(f64, u64)> {
    let (sender, mut events) = mpsc::channel(64);
    let mut line = house.llama.open(sender)?;
    let mut messages = vec![LlmMessage::System("You work for a shop, and answer on the telephone.".into())];
    let (mut times, mut read) = (Vec::new(), 0);
    // The first reads the prompt.
    for turn in 0..=RUNS {
        messages.push(LlmMessage::User(asked().into()));
        let before = house.llama.tokens();
        let began = Instant::now();
        line.generate(LlmRequest {
            epoch: Epoch::new(turn, 0),
            messages: messages.clone(),
            tools: Vec::new().into(),
            max_tokens: TOKENS,
        })?;
        loop {
            match timeout(LONG, events.recv()).await?.ok_or("the language model went away")? {
                LlmEvent::Done { .. } => break,
                LlmEvent::Failed { error, .. } => return Err(error.into()),
                LlmEvent::Text { .. } | LlmEvent::Call { .. } => {}
            }
        }
        if turn > 0 {
            times.push(ms(began.elapsed()));
        }
        read = house.llama.tokens().read - before.read;
        messages.push(LlmMessage::Assistant { text: CLAUSE.into(), calls: Vec::new() });
    }
    Ok((share(&mut times, 0.5), read))
}

async fn voice(house: &House) -> Outcome<f64> {
    let (sender, mut events) = mpsc::channel(256);
    let mut line = house.piper.open(TtsOptions { lang: Lang::EN, voice: None }, sender)?;
    let mut times = Vec::new();
    for turn in 1..=RUNS {
        let began = Instant::now();
        line.speak(Epoch::new(turn, 0), 0, CLAUSE.into())?;
        let mut first = None;
        loop {
            match timeout(LONG, events.recv()).await?.ok_or("the voice went away")? {
                TtsEvent::Audio { .. } => first = first.or(Some(ms(began.elapsed()))),
                TtsEvent::Done { .. } => break,
                TtsEvent::Failed { error, .. } => return Err(error.into()),
                TtsEvent::Word { .. } => {}
            }
        }
        times.extend(first);
    }
    Ok(share(&mut times, 0.5))
}
