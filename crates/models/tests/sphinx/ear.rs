//! A call that listens, for tests.

use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, error::TryRecvError};
use tom_engine::{EngineError, Epoch, Grammar, Health, Stt, SttEvent, SttOptions, SttStream};
use tom_models::stt::{SphinxOptions, SphinxStt};

const LONG: Duration = Duration::from_secs(90);

/// PocketSphinx's workers, or the printed reason why there are none. Where TOM_WORKERS_DIR is set, as in CI, they
/// must be there.
pub(crate) fn sphinx(shards: usize) -> Option<SphinxStt> {
    let stt = SphinxStt::start(SphinxOptions { shards: Some(shards), ..SphinxOptions::default() })
        .expect("threads");
    match stt.wait_ready(LONG) {
        Health::Ok => Some(stt),
        other => {
            assert!(std::env::var_os("TOM_WORKERS_DIR").is_none(), "{other:?}");
            eprintln!("skipped: {other:?}");
            None
        }
    }
}

/// Kills the workers that are up, and says which they were.
pub(crate) fn kill_workers(stt: &SphinxStt) -> Vec<u32> {
    let pids = stt.status().pids;
    for pid in &pids {
        let killed = std::process::Command::new("kill").args(["-9", &pid.to_string()]).status();
        assert!(killed.expect("kill").success());
    }
    pids
}

/// What was heard of an utterance.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    pub(crate) text: String,
    pub(crate) confidence: f32,
    pub(crate) partials: Vec<String>,
    pub(crate) failed: Option<EngineError>,
}

/// A call's ear and what comes from it.
pub(crate) struct Ear {
    stream: Box<dyn SttStream>,
    events: mpsc::Receiver<SttEvent>,
}

impl Ear {
    pub(crate) fn open(stt: &SphinxStt) -> Self {
        let (sender, events) = mpsc::channel(256);
        let options = SttOptions { lang: "en".parse().expect("tag") };
        Self { stream: stt.open(options, sender).expect("speaks English"), events }
    }

    /// The whole of an utterance.
    pub(crate) fn hear(&mut self, epoch: Epoch, jsgf: Option<&str>, pcm: &[i16]) -> Heard {
        self.begin(epoch, jsgf);
        self.push(pcm);
        self.finish(epoch)
    }

    pub(crate) fn begin(&mut self, epoch: Epoch, jsgf: Option<&str>) {
        let grammar = jsgf.map(|jsgf| Grammar { id: format!("{}", jsgf.len()).into(), jsgf: jsgf.into() });
        self.stream.begin(epoch, grammar.as_ref()).expect("begins");
    }

    /// Audio in frames of 20 ms, as a call gives it, but as fast as the worker takes it.
    pub(crate) fn push(&mut self, pcm: &[i16]) {
        let end = Instant::now() + LONG;
        for frame in pcm.chunks(320) {
            while let Err(error) = self.stream.push(frame) {
                assert!(error.retry && Instant::now() < end, "{error:?}");
                std::thread::sleep(Duration::from_millis(2));
            }
        }
    }

    /// Audio in frames of 20 ms as somebody speaks: given at once, dictation keeps the worker so busy that it is
    /// taken for hung.
    pub(crate) fn push_as_spoken(&mut self, pcm: &[i16]) {
        for frame in pcm.chunks(320) {
            self.push(frame);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn cancel(&mut self) {
        self.stream.cancel();
    }

    /// Ends the utterance and waits for what was heard. Events of other epochs are stale.
    pub(crate) fn finish(&mut self, wanted: Epoch) -> Heard {
        let end = Instant::now() + LONG;
        while let Err(error) = self.stream.finish(wanted) {
            assert!(error.retry && Instant::now() < end, "{error:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut heard = Heard::default();
        loop {
            match self.events.try_recv() {
                Ok(SttEvent::Partial { epoch, text }) if epoch == wanted => {
                    heard.partials.push(text.to_string())
                }
                Ok(SttEvent::Final { epoch, text, confidence }) if epoch == wanted => {
                    return Heard { text: text.to_string(), confidence, ..heard };
                }
                Ok(SttEvent::Failed { epoch, error }) if epoch == wanted => {
                    return Heard { failed: Some(error), ..heard };
                }
                Ok(_) => {}
                Err(TryRecvError::Empty) => {
                    assert!(Instant::now() < end, "waited in vain; so far {heard:?}");
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(TryRecvError::Disconnected) => panic!("the stream is gone"),
            }
        }
    }
}
