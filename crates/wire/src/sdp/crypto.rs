//! Which keys do two sides exchange for SRTP (SDES, RFC 4568)?

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// How packets are encrypted and authenticated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Suite {
    /// AES in counter mode, 10 bytes of HMAC-SHA1 behind every packet.
    Aes128Sha1Tag80,
    /// The same with 4 bytes behind RTP packets; RTCP keeps 10.
    Aes128Sha1Tag32,
}

impl Suite {
    /// Both, the stronger first.
    pub const ALL: [Self; 2] = [Self::Aes128Sha1Tag80, Self::Aes128Sha1Tag32];

    /// Its name in `a=crypto`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aes128Sha1Tag80 => "AES_CM_128_HMAC_SHA1_80",
            Self::Aes128Sha1Tag32 => "AES_CM_128_HMAC_SHA1_32",
        }
    }
}

/// A master key and its salt, 16 and 14 bytes. Its `Debug` shows neither.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct MasterKey(pub [u8; 30]);

impl MasterKey {
    /// The key.
    #[must_use]
    pub fn key(&self) -> [u8; 16] {
        std::array::from_fn(|at| self.0[at])
    }

    /// The salt.
    #[must_use]
    pub fn salt(&self) -> [u8; 14] {
        std::array::from_fn(|at| self.0[16 + at])
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

/// An `a=crypto` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crypto {
    /// Names the line in the answer.
    pub tag: u32,
    /// The suite.
    pub suite: Suite,
    /// The key the describing side encrypts with.
    pub key: MasterKey,
}

impl Crypto {
    /// `1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^31`. Key identifiers (MKI), several keys and session parameters
    /// other than hints of a window are not supported: who asks for them must get another line's answer.
    pub(super) fn parse(value: &str) -> Option<Self> {
        let mut words = value.split_ascii_whitespace();
        let (tag, suite, keys) = (words.next(), words.next(), words.next());
        let tag = tag.and_then(|tag| tag.parse().ok())?;
        let suite = Suite::ALL.into_iter().find(|known| suite == Some(known.name()))?;
        if !words.all(|parameter| parameter.starts_with("WSH=")) {
            return None;
        }
        let inline = keys.and_then(|keys| keys.strip_prefix("inline:"))?;
        let mut parts = inline.split('|');
        let key = parts.next().unwrap_or_default();
        if inline.contains(';') || parts.any(|part| part.contains(':')) {
            return None;
        }
        let engine = if key.ends_with('=') { &STANDARD } else { &STANDARD_NO_PAD };
        let bytes = engine.decode(key).ok()?;
        let key = MasterKey(bytes.try_into().ok()?);
        Some(Self { tag, suite, key })
    }
}

impl fmt::Display for Crypto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} inline:{}", self.tag, self.suite.name(), STANDARD.encode(self.key.0))
    }
}
