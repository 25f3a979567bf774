//! Layer: sim. A caller and a transport, in virtual time.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, sleep_until};
use tom_base::Key;
use tom_call::{AudioIn, CallReport, Control, Messages, Outbound, link, run};
use tom_turn::EndReason;

use crate::desk::Desk;
use crate::log::Log;
use crate::rules;
use crate::tone;

/// A call under way.
pub(crate) struct Phone {
    began: Instant,
    audio: AudioIn,
    control: mpsc::Sender<Control>,
    log: Arc<Mutex<Log>>,
    line: Arc<Line>,
    call: JoinHandle<CallReport>,
    reader: JoinHandle<()>,
    lead: u64,
}

/// What the transport does.
#[derive(Debug, Default)]
struct Line {
    /// It does not read.
    stuck: AtomicBool,
    /// It was stuck at some time.
    was_stuck: AtomicBool,
    /// It echoes marks when they are played.
    echoes: AtomicBool,
    /// How long an echo takes to come back.
    echo_ms: AtomicU64,
}

impl Phone {
    /// Calls.
    pub(crate) fn call(desk: &mut Desk) -> Self {
        let (port, link) = link(desk.marks);
        let began = Instant::now();
        let line = Arc::new(Line::default());
        line.echoes.store(desk.marks, Ordering::Relaxed);
        let log = Arc::<Mutex<Log>>::default();
        let link = link.held(desk.manner.clone());
        let call = tokio::spawn(run(desk.setup(), link));
        let reader =
            tokio::spawn(read(port.outbound, port.control.clone(), log.clone(), line.clone(), began));
        // The most that any transport may be ahead. What is sent is at most two frames ahead, and with a lead of less than
        // three frames it may be believed for 20 ms that the far end has not run dry when it has.
        let lead = if desk.real_time { u64::MAX } else { 60 };
        Self { began, audio: port.audio, control: port.control, log, line, call, reader, lead }
    }

    /// Milliseconds since the call began.
    pub(crate) fn now(&self) -> u64 {
        self.began.elapsed().as_millis() as u64
    }

    /// Sends audio in real time.
    pub(crate) async fn play(&self, pcm: &[i16]) {
        for frame in pcm.chunks(tone::FRAME) {
            self.audio.push(frame);
            sleep(Duration::from_millis(20)).await;
        }
    }

    /// Sends audio at once.
    pub(crate) fn burst(&self, pcm: &[i16]) {
        self.audio.push(pcm);
    }

    pub(crate) async fn silence(&self, ms: u64) {
        self.play(&vec![0; ms as usize * 16]).await;
    }

    /// Sends nothing at all.
    pub(crate) async fn hold(&self, ms: u64) {
        sleep(Duration::from_millis(ms)).await;
    }

    /// Speaks words, then the pause that makes them an utterance of their own.
    pub(crate) async fn say(&self, words: &str) {
        self.play(&sound(words)).await;
    }

    pub(crate) async fn tell(&self, control: Control) {
        self.control.send(control).await.expect("the call listens");
    }

    pub(crate) async fn key(&self, c: char) {
        self.tell(Control::Dtmf(Key::from_char(c).unwrap())).await;
    }

    pub(crate) async fn typed(&self, text: &str) {
        self.tell(Control::Typed(text.into())).await;
    }

    /// Is silent until a message comes whose line has this in it; fails after 60 s. Returns when it came.
    pub(crate) async fn until(&self, what: &str) -> u64 {
        let from = self.now();
        self.until_since(from, what).await
    }

    /// As [`until`](Self::until); the message may have come already since a moment.
    pub(crate) async fn until_since(&self, from: u64, what: &str) -> u64 {
        let give_up = self.now() + 60_000;
        loop {
            if let Some(at) = self.log.lock().unwrap().at(from, what) {
                return at;
            }
            assert!(self.now() < give_up, "{what:?} does not come in\n{}", self.log().text());
            self.silence(20).await;
        }
    }

    /// What came so far.
    pub(crate) fn log(&self) -> Log {
        self.log.lock().unwrap().clone()
    }

    /// Whether the call is over.
    pub(crate) fn is_over(&self) -> bool {
        self.call.is_finished()
    }

    /// The transport stops reading, or goes on.
    pub(crate) fn stuck(&self, stuck: bool) {
        self.line.stuck.store(stuck, Ordering::Relaxed);
        self.line.was_stuck.fetch_or(stuck, Ordering::Relaxed);
    }

    /// The transport echoes marks, so late, or does not.
    pub(crate) fn echoes(&self, after: Option<u64>) {
        self.line.echoes.store(after.is_some(), Ordering::Relaxed);
        self.line.echo_ms.store(after.unwrap_or_default(), Ordering::Relaxed);
    }

    /// The transport is gone.
    pub(crate) async fn drop_line(self) -> CallReport {
        self.reader.abort();
        drop((self.audio, self.control));
        self.call.await.expect("no panic")
    }

    /// Waits for the end of the call, for at most two hours, and checks what holds for every call.
    pub(crate) async fn ended(self) -> (CallReport, Log) {
        let wait = Duration::from_secs(7_200);
        let report = tokio::time::timeout(wait, self.call).await.expect("the call ends").expect("no panic");
        self.line.stuck.store(false, Ordering::Relaxed);
        self.reader.await.unwrap();
        let log = self.log.lock().unwrap().clone();
        let read_all = !self.line.was_stuck.load(Ordering::Relaxed);
        if let Err(why) = rules::check(&log, &report, self.lead, read_all) {
            panic!("{why} in\n{}", log.text());
        }
        (report, log)
    }

    /// Hangs up and does the same.
    pub(crate) async fn hang_up(self) -> (CallReport, Log) {
        self.tell(Control::HangUp(EndReason::Caller)).await;
        self.ended().await
    }
}

/// The sound of words.
pub(crate) fn sound(words: &str) -> Vec<i16> {
    words.split_whitespace().flat_map(tone::word).collect()
}

/// The transport: notes what comes, and plays the far end's part.
async fn read(
    mut outbound: Messages,
    control: mpsc::Sender<Control>,
    log: Arc<Mutex<Log>>,
    line: Arc<Line>,
    began: Instant,
) {
    let mut plays_until = began;
    let mut marks = Vec::new();
    loop {
        while line.stuck.load(Ordering::Relaxed) {
            sleep(Duration::from_millis(5)).await;
        }
        let Some(message) = outbound.recv().await else { return };
        let now = Instant::now();
        match &message {
            Outbound::Frame { .. } => plays_until = plays_until.max(now) + Duration::from_millis(20),
            Outbound::Mark(n) => {
                marks.push(*n);
                echo(&control, &line, *n, plays_until);
            }
            Outbound::Clear => {
                // What is flushed is echoed, too.
                plays_until = now;
                for n in marks.drain(..) {
                    echo(&control, &line, n, now);
                }
            }
            _ => {}
        }
        log.lock().unwrap().0.push(((now - began).as_millis() as u64, message));
    }
}

fn echo(control: &mpsc::Sender<Control>, line: &Line, mark: u32, played: Instant) {
    if line.echoes.load(Ordering::Relaxed) {
        let at = played + Duration::from_millis(line.echo_ms.load(Ordering::Relaxed));
        let control = control.clone();
        tokio::spawn(async move {
            sleep_until(at).await;
            let _ = control.send(Control::Played(mark)).await;
        });
    }
}
