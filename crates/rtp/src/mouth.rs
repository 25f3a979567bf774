//! When is which packet sent?
//!
//! Packets have numbered slots of 20 ms, and a slot's number is its timestamp, so timestamps run on through silence.
//! A frame of the agent goes out as soon as it comes, one slot early and a little more; silence goes out when its slot is
//! over due, so that a frame that is a little late still finds its own.

use std::collections::VecDeque;
use std::time::Duration;

use tom_audio::opus::BadOpus;
use tom_base::Key;
use tom_wire::dtmf::EventSender;
use tom_wire::rtp::RtpHeader;
use tom_wire::sdp::{Codec, Negotiated};

use crate::coder::Encoder;

/// Samples of an agent frame: 20 ms of 16 kHz.
pub(crate) const FRAME: usize = 320;
const FRAME_TIME: Duration = Duration::from_millis(20);
/// A frame is sent so much before its slot, and not before. A voice begins up to one slot early, between two slots; if its
/// first frame is late, those after it, which are on time, come that much earlier still.
const EARLY: Duration = FRAME_TIME.saturating_add(Duration::from_millis(10));
/// Frames that may wait. More, and the oldest is dropped.
const QUEUE: usize = 4;
/// Keys that may wait.
const KEYS: usize = 32;
/// Later than that, and slots are left out instead of being made up for in a burst.
const BEHIND: Duration = Duration::from_millis(100);
/// Comfort noise is described again after so many slots, a second: signs of life for whoever is in between.
const NOISE_EVERY: u32 = 50;
/// Its level, in dB below overload: a quiet line.
const NOISE_LEVEL: u8 = 70;
/// Silence after a key, in slots, so that equal keys are two.
const KEY_PAUSE: u32 = 3;

/// The sending half of a session.
#[derive(Debug)]
pub(crate) struct Mouth {
    encoder: Encoder,
    payload_type: u8,
    event: Option<(u8, u32)>,
    noise: bool,
    may_send: bool,
    ssrc: u32,
    sequence: u16,
    /// Timestamp of slot 0.
    origin: u32,
    began: Duration,
    /// The next slot.
    slot: u64,
    queue: VecDeque<[i16; FRAME]>,
    /// The last packet carried speech.
    talking: bool,
    quiet: u32,
    keys: VecDeque<(Key, u32)>,
    pressing: Option<(EventSender, u32)>,
    pause: u32,
    pub(crate) packets: u64,
    pub(crate) bytes: u64,
    pub(crate) dropped: u64,
}

/// Where packets go to. Says how many bytes of payload a packet carried.
pub(crate) type Send<'a> = &'a mut dyn FnMut(&mut Vec<u8>);

impl Mouth {
    /// `random`: 10 bytes that nobody can guess.
    pub(crate) fn new(agreed: &Negotiated, random: [u8; 10], now: Duration) -> Result<Self, BadOpus> {
        let [a, b, c, d, e, f, g, h, i, j] = random;
        Ok(Self {
            encoder: Encoder::new(agreed.codec)?,
            payload_type: agreed.payload,
            event: agreed.event_out.map(|payload| (payload, agreed.event_clock)),
            noise: agreed.noise,
            may_send: agreed.direction.sends(),
            ssrc: u32::from_be_bytes([a, b, c, d]),
            sequence: u16::from_be_bytes([e, f]) >> 1,
            origin: u32::from_be_bytes([g, h, i, j]),
            began: now,
            slot: 0,
            // A frame that has to wait allocates nothing.
            queue: VecDeque::with_capacity(QUEUE),
            talking: false,
            quiet: 0,
            keys: VecDeque::new(),
            pressing: None,
            pause: 0,
            packets: 0,
            bytes: 0,
            dropped: 0,
        })
    }

    /// Something else was agreed on.
    pub(crate) fn renegotiate(&mut self, agreed: &Negotiated, now: Duration) -> Result<(), BadOpus> {
        let before = self.encoder.codec();
        if agreed.codec != before {
            let encoder = Encoder::new(agreed.codec)?;
            if agreed.codec.clock() != before.clock() {
                self.origin =
                    self.timestamp().wrapping_sub((self.slot as u32).wrapping_mul(step(agreed.codec)));
            }
            self.encoder = encoder;
        }
        self.payload_type = agreed.payload;
        self.event = agreed.event_out.map(|payload| (payload, agreed.event_clock));
        self.noise = agreed.noise;
        if !self.may_send && agreed.direction.sends() {
            self.catch_up(now);
        }
        self.may_send = agreed.direction.sends();
        if !self.may_send {
            self.flush();
        }
        Ok(())
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc
    }

    /// The timestamp of this moment.
    pub(crate) fn timestamp_at(&self, now: Duration) -> u32 {
        let elapsed = now.saturating_sub(self.began).as_micros();
        let ticks = elapsed * u128::from(self.encoder.codec().clock()) / 1_000_000;
        self.origin.wrapping_add(ticks as u32)
    }

    /// Sends a frame of the agent, or keeps it until its slot.
    pub(crate) fn frame(
        &mut self,
        frame: &[i16; FRAME],
        now: Duration,
        buffer: &mut Vec<u8>,
        send: Send<'_>,
    ) {
        if !self.may_send {
            self.dropped += 1;
            return;
        }
        self.catch_up(now);
        self.speak_waiting(now, buffer, send);
        if self.queue.is_empty() && self.may_speak(now) {
            return self.speak(frame, buffer, send);
        }
        if self.queue.len() >= QUEUE {
            self.queue.pop_front();
            self.dropped += 1;
        }
        self.queue.push_back(*frame);
    }

    /// Drops what waits.
    pub(crate) fn flush(&mut self) {
        self.queue.clear();
    }

    /// Presses a key for so many milliseconds. Says whether the far end takes keys in RTP.
    pub(crate) fn press(&mut self, key: Key, milliseconds: u32) -> bool {
        if self.event.is_none() || !self.may_send || self.keys.len() >= KEYS {
            return false;
        }
        self.keys.push_back((key, milliseconds));
        true
    }

    /// Time passes: sends what is due.
    pub(crate) fn tick(&mut self, now: Duration, buffer: &mut Vec<u8>, send: Send<'_>) {
        if !self.may_send {
            return;
        }
        self.catch_up(now);
        self.speak_waiting(now, buffer, send);
        while now >= self.due() {
            if self.tell_key(buffer, send) {
                continue;
            }
            if let Some(frame) = self.queue.pop_front() {
                self.speak(&frame, buffer, send);
            } else if !self.talking || now >= self.due() + FRAME_TIME {
                self.be_silent(buffer, send);
            } else {
                break;
            }
        }
    }

    /// Whether a frame may be sent now. Keys come first, each in its slot.
    fn may_speak(&self, now: Duration) -> bool {
        self.pressing.is_none() && self.keys.is_empty() && now + EARLY >= self.due()
    }

    /// Sends the frames that waited long enough.
    fn speak_waiting(&mut self, now: Duration, buffer: &mut Vec<u8>, send: Send<'_>) {
        while self.may_speak(now)
            && let Some(frame) = self.queue.pop_front()
        {
            self.speak(&frame, buffer, send);
        }
    }

    fn due(&self) -> Duration {
        self.began + FRAME_TIME * u32::try_from(self.slot).unwrap_or(u32::MAX)
    }

    /// Slots that are long over are left out.
    fn catch_up(&mut self, now: Duration) {
        if now > self.due() + BEHIND {
            self.slot = (now.saturating_sub(self.began).as_millis() / FRAME_TIME.as_millis()) as u64;
        }
    }

    fn timestamp(&self) -> u32 {
        self.origin.wrapping_add((self.slot as u32).wrapping_mul(step(self.encoder.codec())))
    }

    fn speak(&mut self, frame: &[i16; FRAME], buffer: &mut Vec<u8>, send: Send<'_>) {
        let marker = !self.talking;
        self.begin(buffer, self.payload_type, marker, self.timestamp());
        self.encoder.encode(frame, buffer);
        self.finish(buffer, send);
        self.slot += 1;
        self.talking = true;
        self.quiet = 0;
    }

    fn be_silent(&mut self, buffer: &mut Vec<u8>, send: Send<'_>) {
        self.talking = false;
        let timestamp = self.timestamp();
        if !self.noise {
            self.begin(buffer, self.payload_type, self.packets == 0, timestamp);
            self.encoder.silence(buffer);
            self.finish(buffer, send);
        } else if self.quiet.is_multiple_of(NOISE_EVERY) {
            self.begin(buffer, 13, false, timestamp);
            buffer.push(NOISE_LEVEL);
            self.finish(buffer, send);
        }
        self.quiet = self.quiet.wrapping_add(1);
        self.slot += 1;
    }

    /// Sends the next packet of a key, if one is pressed or waits.
    fn tell_key(&mut self, buffer: &mut Vec<u8>, send: Send<'_>) -> bool {
        let Some((payload_type, clock)) = self.event else {
            self.keys.clear();
            return false;
        };
        if self.pressing.is_none() {
            if self.pause > 0 {
                self.pause -= 1;
                return false;
            }
            let Some((key, milliseconds)) = self.keys.pop_front() else { return false };
            let step = u16::try_from(clock / 50).unwrap_or(u16::MAX);
            self.pressing = Some((EventSender::new(key, milliseconds / 20, step), self.timestamp()));
        }
        let Some((sender, timestamp)) = &mut self.pressing else { return false };
        let timestamp = *timestamp;
        let Some((event, first)) = sender.next_packet() else {
            self.pressing = None;
            self.pause = KEY_PAUSE;
            return false;
        };
        self.begin(buffer, payload_type, first, timestamp);
        buffer.extend(event.write());
        self.finish(buffer, send);
        self.slot += 1;
        self.talking = false;
        true
    }

    fn begin(&self, buffer: &mut Vec<u8>, payload_type: u8, marker: bool, timestamp: u32) {
        let header = RtpHeader { marker, payload_type, sequence: self.sequence, timestamp, ssrc: self.ssrc };
        buffer.clear();
        buffer.extend(header.write());
    }

    fn finish(&mut self, buffer: &mut Vec<u8>, send: Send<'_>) {
        self.packets += 1;
        self.bytes += (buffer.len() - tom_wire::rtp::HEADER) as u64;
        self.sequence = self.sequence.wrapping_add(1);
        send(buffer);
    }
}

/// Units of the clock in a slot.
fn step(codec: Codec) -> u32 {
    codec.clock() / 50
}

#[cfg(test)]
#[path = "mouth_tests.rs"]
mod tests;
