//! Layer: sim. In steady state 20 ms of audio cost no allocation, neither the caller's nor the agent's, and a
//! long call keeps nothing but its text.
//!
//! A whole call runs on one thread in virtual time under an allocator that counts.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "tests fail by panicking")]

#[path = "sim/tone.rs"]
mod tone;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::mpsc;
use tom_base::{CallPlan, Epoch, Key, Lang, Span};
use tom_call::{
    Answer, Brain, BrainError, CallPort, CallSetup, Control, Engines, Outbound, Reply, Request, link, run,
};
use tom_engine::{
    EngineError, Grammar, Health, Stt, SttEvent, SttOptions, SttStream, Tts, TtsEvent, TtsOptions, TtsStream,
};
use tom_turn::{Expect, Then, TurnConfig};

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
    static LIVE_BYTES: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[expect(unsafe_code, reason = "an allocator that counts what the system's own does")]
// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size(), 0);
        // SAFETY: the caller keeps to the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, at: *mut u8, layout: Layout) {
        LIVE_BYTES.with(|n| n.set(n.get() - layout.size() as isize));
        // SAFETY: `at` came from the system's allocator, with this layout.
        unsafe { System.dealloc(at, layout) }
    }

    unsafe fn realloc(&self, at: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size, layout.size());
        // SAFETY: `at` came from the system's allocator, with this layout.
        unsafe { System.realloc(at, layout, size) }
    }
}

fn count(more: usize, less: usize) {
    ALLOCATIONS.with(|n| n.set(n.get() + 1));
    LIVE_BYTES.with(|n| n.set(n.get() + more as isize - less as isize));
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// Speaks eight seconds, whatever the text, all at once.
struct Voice;

impl Tts for Voice {
    fn open(&self, _: TtsOptions, events: mpsc::Sender<TtsEvent>) -> Result<Box<dyn TtsStream>, EngineError> {
        Ok(Box::new(Speech(events)))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "tone"
    }
}

struct Speech(mpsc::Sender<TtsEvent>);

impl TtsStream for Speech {
    fn speak(&mut self, epoch: Epoch, clause: u32, _: Arc<str>) -> Result<(), EngineError> {
        for _ in 0..8 {
            self.0.try_send(TtsEvent::Audio { epoch, clause, pcm: vec![2_000; 16_000] }).unwrap();
        }
        self.0.try_send(TtsEvent::Done { epoch, clause }).unwrap();
        Ok(())
    }

    fn cancel(&mut self) {}
}

/// Counts the samples it hears.
struct Listener(Arc<AtomicUsize>);

impl Stt for Listener {
    fn open(&self, _: SttOptions, _: mpsc::Sender<SttEvent>) -> Result<Box<dyn SttStream>, EngineError> {
        Ok(Box::new(Self(self.0.clone())))
    }

    fn speaks(&self, _: Lang) -> bool {
        true
    }

    fn needs_grammar(&self) -> bool {
        false
    }

    fn health(&self) -> Health {
        Health::Ok
    }

    fn name(&self) -> &'static str {
        "counter"
    }
}

impl SttStream for Listener {
    fn begin(&mut self, _: Epoch, _: Option<&Grammar>) -> Result<(), EngineError> {
        Ok(())
    }

    fn push(&mut self, pcm: &[i16]) -> Result<(), EngineError> {
        self.0.fetch_add(pcm.len(), Ordering::Relaxed);
        Ok(())
    }

    fn finish(&mut self, _: Epoch) -> Result<(), EngineError> {
        Ok(())
    }

    fn cancel(&mut self) {}
}

struct Hello;

impl Brain for Hello {
    fn reply(&mut self, _: Request<'_>) -> Result<Answer, BrainError> {
        let then = Then::Listen(Expect::Open);
        Ok(Reply { text: vec!["Hello".into()], then, grammar: None, actions: Vec::new() }.into())
    }
}

/// Sends and receives for so many frames of 20 ms. Returns how many of them allocated anything, and how many
/// frames of the agent's came.
async fn frames(port: &mut CallPort, count: usize, pcm: &[i16]) -> (usize, usize) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    let (mut allocating, mut agent) = (0, 0);
    for _ in 0..count {
        ticks.tick().await;
        let before = ALLOCATIONS.get();
        port.audio.push(pcm);
        // The call's task runs on this thread, while this one waits.
        tokio::time::sleep(Duration::from_millis(10)).await;
        while let Some(message) = port.outbound.try_recv() {
            agent += usize::from(matches!(message, Outbound::Frame { .. }));
        }
        allocating += usize::from(ALLOCATIONS.get() > before);
    }
    (allocating, agent)
}

fn setup(heard: &Arc<AtomicUsize>) -> CallSetup {
    CallSetup {
        id: "still".parse().unwrap(),
        lang: Lang::EN,
        voice: None,
        plan: CallPlan::default(),
        turn: TurnConfig::default(),
        brain: Box::new(Hello),
        vad: Box::new(tone::LevelVad::default()),
        engines: Engines {
            end_of_turn: None,
            stt: Some(Arc::new(Listener(heard.clone()))),
            tts: Some(Arc::new(Voice)),
            tts_fallback: None,
        },
        lead: Span::from_millis(40),
        cancel_echo: false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_long_call_keeps_no_more_than_its_text() {
    let (mut port, call_link) = link(false);
    let call = tokio::spawn(run(setup(&Arc::default()), call_link));
    let noise = [100; 320];
    // A question, its reply, an interruption, and a key whose reply the next question cuts short.
    let mut rounds = async |count: usize| {
        for _ in 0..count {
            port.control.send(Control::Typed("What now?".into())).await.unwrap();
            frames(&mut port, 50 * 10, &noise).await;
            port.control.send(Control::BargeIn).await.unwrap();
            port.control.send(Control::Dtmf(Key::from_char('1').unwrap())).await.unwrap();
            frames(&mut port, 50 * 5, &noise).await;
        }
    };
    rounds(40).await;
    let before = LIVE_BYTES.get();
    rounds(80).await;
    let grown = LIVE_BYTES.get() - before;
    rounds(1).await;
    drop(port);
    let report = call.await.unwrap();
    assert!(report.turns > 200, "{}", report.turns);
    // Journal and timeline are kept; a growing text may have twice the room it needs.
    let kept = (report.journal.len() + report.timeline.len()) as isize;
    assert!(grown < kept * 2 + 64 * 1024, "{grown} bytes more after 80 exchanges, {kept} of text");
    assert!(kept < 400 * 1024, "{kept} bytes of text");
}

#[tokio::test(start_paused = true)]
async fn steady_audio_allocates_nothing() {
    let heard = Arc::<AtomicUsize>::default();
    let (mut port, call_link) = link(false);
    let call = tokio::spawn(run(setup(&heard), call_link));
    let noise: [i16; 320] = std::array::from_fn(|n| (n * 37 % 600) as i16 - 300);

    frames(&mut port, 50, &noise).await;
    let (speaking, sent) = frames(&mut port, 300, &noise).await;
    assert!(sent >= 299, "the agent speaks all the time: {sent} of 300 frames");
    // Once a second the journal notes how much was heard.
    assert!(speaking <= 6, "{speaking} of 300 frames allocated while the agent spoke");

    frames(&mut port, 75, &noise).await;
    let (listening, sent) = frames(&mut port, 300, &noise).await;
    assert_eq!(sent, 0, "the agent listens");
    assert_eq!(listening, 0, "of 300 frames while the agent listened");

    let loud = noise.map(|sample| sample * 20);
    frames(&mut port, 25, &loud).await;
    let before = heard.load(Ordering::Relaxed);
    let (hearing, _) = frames(&mut port, 300, &loud).await;
    assert_eq!(heard.load(Ordering::Relaxed) - before, 300 * 320, "the recogniser gets every sample");
    // A deadline of the turn core that comes meanwhile is noted in the journal.
    assert!(hearing <= 1, "{hearing} of 300 frames allocated while the caller spoke");

    drop(port);
    call.await.unwrap();
}
