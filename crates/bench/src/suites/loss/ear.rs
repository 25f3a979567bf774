//! What does the grammar recogniser understand? PocketSphinx in its workers, as calls use it.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use tokio::sync::mpsc;
use tom_base::{Epoch, Lang};
use tom_engine::{Grammar, Health, Stt as _, SttEvent, SttOptions, SttStream};
use tom_models::stt::{SphinxOptions, SphinxStt};
use tom_probe::voice::FRAME;

/// The longest wait for workers and for an answer.
const LONG: Duration = Duration::from_secs(60);

/// The recogniser, used by one call after another.
pub(super) struct Ear {
    stream: Box<dyn SttStream>,
    events: mpsc::Receiver<SttEvent>,
    turn: u32,
    _stt: SphinxStt,
}

impl Ear {
    pub(super) fn open() -> Result<Self> {
        let stt = SphinxStt::start(SphinxOptions { shards: Some(1), ..SphinxOptions::default() })?;
        let health = stt.wait_ready(LONG);
        anyhow::ensure!(matches!(health, Health::Ok), "PocketSphinx: {health:?}");
        let (sender, events) = mpsc::channel(256);
        let stream = stt.open(SttOptions { lang: Lang::EN }, sender)?;
        Ok(Self { stream, events, turn: 0, _stt: stt })
    }

    /// The words of an utterance.
    pub(super) fn hear(&mut self, grammar: &Grammar, pcm: &[i16]) -> Result<String> {
        self.turn += 1;
        let epoch = Epoch::new(self.turn, 0);
        self.stream.begin(epoch, Some(grammar))?;
        let end = Instant::now() + LONG;
        for frame in pcm.chunks(FRAME) {
            // Its queue is short: a call gives it no more than what is spoken.
            while let Err(error) = self.stream.push(frame) {
                anyhow::ensure!(error.retry && Instant::now() < end, "PocketSphinx takes nothing: {error}");
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        while let Err(error) = self.stream.finish(epoch) {
            anyhow::ensure!(error.retry && Instant::now() < end, "PocketSphinx takes nothing: {error}");
            std::thread::sleep(Duration::from_millis(2));
        }
        loop {
            match self.events.blocking_recv().context("PocketSphinx is gone")? {
                SttEvent::Final { epoch: of, text, .. } if of == epoch => return Ok(text.to_string()),
                SttEvent::Failed { epoch: of, error } if of == epoch => return Err(error.into()),
                _ => {}
            }
        }
    }
}
