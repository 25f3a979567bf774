//! What do all connections of a server share?

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use tokio_util::task::TaskTracker;

use crate::addresses::Addresses;
use crate::api::{Ledger, Reads};
use crate::calls::Calls;
use crate::config::{ServerConfig, ServerError};
use crate::host::HostWatch;
use crate::metrics::{Metrics, registry as m};
use crate::names::AllowedNames;
use crate::networks::Networks;
use crate::page::Page;
use crate::phone::sip::Line;
use crate::strain::{Level, StrainWatch};
use crate::switchboard::Switchboard;

pub(crate) struct App {
    pub(crate) config: ServerConfig,
    pub(crate) names: AllowedNames,
    pub(crate) clients: Networks,
    /// Who is not limited by address.
    pub(crate) peers: Networks,
    pub(crate) audiosocket_peers: Networks,
    pub(crate) sip: OnceLock<Arc<Line>>,
    pub(crate) addresses: Addresses,
    pub(crate) calls: Calls,
    pub(crate) metrics: Metrics,
    pub(crate) switchboard: Arc<dyn Switchboard>,
    pub(crate) page: Page,
    pub(crate) reads: Reads,
    pub(crate) host: HostWatch,
    pub(crate) strain: StrainWatch,
    /// Connections that carry a call.
    pub(crate) sockets: TaskTracker,
    pub(crate) started: Instant,
}

impl App {
    pub(crate) fn new(config: ServerConfig, switchboard: Arc<dyn Switchboard>) -> Result<Self, ServerError> {
        let metrics = Metrics::new();
        metrics.gauge(&m::BUILD, &[env!("CARGO_PKG_VERSION")]).set(1.0);
        metrics.gauge(&m::BACKEND, &["local"]).set(1.0);
        let page = match &config.web_dir {
            Some(dir) => Page::load(dir)?,
            None => Page::built_in(),
        };
        let mut hosts = config.hosts.clone();
        let public = config.carriers.public_url.as_ref().map(|url| url.host());
        hosts.extend(
            public.and_then(|host| host.split(':').next()).filter(|host| *host != "[").map(str::to_owned),
        );
        metrics.gauge(&m::STRAIN, &[Level::Normal.as_str()]).set(1.0);
        let strain = StrainWatch::new(&config.spare);
        let ledger = Ledger::new(config.keep.clone(), config.limits.reports);
        Ok(Self {
            names: AllowedNames::new(&hosts, &config.origins)?,
            clients: Networks::new("server.clients", &config.clients)?,
            peers: Networks::new("server.peers", &config.peers)?,
            audiosocket_peers: Networks::new("audiosocket.allow", &config.audiosocket_allow)?,
            sip: OnceLock::new(),
            addresses: Addresses::new(config.limits),
            calls: Calls::new(switchboard.clone(), metrics.clone(), config.limits, ledger, strain.clone()),
            reads: Reads::default(),
            metrics,
            switchboard,
            page,
            host: HostWatch::default(),
            strain,
            sockets: TaskTracker::new(),
            started: Instant::now(),
            config,
        })
    }
}
