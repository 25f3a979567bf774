//! How does a request of ours reach its answer, however often either is lost (RFC 3261, 17.1, and RFC 6026)?

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::io::{Flow, Output, Target, Way};
use super::net::{Net, bracket, peer};
use super::server::T2_IN_T1;
use super::timers::Waiter;
use crate::random;
use crate::text::headers::Headers;
use crate::text::message::{Request, Response};
use crate::text::method::Method;

/// For whom a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sent {
    /// By a call: the method tells the rest.
    Call(u64),
    /// To register a trunk.
    Trunk(usize),
    /// Nobody waits for what comes back.
    Nobody,
}

/// A request of ours on its way.
#[derive(Debug)]
pub(crate) struct ClientTx {
    pub(crate) request: Request,
    pub(crate) way: Way,
    pub(crate) sent: Sent,
    /// Where it was sent at first, if that is a name that may have several places; and how many were tried.
    pub(super) place: Option<(Target, usize)>,
    state: State,
    again: Option<(Instant, Duration)>,
    pub(super) dies: Option<Instant>,
    ack: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling,
    Proceeding,
    /// A final answer came and was told; further ones are absorbed.
    Done,
    /// A 2xx to an INVITE came; every further one goes up, to be acknowledged.
    Accepted,
}

/// What an answer means for the one who asked.
pub(crate) struct Answer {
    pub(crate) sent: Sent,
    pub(crate) request: Request,
    pub(crate) way: Way,
    /// None: no answer came in time, or the request could not be sent.
    pub(crate) response: Option<Response>,
    /// Why it could not be sent, where that is known.
    pub(crate) why: Option<String>,
    pub(super) place: Option<(Target, usize)>,
}

impl Net {
    /// Sends a request. Adds Via; returns the branch.
    pub(crate) fn request(&mut self, request: Request, way: Way, sent: Sent) -> Arc<str> {
        let place = match &way {
            Way::To(target) => Some((target.clone(), 1)),
            Way::Back(_) => None,
        };
        self.request_at(request, way, sent, place)
    }

    pub(super) fn request_at(
        &mut self,
        mut request: Request,
        way: Way,
        sent: Sent,
        place: Option<(Target, usize)>,
    ) -> Arc<str> {
        let branch: Arc<str> = random::branch().into();
        request.headers.remove("Via");
        self.sign(&mut request, &way, &branch);
        let stream = way.transport().is_stream();
        let again = (!stream).then_some((self.now + self.options.t1, self.options.t1));
        self.out.push_back(Output::Send {
            way: way.clone(),
            bytes: request.write(),
            branch: Some(branch.to_string()),
        });
        let dies = Some(self.now + self.patience_at(place.as_ref()));
        let tx = ClientTx { request, way, sent, place, state: State::Calling, again, dies, ack: None };
        self.clients.insert(branch.clone(), tx);
        self.wait_client(&branch);
        branch
    }

    /// Puts our Via on top, and says who we are.
    pub(crate) fn sign(&self, request: &mut Request, way: &Way, branch: &str) {
        let transport = way.transport();
        let (ip, port) = self.here(transport, peer(way));
        let via = format!("SIP/2.0/{} {}:{port};rport;branch={branch}", transport.upper(), bracket(ip));
        request.headers.push_front("Via", via);
        request.headers.set("User-Agent", &*self.options.agent);
        request.headers.set("X-TOM-AI", "1");
    }

    /// Sends the CANCEL of an INVITE (RFC 3261, 9.1): same branch, same Via.
    pub(crate) fn cancel(&mut self, branch: &Arc<str>) {
        let Some(tx) = self.clients.get(branch) else { return };
        let mut cancel = like(&tx.request, Method::Cancel);
        for name in ["Authorization", "Proxy-Authorization"] {
            let kept: Vec<String> = tx.request.headers.all(name).map(str::to_owned).collect();
            kept.into_iter().for_each(|value| cancel.headers.push(name, value));
        }
        let way = tx.way.clone();
        let key: Arc<str> = format!("{branch}|CANCEL").into();
        let again = (!way.transport().is_stream()).then_some((self.now + self.options.t1, self.options.t1));
        self.out.push_back(Output::Send { way: way.clone(), bytes: cancel.write(), branch: None });
        let dies = Some(self.now + self.patience());
        // An INVITE that is cancelled does not wait for its answer for ever (RFC 3261, 9.1).
        let patience = self.now + self.patience();
        if let Some(tx) = self.clients.get_mut(branch) {
            tx.dies = Some(patience);
        }
        self.wait_client(branch);
        let tx = ClientTx {
            request: cancel,
            way,
            sent: Sent::Nobody,
            place: None,
            state: State::Calling,
            again,
            dies,
            ack: None,
        };
        self.clients.insert(key.clone(), tx);
        self.wait_client(&key);
    }

    /// Whether nothing has come back for a request.
    pub(super) fn is_unheard(tx: &ClientTx) -> bool {
        tx.state == State::Calling
    }

    /// Whether requests of ours wait for answers.
    pub(crate) fn asks(&self) -> bool {
        self.clients.values().any(|tx| matches!(tx.state, State::Calling | State::Proceeding))
    }

    /// Whether an INVITE of ours has been answered at all, so that a CANCEL may follow.
    pub(crate) fn is_proceeding(&self, branch: &Arc<str>) -> bool {
        self.clients.get(branch).is_some_and(|tx| tx.state == State::Proceeding)
    }

    /// A response came in. What it means, if it means something new.
    pub(crate) fn answered(
        &mut self,
        response: Response,
        branch: &str,
        method: &Method,
        flow: Flow,
    ) -> Option<Answer> {
        let key: Arc<str> =
            if *method == Method::Cancel { format!("{branch}|CANCEL").into() } else { branch.into() };
        let (now, t1, patience) = (self.now, self.options.t1, self.patience());
        let several = |net: &Self, tx: &ClientTx| {
            tx.place.as_ref().is_some_and(|(target, _)| net.places_of(target) > 1)
        };
        let pinned = self.clients.get(&key).is_some_and(|tx| several(self, tx));
        let tx = self.clients.get_mut(&key).filter(|tx| tx.request.method == *method)?;
        let invite = *method == Method::Invite;
        if pinned {
            // Of several places this one answers: what belongs to the request goes there and nowhere else.
            tx.way = Way::Back(flow);
        }
        match (tx.state, response.status) {
            (State::Done | State::Accepted, 100..=199) => return None,
            (before, 100..=199) => {
                tx.state = State::Proceeding;
                if invite && before == State::Calling {
                    // The call decides how long it lets it ring.
                    (tx.again, tx.dies) = (None, None);
                } else if let Some((_, wait)) = &mut tx.again {
                    *wait = t1 * T2_IN_T1;
                }
            }
            (State::Accepted, 200..=299) => {}
            (State::Done, _) => {
                if let Some(bytes) = tx.ack.clone() {
                    self.out.push_back(Output::Send { way: tx.way.clone(), bytes, branch: None });
                }
                return None;
            }
            (State::Accepted, _) => return None,
            (_, 200..=299) if invite => {
                (tx.state, tx.again, tx.dies) = (State::Accepted, None, Some(now + patience));
            }
            _ => {
                let keep = if tx.way.transport().is_stream() {
                    t1
                } else if invite {
                    patience
                } else {
                    t1 * 10
                };
                (tx.state, tx.again, tx.dies) = (State::Done, None, Some(now + keep));
                if invite {
                    let bytes = refused_ack(&tx.request, &response).write();
                    tx.ack = Some(bytes.clone());
                    self.out.push_back(Output::Send { way: tx.way.clone(), bytes, branch: None });
                }
            }
        }
        let answer = Answer {
            sent: tx.sent,
            request: tx.request.clone(),
            way: tx.way.clone(),
            response: Some(response),
            why: None,
            place: tx.place.clone(),
        };
        self.wait_client(&key);
        Some(answer)
    }

    /// A request could not be sent: as if nobody had answered.
    pub(crate) fn unsent(&mut self, branch: &str, why: Option<String>) -> Option<Answer> {
        let tx =
            self.clients.get(branch).filter(|tx| matches!(tx.state, State::Calling | State::Proceeding))?;
        let answer = Answer {
            sent: tx.sent,
            request: tx.request.clone(),
            way: tx.way.clone(),
            response: None,
            why,
            // Who said something lives: nobody else is asked.
            place: tx.place.clone().filter(|_| tx.state == State::Calling),
        };
        self.forget(branch);
        Some(answer)
    }

    /// The moment of a client transaction has come.
    pub(crate) fn client_due(&mut self, branch: &Arc<str>) -> Option<Answer> {
        let (now, t2) = (self.now, self.options.t1 * T2_IN_T1);
        let tx = self.clients.get_mut(branch)?;
        if tx.dies.is_some_and(|at| at <= now) {
            let answer = self.unsent(branch, None);
            self.forget(branch);
            return answer;
        }
        if let Some((at, wait)) = tx.again
            && at <= now
        {
            // An INVITE doubles without bound, another request up to T2.
            let wait = if tx.request.method == Method::Invite { wait * 2 } else { (wait * 2).min(t2) };
            tx.again = Some((now + wait, wait));
            self.out.push_back(Output::Send {
                way: tx.way.clone(),
                bytes: tx.request.write(),
                branch: Some(branch.to_string()),
            });
        }
        self.wait_client(branch);
        None
    }

    fn forget(&mut self, branch: &str) {
        if let Some((key, _)) = self.clients.remove_entry(branch) {
            self.timers.set(Waiter::Client(key), None);
        }
    }

    pub(super) fn wait_client(&mut self, branch: &Arc<str>) {
        let at = self
            .clients
            .get(branch)
            .and_then(|tx| tx.again.map(|(at, _)| at).into_iter().chain(tx.dies).min());
        self.timers.set(Waiter::Client(branch.clone()), at);
    }
}

/// ACK or CANCEL of an INVITE: same address, same top Via, same number (RFC 3261, 9.1 and 17.1.1.3).
fn like(invite: &Request, method: Method) -> Request {
    let mut headers = Headers::default();
    for name in ["Via", "Route", "From", "To", "Call-ID", "Max-Forwards", "User-Agent"] {
        let values: Vec<String> = invite.headers.all(name).map(str::to_owned).collect();
        values.into_iter().for_each(|value| headers.push(name, value));
    }
    headers.push("CSeq", format!("{} {}", invite.cseq(), method.name()));
    Request { method, uri: invite.uri.clone(), headers, body: Vec::new() }
}

fn refused_ack(invite: &Request, response: &Response) -> Request {
    let mut ack = like(invite, Method::Ack);
    if let Some(to) = response.headers.get("To") {
        ack.headers.set("To", to);
    }
    ack
}
