//! What do two sides agree on: how is an offer answered, and an answer read (RFC 3264)?

use std::net::SocketAddr;

use super::agreed::{Negotiated, Refusal, Secure, SrtpPolicy, Terms};
use super::codec::{Kind, kinds};
use super::offer::{Payloads, described, event_map};
use super::{Codec, Crypto, Direction, MasterKey, Media, Sdp};

/// The offers and answers of one dialogue, our side of them.
///
/// Every description it makes has the version of the one before, or the next one if anything changed. It reads
/// no clock and draws no numbers: the session's number and our key come from the caller.
#[derive(Clone, Debug)]
pub struct Negotiation {
    pub(super) local: SocketAddr,
    pub(super) terms: Terms,
    pub(super) id: u64,
    pub(super) key: MasterKey,
    pub(super) hold: bool,
    pub(super) payloads: Payloads,
    /// The m-lines of the dialogue; ours is at `at`, the others are refused.
    pub(super) lines: Vec<Media>,
    pub(super) at: usize,
    pub(super) sent: Option<Sdp>,
    pub(super) agreed: Option<Negotiated>,
    pub(super) offered: bool,
}

impl Negotiation {
    /// A dialogue that has exchanged nothing. `local` is where the far end is to send RTP, its port even, with
    /// RTCP at the next one; `id` any number that differs between sessions; `key` random.
    #[must_use]
    pub fn new(local: SocketAddr, id: u64, key: MasterKey, terms: Terms) -> Self {
        Self {
            local,
            terms,
            id,
            key,
            hold: false,
            payloads: Payloads::default(),
            lines: Vec::new(),
            at: 0,
            sent: None,
            agreed: None,
            offered: false,
        }
    }

    /// Puts the far end on hold, or takes it off, from the next description on.
    pub fn hold(&mut self, hold: bool) {
        self.hold = hold;
    }

    /// What is in force.
    #[must_use]
    pub fn agreed(&self) -> Option<&Negotiated> {
        self.agreed.as_ref()
    }

    /// What we want to do with the stream.
    pub(super) fn wish(&self) -> Direction {
        if self.hold { Direction::SendOnly } else { Direction::SendRecv }
    }

    /// Answers an offer. A refusal changes nothing: what was agreed on before stays in force.
    ///
    /// # Errors
    /// [`Refusal`], with the status to answer.
    pub fn answer(&mut self, offer: &Sdp) -> Result<(Sdp, Negotiated), Refusal> {
        let at = self.choose(&offer.media)?;
        let media = &offer.media[at];
        let agreed = self.agree(offer, media, None)?;
        self.payloads.learn(&agreed);
        let mut ours = described(self.local, media.proto.clone(), agreed.direction);
        ours.formats.push(agreed.payload.to_string());
        ours.maps.push(Payloads::map(agreed.payload, agreed.codec));
        if let Some(payload) = agreed.event_in {
            event_map(&mut ours, payload, agreed.event_clock);
        }
        if agreed.noise {
            ours.formats.push("13".to_owned());
        }
        ours.mux = agreed.mux;
        if let Some(secure) = &agreed.secure {
            let tag = media.crypto.iter().find(|line| line.key == secure.theirs).map_or(1, |line| line.tag);
            ours.crypto.push(Crypto { tag, suite: secure.suite, key: self.key });
        }
        self.lines = offer.media.iter().map(refused).collect();
        self.at = at;
        self.offered = false;
        let answer = self.describe(ours);
        self.agreed = Some(agreed.clone());
        Ok((answer, agreed))
    }

    /// Reads the answer to our last offer.
    ///
    /// # Errors
    /// [`Refusal`]: the stream was refused, or the answer does not fit the offer.
    pub fn accept(&mut self, answer: &Sdp) -> Result<Negotiated, Refusal> {
        let Some(offer) = self.sent.as_ref().filter(|_| self.offered) else {
            return Err(Refusal::NotOffered);
        };
        let (Some(ours), Some(media)) = (offer.media.get(self.at), answer.media.get(self.at)) else {
            return Err(Refusal::Rejected);
        };
        if answer.media.len() != offer.media.len() || media.kind != "audio" || media.port == 0 {
            return Err(Refusal::Rejected);
        }
        let agreed = self.agree(answer, media, Some(ours))?;
        self.offered = false;
        self.payloads.learn(&agreed);
        self.agreed = Some(agreed.clone());
        Ok(agreed)
    }

    /// Our offer was refused or given up: what was agreed on before stays in force.
    pub fn withdraw(&mut self) {
        self.offered = false;
    }

    /// The first stream we can answer.
    fn choose(&self, media: &[Media]) -> Result<usize, Refusal> {
        let mut refusal = Refusal::NoAudio;
        for (at, media) in media.iter().enumerate() {
            if media.kind != "audio" || media.port == 0 || !media.proto.is_rtp() {
                continue;
            }
            if !self.may_encrypt(media) {
                refusal = Refusal::Encryption;
            } else if self.codecs(media).next().is_none() {
                refusal = Refusal::NoCommonCodec;
            } else {
                return Ok(at);
            }
        }
        Err(refusal)
    }

    fn may_encrypt(&self, media: &Media) -> bool {
        match self.terms.srtp {
            SrtpPolicy::Off => !media.proto.is_secure(),
            SrtpPolicy::Accept => !media.proto.is_secure() || !media.crypto.is_empty(),
            SrtpPolicy::Require => !media.crypto.is_empty(),
        }
    }

    /// What both sides speak, in the other side's order.
    fn codecs<'a>(&'a self, media: &'a Media) -> impl Iterator<Item = (u8, Codec)> + 'a {
        kinds(media).filter_map(|(payload, kind)| match kind {
            Kind::Audio(codec) if self.terms.codecs.contains(&codec) => Some((payload, codec)),
            _ => None,
        })
    }

    /// What their stream and ours have in common; `ours` is our offer if they answer.
    fn agree(&self, theirs: &Sdp, media: &Media, ours: Option<&Media>) -> Result<Negotiated, Refusal> {
        let (payload, codec) = self.codecs(media).next().ok_or(Refusal::NoCommonCodec)?;
        let mut receive: Vec<(u8, Codec)> = Vec::new();
        match ours {
            // We described one codec only, under their number.
            None => receive.push((payload, codec)),
            // They may send whatever both descriptions have, under our number; some use their own.
            Some(ours) => {
                let (both, mine): (Vec<_>, Vec<_>) =
                    (self.codecs(media).collect(), self.codecs(ours).collect());
                for (number, codec) in mine.into_iter().chain(both.iter().copied()) {
                    let known = receive.iter().any(|&(taken, _)| taken == number);
                    if !known && both.iter().any(|&(_, other)| other == codec) {
                        receive.push((number, codec));
                    }
                }
            }
        }
        let (event_out, clock) = events(media, codec);
        let event_in = ours.map_or(event_out, |ours| events(ours, codec).0.filter(|_| event_out.is_some()));
        let address = media.connection.or(theirs.connection).ok_or(Refusal::NoAddress)?;
        let offers_noise = |media: &Media| kinds(media).any(|(_, kind)| kind == Kind::Noise);
        let mux = media.mux && ours.is_none_or(|ours| ours.mux);
        let rtcp = if mux { media.port } else { media.rtcp.unwrap_or(media.port.saturating_add(1)) };
        // The old way of holding (RFC 2543): nothing is to be sent to nowhere.
        let asked = media.direction.or(theirs.direction).unwrap_or_default();
        let theirs = asked.and(Direction::new(true, !address.is_unspecified()));
        let may = ours.map_or(self.wish(), |ours| ours.direction.unwrap_or_default());
        Ok(Negotiated {
            codec,
            payload,
            receive,
            event_out,
            event_in,
            event_clock: clock,
            noise: codec.clock() == 8_000
                && offers_noise(media)
                && ours.map_or(self.terms.noise, offers_noise),
            remote: SocketAddr::new(address, media.port),
            remote_rtcp: SocketAddr::new(address, rtcp),
            mux,
            direction: theirs.reversed().and(may),
            secure: self.secure(media, ours)?,
        })
    }

    fn secure(&self, media: &Media, ours: Option<&Media>) -> Result<Option<Secure>, Refusal> {
        let wanted = match ours {
            Some(ours) => !ours.crypto.is_empty(),
            None => self.terms.srtp != SrtpPolicy::Off && !media.crypto.is_empty(),
        };
        if !wanted {
            return if media.proto.is_secure() { Err(Refusal::Encryption) } else { Ok(None) };
        }
        let fits = |line: &&Crypto| {
            ours.is_none_or(|ours| ours.crypto.iter().any(|o| o.tag == line.tag && o.suite == line.suite))
        };
        let line = media.crypto.iter().find(fits).ok_or(Refusal::Encryption)?;
        Ok(Some(Secure { suite: line.suite, ours: self.key, theirs: line.key }))
    }
}

/// Payload type and clock of a stream's telephone events: those at the codec's clock, else the first.
fn events(media: &Media, codec: Codec) -> (Option<u8>, u32) {
    let all = || {
        kinds(media).filter_map(|(payload, kind)| match kind {
            Kind::Event(clock) => Some((payload, clock)),
            _ => None,
        })
    };
    let best = all().find(|&(_, clock)| clock == codec.clock()).or_else(|| all().next());
    best.map_or((None, codec.clock()), |(payload, clock)| (Some(payload), clock))
}

/// A stream as an answer refuses it.
fn refused(media: &Media) -> Media {
    Media {
        kind: media.kind.clone(),
        port: 0,
        proto: media.proto.clone(),
        formats: media.formats.clone(),
        ..Media::default()
    }
}
