//! What happens on a socket from the moment it is open?

use std::sync::Arc;

use tokio::time::Instant;
use tokio_tungstenite::tungstenite::Message as Frame;
use tom_base::Lang;
use tom_call::{CallPort, Control};
use tom_turn::EndReason;
use tom_wire::{ErrorCode, WireError};

use crate::app::App;
use crate::metrics::registry as m;
use crate::socket::browser::{Browser, Wishes};
use crate::socket::drive::{Client, Protocol, TokenFirst};
use crate::socket::end::{End, too_large};
use crate::socket::rvc::Rvc;
use crate::socket::web::Web;
use crate::switchboard::CallRequest;

/// A call in the browser protocol or in `rvc-v1`. `opened`: the call, unless a token has to come first.
pub(crate) async fn browser(
    app: Arc<App>,
    socket: Web,
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

pub(crate) async fn hold(app: &App, mut client: Client, protocol: &mut dyn Protocol, port: CallPort) {
    let CallPort { audio, control, mut outbound } = port;
    let end = client.hold(app, protocol, (&audio, &control), &mut outbound).await;
    // The book of running calls has a way to the call as well: that ours ends tells it nothing while it is silent.
    if !matches!(end, End::Call(_) | End::Broken) {
        let _ = control.send(Control::HangUp(EndReason::Caller)).await;
    }
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

/// The next text message, or nothing when time is up.
async fn text_before(app: &App, client: &mut Client, deadline: Instant) -> Result<Option<String>, End> {
    loop {
        match frame_before(app, client, deadline).await? {
            None => return Ok(None),
            Some(Frame::Text(text)) => return Ok(Some(text.to_string())),
            // Nothing but a token counts yet; the deadline bounds how long this goes on.
            Some(_) => {}
        }
    }
}

/// The next message of text or bytes, or nothing when time is up.
pub(crate) async fn frame_before(
    app: &App,
    client: &mut Client,
    deadline: Instant,
) -> Result<Option<Frame>, End> {
    loop {
        let Ok(frame) = tokio::time::timeout_at(deadline, client.next()).await else {
            return Ok(None);
        };
        let (frame, len) = match frame {
            None | Some(Ok(Frame::Close(_))) => return Err(End::Gone),
            Some(Err(lost)) => return Err(lost.into()),
            Some(Ok(Frame::Text(text))) => (Frame::Text(text.clone()), text.len()),
            Some(Ok(Frame::Binary(bytes))) => (Frame::Binary(bytes.clone()), bytes.len()),
            Some(Ok(_)) => continue,
        };
        let max = app.config.limits.max_frame_bytes;
        return if len > max { Err(End::Fault(too_large(max))) } else { Ok(Some(frame)) };
    }
}

pub(crate) fn count_number(app: &App, request: &CallRequest) {
    if request.cli.is_some() {
        app.metrics.count(&m::CLI_REWRITE, &[]);
    }
}
