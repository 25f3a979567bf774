//! Is a request whole enough to be worked on, and what does it get otherwise?

use super::address::Address;
use super::message::{self, Request};
use super::method::Method;
use super::uri::{BadUri, Uri};
use super::via::Via;

/// Extensions we keep to when a request requires them.
const KNOWN_EXTENSIONS: &[&str] = &["100rel", "timer", "replaces", "norefersub"];

/// What is wrong with a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    /// For the counters and the log; holds nothing of the message.
    pub(crate) why: &'static str,
    /// A header the answer carries.
    pub(crate) header: Option<(&'static str, String)>,
}

fn fault(status: u16, why: &'static str) -> Fault {
    Fault { status, why, header: None }
}

/// Headers that may stand once only.
const SINGLE: &[&str] = &["Call-ID", "CSeq", "From", "To", "Max-Forwards", "Content-Length", "Content-Type"];

/// Looks at what every request needs (RFC 3261, 8.1.1 and 8.2), in the order of RFC 3261, 8.2.
pub(crate) fn request(request: &Request) -> Result<(), Fault> {
    for name in SINGLE {
        if request.headers.all(name).nth(1).is_some() {
            return Err(fault(400, "a header that stands once stands twice"));
        }
    }
    let header = |name| request.headers.get(name).filter(|value| !value.is_empty());
    if header("Call-ID").is_none_or(|id| id.contains(char::is_whitespace)) {
        return Err(fault(400, "no Call-ID"));
    }
    for name in ["From", "To"] {
        let address = header(name).and_then(|value| Address::read(value).ok());
        let address = address.ok_or_else(|| fault(400, "From or To is no address"))?;
        if matches!(address.target(), Err(BadUri::Form)) {
            return Err(fault(400, "From or To holds no address"));
        }
    }
    let vias = request.headers.list("Via");
    if vias.is_empty() || vias.iter().any(|via| Via::read(via).is_none()) {
        return Err(fault(400, "Via cannot be read"));
    }
    method(request)?;
    match Uri::read(&request.uri) {
        Err(BadUri::Form) => return Err(fault(400, "the Request-URI is no address")),
        Err(BadUri::Scheme) => return Err(fault(416, "another scheme than sip, sips or tel")),
        // RFC 3261, 19.1.1: what stands behind ? would become headers of ours, a Route among them.
        Ok(uri) if uri.headers.is_some() => {
            return Err(fault(400, "the Request-URI holds headers"));
        }
        Ok(_) => {}
    }
    if header("Max-Forwards").is_some_and(|hops| hops.parse::<u8>().is_err()) {
        return Err(fault(400, "Max-Forwards is no number up to 255"));
    }
    for value in request.headers.list("Contact") {
        let good = value == "*" || Address::read(&value).is_ok_and(|a| a.target() != Err(BadUri::Form));
        if !good {
            return Err(fault(400, "Contact is no address"));
        }
    }
    extensions(request)
}

/// CSeq names the request's method, and the method is one that we know and answer.
fn method(request: &Request) -> Result<(), Fault> {
    let known = !matches!(request.method, Method::Other(_));
    let (_, named) = message::cseq(&request.headers).ok_or_else(|| fault(400, "no CSeq"))?;
    if named != request.method {
        return Err(fault(if known { 400 } else { 501 }, "CSeq names another method"));
    }
    if !known {
        return Err(fault(501, "a method nobody knows"));
    }
    let refused =
        matches!(request.method, Method::Register | Method::Subscribe | Method::Message | Method::Publish);
    if refused {
        let header = Some(("Allow", Method::ALLOW.to_owned()));
        return Err(Fault { header, ..fault(405, "a method for others") });
    }
    Ok(())
}

/// Extensions that are required and that we do not have (RFC 3261, 8.2.2.3).
fn extensions(request: &Request) -> Result<(), Fault> {
    if matches!(request.method, Method::Ack | Method::Cancel) {
        return Ok(());
    }
    let strange: Vec<_> = request.headers.list("Require");
    let strange: Vec<_> = strange
        .into_iter()
        .filter(|tag| !KNOWN_EXTENSIONS.iter().any(|known| known.eq_ignore_ascii_case(tag)))
        .collect();
    if strange.is_empty() {
        return Ok(());
    }
    Err(Fault { header: Some(("Unsupported", strange.join(", "))), ..fault(420, "an extension we lack") })
}

/// Whether the answer may be SDP (RFC 3261, 20.1): without a header Accept it may, else one of its values says so.
/// Else 406.
pub(crate) fn takes_sdp(request: &Request) -> Result<(), Fault> {
    if request.headers.get("Accept").is_none() {
        return Ok(());
    }
    let sdp = request.headers.list("Accept").iter().any(|range| {
        let kind = range.split(';').next().unwrap_or_default().trim();
        ["application/sdp", "application/*", "*/*"].iter().any(|known| known.eq_ignore_ascii_case(kind))
    });
    if sdp { Ok(()) } else { Err(fault(406, "SDP is not accepted in the answer")) }
}

/// Whether the body is SDP, or there is none (RFC 3261, 8.2.3): else 415 and what we take.
pub(crate) fn sdp_body(request: &Request) -> Result<(), Fault> {
    if request.body.is_empty() {
        return Ok(());
    }
    let accept = Some(("Accept", "application/sdp".to_owned()));
    if request.headers.get("Content-Encoding").is_some_and(|kind| !kind.eq_ignore_ascii_case("identity")) {
        let header = Some(("Accept-Encoding", "identity".to_owned()));
        return Err(Fault { header, ..fault(415, "an encoded body") });
    }
    let kind = request.headers.get("Content-Type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("application/sdp") {
        return Ok(());
    }
    Err(Fault { header: accept, ..fault(415, "a body that is no SDP") })
}
