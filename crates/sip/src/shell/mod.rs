//! How is the user agent started, spoken to and stopped?

mod links;
mod places;
mod run;
mod stream;
mod tls;
mod udp;

use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tom_tls::Trust;

use crate::api::{Ask, CallEvent, Dial, Invitation, Transport};
use crate::core::Core;
use crate::core::io::Input;
use crate::core::uplink;
use crate::dns::Dns;
use crate::options::Options;
use crate::trunk::{TrunkState, TrunkStatus};
use run::{Runner, Word};

/// Messages and wishes that wait for the user agent. Full: senders wait, datagrams pile up in the kernel.
const WORDS: usize = 1024;
/// Calls that wait to be taken. Full: further ones are refused with 503.
const INCOMING: usize = 64;
/// Events that wait to be read on one call. Full: the call is hung up, since nobody cares for it.
pub(super) const EVENTS: usize = 32;

/// Why a user agent could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// An address cannot be listened on.
    #[error("cannot listen for SIP on {transport} {address}: {source}")]
    Listen {
        /// How.
        transport: &'static str,
        /// Where.
        address: SocketAddr,
        /// What the system says.
        source: std::io::Error,
    },
    /// TLS is to be listened on without certificate and key, or with bad ones.
    #[error("SIP over TLS: {0}")]
    Tls(String),
    /// A trunk's registrar is no address.
    #[error(
        "trunk {name:?}: the registrar must be a host or a sip address, like fritz.box or sip:example.org:5070"
    )]
    Registrar {
        /// The trunk.
        name: String,
    },
    /// A trunk's outbound proxy is no address.
    #[error(
        "trunk {name:?}: outbound_proxy must be a host or a sip address, like sip:proxy.example.org:5070"
    )]
    Proxy {
        /// The trunk.
        name: String,
    },
    /// A trunk's own certificates cannot be read.
    #[error("{0}")]
    Trust(String),
}

/// The user agent has stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the SIP user agent has stopped")]
pub struct Stopped;

/// A running user agent.
pub struct Phone {
    words: mpsc::Sender<Word>,
    listens: Vec<(Transport, SocketAddr)>,
    local: IpAddr,
    trunks: Trunks,
    next: AtomicU64,
    runs: Mutex<Option<JoinHandle<()>>>,
}

pub(super) type Trunks = Arc<Mutex<Vec<TrunkStatus>>>;

/// The calls that come in.
pub struct Incoming(mpsc::Receiver<(Invitation, Call)>);

/// One call: what happens on it, and what may be asked of it. Dropped, it is hung up.
pub struct Call {
    id: u64,
    words: mpsc::Sender<Word>,
    events: mpsc::Receiver<CallEvent>,
}

impl Phone {
    /// Listens, and registers the trunks.
    ///
    /// # Errors
    /// [`StartError`] says which setting does not work.
    pub async fn start(mut options: Options) -> Result<(Self, Incoming), StartError> {
        let mut trusts = Vec::new();
        for trunk in &options.trunks {
            let registrar = uplink::registrar(trunk);
            let registrar = registrar.ok_or_else(|| StartError::Registrar { name: trunk.name.clone() })?;
            let hop = match &trunk.outbound_proxy {
                None => registrar,
                Some(_) => {
                    uplink::proxy(trunk).ok_or_else(|| StartError::Proxy { name: trunk.name.clone() })?
                }
            };
            if let Some(file) = &trunk.ca_file {
                let setting = format!("sip.trunk {:?}: ca_file", trunk.name);
                let trust = Trust::read(Some(file), &setting, &[]);
                trusts.push((hop.host, trust.map_err(|error| StartError::Trust(error.to_string()))?));
            }
        }
        let tls = options.tls.as_ref().map(tls::server).transpose().map_err(StartError::Tls)?;
        // Only who uses TLS misses them, and is told then.
        let trust = Trust::read(None, "SSL_CERT_FILE", &[]);
        let stop = CancellationToken::new();
        let (words, inbox) = mpsc::channel(WORDS);
        let mut sockets = Vec::new();
        let mut listeners = Vec::new();
        for (transport, address) in &mut options.listen {
            let failed =
                |source| StartError::Listen { transport: transport.name(), address: *address, source };
            if *transport == Transport::Udp {
                let (reads, writes) = udp::bind(*address).map_err(failed)?;
                *address = writes.local_addr().map_err(failed)?;
                tokio::spawn(udp::read(reads, sockets.len() as u64, words.clone(), stop.clone()));
                sockets.push(writes);
            } else {
                if *transport == Transport::Tls && tls.is_none() {
                    return Err(StartError::Tls(
                        "certificate and key are missing; set sip.tls_cert and sip.tls_key".into(),
                    ));
                }
                let listener = TcpListener::bind(*address).await.map_err(failed)?;
                *address = listener.local_addr().map_err(failed)?;
                listeners.push((*transport, listener));
            }
        }
        let listens = options.listen.clone();
        let bound = options.listen.first().map(|(_, address)| address.ip()).filter(|ip| !ip.is_unspecified());
        let local = options.advertise.or(bound).unwrap_or_else(default_ip);
        let trunks = options.trunks.iter().map(|trunk| TrunkStatus {
            name: trunk.name.clone(),
            state: TrunkState::Trying,
            since: Instant::now(),
        });
        let trunks: Trunks = Arc::new(Mutex::new(trunks.collect()));
        let (calls, incoming) = mpsc::channel(INCOMING);
        let links = links::Links::new(sockets, words.clone(), stop.clone(), trust, trusts);
        for (transport, listener) in listeners {
            let tls = tls.clone().filter(|_| transport == Transport::Tls);
            tokio::spawn(stream::accept(transport, listener, tls, words.clone(), stop.clone()));
        }
        let dns = Dns::new(options.name_servers.clone());
        let core = Core::new(options, default_ip(), Instant::now());
        let runner = Runner::new(core, links, dns, words.clone(), calls, trunks.clone(), stop);
        let runs = Mutex::new(Some(tokio::spawn(runner.run(inbox))));
        Ok((Self { words, listens, local, trunks, next: AtomicU64::new(2), runs }, Incoming(incoming)))
    }

    /// Where it listens, with the ports the system chose.
    #[must_use]
    pub fn listens(&self) -> &[(Transport, SocketAddr)] {
        &self.listens
    }

    /// Our address for peers elsewhere.
    #[must_use]
    pub fn local(&self) -> IpAddr {
        self.local
    }

    /// Makes a call. What becomes of it is told by its events.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn dial(&self, dial: Dial) -> Result<Call, Stopped> {
        let id = self.next.fetch_add(2, Ordering::Relaxed);
        let (told, events) = mpsc::channel(EVENTS);
        self.words.send(Word::Dial(id, told, dial)).await.map_err(|_| Stopped)?;
        Ok(Call { id, words: self.words.clone(), events })
    }

    /// How the trunks do.
    #[must_use]
    pub fn trunks(&self) -> Vec<TrunkStatus> {
        self.trunks.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Whether new calls are refused with 503: the server is full or stops.
    pub async fn close(&self, closed: bool) {
        // A stopped user agent takes no calls anyway.
        let _stopped = self.words.send(Word::Input(Input::Closed(closed))).await;
    }

    /// Hangs up, takes registrations back, and stops when all of that is confirmed, or after a few seconds.
    pub async fn stop(&self) {
        let _stopped = self.words.send(Word::Leave).await;
        let runs = self.runs.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(runs) = runs {
            // It ends by itself; it does not panic.
            let _ended = runs.await;
        }
    }
}

impl Incoming {
    /// The next call; none: the user agent has stopped.
    pub async fn next(&mut self) -> Option<(Invitation, Call)> {
        self.0.recv().await
    }
}

impl Call {
    /// What happened next; none after [`CallEvent::Ended`], or when the user agent has stopped.
    pub async fn event(&mut self) -> Option<CallEvent> {
        self.events.recv().await
    }

    /// Asks for something. What does not fit the state of the call does nothing.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn ask(&self, ask: Ask) -> Result<(), Stopped> {
        self.words.send(Word::Input(Input::Ask(self.id, ask))).await.map_err(|_| Stopped)
    }

    /// Asks the other side to take the place of another call of ours, so that the two far ends talk without us (REFER with
    /// Replaces, RFC 5589). How that goes is told by [`CallEvent::Transfer`]; 501 at once: one of the two does not know
    /// how, or they came by different trunks. Both calls stay as they are until then.
    ///
    /// # Errors
    /// [`Stopped`].
    pub async fn join(&self, with: &Self) -> Result<(), Stopped> {
        self.words.send(Word::Input(Input::Join(self.id, with.id))).await.map_err(|_| Stopped)
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        let word = Word::Input(Input::Dropped(self.id));
        if let Err(mpsc::error::TrySendError::Full(word)) = self.words.try_send(word)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            let words = self.words.clone();
            runtime.spawn(async move {
                let _stopped = words.send(word).await;
            });
        }
    }
}

/// Our address on the way to the world. Nothing is sent for it.
fn default_ip() -> IpAddr {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0));
    let asked = socket.and_then(|socket| {
        socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9))?;
        socket.local_addr()
    });
    asked.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |address| address.ip())
}
