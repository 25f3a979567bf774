//! What is agreed with carriers: under which address they find us, and how they sign?

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::config::ServerError;

/// What carriers and the server know of each other. Nothing here is ever printed.
#[derive(Clone, Debug, Default)]
pub struct Carriers {
    /// The address under which carriers reach this server.
    pub public_url: Option<PublicUrl>,
    /// Twilio's auth token, with which it signs.
    pub twilio_auth_token: Option<Secret>,
    /// Telnyx's public key.
    pub telnyx_public_key: Option<TelnyxKey>,
    /// The signature secret of the Vonage account.
    pub vonage_signature_secret: Option<Secret>,
    /// Plivo's auth token, with which it signs.
    pub plivo_auth_token: Option<Secret>,
}

/// A secret two sides share.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// A secret.
    #[must_use]
    pub fn new(secret: impl Into<String>) -> Self {
        Self(secret.into())
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// The Ed25519 key whose private half Telnyx has.
#[derive(Clone, Debug)]
pub struct TelnyxKey(pub(crate) [u8; 32]);

impl TelnyxKey {
    /// From base64, as Telnyx shows it.
    ///
    /// # Errors
    /// When it is no key.
    pub fn new(text: &str) -> Result<Self, ServerError> {
        let bytes = STANDARD.decode(text.trim()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or_else(|| ServerError::Name("it is no key: copy it as Telnyx shows it".into()))
    }
}

/// An address such as `https://voice.example.org`, without a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    secure: bool,
    host: String,
}

impl PublicUrl {
    /// Reads an address.
    ///
    /// # Errors
    /// When it is none, or has a path.
    pub fn new(text: &str) -> Result<Self, ServerError> {
        let url = text.trim().trim_end_matches('/');
        let parts = url.split_once("://").filter(|(_, host)| {
            !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
        });
        match parts {
            Some((scheme @ ("http" | "https"), host)) => {
                Ok(Self { secure: scheme == "https", host: host.to_ascii_lowercase() })
            }
            _ => Err(ServerError::Name(format!(
                "{text:?} is no address; write it as https://voice.example.org, without a path"
            ))),
        }
    }

    /// The name in it, perhaps with a port.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The address of a path for web requests.
    pub(crate) fn web(&self, path: &str) -> String {
        format!("{}://{}{path}", if self.secure { "https" } else { "http" }, self.host)
    }

    /// The address of a path for WebSockets.
    pub(crate) fn socket(&self, path: &str) -> String {
        format!("{}://{}{path}", if self.secure { "wss" } else { "ws" }, self.host)
    }
}
