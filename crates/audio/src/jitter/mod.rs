//! In which order, and when, do packets of a network become a stream again?
//!
//! [`JitterBuffer`] takes packets as they come and gives them back in the order they were sent. A packet whose turn it
//! is comes out at once ([`Release::OnArrival`]), or when the delay that the network needs is over
//! ([`Release::Paced`]): who listens like a machine wants the first, who plays to a person the second. A missing
//! packet is waited for no longer than that delay, 20 to 100 ms, learnt from what came; then its time is given as
//! [`Play::Missing`], to be concealed. So the stream keeps order and length either way. Time follows the sender's
//! clock: what the delay is counted from is learnt anew every few seconds, so that clocks may drift apart.

mod delay;
mod slots;
mod types;

use std::time::Duration;

use delay::Delay;
use slots::{Slot, Slots};
pub use types::{Gap, JitterCounters, Packet, Play, Release, Waited};

/// After so long without packets the sender is thought to have stopped: nothing is made up any more.
const PATIENCE_MS: i64 = 200;
/// A timestamp further ahead than that is a new beginning, not a pause.
const LONGEST_PAUSE_MS: i64 = 500;
/// As many packets in a row that come too late, and the way has become longer: the stream begins anew with them.
const LATE_RUN: u32 = 3;

/// Puts packets in order.
#[derive(Clone, Debug)]
pub struct JitterBuffer {
    clock: i64,
    release: Release,
    slots: Slots,
    delay: Delay,
    /// The place whose turn it is; none before the first packet.
    next: Option<u64>,
    highest: u64,
    /// Which of the 64 places before `next` were given out, the last one in bit 0.
    given: u64,
    /// Up to where the stream was given out, on the sender's clock, extended.
    at: i64,
    newest: (u32, i64),
    /// Ticks of the last audio packet.
    step: u32,
    /// Ticks made up since the last packet.
    made_up: i64,
    /// The sender paused.
    paused: bool,
    idle: bool,
    late_run: u32,
    counters: JitterCounters,
    waited: Waited,
}

impl JitterBuffer {
    /// A buffer for packets whose timestamps run at `clock` hertz.
    #[must_use]
    pub fn new(clock: u32, release: Release) -> Self {
        Self {
            clock: i64::from(clock.max(1_000)),
            release,
            slots: Slots::default(),
            delay: Delay::default(),
            next: None,
            highest: 0,
            given: 0,
            at: 0,
            newest: (0, 0),
            step: clock.max(1_000) / 50,
            made_up: 0,
            paused: false,
            idle: false,
            late_run: 0,
            counters: JitterCounters::default(),
            waited: Waited::default(),
        }
    }

    /// What it met with.
    #[must_use]
    pub fn counters(&self) -> JitterCounters {
        self.counters
    }

    /// How long packets waited for their turn.
    #[must_use]
    pub fn waited(&self) -> Waited {
        self.waited
    }

    /// How long a packet is waited for, counted from when the fastest ones come: 20 to 100 ms.
    #[must_use]
    pub fn delay(&self) -> Duration {
        Duration::from_micros(self.delay.target().unsigned_abs())
    }

    /// Forgets the stream: the next packet begins a new one.
    pub fn reset(&mut self) {
        self.slots.clear();
        self.delay = Delay::default();
        self.next = None;
        self.made_up = 0;
        self.paused = false;
        self.idle = false;
        self.late_run = 0;
    }

    /// Takes a packet that came at `now`, time since any fixed moment.
    pub fn push(&mut self, packet: Packet<'_>, now: Duration) {
        let now = micros(now);
        let timestamp = self.extended(packet.timestamp);
        let Some(next) = self.next else { return self.begin(packet, timestamp, now) };
        let apart = (timestamp - self.at).abs() > self.clock * 10;
        if apart || packet.place >= next + Slots::LEN || packet.place + Slots::LEN < next {
            self.counters.restarts += 1;
            self.reset();
            return self.begin(packet, timestamp, now);
        }
        self.newest = (packet.timestamp, timestamp);
        if packet.place < next {
            let ago = next - packet.place - 1;
            if self.given >> ago & 1 == 1 {
                self.counters.duplicates += 1;
            } else {
                self.delay.came(self.micros_of(timestamp), now);
                self.counters.late += 1;
            }
            return;
        }
        let slot = Slot::new(&packet, timestamp, now);
        if !self.slots.put(slot, packet.payload) {
            self.counters.duplicates += 1;
            return;
        }
        self.delay.came(self.micros_of(timestamp), now);
        self.counters.reordered += u64::from(packet.place < self.highest);
        self.highest = self.highest.max(packet.place);
    }

    fn begin(&mut self, packet: Packet<'_>, timestamp: i64, now: i64) {
        self.newest = (packet.timestamp, timestamp);
        self.next = Some(packet.place);
        self.highest = packet.place;
        self.given = 0;
        self.at = timestamp;
        self.delay.came(self.micros_of(timestamp), now);
        self.slots.put(Slot::new(&packet, timestamp, now), packet.payload);
    }

    /// What comes next, if its time has come. Ask again until nothing does, every 20 ms, when all that has come was
    /// pushed.
    pub fn pop(&mut self, now: Duration) -> Option<Play<'_>> {
        self.next_play(micros(now), true)
    }

    /// The same after a packet was pushed and while more of them may wait to be: that nothing is there yet does not
    /// mean that nothing came.
    pub fn pop_arrived(&mut self, now: Duration) -> Option<Play<'_>> {
        self.next_play(micros(now), false)
    }

    fn next_play(&mut self, now: i64, all_came: bool) -> Option<Play<'_>> {
        loop {
            let next = self.next?;
            match self.slots.get(next) {
                Some(slot) if slot.ticks == 0 => {
                    self.given_out(true);
                    self.paused = true;
                    return Some(self.packet(slot));
                }
                Some(slot) if slot.timestamp + i64::from(slot.ticks) <= self.at => {
                    if self.late() {
                        self.at = slot.timestamp;
                        self.delay.relearn(self.micros_of(slot.timestamp), now);
                        continue;
                    }
                    self.given_out(false);
                }
                Some(slot) => {
                    if self.release == Release::Paced && now < self.due(slot.timestamp) {
                        return None;
                    }
                    let ahead = slot.timestamp - self.at;
                    if ahead > 0 && !self.idle && ahead <= self.clock * LONGEST_PAUSE_MS / 1_000 {
                        return Some(self.missing(ahead, Gap::Paused));
                    }
                    self.given_out(true);
                    self.waited.add(now - slot.came);
                    self.at = slot.timestamp + i64::from(slot.ticks);
                    self.step = slot.ticks.max(self.least_step());
                    self.made_up = 0;
                    self.paused = false;
                    self.idle = false;
                    self.late_run = 0;
                    return Some(self.packet(slot));
                }
                None => {
                    if now < self.due(self.at) {
                        return None;
                    }
                    let Some(later) = self.slots.first_from(next + 1, self.highest) else {
                        return if all_came { self.stalled() } else { None };
                    };
                    let ahead = later.timestamp - self.at;
                    if ahead > 0 && !self.idle && ahead <= self.clock * LONGEST_PAUSE_MS / 1_000 {
                        // The last piece of what is missing closes the gap.
                        if ahead <= i64::from(self.step) {
                            self.give_up(later.place);
                        }
                        return Some(self.missing(ahead, Gap::Lost));
                    }
                    self.give_up(later.place);
                }
            }
        }
    }

    /// Whether [`pop`](Self::pop) would give up waiting now. Look first whether anything has come that was not pushed.
    #[must_use]
    pub fn is_overdue(&self, now: Duration) -> bool {
        self.next.is_some_and(|next| {
            !self.idle && self.slots.get(next).is_none() && micros(now) >= self.due(self.at)
        })
    }

    /// Nothing came, and it is time.
    fn stalled(&mut self) -> Option<Play<'_>> {
        if self.idle {
            return None;
        }
        if !self.paused && self.made_up >= self.clock * PATIENCE_MS / 1_000 {
            self.idle = true;
            return None;
        }
        let gap = if self.paused { Gap::Paused } else { Gap::Stalled };
        Some(self.missing(i64::from(self.step), gap))
    }

    fn missing(&mut self, most: i64, gap: Gap) -> Play<'_> {
        let ticks = most.min(i64::from(self.step.max(1)));
        self.at += ticks;
        self.made_up += ticks;
        Play::Missing { ticks: ticks as u32, gap }
    }

    fn packet(&self, slot: Slot) -> Play<'_> {
        Play::Packet { tag: slot.tag, ticks: slot.ticks, payload: self.slots.given() }
    }

    /// The place whose turn it was is done with.
    fn given_out(&mut self, given: bool) {
        if let Some(next) = &mut self.next {
            self.slots.free(*next);
            *next += 1;
            self.given = self.given << 1 | u64::from(given);
        }
    }

    fn give_up(&mut self, until: u64) {
        while self.next.is_some_and(|next| next < until) {
            self.counters.lost += 1;
            self.given_out(false);
        }
    }

    /// A packet is too late. Says whether the stream shall begin anew with it.
    fn late(&mut self) -> bool {
        self.counters.late += 1;
        self.late_run += 1;
        let anew = self.late_run >= LATE_RUN;
        if anew {
            self.counters.restarts += 1;
            self.late_run = 0;
        }
        anew
    }

    /// 10 ms: whoever sends shorter packets does not have gaps made up in as many pieces.
    fn least_step(&self) -> u32 {
        u32::try_from(self.clock / 100).unwrap_or(u32::MAX)
    }

    fn due(&self, timestamp: i64) -> i64 {
        self.delay.due(self.micros_of(timestamp))
    }

    fn micros_of(&self, timestamp: i64) -> i64 {
        timestamp * 1_000_000 / self.clock
    }

    fn extended(&self, timestamp: u32) -> i64 {
        let (newest, extended) = self.newest;
        extended + i64::from(timestamp.wrapping_sub(newest).cast_signed())
    }
}

fn micros(now: Duration) -> i64 {
    i64::try_from(now.as_micros()).unwrap_or(i64::MAX)
}
