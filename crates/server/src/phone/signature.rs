//! Does a request come from the carrier it claims to come from?
//!
//! Twilio: HMAC-SHA1 over the address and the sorted form (its documentation of request validation). Telnyx: Ed25519
//! over `timestamp|body`. Vonage: a JWT, HS256, with a hash of the body. Plivo: V3, HMAC-SHA256 over the address, the
//! sorted form and a nonce.

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::{digest, hmac, signature};
use serde_json::Value;
use tom_wire::phone::PhoneDialect;

use super::carriers::Carriers;

/// Seconds by which a signed moment may differ from ours.
const TOLERANCE: u64 = 300;

/// A request as it came.
pub(crate) struct Signed<'a> {
    pub(crate) post: bool,
    /// The address, as the carrier may have written it.
    pub(crate) urls: &'a [String],
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a [u8],
    /// Seconds since 1970.
    pub(crate) now: u64,
}

/// What a signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Right,
    Wrong,
    /// There is none.
    Unsigned,
}

impl Carriers {
    /// Looks at a request's signature. None: nothing is agreed with that carrier.
    pub(crate) fn check(&self, dialect: PhoneDialect, request: &Signed<'_>) -> Option<Verdict> {
        let right = match dialect {
            PhoneDialect::Twilio => {
                let key = self.twilio_auth_token.as_ref()?.bytes();
                let given = request.header("x-twilio-signature").map(|given| STANDARD.decode(given));
                let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, key);
                given.map(|given| {
                    let given = given.unwrap_or_default();
                    request.urls.iter().any(|url| hmac::verify(&key, &request.twilio(url), &given).is_ok())
                })
            }
            PhoneDialect::Telnyx => {
                let key = &self.telnyx_public_key.as_ref()?.0;
                request.header("telnyx-signature-ed25519").map(|given| request.telnyx(key, given))
            }
            PhoneDialect::Vonage => {
                let key = self.vonage_signature_secret.as_ref()?.bytes();
                request.bearer().map(|jwt| request.vonage(key, jwt).is_some())
            }
            PhoneDialect::Plivo => {
                let key = self.plivo_auth_token.as_ref()?.bytes();
                let key = hmac::Key::new(hmac::HMAC_SHA256, key);
                request.header("x-plivo-signature-v3").map(|given| {
                    let nonce = request.header("x-plivo-signature-v3-nonce").unwrap_or_default();
                    let given: Vec<_> =
                        given.split(',').filter_map(|s| STANDARD.decode(s.trim()).ok()).collect();
                    request.urls.iter().any(|url| {
                        let text = request.plivo(url, nonce);
                        given.iter().any(|given| hmac::verify(&key, text.as_bytes(), given).is_ok())
                    })
                })
            }
            _ => return None,
        };
        Some(match right {
            Some(true) => Verdict::Right,
            Some(false) => Verdict::Wrong,
            None => Verdict::Unsigned,
        })
    }
}

impl Signed<'_> {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn bearer(&self) -> Option<&str> {
        let value = self.headers.get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
    }

    /// The form in the body, sorted by name, then value.
    fn form(&self) -> Vec<(String, String)> {
        let kind = self.headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        match self.post && kind.starts_with("application/x-www-form-urlencoded") {
            true => sorted(self.body),
            false => Vec::new(),
        }
    }

    fn twilio(&self, url: &str) -> Vec<u8> {
        let mut text = url.as_bytes().to_vec();
        for (name, value) in self.form() {
            text.extend(name.into_bytes());
            text.extend(value.into_bytes());
        }
        text
    }

    fn telnyx(&self, key: &[u8; 32], given: &str) -> bool {
        let moment = self.header("telnyx-timestamp").unwrap_or_default();
        let recent = moment.parse::<u64>().is_ok_and(|moment| moment.abs_diff(self.now) <= TOLERANCE);
        let text = [moment.as_bytes(), b"|", self.body].concat();
        let key = signature::UnparsedPublicKey::new(&signature::ED25519, key);
        recent && STANDARD.decode(given).is_ok_and(|given| key.verify(&text, &given).is_ok())
    }

    /// Something if the token is Vonage's, of now, and of this body.
    fn vonage(&self, key: &[u8], jwt: &str) -> Option<()> {
        let (signed, given) = jwt.rsplit_once('.')?;
        let (head, claims) = signed.split_once('.')?;
        let json = |part: &str| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(part).ok()?).ok();
        // Whoever could choose the algorithm could choose none.
        (json(head)?.get("alg")? == "HS256").then_some(())?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, key);
        hmac::verify(&key, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(given).ok()?).ok()?;
        let claims = json(claims)?;
        (claims.get("iat")?.as_u64()?.abs_diff(self.now) <= TOLERANCE).then_some(())?;
        if self.body.is_empty() {
            return Some(());
        }
        let hash = digest::digest(&digest::SHA256, self.body);
        let hex: String = hash.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        claims.get("payload_hash")?.as_str()?.eq_ignore_ascii_case(&hex).then_some(())
    }

    fn plivo(&self, url: &str, nonce: &str) -> String {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let joined = |pairs: Vec<(String, String)>, between: &str, after: &str| {
            pairs.iter().map(|(n, v)| format!("{n}{between}{v}")).collect::<Vec<_>>().join(after)
        };
        let query = joined(sorted(query.as_bytes()), "=", "&");
        let form = joined(self.form(), "", "");
        let question = if query.is_empty() && form.is_empty() { "" } else { "?" };
        let dot = if query.is_empty() || form.is_empty() { "" } else { "." };
        format!("{base}{question}{query}{dot}{form}.{nonce}")
    }
}

fn sorted(form: &[u8]) -> Vec<(String, String)> {
    let mut pairs: Vec<_> = form_urlencoded::parse(form).into_owned().collect();
    pairs.sort();
    pairs
}

#[cfg(test)]
mod tests;
