//! Which telephone lines are there?

use std::net::SocketAddr;

use tom_server::{Carriers, MediaUrl, PublicUrl, Secret, ServerError, TelnyxKey};

use super::Reader;

/// `server.peers`, `server.public_url`, `[audiosocket]` and `[carriers]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PhoneConfig {
    /// Who brings many calls from one address.
    pub(crate) peers: Vec<String>,
    /// Under which address carriers reach the server.
    pub(crate) public_url: Option<String>,
    /// Secrets and keys with which carriers sign.
    pub(crate) twilio_auth_token: Option<String>,
    pub(crate) telnyx_public_key: Option<String>,
    pub(crate) vonage_signature_secret: Option<String>,
    pub(crate) plivo_auth_token: Option<String>,
    /// Where channels of Asterisk wait.
    pub(crate) asterisk_media: Option<String>,
    /// Where Asterisk connects; none: nowhere.
    pub(crate) audiosocket: Option<SocketAddr>,
    /// From where it may.
    pub(crate) audiosocket_allow: Vec<String>,
}

impl PhoneConfig {
    pub(super) fn read(r: &mut Reader<'_>) -> Self {
        let audiosocket = r.text("audiosocket.listen").and_then(|text| {
            let address = text.replace("localhost:", "127.0.0.1:").parse();
            if address.is_err() {
                let what = format!("{text:?} is no ADDRESS:PORT such as 127.0.0.1:9092");
                r.problem("audiosocket.listen", what);
            }
            address.ok()
        });
        let audiosocket_allow = r.list("audiosocket.allow");
        if audiosocket.is_some() && audiosocket_allow.is_empty() {
            let what = "name the addresses of your Asterisk; without any, everybody could call";
            r.problem("audiosocket.allow", what.into());
        }
        let config = Self {
            peers: r.list("server.peers"),
            public_url: r.text("server.public_url"),
            twilio_auth_token: r.secret("carriers.twilio_auth_token"),
            telnyx_public_key: r.text("carriers.telnyx_public_key"),
            vonage_signature_secret: r.secret("carriers.vonage_signature_secret"),
            plivo_auth_token: r.secret("carriers.plivo_auth_token"),
            asterisk_media: r.text("asterisk.media_url"),
            audiosocket,
            audiosocket_allow,
        };
        let media = config.asterisk_media.as_deref().map(MediaUrl::new);
        if let Some(Err(error)) = media {
            r.problem("asterisk.media_url", error.to_string());
        }
        let url = config.public_url.as_deref().map(PublicUrl::new);
        if let Some(Err(error)) = url {
            r.problem("server.public_url", error.to_string());
        }
        let key = config.telnyx_public_key.as_deref().map(TelnyxKey::new);
        if let Some(Err(error)) = key {
            r.problem("carriers.telnyx_public_key", error.to_string());
        }
        config
    }
}

impl PhoneConfig {
    /// What is agreed with carriers.
    ///
    /// # Errors
    /// When the address or the key is none.
    pub(crate) fn carriers(&self) -> Result<Carriers, ServerError> {
        let secret = |text: &Option<String>| text.clone().map(Secret::new);
        Ok(Carriers {
            public_url: self.public_url.as_deref().map(PublicUrl::new).transpose()?,
            twilio_auth_token: secret(&self.twilio_auth_token),
            telnyx_public_key: self.telnyx_public_key.as_deref().map(TelnyxKey::new).transpose()?,
            vonage_signature_secret: secret(&self.vonage_signature_secret),
            plivo_auth_token: secret(&self.plivo_auth_token),
        })
    }
}
