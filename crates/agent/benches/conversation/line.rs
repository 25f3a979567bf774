//! Layer: bench. The call: the caller's side of the line, in real time.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tom_call::{AudioIn, Control, NoticeKind, Outbound, TurnTiming, link, run};
use tom_models::llm::Tokens;
use tom_turn::{CallEvent, EndReason};

use crate::house::House;
use crate::parts::CLAUSE;
use crate::{LONG, Outcome, ms};

/// Samples of 20 ms.
const FRAME: usize = 320;
/// What the caller waits before speaking again.
const BREATH: Duration = Duration::from_millis(600);

/// What came out of the call. Times in milliseconds, of each turn but the first.
#[derive(Default)]
pub(crate) struct Held {
    /// Last voiced sample sent to the first audible one that came.
    pub(crate) waits: Vec<f64>,
    /// Last voice to the decision that the turn is over.
    pub(crate) pauses: Vec<f64>,
    pub(crate) stt: Vec<f64>,
    pub(crate) brain: Vec<f64>,
    pub(crate) tts: Vec<f64>,
    /// Of the last reply.
    pub(crate) tokens: Tokens,
}

/// What the transport saw, and when.
enum Seen {
    Sound,
    Said(Arc<str>),
    Timing(TurnTiming),
    Failed(String),
    Closed,
}

struct Line {
    audio: AudioIn,
    seen: Arc<Mutex<Vec<(Instant, Seen)>>>,
    /// When the next frame is due.
    due: Instant,
}

impl Line {
    async fn send(&mut self, frame: &[i16]) {
        self.due += Duration::from_millis(20);
        tokio::time::sleep_until(self.due.into()).await;
        let mut whole = [0; FRAME];
        whole[..frame.len()].copy_from_slice(frame);
        self.audio.push(&whole);
    }

    async fn silence(&mut self, time: Duration) {
        for _ in 0..time.as_millis() / 20 {
            self.send(&[0; FRAME]).await;
        }
    }

    /// Is silent until a turn is over whose reply began after a moment; when its first sound came, its words and times.
    async fn turn(&mut self, after: Instant) -> Outcome<(Option<Instant>, String, TurnTiming)> {
        let began = Instant::now();
        loop {
            {
                let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
                let (mut sound, mut said) = (None, Vec::new());
                for (at, what) in seen.iter().filter(|(at, _)| *at >= after) {
                    match what {
                        Seen::Sound => sound = sound.or(Some(*at)),
                        Seen::Said(text) => said.push(&**text),
                        Seen::Timing(timing) => return Ok((sound, said.join(" "), *timing)),
                        Seen::Failed(stage) => {
                            return Err(format!("Error: {stage} failed in the call").into());
                        }
                        Seen::Closed => return Err("Error: the call is over too early".into()),
                    }
                }
            }
            if began.elapsed() > LONG {
                return Err("Error: a turn does not end".into());
            }
            self.send(&[0; FRAME]).await;
        }
    }
}

/// Holds a call of so many turns.
pub(crate) async fn hold(house: &House, question: &[i16], turns: usize) -> Outcome<Held> {
    let (port, link) = link(false);
    let call = tokio::spawn(run(house.setup()?, link));
    let seen = Arc::<Mutex<Vec<(Instant, Seen)>>>::default();
    let mut line = Line { audio: port.audio, seen: Arc::clone(&seen), due: Instant::now() };
    let mut outbound = port.outbound;
    let reader = tokio::spawn(async move {
        while let Some(message) = outbound.recv().await {
            let what = match &message {
                Outbound::Frame { pcm, .. } if pcm.iter().any(|sample| sample.unsigned_abs() > 200) => {
                    Seen::Sound
                }
                Outbound::Notice(notice) => match &notice.kind {
                    NoticeKind::TurnTiming(timing) => Seen::Timing(*timing),
                    NoticeKind::Call(CallEvent::Reply { text, .. }) => Seen::Said(Arc::clone(text)),
                    NoticeKind::Call(CallEvent::Failed { stage, .. }) => Seen::Failed(format!("{stage:?}")),
                    _ => continue,
                },
                Outbound::Closed(_) => Seen::Closed,
                _ => continue,
            };
            seen.lock().unwrap_or_else(PoisonError::into_inner).push((Instant::now(), what));
        }
    });
    let mut held = Held::default();
    line.turn(Instant::now()).await?;
    for turn in 0..turns {
        line.silence(BREATH).await;
        let before = house.llama.tokens();
        house.said.whole.store(question.len(), Ordering::Relaxed);
        house.said.now.store(0, Ordering::Relaxed);
        for frame in question.chunks(FRAME) {
            line.send(frame).await;
            house.said.now.fetch_add(frame.len(), Ordering::Relaxed);
        }
        let voiced = Instant::now();
        let (sound, said, timing) = line.turn(voiced).await?;
        if said != CLAUSE {
            return Err(format!("Error: the model does not answer as it was made to: {said:?}").into());
        }
        if turn == 0 {
            continue;
        }
        let sound = sound.ok_or("Error: a reply is silent")?;
        held.waits.push(ms(sound.duration_since(voiced)));
        let span = |span: Option<tom_base::Span>| span.map(|span| span.as_millis() as f64);
        held.pauses.extend(span(timing.endpoint));
        held.stt.extend(span(timing.stt));
        held.brain.extend(span(timing.brain));
        held.tts.extend(span(timing.tts));
        let after = house.llama.tokens();
        held.tokens = Tokens {
            prompt: after.prompt - before.prompt,
            read: after.read - before.read,
            written: after.written - before.written,
        };
    }
    port.control.send(Control::HangUp(EndReason::Caller)).await?;
    call.await?;
    reader.await?;
    Ok(held)
}
