//! How does a call go on with another partner (Replaces, RFC 3891)?

use std::sync::Arc;

use super::offer::Pending;
use super::peer::Peer;
use super::{Call, State};
use crate::api::CallEvent;
use crate::core::client::Sent;
use crate::core::dialog::Dialog;
use crate::core::io::Flow;
use crate::core::net::Net;
use crate::text::message::Request;
use crate::text::method::Method;

impl Call {
    /// An INVITE wants to take this call's place with its partner. The session is told as an offer; the call
    /// stays the same for everybody else.
    pub(crate) fn replaced(&mut self, net: &mut Net, key: &Arc<str>, invite: &Request, flow: Flow) {
        if self.state != State::Talking {
            net.reply(key, 603);
            return;
        }
        if self.pending.is_some() || self.late.is_some() {
            net.reply(key, 491);
            return;
        }
        let Some(tx) = net.servers.get_mut(key) else { return };
        tx.call = Some(self.id);
        let tag = tx.tag.clone();
        let dialog = Dialog::of_invite(net, invite, flow, &tag);
        let wanted = invite.body.is_empty();
        self.pending = Some(Pending { key: key.clone(), wanted, replaces: Some(Box::new(dialog)) });
        let event =
            if wanted { CallEvent::OfferWanted } else { CallEvent::Offer { sdp: invite.body.clone() } };
        net.event(self.id, event);
    }

    /// Goes on in another dialog, and says goodbye in the one before.
    pub(super) fn move_to(&mut self, net: &mut Net, dialog: Dialog, key: &Arc<str>) {
        let mut before = std::mem::replace(&mut self.dialog, dialog);
        let bye = before.request(Method::Bye);
        if let Some(way) = before.way() {
            net.request(bye, way, Sent::Nobody);
        }
        // Requests of the old partner still find the call, which no longer knows them: 481.
        net.dialogs.remove(&(before.call_id, before.local_tag));
        net.dialogs.insert((self.dialog.call_id.clone(), self.dialog.local_tag.clone()), self.id);
        self.invite = Some(key.clone());
        self.incoming = true;
        self.acknowledged = false;
        let invite = net.servers.get(key).map(|tx| tx.request.clone());
        if let Some(invite) = invite {
            self.peer = Peer::of(&invite.headers);
            self.timer.of_request(net, &invite);
        }
    }
}
