//! Which audio codecs do telephones share with us, and how do session descriptions name them?

use super::Media;

/// An audio codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Codec {
    /// G.711 µ-law, payload type 0.
    Pcmu,
    /// G.711 A-law, payload type 8.
    Pcma,
    /// G.722 at 64 kbit/s, payload type 9. Samples at 16 kHz, yet its RTP clock is 8000 (RFC 3551, 4.5.2).
    G722,
    /// Opus (RFC 7587), dynamic payload type, RTP clock 48000.
    Opus,
}

impl Codec {
    /// Each of them.
    pub const ALL: [Self; 4] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus];

    /// Name in `a=rtpmap`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// Clock of the RTP timestamps, in hertz.
    #[must_use]
    pub const fn clock(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// Channels in `a=rtpmap`; Opus always says two, whatever it carries.
    #[must_use]
    pub const fn channels(self) -> u8 {
        match self {
            Self::Opus => 2,
            _ => 1,
        }
    }

    /// The payload type that needs no `a=rtpmap`.
    #[must_use]
    pub const fn fixed_payload(self) -> Option<u8> {
        match self {
            Self::Pcmu => Some(0),
            Self::Pcma => Some(8),
            Self::G722 => Some(9),
            Self::Opus => None,
        }
    }
}

/// What one payload type of an m-line stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Audio(Codec),
    /// `telephone-event` (RFC 4733) at a clock.
    Event(u32),
    /// Comfort noise (RFC 3389).
    Noise,
}

/// The payload types of an m-line that we understand, in its order of preference.
pub(super) fn kinds(media: &Media) -> impl Iterator<Item = (u8, Kind)> + '_ {
    media.formats.iter().filter_map(|format| {
        let payload = format.parse().ok().filter(|&payload: &u8| payload < 128)?;
        Some((payload, kind(media, payload)?))
    })
}

fn kind(media: &Media, payload: u8) -> Option<Kind> {
    let Some(map) = media.maps.iter().find(|map| map.payload == payload) else {
        if payload == 13 {
            return Some(Kind::Noise);
        }
        return Codec::ALL.into_iter().find(|codec| codec.fixed_payload() == Some(payload)).map(Kind::Audio);
    };
    let named = |name: &str, clock: u32| map.name.eq_ignore_ascii_case(name) && map.clock == clock;
    if map.name.eq_ignore_ascii_case("telephone-event") {
        return Some(Kind::Event(map.clock));
    }
    if named("CN", 8_000) {
        return Some(Kind::Noise);
    }
    Codec::ALL
        .into_iter()
        // Some leave the channels of Opus out; its packets say themselves what they are.
        .find(|&codec| {
            named(codec.name(), codec.clock()) && (map.channels == codec.channels() || codec == Codec::Opus)
        })
        .map(Kind::Audio)
}
