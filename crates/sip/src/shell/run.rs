//! Who gives the core its messages and its time, and does what it wants?

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::PoisonError;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::links::Links;
use super::places::Places;
use super::{Call, EVENTS, Trunks};
use crate::api::{Ask, CallEvent, Dial, Invitation, Transport};
use crate::core::Core;
use crate::core::io::{Input, Output, Target, Way};
use crate::dns::{Dns, Place, Seek};
use crate::text::uri::host_ip;

/// How long goodbyes may take.
const GOODBYE: Duration = Duration::from_secs(3);

/// What the runner is told.
pub(super) enum Word {
    Input(Input),
    /// Make a call; its events go there.
    Dial(u64, mpsc::Sender<CallEvent>, Dial),
    /// A connection stands: what is sent to it goes there.
    Up {
        transport: Transport,
        peer: SocketAddr,
        link: u64,
        writer: super::links::Writer,
    },
    /// A connection is gone.
    Down(u64),
    /// A name was looked up.
    Located(Seek, Result<Place, String>),
    /// Stop.
    Leave,
}

/// The task around the core.
pub(super) struct Runner {
    core: Core,
    links: Links,
    places: Places,
    words: mpsc::Sender<Word>,
    calls: mpsc::Sender<(Invitation, Call)>,
    events: HashMap<u64, mpsc::Sender<CallEvent>>,
    trunks: Trunks,
    stop: CancellationToken,
}

impl Runner {
    pub(super) fn new(
        core: Core,
        links: Links,
        dns: Dns,
        words: mpsc::Sender<Word>,
        calls: mpsc::Sender<(Invitation, Call)>,
        trunks: Trunks,
        stop: CancellationToken,
    ) -> Self {
        let places = Places::new(dns, words.clone(), stop.clone());
        Self { core, links, places, words, calls, events: HashMap::new(), trunks, stop }
    }

    /// Runs until [`Word::Leave`] is done.
    pub(super) async fn run(mut self, mut inbox: mpsc::Receiver<Word>) {
        let mut leaves: Option<Instant> = None;
        loop {
            self.work();
            if leaves.is_some_and(|until| self.core.is_idle() || until <= Instant::now()) {
                break;
            }
            let next = self.core.next().into_iter().chain(leaves).min();
            let word = match next {
                Some(at) => tokio::time::timeout_at(at.into(), inbox.recv()).await,
                None => Ok(inbox.recv().await),
            };
            match word {
                Err(_elapsed) => self.core.tick(Instant::now()),
                Ok(None) => break,
                Ok(Some(Word::Leave)) => {
                    leaves = Some(Instant::now() + GOODBYE);
                    self.core.handle(Instant::now(), Input::Leave);
                }
                Ok(Some(word)) => self.take(word),
            }
        }
        self.stop.cancel();
    }

    fn take(&mut self, word: Word) {
        match word {
            Word::Input(input) => {
                if let Input::Dropped(id) = input {
                    self.events.remove(&id);
                }
                self.core.handle(Instant::now(), input);
            }
            Word::Dial(id, told, dial) => {
                self.events.insert(id, told);
                self.core.handle(Instant::now(), Input::Dial(id, dial));
            }
            Word::Up { transport, peer, link, writer } => self.links.up(transport, peer, link, writer),
            Word::Down(link) => self.links.down(link),
            Word::Located(seek, found) => self.located(seek, found),
            Word::Leave => {}
        }
    }

    /// Does what the core wants.
    fn work(&mut self) {
        while let Some(output) = self.core.take() {
            match output {
                Output::Send { way, bytes, branch } => self.send(way, bytes, branch),
                Output::Incoming(id, invitation) => self.incoming(id, *invitation),
                Output::Event(id, event) => self.event(id, event),
                Output::Trunk(at, state) => {
                    let mut trunks = self.trunks.lock().unwrap_or_else(PoisonError::into_inner);
                    if let Some(status) = trunks.get_mut(at) {
                        if status.state.name() != state.name() {
                            tracing::info!(trunk = %status.name, state = state.name(), "trunk");
                            status.since = Instant::now();
                        }
                        status.state = state;
                    }
                }
                Output::Locate(seek) => self.places.seek(seek, None),
                Output::Failed(target) => self.places.failed(&target),
            }
        }
    }

    fn send(&mut self, way: Way, bytes: Vec<u8>, branch: Option<String>) {
        match way {
            Way::Back(flow) => {
                let sent = self.links.back(flow, bytes, branch.clone());
                self.sent(sent, branch);
            }
            Way::To(target) => {
                let numeric = host_ip(&target.host).map(|ip| SocketAddr::new(ip, target.port));
                match numeric.or_else(|| self.places.of(&target)) {
                    Some(address) => self.send_to(&target, address, bytes, branch),
                    // It is sent as soon as the name is known.
                    None => {
                        let seek = target.seek(self.links.has_datagrams());
                        self.places.seek(seek, Some((target, bytes, branch)));
                    }
                }
            }
        }
    }

    fn send_to(&mut self, target: &Target, address: SocketAddr, bytes: Vec<u8>, branch: Option<String>) {
        let sent = self.links.to(target.transport, address, &target.host, bytes, branch.clone());
        self.sent(sent, branch);
    }

    fn sent(&mut self, sent: bool, branch: Option<String>) {
        if !sent && let Some(branch) = branch {
            self.core.handle(Instant::now(), Input::Unsent(branch, None));
        }
    }

    /// A name was looked up: what waits for it leaves, or learns why it cannot.
    fn located(&mut self, seek: Seek, found: Result<Place, String>) {
        let why = found.as_ref().err().cloned();
        let (input, waiting) = self.places.found(seek, found);
        self.core.handle(Instant::now(), input);
        for (target, bytes, branch) in waiting {
            match (self.places.of(&target), branch) {
                (Some(address), branch) => self.send_to(&target, address, bytes, branch),
                (None, Some(branch)) => {
                    self.core.handle(Instant::now(), Input::Unsent(branch, why.clone()));
                }
                (None, None) => {}
            }
        }
    }

    fn incoming(&mut self, id: u64, invitation: Invitation) {
        let (told, events) = mpsc::channel(EVENTS);
        let call = Call { id, words: self.words.clone(), events };
        match self.calls.try_send((invitation, call)) {
            Ok(()) => {
                self.events.insert(id, told);
            }
            Err(error) => {
                let ask = Ask::Reject { status: 503, reason: String::new(), retry_after: Some(5) };
                self.core.handle(Instant::now(), Input::Ask(id, ask));
                // Dropped outside of the error, it asks for a hang-up of a call that is gone.
                drop(error);
            }
        }
    }

    fn event(&mut self, id: u64, event: CallEvent) {
        let over = matches!(event, CallEvent::Ended(_));
        let told = self.events.get(&id).is_some_and(|told| told.try_send(event).is_ok());
        if over {
            self.events.remove(&id);
        } else if !told && self.events.remove(&id).is_some() {
            let ask = Ask::HangUp { reason: "nobody listens".into() };
            self.core.handle(Instant::now(), Input::Ask(id, ask));
        }
    }
}
