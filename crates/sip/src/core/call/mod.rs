//! What is one call, and who tells it what?

mod dial;
mod end;
mod follow;
mod join;
mod offer;
mod peer;
mod refresh;
mod reliable;
mod replace;
mod ring;
mod transfer;
mod within;

pub(crate) use refresh::too_small;

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::client::{Answer, Sent};
use super::dialog::Dialog;
use super::io::Way;
use super::net::Net;
use super::timers::Waiter;
use crate::api::{Ask, CallEvent, Ended, EndedBy};
use crate::digest::{Challenge, Credentials};
use crate::text::message::{Request, Response};
use crate::text::method::Method;

/// How long we let an unanswered call that came in wait for our own answer.
const OUR_PATIENCE: Duration = Duration::from_secs(180);

/// A call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) id: u64,
    pub(crate) dialog: Dialog,
    pub(crate) state: State,
    /// Whether the call came in.
    pub(crate) incoming: bool,
    pub(crate) trunk: Option<usize>,
    credentials: Option<Credentials>,
    /// The INVITE that began a call that came in.
    invite: Option<Arc<str>>,
    /// Our INVITE under way: the first, or one that changes the session.
    branch: Option<Arc<str>>,
    /// An offer of theirs that waits for our answer.
    pending: Option<offer::Pending>,
    /// The INVITE whose acknowledgement has to bring the answer to our offer.
    late: Option<Arc<str>>,
    /// An offer of ours under way, or to be made again after both sides tried at once.
    ours: Option<offer::Ours>,
    /// Our session as last told.
    sdp: Option<Vec<u8>>,
    timer: refresh::Timer,
    reliable: reliable::Reliable,
    /// The acknowledgement of their last 2xx, for when that comes again.
    ack: Option<(u32, Way, Vec<u8>)>,
    /// Until when it may ring.
    rings_until: Option<Instant>,
    /// Whether our first INVITE got its 2xx.
    connected: bool,
    /// Whether theirs got its acknowledgement.
    acknowledged: bool,
    /// Answers of ours that wait for that, by the number of their INVITE.
    unacknowledged: Vec<(u32, Arc<str>)>,
    cancel: bool,
    challenge: Option<(Challenge, u32)>,
    /// What they understand.
    peer: peer::Peer,
    /// Why we hang up as soon as our 2xx is acknowledged.
    bye: Option<String>,
    /// Somebody else whom they want us to call.
    referral: Option<follow::Referral>,
}

/// How far a call is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// It came in and waits for our answer.
    Invited,
    /// We call and wait for theirs.
    Calling,
    /// It is answered.
    Talking,
    /// We hung up and wait for the answer to that.
    Ending,
    /// Nothing is left.
    Over,
}

impl Call {
    fn new(id: u64, dialog: Dialog, incoming: bool) -> Self {
        Self {
            id,
            dialog,
            state: if incoming { State::Invited } else { State::Calling },
            incoming,
            trunk: None,
            credentials: None,
            invite: None,
            branch: None,
            pending: None,
            late: None,
            ours: None,
            sdp: None,
            timer: refresh::Timer::default(),
            reliable: reliable::Reliable::default(),
            ack: None,
            rings_until: None,
            connected: false,
            acknowledged: false,
            unacknowledged: Vec::new(),
            cancel: false,
            challenge: None,
            peer: peer::Peer::default(),
            bye: None,
            referral: None,
        }
    }

    /// Says whose credentials answer challenges.
    pub(crate) fn lean_on(&mut self, trunk: Option<usize>, net: &Net) {
        self.trunk = trunk;
        self.credentials = trunk.and_then(|at| net.options.trunks.get(at)?.credentials.clone());
    }

    /// Somebody wants something.
    pub(crate) fn ask(&mut self, net: &mut Net, ask: Ask) {
        match ask {
            Ask::Ringing => self.ringing(net, None),
            Ask::Progress(sdp) => self.ringing(net, Some(sdp)),
            Ask::Answer(sdp) => self.answer(net, sdp),
            Ask::Reject { status, reason, retry_after } => self.reject(net, status, &reason, retry_after),
            Ask::AnswerOffer(sdp) => self.answer_offer(net, sdp),
            Ask::Offer(sdp) => self.offer(net, sdp),
            Ask::Key(key) => self.send_key(net, key),
            Ask::Transfer { to } => self.refer(net, &to),
            Ask::Follow { offer } => self.follow(net, offer),
            Ask::Stay { status } => self.stay(net, status),
            Ask::HangUp { reason } => self.hang_up(net, &reason),
        }
        self.wait(net);
    }

    /// A request of this call was answered, or was not.
    pub(crate) fn answered(&mut self, net: &mut Net, answer: Answer) {
        if answer.request.method == Method::Invite && self.is_of_leg(&answer.request) {
            self.leg_answered(net, &answer);
            self.wait(net);
            return;
        }
        if let Some(response) = &answer.response
            && matches!(response.status, 401 | 407)
            && !self.cancel
            && self.retry(net, &answer.request, response, &answer.way)
        {
            return;
        }
        match answer.request.method {
            Method::Invite if !self.incoming && !self.connected => self.dial_answered(net, &answer),
            Method::Invite | Method::Update => self.offer_answered(net, &answer),
            Method::Bye => self.bye_answered(answer.response.as_ref()),
            Method::Refer => {
                let joins = join::joins(&answer.request);
                self.refer_answered(net, answer.response.as_ref(), joins);
            }
            _ => self.check_lost(net, answer.response.as_ref()),
        }
        self.wait(net);
    }

    /// Answers a challenge with the same request once more. Whether it did.
    fn retry(&mut self, net: &mut Net, request: &Request, response: &Response, way: &Way) -> bool {
        let Some(who) = &self.credentials else { return false };
        let proxy = response.status == 407;
        let (asks, says) = if proxy {
            ("Proxy-Authenticate", "Proxy-Authorization")
        } else {
            ("WWW-Authenticate", "Authorization")
        };
        let Some(challenge) = Challenge::choose(response.headers.all(asks)) else { return false };
        let tried = request.headers.get(says).is_some();
        let count = match &self.challenge {
            Some((before, count)) if before.repeats(&challenge) => {
                if tried && !challenge.stale {
                    return false;
                }
                count + 1
            }
            // Right credentials are refused with stale=true only, or by another asker on the way.
            Some(_) if tried && !challenge.stale => return false,
            _ => 1,
        };
        let mut again = request.clone();
        let cnonce = crate::random::hex(16);
        let value = challenge.answer(who, again.method.name(), &again.uri, count, &cnonce);
        again.headers.set(says, value);
        self.dialog.seq += 1;
        again.headers.set("CSeq", format!("{} {}", self.dialog.seq, again.method.name()));
        self.challenge = Some((challenge, count));
        let invites = again.method == Method::Invite;
        let branch = net.request(again, way.clone(), Sent::Call(self.id));
        if invites {
            self.branch = Some(branch);
        }
        true
    }

    /// Its moment has come.
    pub(crate) fn due(&mut self, net: &mut Net) {
        if self.rings_until.is_some_and(|at| at <= net.now) {
            self.rings_until = None;
            self.not_answered(net);
        }
        self.reliable_due(net);
        self.offer_due(net);
        self.timer_due(net);
        self.wait(net);
    }

    /// Waits for the nearest of its moments.
    fn wait(&self, net: &mut Net) {
        let at = [
            self.rings_until,
            self.reliable.due(),
            self.ours.as_ref().and_then(|o| o.again),
            self.timer.due(),
        ]
        .into_iter()
        .flatten()
        .min();
        net.timers.set(Waiter::Call(self.id), at.filter(|_| self.state != State::Over));
    }

    /// Tells that the call is over, once.
    fn tell_end(&mut self, net: &mut Net, by: EndedBy, status: Option<u16>, reason: &str) {
        if matches!(self.state, State::Ending | State::Over) {
            return;
        }
        self.state = State::Over;
        (self.rings_until, self.ours, self.timer) = (None, None, refresh::Timer::default());
        self.reliable = reliable::Reliable::default();
        let reason: String = reason.chars().filter(|c| !c.is_control()).take(120).collect();
        net.event(self.id, CallEvent::Ended(Ended { by, status, reason }));
    }

    /// Remembers that a 2xx of ours waits for its acknowledgement.
    fn expect_ack(&mut self, net: &Net, key: &Arc<str>) {
        if let Some(tx) = net.servers.get(key).filter(|tx| tx.request.method == Method::Invite) {
            self.unacknowledged.push((tx.request.cseq(), key.clone()));
        }
    }

    /// Sends a request of this dialog; returns its branch.
    fn send(&mut self, net: &mut Net, request: Request) -> Option<Arc<str>> {
        let way = self.dialog.way()?;
        Some(net.request(request, way, Sent::Call(self.id)))
    }
}
