//! What does a call make of what arrives: the handshake's answer, audio, messages, signs of life?

use tom_wire::{ServerEvent, decode_server};

use super::{Call, Phase};
use crate::frames::{Head, Kind, write};
use crate::line::opening;
use crate::trace::{Ended, Heard, Micros, Told};
use crate::voice::{FRAME, envelope_of_bytes};

impl Call {
    pub(super) fn arrived(&mut self, bytes: &[u8], now: Micros) {
        let Phase::Opening(head) = &mut self.phase else { return self.frames(bytes, now) };
        head.extend_from_slice(bytes);
        match opening::answer(head) {
            Ok(None) => {}
            Ok(Some(end)) => {
                let rest = head.split_off(end);
                self.phase = Phase::Up;
                (self.opened, self.due, self.until) = (now, now, now + self.patience.call);
                self.frames(&rest, now);
            }
            Err(why) => self.broken(why, now),
        }
    }

    fn frames(&mut self, bytes: &[u8], now: Micros) {
        let mut inbox = std::mem::take(&mut self.inbox);
        let taken = inbox.take(bytes, |head, payload| self.frame(head, payload, now));
        self.inbox = inbox;
        if let Err(why) = taken {
            self.broken(why.to_string(), now);
        }
    }

    fn frame(&mut self, head: Head, payload: &[u8], now: Micros) {
        match head.kind {
            Kind::Binary => self.audio(payload, now - self.opened),
            Kind::Text => self.message(&String::from_utf8_lossy(payload), now - self.opened),
            Kind::Ping => {
                let mut pong = Vec::new();
                write(Kind::Pong, payload, &mut pong);
                self.send(&pong, now);
            }
            Kind::Close => {
                let code = payload.first_chunk::<2>().map_or(0, |code| u16::from_be_bytes(*code));
                let ours = matches!(self.phase, Phase::Leaving);
                self.end(if ours { Ended::Caller } else { Ended::Server(code) }, now);
            }
            Kind::Pong => {}
            Kind::Continuation => self.problem("a message in several frames, which TOM never sends"),
        }
    }

    fn audio(&mut self, payload: &[u8], at: Micros) {
        if !payload.len().is_multiple_of(2) || payload.is_empty() {
            return self.problem(format!("audio of {} bytes", payload.len()));
        }
        for bytes in payload.chunks(FRAME * 2) {
            let rms = envelope_of_bytes(bytes);
            if self.ear.arrive(at, rms, bytes) {
                self.trace.heard.push(Heard { at, rms });
            } else {
                return self.problem("audio more than 30 s ahead of its time");
            }
        }
    }

    fn message(&mut self, text: &str, at: Micros) {
        let event = match decode_server(text) {
            Ok(message) => message.event,
            Err(why) => return self.problem(why.message),
        };
        match &event {
            ServerEvent::Heartbeat {} | ServerEvent::LlmToken { .. } | ServerEvent::TtsAudio { .. } => return,
            ServerEvent::Clear {} => self.ear.clear(at),
            ServerEvent::Error { error, .. } => {
                self.problem(format!("{}: {}", error.code.as_str(), error.message));
            }
            ServerEvent::AuthError { message } | ServerEvent::RateLimitExceeded { message, .. } => {
                self.problem(message.clone());
            }
            _ => {}
        }
        let frames = self.trace.heard.len();
        self.trace.told.push(Told { at, frames, event });
    }
}
