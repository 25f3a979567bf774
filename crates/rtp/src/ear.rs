//! What becomes of a packet that came: is it the caller's, and whose turn is it?

use std::net::SocketAddr;
use std::time::Duration;

use tom_audio::jitter::{JitterBuffer, JitterCounters, Packet, Play, Release, Waited};
use tom_audio::opus::BadOpus;
use tom_base::Key;
use tom_wire::dtmf::EventReceiver;
use tom_wire::rtcp::{Arrival, Reception, ReportBlock};
use tom_wire::rtp::{RtpHeader, RtpPacket};
use tom_wire::sdp::{Codec, Direction, Negotiated};

use crate::coder::ticks;
use crate::latch::{Latch, Source};
use crate::session::Options;
use crate::stats::Reject;
use crate::voice::Voice;

/// Payload type of comfort noise (RFC 3551).
const NOISE: u8 = 13;

/// The receiving half of a session.
pub(crate) struct Ear {
    agreed: Agreed,
    release: Release,
    pub(crate) latch: Latch,
    reception: Option<Reception>,
    /// Received and lost of streams that were replaced.
    past_streams: (u64, u64),
    /// A second stream from the far end, which may replace the first: its identity and the next number.
    newcomer: Option<(u32, u16)>,
    jitter: JitterBuffer,
    past: JitterCounters,
    past_wait: Waited,
    clock: u32,
    voice: Voice,
    keys: EventReceiver,
    heard: Option<Duration>,
}

/// What may come.
#[derive(Debug)]
struct Agreed {
    codecs: Vec<(u8, Codec)>,
    event: Option<u8>,
    /// Neither side holds the other. Who is held hears music at most, and that is nobody's speech.
    listens: bool,
}

impl Agreed {
    fn new(agreed: &Negotiated) -> Self {
        Self {
            codecs: agreed.receive.clone(),
            event: agreed.event_in,
            listens: agreed.direction == Direction::SendRecv,
        }
    }

    fn codec(&self, payload_type: u8) -> Option<Codec> {
        self.codecs.iter().find(|&&(known, _)| known == payload_type).map(|&(_, codec)| codec)
    }
}

impl Ear {
    pub(crate) fn new(agreed: &Negotiated, options: Options) -> Result<Self, BadOpus> {
        let release = options.release;
        let clock = agreed.codec.clock();
        Ok(Self {
            agreed: Agreed::new(agreed),
            release,
            latch: Latch::new(agreed.remote, options.signalling),
            reception: None,
            past_streams: (0, 0),
            newcomer: None,
            jitter: JitterBuffer::new(clock, release),
            past: JitterCounters::default(),
            past_wait: Waited::default(),
            clock,
            voice: Voice::new(agreed.codec)?,
            keys: EventReceiver::default(),
            heard: None,
        })
    }

    /// Something else was agreed on.
    pub(crate) fn renegotiate(&mut self, agreed: &Negotiated) {
        self.agreed = Agreed::new(agreed);
        self.latch.describe(agreed.remote);
    }

    /// Whether a datagram from there is worth looking into.
    pub(crate) fn admits(&self, from: SocketAddr, now: Duration) -> Result<(), Reject> {
        match self.latch.source(from, now) {
            Source::Foreign => Err(Reject::Foreign),
            Source::Known | Source::Candidate => Ok(()),
        }
    }

    /// Takes a datagram, decrypted. Gives the key it presses, if it does.
    pub(crate) fn take(
        &mut self,
        bytes: &[u8],
        from: SocketAddr,
        now: Duration,
        sink: &mut dyn FnMut(&[i16]),
    ) -> Result<Option<Key>, Reject> {
        let RtpPacket { header, payload, .. } = RtpPacket::parse(bytes)?;
        let payload_type = header.payload_type;
        let codec = self.agreed.codec(payload_type);
        let event = self.agreed.event == Some(payload_type);
        if codec.is_none() && !event && payload_type != NOISE {
            return Err(Reject::PayloadType);
        }
        if payload.is_empty() && payload_type != NOISE {
            return Err(Reject::Empty);
        }
        let ticks = match codec {
            Some(codec) => ticks(codec, payload).ok_or(Reject::Payload)?,
            None => 0,
        };
        if !self.latch.valid(from, header.ssrc, header.sequence, now) {
            return Err(Reject::Stream);
        }
        let place = self.place(header, codec.map_or(self.clock, Codec::clock), now)?;
        self.heard = Some(now);
        if !self.agreed.listens {
            return Err(Reject::Held);
        }
        if let Some(codec) = codec.filter(|codec| codec.clock() != self.clock) {
            self.restart(codec.clock());
        }
        let packet = Packet { place, timestamp: header.timestamp, ticks, tag: payload_type, payload };
        self.jitter.push(packet, now);
        self.drain(now, false, sink);
        Ok(if event { self.keys.take(header.timestamp, payload) } else { None })
    }

    /// Whether time would make something up now. What the system holds for us comes first.
    pub(crate) fn is_overdue(&self, now: Duration) -> bool {
        self.agreed.listens && self.jitter.is_overdue(now)
    }

    /// Time passes: what is overdue is made up.
    pub(crate) fn tick(&mut self, now: Duration, sink: &mut dyn FnMut(&[i16])) {
        if self.agreed.listens {
            self.drain(now, true, sink);
        }
    }

    fn drain(&mut self, now: Duration, all_came: bool, sink: &mut dyn FnMut(&[i16])) {
        let Self { jitter, voice, agreed, .. } = self;
        while let Some(play) = if all_came { jitter.pop(now) } else { jitter.pop_arrived(now) } {
            if let Play::Packet { tag, .. } = play
                && let Some(codec) = agreed.codec(tag)
            {
                voice.switch(codec);
            }
            voice.play(play, matches!(play, Play::Packet { tag: NOISE, .. }), sink);
        }
    }

    /// The packet's place in its stream.
    fn place(&mut self, header: RtpHeader, clock: u32, now: Duration) -> Result<u64, Reject> {
        let RtpHeader { ssrc, sequence, timestamp, .. } = header;
        match &self.reception {
            Some(reception) if reception.ssrc() != ssrc => {
                // Two in a row make a new stream; a single packet may be anything.
                if self.newcomer != Some((ssrc, sequence)) {
                    self.newcomer = Some((ssrc, sequence.wrapping_add(1)));
                    return Err(Reject::Stream);
                }
                self.newcomer = None;
                self.past_streams.0 += reception.received();
                self.past_streams.1 += reception.lost();
                self.reception = None;
                self.restart(clock);
            }
            _ => {}
        }
        let reception = self.reception.get_or_insert_with(|| Reception::new(ssrc, sequence));
        let arrived = (now.as_micros() * u128::from(clock) / 1_000_000) as u32;
        match reception.take(sequence, timestamp, arrived) {
            Arrival::Valid(place) => Ok(place),
            Arrival::Jump => Err(Reject::Sequence),
        }
    }

    fn restart(&mut self, clock: u32) {
        let counters = self.counters();
        self.past = JitterCounters { restarts: counters.restarts + 1, ..counters };
        self.past_wait = self.waited();
        self.clock = clock;
        self.jitter = JitterBuffer::new(clock, self.release);
        self.keys = EventReceiver::default();
    }

    /// What the jitter buffers of this session met with.
    pub(crate) fn counters(&self) -> JitterCounters {
        let (past, now) = (self.past, self.jitter.counters());
        JitterCounters {
            late: past.late + now.late,
            duplicates: past.duplicates + now.duplicates,
            reordered: past.reordered + now.reordered,
            lost: past.lost + now.lost,
            restarts: past.restarts + now.restarts,
        }
    }

    /// How long packets waited for their turn.
    pub(crate) fn waited(&self) -> Waited {
        let mut waited = self.past_wait;
        waited.join(self.jitter.waited());
        waited
    }

    pub(crate) fn delay(&self) -> Duration {
        self.jitter.delay()
    }

    pub(crate) fn concealed(&self) -> Duration {
        self.voice.concealed()
    }

    /// Payloads their codec could not read.
    pub(crate) fn unreadable(&self) -> u64 {
        self.voice.unreadable()
    }

    /// When the last packet was taken.
    pub(crate) fn heard(&self) -> Option<Duration> {
        self.heard
    }

    /// Packets received and lost, and their jitter.
    pub(crate) fn received(&self) -> (u64, u64, Duration) {
        let (received, lost) = self.past_streams;
        self.reception.as_ref().map_or((received, lost, Duration::ZERO), |reception| {
            let jitter = Duration::from_secs(1) * reception.jitter() / self.clock.max(1);
            (received + reception.received(), lost + reception.lost(), jitter)
        })
    }

    /// What a report tells of the far end's stream.
    pub(crate) fn report(&mut self) -> Option<ReportBlock> {
        self.reception.as_mut().map(Reception::report)
    }
}

#[cfg(test)]
mod tests;
