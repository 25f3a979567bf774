//! How do we describe our side: what an offer lists, under which numbers, in which version?

use std::net::SocketAddr;

use super::write::host;
use super::{
    Codec, Crypto, Direction, Media, Negotiated, Negotiation, Origin, Proto, RtpMap, Sdp, SrtpPolicy, Suite,
};

/// Audio of a packet, in milliseconds.
const PTIME: u16 = 20;

/// The dynamic payload types of a dialogue: Opus, telephone events, telephone events at the clock of Opus. Once
/// agreed on they keep their meaning (RFC 3264, 8.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Payloads([u8; 3]);

const OPUS: usize = 0;
const EVENT: usize = 1;
const WIDE_EVENT: usize = 2;

impl Default for Payloads {
    fn default() -> Self {
        Self([96, 101, 102])
    }
}

impl Payloads {
    /// Keeps the numbers that were agreed on; one of ours that collides moves away.
    pub(super) fn learn(&mut self, agreed: &Negotiated) {
        let event = if agreed.event_clock == Codec::Opus.clock() { WIDE_EVENT } else { EVENT };
        let opus = (agreed.codec == Codec::Opus).then_some((OPUS, agreed.payload));
        let fixed = [opus, agreed.event_in.map(|payload| (event, payload))];
        for (at, number) in fixed.into_iter().flatten() {
            if let Some(other) = (0..3).find(|&other| other != at && self.0[other] == number) {
                let is_free = |number: &u8| !self.0.contains(number);
                self.0[other] = (96..128).find(is_free).unwrap_or(number);
            }
            self.0[at] = number;
        }
    }

    fn of(self, codec: Codec) -> u8 {
        codec.fixed_payload().unwrap_or(self.0[OPUS])
    }

    pub(super) fn map(payload: u8, codec: Codec) -> RtpMap {
        RtpMap { payload, name: codec.name().to_owned(), clock: codec.clock(), channels: codec.channels() }
    }
}

/// Our stream, codecs apart.
pub(super) fn described(local: SocketAddr, proto: Proto, direction: Direction) -> Media {
    Media {
        kind: "audio".to_owned(),
        port: local.port(),
        proto,
        ptime: Some(PTIME),
        direction: Some(direction),
        ..Media::default()
    }
}

/// Adds telephone events: the sixteen keys.
pub(super) fn event_map(media: &mut Media, payload: u8, clock: u32) {
    media.formats.push(payload.to_string());
    media.maps.push(RtpMap { payload, name: "telephone-event".to_owned(), clock, channels: 1 });
    media.fmtp.push((payload, "0-15".to_owned()));
}

impl Negotiation {
    /// Makes an offer: for an INVITE, for the 200 to one without a description, for hold and resume.
    #[must_use]
    pub fn offer(&mut self) -> Sdp {
        let secure = match &self.agreed {
            Some(agreed) => agreed.secure.is_some(),
            None => self.terms.srtp == SrtpPolicy::Require,
        };
        let proto = if secure { Proto::Savp } else { Proto::Avp };
        // A far end that holds us is not asked to listen: only it can end that.
        let theirs = self.agreed.as_ref().is_none_or(|agreed| agreed.direction.sends());
        let direction = if theirs || !self.hold { self.wish() } else { Direction::Inactive };
        let mut ours = described(self.local, proto, direction);
        let current = self.agreed.as_ref().map(|agreed| agreed.codec);
        let rest = self.terms.codecs.iter().copied().filter(|&codec| Some(codec) != current);
        let codecs: Vec<Codec> = current.into_iter().chain(rest).collect();
        for &codec in &codecs {
            let payload = self.payloads.of(codec);
            ours.formats.push(payload.to_string());
            ours.maps.push(Payloads::map(payload, codec));
        }
        let narrow = codecs.iter().any(|codec| codec.clock() == 8_000);
        if narrow || codecs.is_empty() {
            event_map(&mut ours, self.payloads.0[EVENT], 8_000);
        }
        if codecs.contains(&Codec::Opus) {
            event_map(&mut ours, self.payloads.0[WIDE_EVENT], Codec::Opus.clock());
        }
        if self.terms.noise && narrow {
            ours.formats.push("13".to_owned());
        }
        ours.mux = self.agreed.as_ref().is_some_and(|agreed| agreed.mux);
        if secure {
            let line = |(at, suite)| Crypto { tag: at, suite, key: self.key };
            ours.crypto = (1..).zip(Suite::ALL).map(line).collect();
        }
        self.offered = true;
        self.describe(ours)
    }

    /// The description with our stream in it, its version grown if anything changed.
    pub(super) fn describe(&mut self, ours: Media) -> Sdp {
        let mut media = self.lines.clone();
        match media.get_mut(self.at) {
            Some(line) => *line = ours,
            None => media.push(ours),
        }
        let mut new = Sdp {
            origin: Origin { user: "tom".to_owned(), id: self.id, version: 1, host: host(self.local.ip()) },
            name: "-".to_owned(),
            connection: Some(self.local.ip()),
            direction: None,
            media,
        };
        if let Some(last) = &self.sent {
            new.origin.version = last.origin.version;
            if new != *last {
                new.origin.version += 1;
            }
        }
        self.sent = Some(new.clone());
        new
    }
}
