//! Where did a request really come from, so that its answer gets there?

use super::io::Flow;
use crate::text::message::Request;
use crate::text::via::Via;

/// Writes into the top Via where the request really came from (RFC 3261, 18.2.1, and RFC 3581).
pub(super) fn note_source(request: &mut Request, flow: Flow) {
    let mut vias = request.headers.list("Via");
    let Some(top) = vias.first().cloned() else { return };
    let Some(read) = Via::read(&top) else { return };
    let ip = flow.peer.ip().to_canonical();
    let mut params = String::new();
    for (name, value) in read.params.iter().filter(|(name, _)| !matches!(&**name, "rport" | "received")) {
        params
            .push_str(&value.as_ref().map_or_else(|| format!(";{name}"), |value| format!(";{name}={value}")));
    }
    let asks = read.param("rport").is_some();
    if asks || crate::text::uri::host_ip(&read.host).is_none_or(|host| host.to_canonical() != ip) {
        params.push_str(&format!(";received={ip}"));
    }
    if asks {
        params.push_str(&format!(";rport={}", flow.peer.port()));
    }
    let port = read.port.map(|port| format!(":{port}")).unwrap_or_default();
    vias[0] = format!("SIP/2.0/{} {}{port}{params}", read.transport, read.host);
    request.headers.remove("Via");
    for via in vias.iter().rev() {
        request.headers.push_front("Via", &**via);
    }
}
