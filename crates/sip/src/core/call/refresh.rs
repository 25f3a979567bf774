//! Does the other side still live (session timers, RFC 4028)?

use std::time::{Duration, Instant};

use super::{Call, State};
use crate::core::net::Net;
use crate::text::check::Fault;
use crate::text::message::{Request, Response};
use crate::text::method::Method;

/// The smallest interval there may be (RFC 4028, 5).
const LEAST: u32 = 90;

/// The timer of one session.
#[derive(Debug, Default)]
pub(super) struct Timer {
    interval: u32,
    least: u32,
    /// Whether we refresh.
    us: bool,
    refresh: Option<Instant>,
    expires: Option<Instant>,
}

impl Timer {
    /// Whether a request asks for an interval nobody needs: 422.
    pub(super) fn too_small(&self, request: &Request) -> Option<Fault> {
        too_small(request)
    }

    /// Takes what a request of theirs asks for.
    pub(super) fn of_request(&mut self, net: &Net, request: &Request) {
        let ours = seconds(net.options.session);
        let least = request.headers.number("Min-SE").unwrap_or(LEAST).max(LEAST);
        let asked = request.headers.number("Session-Expires");
        self.least = least;
        self.interval = asked.unwrap_or(ours).min(ours).max(least);
        // Ours, unless they can and want to.
        self.us = !(request.headers.lists("Supported", "timer")
            && refresher(request.headers.get("Session-Expires")) == Some("uac"));
    }

    /// Says in an answer what holds from now on.
    pub(super) fn write_response(&self, response: &mut Response) {
        if self.interval == 0 {
            return;
        }
        if !self.us {
            response.headers.push("Require", "timer");
        }
        let who = if self.us { "uas" } else { "uac" };
        response.headers.push("Session-Expires", format!("{};refresher={who}", self.interval));
    }

    /// Asks in a request of ours. `known`: it refreshes.
    pub(super) fn write_request(&mut self, net: &Net, request: &mut Request, known: bool) {
        if self.interval == 0 {
            self.interval = seconds(net.options.session).max(LEAST);
        }
        self.least = self.least.max(LEAST);
        let who = match (known, self.us) {
            (false, _) => "",
            (true, true) => ";refresher=uac",
            (true, false) => ";refresher=uas",
        };
        request.headers.push("Session-Expires", format!("{}{who}", self.interval));
        request.headers.push("Min-SE", self.least.to_string());
    }

    /// Takes what an answer to a request of ours says, and starts anew.
    pub(super) fn of_response(&mut self, net: &Net, response: &Response) {
        let header = response.headers.get("Session-Expires");
        if let Some(interval) = response.headers.number("Session-Expires") {
            self.interval = interval.max(LEAST);
        }
        // A side that knows no timers leaves the refreshing to us.
        self.us = refresher(header) != Some("uas");
        self.start(net.now);
    }

    /// Counts from now.
    pub(super) fn start(&mut self, now: Instant) {
        let interval = Duration::from_secs(self.interval.into());
        self.refresh = self.us.then_some(now + interval / 2);
        self.expires = Some(now + interval - (interval / 3).min(Duration::from_secs(32)));
    }

    /// Refreshes at another moment.
    pub(super) fn again(&mut self, at: Instant) {
        self.refresh = Some(at);
    }

    /// Takes a larger interval; false if it is none.
    pub(super) fn raise(&mut self, least: u32) -> bool {
        let larger = least > self.interval && least <= 86_400;
        if larger {
            (self.interval, self.least) = (least, least);
        }
        larger
    }

    pub(super) fn due(&self) -> Option<Instant> {
        self.refresh.into_iter().chain(self.expires).min()
    }
}

impl Call {
    /// Refreshes, or gives the other side up.
    pub(super) fn timer_due(&mut self, net: &mut Net) {
        if self.state != State::Talking {
            return;
        }
        if self.timer.expires.is_some_and(|at| at <= net.now) {
            self.timer = Timer::default();
            self.lost(net, "the session expired");
            return;
        }
        if self.timer.refresh.is_some_and(|at| at <= net.now) {
            self.timer.refresh = None;
            if self.peer.updates {
                let mut update = self.dialog.request(Method::Update);
                self.timer.write_request(net, &mut update, true);
                self.send(net, update);
            } else {
                self.offer_again(net);
            }
        }
    }
}

/// Whether a request asks for an interval that is too small (RFC 4028, 9).
pub(crate) fn too_small(request: &Request) -> Option<Fault> {
    let asked = request.headers.number("Session-Expires")?;
    (asked < LEAST && request.headers.lists("Supported", "timer")).then(|| Fault {
        status: 422,
        why: "a session interval under 90 s",
        header: Some(("Min-SE", LEAST.to_string())),
    })
}

fn refresher(header: Option<&str>) -> Option<&str> {
    let (_, params) = header?.split_once(';')?;
    params.split(';').find_map(|param| {
        let (name, value) = param.split_once('=')?;
        name.trim().eq_ignore_ascii_case("refresher").then(|| value.trim())
    })
}

fn seconds(duration: Duration) -> u32 {
    u32::try_from(duration.as_secs()).unwrap_or(u32::MAX).clamp(LEAST, 86_400)
}
