//! Where do a trunk's requests go, and which trunk takes a call out?

use super::net::Net;
use crate::api::{Dial, Ended, EndedBy};
use crate::options::Trunk;
use crate::text::uri::Uri;

/// Where a trunk is.
pub(crate) fn registrar(trunk: &Trunk) -> Option<Uri> {
    place(&trunk.registrar)
}

/// What its requests go through, where that is another server.
pub(crate) fn proxy(trunk: &Trunk) -> Option<Uri> {
    place(trunk.outbound_proxy.as_deref()?)
}

/// The header Route that leads through a proxy (RFC 3261, 8.1.2).
pub(crate) fn route(proxy: &Uri) -> String {
    let mut proxy = proxy.clone();
    if proxy.param("lr").is_none() {
        proxy.params.push(("lr".into(), None));
    }
    format!("<{proxy}>")
}

/// A server's address. Nothing but a host is its short form.
fn place(text: &str) -> Option<Uri> {
    let text = text.trim();
    let whole = if text.starts_with("sip:") || text.starts_with("sips:") {
        text.to_owned()
    } else {
        format!("sip:{text}")
    };
    Uri::read(&whole).ok().map(|uri| Uri { user: None, ..uri })
}

/// The trunk a call goes out by.
pub(crate) fn choose(net: &Net, dial: &Dial) -> Result<Option<usize>, Ended> {
    let no = |reason: &str| Ended { by: EndedBy::Refused, status: None, reason: reason.to_owned() };
    match &dial.trunk {
        Some(name) => {
            let found = net.options.trunks.iter().position(|trunk| trunk.name == *name);
            found.map(Some).ok_or_else(|| no("there is no trunk of this name"))
        }
        None if Uri::read(&dial.to).is_ok_and(|uri| uri.scheme != "tel") => Ok(None),
        None if net.options.trunks.is_empty() => Err(no("there is no trunk; name one in [[sip.trunk]]")),
        None => Ok(Some(0)),
    }
}
