//! How are calls taken and made over SIP?

mod bridge;
mod call;
mod dials;
mod ear;
mod follow;
mod handover;
mod joining;
mod leave;
mod meter;
mod numbers;
mod orders;
mod outbound;
mod person;
mod sound;
pub(crate) mod state;
mod talk;
mod wish;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tom_rtp::{PortError, Ports};
use tom_sip::{Incoming, Options, Phone, StartError, TrunkStatus};

use tom_wire::sdp::Terms;

use crate::app::App;
use crate::crew::Crew;
use crate::metrics::{Metrics, registry as m};
use dials::Dials;
pub use handover::{Post, TransferRules};
pub use joining::Join;
pub use numbers::DialRules;

pub(crate) use dials::Stage;
pub(crate) use orders::{Desk, NoOrder, Order, Whom};
pub(crate) use outbound::{Wanted, dial};

/// How often it is looked whether calls are still taken, and how the trunks do.
const LOOK: Duration = Duration::from_millis(500);

/// The settings of SIP.
#[derive(Clone)]
pub struct SipConfig {
    /// Signalling: where to listen, who may call, which trunks. Its counter is the server's.
    pub signalling: Options,
    /// The UDP ports of audio, both ends included.
    pub rtp_ports: (u16, u16),
    /// After so long without a packet from a far end that may send, its call is hung up; zero: never.
    pub silence: Duration,
    /// Codecs, the most wanted first, and whether audio is encrypted.
    pub terms: Terms,
    /// Whom the server may call.
    pub dial: DialRules,
    /// How callers are connected with people.
    pub transfer: TransferRules,
}

/// Why there is no SIP.
#[derive(Debug, thiserror::Error)]
pub enum SipError {
    /// The signalling cannot start.
    #[error(transparent)]
    Start(#[from] StartError),
    /// There are no ports for audio.
    #[error("sip.rtp_ports: {0}")]
    Ports(#[from] PortError),
}

/// The telephone of a server.
pub(crate) struct Line {
    phone: Phone,
    ports: Ports,
    /// Where audio is received: the address that is listened on.
    bind: IpAddr,
    silence: Duration,
    terms: Terms,
    rules: DialRules,
    transfer: TransferRules,
    /// The trunks that are accounts of ours at somebody's: those that we register.
    accounts: Vec<String>,
    dials: Dials,
    desk: Desk,
    incoming: Mutex<Option<Incoming>>,
    calls: TaskTracker,
}

impl Line {
    /// Listens and registers.
    ///
    /// # Errors
    /// [`SipError`] says which setting does not work.
    pub(crate) async fn open(mut config: SipConfig, metrics: &Metrics) -> Result<Self, SipError> {
        let (first, last) = config.rtp_ports;
        let ports = Ports::new(first, last)?;
        let counts = metrics.clone();
        config.signalling.count = Arc::new(move |reason| counts.count(&m::SIP_REFUSED, &[reason]));
        let bind =
            config.signalling.listen.first().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |(_, a)| a.ip());
        let accounts = config.signalling.trunks.iter().filter(|trunk| trunk.register);
        let accounts = accounts.map(|trunk| trunk.name.clone()).collect();
        let (phone, incoming) = Phone::start(config.signalling).await?;
        Ok(Self {
            phone,
            ports,
            bind,
            silence: config.silence,
            terms: config.terms,
            rules: config.dial,
            transfer: config.transfer,
            accounts,
            dials: Dials::default(),
            desk: Desk::default(),
            incoming: Mutex::new(Some(incoming)),
            calls: TaskTracker::new(),
        })
    }

    /// Where it listens.
    pub(crate) fn listens(&self) -> &[(tom_sip::Transport, std::net::SocketAddr)] {
        self.phone.listens()
    }

    /// The calls that were made.
    pub(crate) fn dials(&self) -> &Dials {
        &self.dials
    }

    /// Where running calls take orders.
    pub(crate) fn desk(&self) -> &Desk {
        &self.desk
    }

    /// Whom the server may call.
    pub(crate) fn rules(&self) -> &DialRules {
        &self.rules
    }

    /// Whether the side of a caller who came by this trunk, or by none, is asked to connect them with a person without us.
    fn joins(&self, trunk: Option<&str>) -> bool {
        match self.transfer.join {
            Join::Off => false,
            Join::Pbx => trunk.is_none_or(|name| !self.accounts.iter().any(|account| account == name)),
            Join::All => true,
        }
    }

    /// Pairs of ports for audio that no call has.
    pub(crate) fn free_ports(&self) -> usize {
        self.ports.free()
    }

    /// How the trunks do.
    pub(crate) fn trunks(&self) -> Vec<TrunkStatus> {
        self.phone.trunks()
    }
}

/// Takes calls until the server stops, then says goodbye to everybody.
pub(crate) async fn run(app: Arc<App>, line: Arc<Line>, crew: &Crew, stop: &CancellationToken) {
    let incoming = line.incoming.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(mut incoming) = incoming else { return };
    // What was dialled today before this process began.
    let day = dials::today();
    let before = app.reads.ask(&app.config.keep, move |store| store.reader().counted(dials::KEPT_AS, day));
    if let Ok(Some(count)) = before.await {
        line.dials.counted(day, count);
    }
    state::listens(&app.metrics, &line);
    let mut look = tokio::time::interval(LOOK);
    let mut closed = false;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            _ = look.tick() => {
                // So that whoever asks is told, and a proxy in front sends calls elsewhere.
                let full = app.calls.admits().is_err();
                if full != closed {
                    closed = full;
                    line.phone.close(closed).await;
                }
                state::trunks(&app.metrics, &line.trunks());
            }
            next = incoming.next() => {
                let Some((invitation, call)) = next else { break };
                // Its packets, its audio and its call live on one thread. Without a thread there is no call either:
                // dropped, it is refused.
                if let Some(place) = crew.place() {
                    let (app, tracked, line) = (app.clone(), line.calls.clone(), line.clone());
                    let runtime = place.runtime.clone();
                    tracked.spawn_on(
                        async move {
                            call::taken(&app, &line, invitation, call).await;
                            drop(place);
                        },
                        &runtime,
                    );
                }
            }
        }
    }
    line.calls.close();
    line.phone.stop().await;
    line.calls.wait().await;
}
