//! How are two calls of ours joined, so that both sides talk without us (REFER with Replaces, RFC 5589, 7)?

use super::{Call, State};
use crate::api::CallEvent;
use crate::core::net::Net;
use crate::text::message::Request;
use crate::text::uri::Uri;

/// The other call, as its own far end is to find it.
#[derive(Debug)]
pub(crate) struct Partner {
    /// Where it is called: with what stands in its place.
    address: Uri,
    trunk: Option<usize>,
}

impl Call {
    /// This call as one whose place another may take; none: its far end does not know how.
    pub(crate) fn partner(&self) -> Option<Partner> {
        if self.state != State::Talking || !self.peer.replaces || self.referral.is_some() {
            return None;
        }
        let dialog = &self.dialog;
        // The tags are named as the far end has them.
        let place = format!("{};to-tag={};from-tag={}", dialog.call_id, dialog.remote_tag, dialog.local_tag);
        let mut address = Uri::read(&dialog.target).ok().filter(|address| address.scheme != "tel")?;
        address.params.retain(|(name, _)| name != "method");
        address.headers = Some(format!("Replaces={}", escaped(&place)));
        Some(Partner { address, trunk: self.trunk })
    }

    /// Asks the other side to take the place of that call of ours. Where it may not be asked, that is told as a transfer
    /// that failed. Both came the same way: who came another one might not reach it, or not for nothing.
    pub(crate) fn join(&mut self, net: &mut Net, partner: Option<Partner>) {
        let able = self.state == State::Talking && self.peer.refers && self.peer.replaces;
        match partner.filter(|partner| able && partner.trunk == self.trunk) {
            Some(partner) => self.send_refer(net, &partner.address),
            None => net.event(self.id, CallEvent::Transfer { status: 501 }),
        }
    }
}

/// Whether a REFER of ours asks to take another call's place.
pub(super) fn joins(refer: &Request) -> bool {
    refer.headers.get("Refer-To").is_some_and(|to| to.contains("?Replaces="))
}

/// A value as it stands in the headers of an address (RFC 3261, 25.1).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()".contains(&byte) {
            out.push(byte.into());
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests;
