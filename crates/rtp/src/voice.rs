//! How do packets in order become the caller's voice at 16 kHz, gaps concealed?

use std::time::Duration;

use tom_audio::jitter::{Gap, Play};
use tom_audio::opus::BadOpus;
use tom_audio::{ComfortNoise, Concealer, Resampler};
use tom_wire::sdp::Codec;

use crate::coder::{CALL_RATE, Decoder, rate};

/// What the buffers have room for to begin with, in samples: 20 ms of 16 kHz. Longer packets make them grow once.
const ROOM: usize = 320;

/// Decodes one stream and makes up what is missing.
#[derive(Debug)]
pub(crate) struct Voice {
    decoder: Decoder,
    concealer: Concealer,
    noise: ComfortNoise,
    up: Resampler,
    pcm: Vec<i16>,
    wide: Vec<i16>,
    concealed: Duration,
    unreadable: u64,
}

impl Voice {
    pub(crate) fn new(codec: Codec) -> Result<Self, BadOpus> {
        let hz = rate(codec);
        Ok(Self {
            decoder: Decoder::new(codec)?,
            concealer: Concealer::new(hz),
            noise: ComfortNoise::default(),
            up: Resampler::new(hz, CALL_RATE),
            pcm: Vec::with_capacity(ROOM),
            wide: Vec::with_capacity(ROOM),
            concealed: Duration::ZERO,
            unreadable: 0,
        })
    }

    /// Audio made up for what was lost.
    pub(crate) fn concealed(&self) -> Duration {
        self.concealed
    }

    /// Payloads that their codec could not read.
    pub(crate) fn unreadable(&self) -> u64 {
        self.unreadable
    }

    /// The far end changed its codec.
    pub(crate) fn switch(&mut self, codec: Codec) {
        if codec != self.decoder.codec()
            && let Ok(new) = Self::new(codec)
        {
            *self = Self { concealed: self.concealed, unreadable: self.unreadable, ..new };
        }
    }

    /// Takes what comes next; `noise` says whether a packet without audio is comfort noise. Hands out what it makes,
    /// 16 kHz mono.
    pub(crate) fn play(&mut self, play: Play<'_>, noise: bool, sink: &mut dyn FnMut(&[i16])) {
        self.pcm.clear();
        match play {
            Play::Packet { ticks: 0, payload, .. } => {
                if noise {
                    self.noise.describe(payload);
                }
                return;
            }
            Play::Packet { payload, ticks, .. } => match self.decoder.decode(payload, &mut self.pcm) {
                Ok(()) => self.concealer.good(&mut self.pcm),
                Err(BadOpus) => {
                    self.unreadable += 1;
                    self.make_up(ticks, Gap::Lost);
                }
            },
            Play::Missing { ticks, gap } => self.make_up(ticks, gap),
        }
        self.wide.clear();
        self.up.push(&self.pcm, &mut self.wide);
        sink(&self.wide);
    }

    fn make_up(&mut self, ticks: u32, gap: Gap) {
        let codec = self.decoder.codec();
        let samples = (u64::from(ticks) * u64::from(rate(codec)) / u64::from(codec.clock())) as usize;
        if gap == Gap::Paused || self.concealer.is_faded() {
            self.noise.fill(samples, &mut self.pcm);
        } else if gap == Gap::Lost && self.decoder.conceal(samples, &mut self.pcm) {
            self.concealer.good(&mut self.pcm);
        } else {
            self.concealer.fill(samples, &mut self.pcm);
        }
        if gap != Gap::Paused {
            self.concealed += Duration::from_secs(1) * ticks / codec.clock();
        }
    }
}
