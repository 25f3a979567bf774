//! How does a call from a PBX or a carrier begin?

pub(crate) mod audiosocket;

use std::net::IpAddr;

use axum::extract::ws::Message as Frame;
use tokio::time::Instant;
use tom_call::CallPort;
use tom_wire::phone::{PhoneEvent, PhoneStart};
use tom_wire::{ErrorCode, WireError};

use crate::answer::{count_number, frame_before, hold};
use crate::app::App;
use crate::ask;
use crate::metrics::registry as m;
use crate::socket::drive::Client;
use crate::socket::end::End;
use crate::socket::phone::Phone;

/// Messages that may come before a call begins; carriers send one.
const MAX_BEFORE_START: usize = 8;

/// Who calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct From {
    pub(crate) peer: IpAddr,
    /// Whether the right token was shown, or none is needed.
    pub(crate) granted: bool,
}

/// Holds a call whose connection is open.
pub(crate) async fn answer(app: &App, mut client: Client, mut phone: Phone, from: From) {
    match started(app, &mut client, &mut phone, from).await {
        Ok(port) => {
            phone.connect(port.audio.clone());
            hold(app, client, &mut phone, port).await;
        }
        Err(end) => client.finish(app, &mut phone, end).await,
    }
}

/// Reads up to the call's begin, then opens it.
async fn started(app: &App, client: &mut Client, phone: &mut Phone, from: From) -> Result<CallPort, End> {
    let deadline = Instant::now() + app.config.timing.auth;
    for _ in 0..MAX_BEFORE_START {
        let event = match frame_before(app, client, deadline).await? {
            None => break,
            Some(Frame::Text(text)) => phone.before_text(&text),
            Some(Frame::Binary(bytes)) => phone.before_binary(&bytes),
            Some(_) => continue,
        };
        match event {
            Ok(PhoneEvent::Started(start)) => return begin(app, phone, &start, from),
            Ok(PhoneEvent::Stopped) => return Err(End::Gone),
            Ok(_) => {}
            Err(error) => {
                app.metrics.count(&m::ERRORS, &["wire"]);
                return Err(End::Fault(error));
            }
        }
    }
    app.metrics.count(&m::AUTH_REJECTED, &["timeout"]);
    Err(End::Fault(WireError::new(ErrorCode::AuthTimeout, "the call did not begin in time")))
}

fn begin(app: &App, phone: &Phone, start: &PhoneStart, from: From) -> Result<CallPort, End> {
    let given = start.parameters.get("token").map(String::as_str);
    let right = |given: &str| app.config.token.as_ref().is_none_or(|token| token.is(given));
    if !from.granted && !given.is_some_and(right) {
        let reason = if given.is_some() { "invalid" } else { "missing" };
        app.metrics.count(&m::AUTH_REJECTED, &[reason]);
        return Err(End::Fault(WireError::new(
            ErrorCode::AuthRequired,
            "the stream has no parameter \"token\" with the right token",
        )));
    }
    let request = ask::phone(phone.kind(), start, from.peer).map_err(|refusal| End::Fault(refusal.error))?;
    count_number(app, &request);
    app.calls.begin(&request).map(|(port, _)| port).map_err(End::Fault)
}
