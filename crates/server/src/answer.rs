//! What happens on a socket from the moment it is open?

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::ws::{Message as Frame, WebSocket};
use tokio::time::Instant;
use tom_base::Lang;
use tom_call::CallPort;
use tom_wire::twilio::TwilioEvent;
use tom_wire::{ErrorCode, WireError};

use crate::app::App;
use crate::ask;
use crate::metrics::registry as m;
use crate::socket::browser::{Browser, Wishes};
use crate::socket::drive::{Client, Protocol, TokenFirst};
use crate::socket::end::{End, broken_stream, too_large};
use crate::socket::rvc::Rvc;
use crate::socket::twilio::Twilio;
use crate::switchboard::CallRequest;

/// Messages Twilio may send before `start`; it sends one.
const MAX_BEFORE_START: usize = 8;

/// A call in the browser protocol or in `rvc-v1`. `opened`: the call, unless a token has to come first.
pub(crate) async fn browser(
    app: Arc<App>,
    socket: WebSocket,
    request: CallRequest,
    wishes: Wishes,
    opened: Option<(CallPort, Lang)>,
) {
    let client = Client::new(socket, &app);
    let (id, lane) = (request.id.clone(), client.lane.clone());
    match wishes.rvc {
        Some(hz) => converse(&app, client, &mut Rvc::new(id, hz, lane), &request, opened).await,
        None => {
            let mut browser = Browser::new(id, wishes, lane, app.switchboard.names());
            converse(&app, client, &mut browser, &request, opened).await;
        }
    }
}

async fn converse(
    app: &App,
    mut client: Client,
    protocol: &mut dyn TokenFirst,
    request: &CallRequest,
    opened: Option<(CallPort, Lang)>,
) {
    let opened = match opened {
        Some(opened) => Ok(opened),
        None => token_first(app, &mut client, protocol, request).await,
    };
    let (port, lang) = match opened {
        Ok(opened) => opened,
        Err(end) => return client.finish(app, protocol, end).await,
    };
    count_number(app, request);
    protocol.connect(port.audio.clone(), lang.as_str());
    hold(app, client, protocol, port).await;
}

/// A call over Twilio Media Streams.
pub(crate) async fn twilio(app: Arc<App>, socket: WebSocket, peer: IpAddr, granted: bool) {
    let mut client = Client::new(socket, &app);
    let mut twilio = Twilio::new(client.lane.clone());
    match started(&app, &mut client, &mut twilio, peer, granted).await {
        Ok(port) => {
            twilio.connect(port.audio.clone());
            hold(&app, client, &mut twilio, port).await;
        }
        Err(end) => client.finish(&app, &mut twilio, end).await,
    }
}

async fn hold(app: &App, mut client: Client, protocol: &mut dyn Protocol, port: CallPort) {
    let CallPort { audio, control, mut outbound } = port;
    let end = client.hold(app, protocol, &control, &mut outbound).await;
    // From here on the call knows that nobody is there.
    drop((audio, control, outbound));
    client.finish(app, protocol, end).await;
}

/// Waits for the token in the first message, then opens the call.
async fn token_first(
    app: &App,
    client: &mut Client,
    protocol: &mut dyn TokenFirst,
    request: &CallRequest,
) -> Result<(CallPort, Lang), End> {
    let deadline = Instant::now() + app.config.timing.auth;
    let error = match text_before(app, client, deadline).await? {
        None => ("timeout", ErrorCode::AuthTimeout, "no token came in time: send {\"jwt\": \"TOKEN\"} first"),
        Some(text) => match protocol.token(&text) {
            Some(given) if app.config.token.as_ref().is_none_or(|token| token.is(&given)) => {
                return app.calls.begin(request).map_err(End::Fault);
            }
            Some(_) => ("invalid", ErrorCode::AuthInvalid, "the token is wrong"),
            None => ("missing", ErrorCode::AuthRequired, "the first message must be {\"jwt\": \"TOKEN\"}"),
        },
    };
    let (reason, code, message) = error;
    app.metrics.count(&m::AUTH_REJECTED, &[reason]);
    let error = WireError::new(code, message);
    protocol.auth_error(&error);
    client.lane.close(code.close(), code.as_str());
    client.linger(app).await;
    Err(End::Gone)
}

/// Reads up to Twilio's `start`, then opens the call.
async fn started(
    app: &App,
    client: &mut Client,
    twilio: &mut Twilio,
    peer: IpAddr,
    granted: bool,
) -> Result<CallPort, End> {
    let deadline = Instant::now() + app.config.timing.auth;
    for _ in 0..MAX_BEFORE_START {
        let Some(text) = text_before(app, client, deadline).await? else {
            break;
        };
        match twilio.before(&text).map_err(End::Fault)? {
            TwilioEvent::Started { call_sid, parameters } => {
                let given = parameters.get("token").map(String::as_str);
                let right = |given: &str| app.config.token.as_ref().is_none_or(|token| token.is(given));
                if !granted && !given.is_some_and(right) {
                    let reason = if given.is_some() { "invalid" } else { "missing" };
                    app.metrics.count(&m::AUTH_REJECTED, &[reason]);
                    return Err(End::Fault(WireError::new(
                        ErrorCode::AuthRequired,
                        "the stream has no <Parameter name=\"token\"> with the right token",
                    )));
                }
                let request = ask::twilio(&call_sid, &parameters, peer).map_err(|r| End::Fault(r.error))?;
                count_number(app, &request);
                return app.calls.begin(&request).map(|(port, _)| port).map_err(End::Fault);
            }
            TwilioEvent::Stopped => return Err(End::Gone),
            _ => {}
        }
    }
    app.metrics.count(&m::AUTH_REJECTED, &["timeout"]);
    Err(End::Fault(WireError::new(ErrorCode::AuthTimeout, "no \"start\" came in time")))
}

/// The next text message, or nothing when time is up.
async fn text_before(app: &App, client: &mut Client, deadline: Instant) -> Result<Option<String>, End> {
    loop {
        let Ok(frame) = tokio::time::timeout_at(deadline, client.next()).await else {
            return Ok(None);
        };
        match frame {
            None | Some(Ok(Frame::Close(_))) => return Err(End::Gone),
            Some(Err(error)) => return Err(broken_stream(&error)),
            Some(Ok(Frame::Text(text))) => {
                let max = app.config.limits.max_frame_bytes;
                return match text.len() > max {
                    true => Err(End::Fault(too_large(max))),
                    false => Ok(Some(text.to_string())),
                };
            }
            // Nothing but a token or `start` counts yet; the deadline bounds how long this goes on.
            Some(Ok(_)) => {}
        }
    }
}

fn count_number(app: &App, request: &CallRequest) {
    if request.cli.is_some() {
        app.metrics.count(&m::CLI_REWRITE, &[]);
    }
}
