//! How does a call from a PBX or a carrier begin?

mod asked;
pub(crate) mod audiosocket;
mod carriers;
mod document;
mod join;
mod lines;
mod signature;
pub(crate) mod sip;
mod ticket;

pub use carriers::{Carriers, PublicUrl, Secret, TelnyxKey};
pub use join::MediaUrl;

use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message as Frame;
use tom_call::CallPort;
use tom_wire::phone::{PhoneEvent, PhoneStart};
use tom_wire::{ErrorCode, WireError};

use crate::answer::{count_number, frame_before, hold};
use crate::app::App;
use crate::ask;
use crate::metrics::registry as m;
use crate::routes::Params;
use crate::socket::drive::Client;
use crate::socket::end::End;
use crate::socket::phone::Phone;
use crate::socket::wall::epoch_ms;

/// Messages that may come before a call begins; carriers send one.
const MAX_BEFORE_START: usize = 8;

/// Who calls, and what their connection says before its first message.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) peer: IpAddr,
    /// Whether the right token was shown, or none is needed.
    pub(crate) granted: bool,
    /// The parameters of the address.
    pub(crate) asked: Params,
    /// A message that was read already.
    pub(crate) first: Option<String>,
}

/// The addresses of PBXs and carriers.
pub(crate) fn router() -> Router<Arc<App>> {
    lines::router().merge(asked::router()).merge(join::router())
}

/// Holds a call whose connection is open.
pub(crate) async fn answer(app: &App, mut client: Client, mut phone: Phone, caller: Caller) {
    match started(app, &mut client, &mut phone, caller).await {
        Ok(port) => {
            phone.connect(port.audio.clone());
            hold(app, client, &mut phone, port).await;
        }
        Err(end) => {
            if let End::Fault(error) = &end {
                let (line, code) = (phone.kind().as_str(), error.code.as_str());
                tracing::info!(line, code, "a telephone call was not taken: {error}");
            }
            client.finish(app, &mut phone, end).await;
        }
    }
}

/// Reads up to the call's begin, then opens it.
async fn started(
    app: &App,
    client: &mut Client,
    phone: &mut Phone,
    mut caller: Caller,
) -> Result<CallPort, End> {
    let deadline = Instant::now() + app.config.timing.auth;
    for _ in 0..MAX_BEFORE_START {
        let event = match caller.first.take() {
            Some(text) => phone.before_text(&text),
            None => match frame_before(app, client, deadline).await? {
                None => break,
                Some(Frame::Text(text)) => phone.before_text(&text),
                Some(Frame::Binary(bytes)) => phone.before_binary(&bytes),
                Some(_) => continue,
            },
        };
        match event {
            Ok(PhoneEvent::Started(start)) => return begin(app, phone, start, &caller),
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

fn begin(app: &App, phone: &Phone, mut start: PhoneStart, caller: &Caller) -> Result<CallPort, End> {
    let given = start.parameters.get("token").map(String::as_str);
    let right = |given: &str| app.config.token.as_ref().is_none_or(|token| token.is(given));
    let ticket = start.parameters.get("ticket").or_else(|| caller.asked.get("ticket"));
    let good = || match (&app.config.token, ticket) {
        (Some(token), Some(ticket)) => ticket::good(token, phone.kind(), ticket, epoch_ms() / 1000),
        _ => false,
    };
    if !caller.granted && !given.is_some_and(right) && !good() {
        let reason = if given.or(ticket.map(String::as_str)).is_some() { "invalid" } else { "missing" };
        app.metrics.count(&m::AUTH_REJECTED, &[reason]);
        return Err(End::Fault(WireError::new(
            ErrorCode::AuthRequired,
            "the call has no parameter \"token\" with the right token, nor a \"ticket\" that is good still",
        )));
    }
    // What the call itself tells counts more than its address, where the same stands for every call.
    for (name, value) in &caller.asked {
        start.parameters.entry(name.clone()).or_insert_with(|| value.clone());
    }
    let request =
        ask::phone(phone.kind(), &start, caller.peer).map_err(|refusal| End::Fault(refusal.error))?;
    count_number(app, &request);
    app.calls.begin(&request).map(|(port, _)| port).map_err(End::Fault)
}
