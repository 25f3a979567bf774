//! How is the other side connected with somebody else (REFER, RFC 3515), and how are keys told by INFO?

use std::sync::Arc;

use super::dial::number_at;
use super::{Call, State};
use crate::api::CallEvent;
use crate::core::client::Sent;
use crate::core::dialog::Dialog;
use crate::core::net::Net;
use crate::core::uplink;
use crate::text::address::Address;
use crate::text::message::{Request, Response};
use crate::text::method::Method;
use crate::text::uri::Uri;

impl Call {
    /// Asks them to call somebody else.
    pub(super) fn refer(&mut self, net: &mut Net, to: &str) {
        if self.state != State::Talking {
            return;
        }
        let host = self.trunk.and_then(|at| uplink::registrar(net.options.trunks.get(at)?));
        let host = host.or_else(|| Uri::read(&Address::read(&self.dialog.remote).ok()?.uri).ok());
        let address = match Uri::read(to) {
            Ok(uri) => Some(uri),
            Err(_) => host.and_then(|host| number_at(to, &host)),
        };
        let Some(address) = address else {
            net.event(self.id, CallEvent::Transfer { status: 484 });
            return;
        };
        self.send_refer(net, &address);
    }

    /// Sends them to an address.
    pub(super) fn send_refer(&mut self, net: &mut Net, address: &Uri) {
        let mut refer = self.dialog.request(Method::Refer);
        refer.headers.push("Refer-To", format!("<{address}>"));
        let by = Address::read(&self.dialog.local).map(|address| address.uri).unwrap_or_default();
        refer.headers.push("Referred-By", format!("<{by}>"));
        self.send(net, refer);
    }

    /// `joins`: they were asked to take another call's place.
    pub(super) fn refer_answered(&mut self, net: &mut Net, response: Option<&Response>, joins: bool) {
        let status = response.map_or(408, |response| response.status);
        match status {
            100..=199 => {}
            200..=299 => net.event(self.id, CallEvent::Transfer { status: 100 }),
            status => net.event(self.id, CallEvent::Transfer { status }),
        }
        // Two who talk through us are not torn apart because their side did not understand an offer that nobody waits for:
        // if the call is gone in truth, its session timer finds that out.
        if status == 481 && !joins {
            self.check_lost(net, response);
        }
    }

    /// News of a transfer: the first line of a response as body (RFC 3515, 2.4.5).
    pub(super) fn notified(&mut self, net: &mut Net, key: &Arc<str>, request: &Request) {
        let event = request.headers.get("Event").unwrap_or_default();
        if !event.split(';').next().is_some_and(|event| event.trim().eq_ignore_ascii_case("refer")) {
            net.reply(key, 489);
            return;
        }
        net.reply(key, 200);
        let body = String::from_utf8_lossy(&request.body);
        let status = body.strip_prefix("SIP/2.0 ").and_then(|rest| rest.get(..3)?.parse().ok());
        if let Some(status) = status.filter(|status| (100..700).contains(status)) {
            net.event(self.id, CallEvent::Transfer { status });
        }
    }

    /// A key of ours.
    pub(super) fn send_key(&mut self, net: &mut Net, key: char) {
        if self.state != State::Talking || !is_key(key) {
            return;
        }
        let mut info = self.dialog.request(Method::Info);
        info.headers.push("Content-Type", "application/dtmf-relay");
        info.body = format!("Signal={key}\r\nDuration=160\r\n").into_bytes();
        self.send(net, info);
    }

    /// A key of theirs.
    pub(super) fn informed(&mut self, net: &mut Net, key: &Arc<str>, request: &Request) {
        let kind = request.headers.get("Content-Type").unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let body = String::from_utf8_lossy(&request.body);
        let pressed = match &*kind {
            "application/dtmf-relay" => body.lines().find_map(|line| {
                let (name, value) = line.split_once('=')?;
                name.trim().eq_ignore_ascii_case("signal").then(|| value.trim().to_owned())
            }),
            "application/dtmf" => Some(body.trim().to_owned()),
            "" if request.body.is_empty() => None,
            _ => {
                if let Some(mut response) = net.draft(key, 415) {
                    response.headers.push("Accept", "application/dtmf-relay, application/dtmf");
                    net.send_reply(key, &response);
                }
                return;
            }
        };
        net.reply(key, 200);
        // Some name the keys by their numbers of RFC 4733.
        let pressed = match pressed.as_deref() {
            Some("10") => Some('*'),
            Some("11") => Some('#'),
            Some(text) if text.chars().count() == 1 => text.chars().next().map(|c| c.to_ascii_uppercase()),
            _ => None,
        };
        if let Some(key) = pressed.filter(|key| is_key(*key)) {
            net.event(self.id, CallEvent::Key { key });
        }
    }
}

/// Tells the one who asked us to call somebody how that goes: the first line of a response as body (RFC 3515, 2.4.4).
pub(super) fn notify(net: &mut Net, dialog: &mut Dialog, status: u16, reason: &str) {
    let mut notify = dialog.request(Method::Notify);
    let state = if status < 200 { "active;expires=60" } else { "terminated;reason=noresource" };
    notify.headers.push("Contact", &*dialog.contact);
    notify.headers.push("Event", "refer");
    notify.headers.push("Subscription-State", state);
    notify.headers.push("Content-Type", "message/sipfrag;version=2.0");
    let reason: String = reason.chars().filter(|c| !c.is_control()).collect();
    notify.body = format!("SIP/2.0 {status} {reason}\r\n").into_bytes();
    if let Some(way) = dialog.way() {
        // Whether they hear of it changes nothing.
        net.request(notify, way, Sent::Nobody);
    }
}

fn is_key(key: char) -> bool {
    key.is_ascii_digit() || matches!(key, '*' | '#' | 'A'..='D')
}
