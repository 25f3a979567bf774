//! What does one call do when its socket is ready and when its 20 ms are over?

mod receive;

use std::io::{ErrorKind, Read as _, Write as _};
use std::sync::Arc;

use mio::net::TcpStream;

use super::actor::{Act, Actor, Echo, Seen};
use super::ear::Ear;
use super::inbox::Inbox;
use crate::clip::{Clip, WIRE};
use crate::frames::{Kind, write};
use crate::trace::{Ended, FRAME_TIME, Micros, Spoken, Trace};

/// A caller that is later than this does not catch up in a burst, which would break the server's limits.
const LATE: Micros = 200_000;
/// Bytes that may wait for a server that does not read: about two seconds.
const MOST_WAITING: usize = 100 * WIRE;
/// Problems that are noted of one call.
const MOST_PROBLEMS: usize = 50;
/// Reads of one wake-up, so that a flood keeps no other call waiting.
const READS: usize = 8;

/// Where a call stands.
#[derive(Debug)]
enum Phase {
    /// The handshake, as far as its answer has come.
    Opening(Vec<u8>),
    /// The call is up.
    Up,
    /// `stop` was sent.
    Leaving,
}

/// The time each thing may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    pub(super) answer: Micros,
    pub(super) call: Micros,
    pub(super) close: Micros,
}

/// One call. All its times but `due` and `until` count from the opening of its socket.
pub(super) struct Call {
    pub(super) stream: TcpStream,
    phase: Phase,
    patience: Patience,
    /// When the socket opened, on the engine's clock.
    opened: Micros,
    /// When the next frame is due, on the engine's clock.
    pub(super) due: Micros,
    /// When the present phase is given up, on the engine's clock.
    until: Micros,
    inbox: Inbox,
    waiting: Vec<u8>,
    ear: Ear,
    actor: Box<dyn Actor>,
    speech: Option<(Arc<Clip>, usize)>,
    noise: Arc<Clip>,
    noise_at: usize,
    pub(super) trace: Trace,
}

impl Call {
    pub(super) fn new(
        stream: TcpStream,
        request: Vec<u8>,
        now: Micros,
        patience: Patience,
        (name, actor, noise, echo): (String, Box<dyn Actor>, Arc<Clip>, Option<Echo>),
    ) -> Self {
        Self {
            stream,
            phase: Phase::Opening(Vec::new()),
            patience,
            opened: now,
            due: Micros::MAX,
            until: now + patience.answer,
            inbox: Inbox::default(),
            waiting: request,
            ear: Ear::new(echo),
            actor,
            speech: None,
            noise,
            noise_at: 0,
            trace: Trace { name, ..Trace::default() },
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.trace.ended != Ended::NotYet
    }

    pub(super) fn end(&mut self, how: Ended, now: Micros) {
        if !self.is_over() {
            self.trace.ended = how;
            self.trace.lasted = now.saturating_sub(self.opened);
        }
    }

    fn broken(&mut self, why: impl Into<String>, now: Micros) {
        let why = why.into();
        let opening = matches!(self.phase, Phase::Opening(_));
        self.end(if opening { Ended::Refused(why) } else { Ended::Broken(why) }, now);
    }

    fn problem(&mut self, what: impl Into<String>) {
        if self.trace.problems.len() < MOST_PROBLEMS {
            self.trace.problems.push(what.into());
        }
    }

    /// Reads what is there. True: there may be more.
    pub(super) fn read(&mut self, scratch: &mut [u8], clock: impl Fn() -> Micros) -> bool {
        for _ in 0..READS {
            if self.is_over() {
                return false;
            }
            match self.stream.read(scratch) {
                Ok(0) if matches!(self.phase, Phase::Leaving) => self.end(Ended::Caller, clock()),
                Ok(0) => self.broken("the connection ended without a close frame", clock()),
                Ok(n) => {
                    self.arrived(&scratch[..n], clock());
                    // What comes from here on is a new event. An end that was there already shows when the next
                    // frame is sent.
                    if n < scratch.len() && matches!(self.phase, Phase::Up) {
                        return false;
                    }
                }
                Err(e) if e.kind() == ErrorKind::WouldBlock => return false,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => self.broken(e.to_string(), clock()),
            }
        }
        true
    }

    /// The next 20 ms. Returns how late they are.
    pub(super) fn tick(&mut self, now: Micros) -> Micros {
        let late = now - self.due;
        self.due = if late > LATE { now + FRAME_TIME } else { self.due + FRAME_TIME };
        let at = now - self.opened;
        let seen = Seen {
            trace: &self.trace,
            speaks: self.speech.is_some(),
            voice_from: self.ear.voice_from,
            voice_until: self.ear.voice_until,
        };
        match self.actor.tick(at, &seen) {
            Act::Wait => {}
            Act::Speak(clip) => {
                let spoken = Spoken { clip: clip.name().into(), began: at, marks: Vec::new(), over: None };
                self.trace.spoken.push(spoken);
                self.speech = Some((clip, 0));
            }
            Act::HangUp => {
                self.hang_up(now);
                return late;
            }
        }
        self.say(now);
        late
    }

    fn say(&mut self, now: Micros) {
        let at = now - self.opened;
        let (clip, n) = match &self.speech {
            Some((clip, n)) if *n < clip.len() => (clip.clone(), *n),
            _ => {
                let n = self.noise_at;
                self.noise_at = (n + 1) % self.noise.len().max(1);
                (self.noise.clone(), n)
            }
        };
        let spoken = self.trace.spoken.last_mut();
        match (&mut self.speech, spoken) {
            (Some((clip, n)), Some(spoken)) => {
                spoken.marks.extend(std::iter::repeat_n(at, clip.marks_in(*n)));
                *n += 1;
                if *n >= clip.len() {
                    spoken.over = Some(at);
                    self.speech = None;
                }
            }
            _ => self.speech = None,
        }
        if self.ear.echoes() {
            let mut wire = [0; WIRE];
            wire.copy_from_slice(clip.frame(n));
            self.ear.mix(at, &mut wire);
            self.send(&wire, now);
        } else {
            self.send(clip.frame(n), now);
        }
    }

    /// Sends `stop`, and waits for the server to close.
    pub(super) fn hang_up(&mut self, now: Micros) {
        if !matches!(self.phase, Phase::Up) {
            return self.end(Ended::Stopped, now);
        }
        let mut stop = Vec::new();
        write(Kind::Text, br#"{"type":"stop"}"#, &mut stop);
        self.send(&stop, now);
        self.phase = Phase::Leaving;
        (self.due, self.until) = (Micros::MAX, now + self.patience.close);
    }

    /// Gives up what takes too long.
    pub(super) fn look_at_the_time(&mut self, now: Micros) {
        if now < self.until {
            return;
        }
        match self.phase {
            Phase::Opening(_) => self.broken("the server did not answer the handshake in time", now),
            Phase::Up => {
                self.problem("the call took longer than it may");
                self.end(Ended::TooLong, now);
            }
            Phase::Leaving => {
                self.problem("the server did not close the call");
                self.end(Ended::Caller, now);
            }
        }
    }

    fn send(&mut self, bytes: &[u8], now: Micros) {
        if !self.waiting.is_empty() {
            self.waiting.extend_from_slice(bytes);
            if self.waiting.len() > MOST_WAITING {
                self.broken("the server has read nothing for two seconds", now);
            }
            return self.flush(now);
        }
        match self.stream.write(bytes) {
            Ok(n) => self.waiting.extend_from_slice(&bytes[n..]),
            Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) => {
                self.waiting.extend_from_slice(bytes);
            }
            Err(e) => self.broken(e.to_string(), now),
        }
    }

    /// Writes what waits.
    pub(super) fn flush(&mut self, now: Micros) {
        while !self.waiting.is_empty() && !self.is_over() {
            match self.stream.write(&self.waiting) {
                Ok(n) => drop(self.waiting.drain(..n)),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => return,
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => self.broken(e.to_string(), now),
            }
        }
    }
}
