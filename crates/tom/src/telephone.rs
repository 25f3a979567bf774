//! How does the telephone's configuration become the server's?

use anyhow::Context as _;
use tom_audio::HoldMusic;
use tom_server::{SipConfig, TransferRules};

use crate::config::{SipLineConfig, TransferConfig};
use crate::webhook;

/// Reads the music and the certificates that connecting callers takes; the rest is as it was configured.
///
/// # Errors
/// When those cannot be read.
pub(crate) fn set_up(sip: &SipLineConfig) -> anyhow::Result<SipConfig> {
    let signalling = tom_sip::Options {
        listen: sip.listen.clone(),
        advertise: sip.advertise,
        allow: sip.allow.clone(),
        trunks: sip.trunks.clone(),
        name_servers: sip.name_servers.clone(),
        refer: sip.refer,
        tls: sip.tls.clone(),
        agent: concat!("TOM/", env!("CARGO_PKG_VERSION")).to_owned(),
        ..tom_sip::Options::default()
    };
    Ok(SipConfig {
        signalling,
        rtp_ports: sip.rtp_ports,
        silence: sip.silence,
        terms: sip.terms.clone(),
        dial: sip.dial.clone(),
        transfer: transfer_rules(&sip.transfer)?,
    })
}

fn transfer_rules(config: &TransferConfig) -> anyhow::Result<TransferRules> {
    let mut rules = TransferRules {
        attended: config.attended,
        join: config.join,
        ring: config.ring,
        ..TransferRules::default()
    };
    if let Some(path) = &config.music {
        let wrong = || format!("transfer.music: {} cannot be read", path.display());
        let bytes = std::fs::read(path).with_context(wrong)?;
        let wav = tom_audio::wav::read(&bytes).with_context(wrong)?;
        rules.music = HoldMusic::recording(wav.to_mono_16k().into());
    }
    rules.post = config.summary_url.clone().map(webhook::poster).transpose()?;
    Ok(rules)
}
