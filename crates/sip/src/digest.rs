//! How does one answer a challenge without telling the password (RFC 7616, RFC 8760)?

use md5::Md5;
use sha2::{Digest as _, Sha256};

use crate::text::scan;

/// A challenge of WWW-Authenticate or Proxy-Authenticate that we can answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Challenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    hash: Hash,
    /// Whether `qop=auth` is offered.
    qop: bool,
    /// The nonce we used was too old; the credentials were right.
    pub(crate) stale: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Hash {
    Md5,
    Sha256,
}

/// Who we are.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The user of the digest, often the number.
    pub username: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(…)")
    }
}

impl Challenge {
    /// The strongest of the challenges that we understand.
    pub(crate) fn choose<'a>(values: impl Iterator<Item = &'a str>) -> Option<Self> {
        values.filter_map(Self::read).max_by_key(|challenge| challenge.hash)
    }

    fn read(value: &str) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(char::is_whitespace)?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let mut challenge = Self {
            realm: String::new(),
            nonce: String::new(),
            opaque: None,
            hash: Hash::Md5,
            qop: false,
            stale: false,
        };
        let mut qop_named = false;
        for part in scan::split(rest, b',').ok()? {
            let Some((name, value)) = part.split_once('=') else { continue };
            let value = scan::unquote(value.trim());
            match &*name.trim().to_ascii_lowercase() {
                "realm" => challenge.realm = value,
                "nonce" => challenge.nonce = value,
                "opaque" => challenge.opaque = Some(value),
                "stale" => challenge.stale = value.eq_ignore_ascii_case("true"),
                "qop" => {
                    qop_named = true;
                    challenge.qop = value.split(',').any(|kind| kind.trim().eq_ignore_ascii_case("auth"));
                }
                "algorithm" if value.eq_ignore_ascii_case("MD5") => challenge.hash = Hash::Md5,
                "algorithm" if value.eq_ignore_ascii_case("SHA-256") => challenge.hash = Hash::Sha256,
                "algorithm" => return None,
                _ => {}
            }
        }
        // Only auth-int is asked for: not ours.
        let possible = !qop_named || challenge.qop;
        (possible && !challenge.nonce.is_empty()).then_some(challenge)
    }

    /// Whether another challenge repeats this one's nonce: our answer was wrong.
    pub(crate) fn repeats(&self, other: &Self) -> bool {
        self.nonce == other.nonce
    }

    /// The value of Authorization or Proxy-Authorization. `count`: how often this nonce was used, from 1.
    pub(crate) fn answer(
        &self,
        who: &Credentials,
        method: &str,
        uri: &str,
        count: u32,
        cnonce: &str,
    ) -> String {
        let secret = self.hash(&format!("{}:{}:{}", who.username, self.realm, who.password));
        let asked = self.hash(&format!("{method}:{uri}"));
        let response = if self.qop {
            self.hash(&format!("{secret}:{}:{count:08x}:{cnonce}:auth:{asked}", self.nonce))
        } else {
            self.hash(&format!("{secret}:{}:{asked}", self.nonce))
        };
        let mut value = format!(
            "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{response}\", algorithm={}",
            quote(&who.username),
            quote(&self.realm),
            quote(&self.nonce),
            quote(uri),
            match self.hash {
                Hash::Md5 => "MD5",
                Hash::Sha256 => "SHA-256",
            },
        );
        if self.qop {
            value.push_str(&format!(", qop=auth, nc={count:08x}, cnonce=\"{cnonce}\""));
        }
        if let Some(opaque) = &self.opaque {
            value.push_str(&format!(", opaque=\"{}\"", quote(opaque)));
        }
        value
    }

    fn hash(&self, text: &str) -> String {
        let bytes = match self.hash {
            Hash::Md5 => Md5::digest(text).to_vec(),
            Hash::Sha256 => Sha256::digest(text).to_vec(),
        };
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

fn quote(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests;
