//! How is a line registered and kept registered (RFC 3261, 10)?

use std::net::IpAddr;
use std::time::{Duration, Instant};

use super::client::{Answer, Sent};
use super::dialog::Dialog;
use super::io::{Output, Way};
use super::net::{Net, peer, target};
use super::timers::Waiter;
use super::uplink::{proxy, registrar, route};
use crate::api::Transport;
use crate::digest::Challenge;
use crate::dns::{Place, Seek};
use crate::text::address::Address;
use crate::text::message::{Request, Response};
use crate::text::method::Method;
use crate::text::uri::{Uri, host_ip};
use crate::trunk::TrunkState;

/// Waits between tries, doubled up to the last.
const FIRST_WAIT: u32 = 5;
const LAST_WAIT: u32 = 300;
/// Between two pings, which keep the way through a router open: those forget after half a minute.
const PING: Duration = Duration::from_secs(25);
/// Between two looks for the addresses of a trunk that is not registered.
const REFRESH: Duration = Duration::from_secs(300);

/// A trunk at work.
#[derive(Debug)]
pub(crate) struct Line {
    at: usize,
    dialog: Dialog,
    registrar: Uri,
    /// Where requests go: the proxy on the way to the registrar, else itself.
    hop: Uri,
    proxy: Option<Uri>,
    /// What is looked for where that is a name.
    seek: Option<Seek>,
    /// It is being looked for, to register then.
    seeking: bool,
    expires: u32,
    wait: u32,
    challenge: Option<(Challenge, u32)>,
    leaving: bool,
    /// When to register again, and when to ping.
    again: Option<Instant>,
    ping: Option<Instant>,
    /// Where its calls come from.
    pub(crate) addresses: Vec<IpAddr>,
}

impl Line {
    /// Starts a trunk: registers it where that is wanted.
    pub(crate) fn start(at: usize, net: &mut Net) -> Option<Self> {
        let trunk = net.options.trunks.get(at)?.clone();
        let registrar = registrar(&trunk)?;
        let proxy = proxy(&trunk);
        let hop = proxy.clone().unwrap_or_else(|| registrar.clone());
        let aor = format!("sip:{}@{}", trunk.username, registrar.host);
        let dialog = Dialog::to_make(&aor, &aor, Transport::Udp, String::new());
        let addresses = host_ip(&hop.host).into_iter().collect::<Vec<_>>();
        let secure = hop.scheme == "sips";
        let seek = addresses.is_empty().then(|| Seek {
            host: hop.host.clone(),
            port: hop.port,
            transport: hop.param("transport").and_then(Transport::parse),
            secure,
            datagrams: net.sends_datagrams(),
        });
        if net.ways.len() <= at {
            net.ways.resize(at + 1, None);
        }
        let expires = u32::try_from(trunk.expires.as_secs()).unwrap_or(600).max(60);
        let mut line = Self {
            at,
            dialog,
            registrar,
            hop,
            proxy,
            seek,
            seeking: false,
            expires,
            wait: FIRST_WAIT,
            challenge: None,
            leaving: false,
            again: None,
            ping: None,
            addresses,
        };
        let state = if trunk.register { TrunkState::Trying } else { TrunkState::Unregistered };
        line.tell(net, state);
        line.begin(net);
        Some(line)
    }

    /// Registers, where it is known where to.
    fn begin(&mut self, net: &mut Net) {
        if let Some(seek) = &self.seek {
            self.seeking = true;
            net.out.push_back(Output::Locate(seek.clone()));
        } else if self.registers(net) {
            self.register(net, self.expires);
        }
    }

    fn registers(&self, net: &Net) -> bool {
        net.options.trunks.get(self.at).is_some_and(|trunk| trunk.register)
    }

    /// Whether this is what it looks for.
    pub(crate) fn is_at(&self, seek: &Seek) -> bool {
        self.seek.as_ref() == Some(seek)
    }

    /// It was looked for.
    pub(crate) fn located(&mut self, net: &mut Net, found: &Result<Place, String>) {
        let sought = std::mem::take(&mut self.seeking);
        match found {
            Ok(place) => {
                self.addresses = place.addresses.iter().map(|address| address.ip()).collect();
                net.ways[self.at] = Some(place.transport);
                if !self.registers(net) {
                    self.later(net, REFRESH);
                } else if sought && !self.leaving {
                    self.register(net, self.expires);
                }
            }
            Err(_) if !self.registers(net) => self.later(net, REFRESH),
            Err(why) if sought && !self.leaving => self.failed(net, None, why),
            Err(_) => {}
        }
    }

    /// Which way requests go.
    fn way(&self, net: &Net) -> Way {
        let usual = net.ways.get(self.at).copied().flatten().unwrap_or(Transport::Udp);
        Way::To(target(&self.hop, usual))
    }

    fn register(&mut self, net: &mut Net, expires: u32) {
        let way = self.way(net);
        let user = net.options.trunks.get(self.at).map_or("", |trunk| &trunk.username);
        self.dialog.contact = net.contact(user, way.transport(), peer(&way));
        self.dialog.transport = way.transport();
        let mut request = self.dialog.request(Method::Register);
        request.uri = Uri { user: None, ..self.registrar.clone() }.to_string();
        request.headers.push("Contact", format!("{};expires={expires}", self.dialog.contact));
        request.headers.push("Expires", expires.to_string());
        request.headers.push("Allow", Method::ALLOW);
        if let Some(proxy) = &self.proxy {
            request.headers.push("Route", route(proxy));
        }
        self.send(net, request);
    }

    fn send(&self, net: &mut Net, request: Request) {
        let way = self.way(net);
        net.request(request, way, Sent::Trunk(self.at));
    }

    /// Takes the registration back.
    pub(crate) fn leave(&mut self, net: &mut Net) {
        // What is looked for as yet was never registered.
        if self.registers(net) && !self.leaving && !(self.seeking && self.addresses.is_empty()) {
            self.leaving = true;
            (self.again, self.ping) = (None, None);
            self.register(net, 0);
            self.wait(net);
        }
    }

    /// Its moment has come: register anew, or ping.
    pub(crate) fn due(&mut self, net: &mut Net) {
        if self.again.take_if(|at| *at <= net.now).is_some() {
            // Addresses of registrars change: they are looked for each time.
            self.begin(net);
        }
        if self.ping.take_if(|at| *at <= net.now).is_some() {
            let way = self.way(net);
            net.out.push_back(Output::Send { way, bytes: b"\r\n\r\n".to_vec(), branch: None });
            self.ping = Some(net.now + PING);
        }
        self.wait(net);
    }

    /// The registrar answered, or did not.
    pub(crate) fn answered(&mut self, net: &mut Net, answer: &Answer) {
        let Some(response) = &answer.response else {
            let silent = "no answer: check the registrar's address, and that nothing blocks the way";
            self.failed(net, None, answer.why.as_deref().unwrap_or(silent));
            return;
        };
        match response.status {
            100..=199 => {}
            _ if self.leaving && !matches!(response.status, 401 | 407) => {}
            200..=299 => self.registered(net, response),
            401 | 407 if self.retry(net, answer, response) => {}
            401 | 403 | 407 => {
                self.failed(net, Some(response.status), "username or password were not taken");
            }
            404 => self.failed(net, Some(404), "the registrar does not know the user"),
            423 => match response.headers.number("Min-Expires").filter(|least| *least > self.expires) {
                Some(least) if least <= 86_400 => {
                    self.expires = least;
                    self.register(net, least);
                }
                _ => self.failed(net, Some(423), "the registrar names no interval it would take"),
            },
            status => self.failed(net, Some(status), "the registrar refused"),
        }
    }

    fn registered(&mut self, net: &mut Net, response: &Response) {
        let ours = Address::read(&self.dialog.contact).map(|contact| contact.uri).unwrap_or_default();
        let contacts = response.headers.list("Contact").into_iter().filter_map(|c| Address::read(&c).ok());
        let of_contact = contacts.filter(|c| c.uri == ours).find_map(|c| c.param("expires")?.parse().ok());
        let expires: u32 =
            of_contact.or_else(|| response.headers.number("Expires")).unwrap_or(self.expires).max(10);
        self.wait = FIRST_WAIT;
        self.tell(net, TrunkState::Registered { expires });
        self.ping = Some(net.now + PING);
        // Well before it runs out, so that one lost try does no harm.
        self.later(net, Duration::from_millis(u64::from(expires) * 750));
    }

    fn failed(&mut self, net: &mut Net, status: Option<u16>, reason: &str) {
        let again = self.wait;
        self.wait = (self.wait * 2).min(LAST_WAIT);
        self.challenge = None;
        self.ping = None;
        self.tell(net, TrunkState::Failed { status, reason: reason.to_owned(), again });
        // Many lines that failed together do not come back together.
        let apart = crate::random::number() % 1000;
        self.later(net, Duration::from_millis(u64::from(again) * 1000 + apart));
    }

    /// Answers a challenge. Whether it did.
    fn retry(&mut self, net: &mut Net, answer: &Answer, response: &Response) -> bool {
        let who = net.options.trunks.get(self.at).and_then(|trunk| trunk.credentials.clone());
        let Some(who) = who else { return false };
        let (asks, says) = if response.status == 407 {
            ("Proxy-Authenticate", "Proxy-Authorization")
        } else {
            ("WWW-Authenticate", "Authorization")
        };
        let Some(challenge) = Challenge::choose(response.headers.all(asks)) else { return false };
        let tried = answer.request.headers.get(says).is_some();
        if tried && !challenge.stale {
            return false;
        }
        let count = match &self.challenge {
            Some((before, count)) if before.repeats(&challenge) => count + 1,
            _ => 1,
        };
        let mut again = answer.request.clone();
        let value = challenge.answer(&who, "REGISTER", &again.uri, count, &crate::random::hex(16));
        again.headers.set(says, value);
        self.dialog.seq += 1;
        again.headers.set("CSeq", format!("{} REGISTER", self.dialog.seq));
        self.challenge = Some((challenge, count));
        // A registrar that says stale for ever is not followed for ever.
        if count > 3 {
            return false;
        }
        self.send(net, again);
        true
    }

    fn later(&mut self, net: &mut Net, wait: Duration) {
        self.again = Some(net.now + wait);
        self.wait(net);
    }

    fn wait(&self, net: &mut Net) {
        let at = self.again.into_iter().chain(self.ping).min();
        net.timers.set(Waiter::Trunk(self.at), at);
    }

    fn tell(&self, net: &mut Net, state: TrunkState) {
        net.out.push_back(Output::Trunk(self.at, state));
    }
}
