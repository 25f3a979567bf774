//! How does a server start, run and stop?

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tom_call::Control;
use tom_turn::EndReason;

use crate::api::watch_health;
use crate::app::App;
use crate::calls::Calls;
use crate::config::{ServerConfig, ServerError};
use crate::crew::Crew;
use crate::listener;
use crate::metrics::Metrics;
use crate::phone::audiosocket;
use crate::phone::sip::{self, Line, SipConfig, SipError};
use crate::routes::router;
use crate::strain;
use crate::switchboard::Switchboard;

/// How a server is told to stop.
#[derive(Clone, Debug, Default)]
pub struct Stop {
    /// First: no new calls, running ones say goodbye.
    pub gently: CancellationToken,
    /// Then: at once.
    pub now: CancellationToken,
}

/// A server that is ready to listen.
pub struct Server {
    app: Arc<App>,
    audiosocket: Option<TcpListener>,
}

impl Server {
    /// A server with these settings, whose calls the switchboard makes ready.
    ///
    /// # Errors
    /// When the settings make no sense or the page cannot be read.
    pub fn new(config: ServerConfig, switchboard: Arc<dyn Switchboard>) -> Result<Self, ServerError> {
        Ok(Self { app: Arc::new(App::new(config, switchboard)?), audiosocket: None })
    }

    /// Also takes calls over AudioSocket there. The protocol knows no token: only
    /// [`ServerConfig::audiosocket_allow`] tells who may call.
    #[must_use]
    pub fn with_audiosocket(mut self, listener: TcpListener) -> Self {
        self.audiosocket = Some(listener);
        self
    }

    /// Also takes and makes calls over SIP. Listens and registers at once; calls are taken from
    /// [`serve`](Self::serve) on.
    ///
    /// # Errors
    /// [`SipError`] says which setting does not work.
    pub async fn with_sip(self, config: SipConfig) -> Result<Self, SipError> {
        self.app.calls.play_to_who_waits(config.transfer.music.clone());
        let line = Line::open(config, &self.app.metrics).await?;
        // Asked twice, the first stays.
        let _again = self.app.sip.set(Arc::new(line));
        Ok(self)
    }

    /// Where SIP is listened on.
    #[must_use]
    pub fn sip_addresses(&self) -> Vec<(tom_sip::Transport, std::net::SocketAddr)> {
        self.app.sip.get().map(|line| line.listens().to_vec()).unwrap_or_default()
    }

    /// Its calls, running and past.
    #[must_use]
    pub fn calls(&self) -> Calls {
        self.app.calls.clone()
    }

    /// Its metrics.
    #[must_use]
    pub fn metrics(&self) -> Metrics {
        self.app.metrics.clone()
    }

    /// Listens until it is stopped. After [`Stop::gently`] `/readyz` says 503, new calls are refused, and
    /// running ones say goodbye, for at most `timing.drain`; after [`Stop::now`] they are cut off.
    ///
    /// # Errors
    /// When the address can be reached from outside and there is no token, or the socket fails.
    pub async fn serve(self, listener: TcpListener, stop: Stop) -> Result<(), ServerError> {
        let app = self.app;
        app.config.check_listen(listener.local_addr()?)?;
        let crew = Crew::new(app.config.urgency)?;
        let close = CancellationToken::new();
        let housekeeping = tokio::spawn(keep_house(app.clone()));
        let health = tokio::spawn(watch_health(app.clone()));
        let drain = async {
            tokio::select! {
                () = stop.gently.cancelled() => {}
                () = stop.now.cancelled() => {}
            }
            drain(&app, &stop).await;
            app.calls.ledger.hub.close();
            close.cancel();
        };
        let accepting = listener::accept(app.clone(), &listener, router(app.clone()), &crew, &close);
        let asterisk = async {
            if let Some(listener) = self.audiosocket {
                audiosocket::accept(app.clone(), listener, &app.audiosocket_peers, &crew, &close).await;
            }
        };
        let telephone = async {
            if let Some(line) = app.sip.get() {
                sip::run(app.clone(), line.clone(), &crew, &close).await;
            }
        };
        tokio::join!(drain, accepting, asterisk, telephone);
        housekeeping.abort();
        health.abort();
        Ok(())
    }
}

/// Ends the calls: gently first, then not.
async fn drain(app: &App, stop: &Stop) {
    let calls = &app.calls;
    tracing::info!(calls = calls.count(), "stopping: no new calls, running ones say goodbye");
    calls.close(&Control::Drain);
    tokio::select! {
        () = calls.over() => {}
        () = tokio::time::sleep(app.config.timing.drain) => {}
        () = stop.now.cancelled() => {}
    }
    if calls.count() > 0 {
        tracing::info!(calls = calls.count(), "cutting off the rest");
        calls.close(&Control::HangUp(EndReason::Drain));
    }
    // What is left to say and to close.
    app.sockets.close();
    let rest = app.config.timing.linger + Duration::from_secs(1);
    let sockets = async {
        calls.over().await;
        app.sockets.wait().await;
    };
    if tokio::time::timeout(rest, sockets).await.is_err() {
        tracing::info!("some clients did not close in time");
    }
}

/// What is to be done now and then.
async fn keep_house(app: Arc<App>) {
    let mut ticks = tokio::time::interval(app.config.timing.housekeeping);
    loop {
        ticks.tick().await;
        app.metrics.upkeep();
        app.addresses.sweep(Instant::now());
        let (host, metrics) = (app.host.clone(), app.metrics.clone());
        let look = app.clone();
        let looked = tokio::task::spawn_blocking(move || {
            strain::look(&look);
            for (cache, counts) in look.switchboard.caches() {
                metrics.cache(cache, &counts);
            }
            metrics.held(&look.switchboard.held());
            for (engine, calls) in look.switchboard.spared() {
                metrics.spared(engine, calls);
            }
            host.look(&metrics)
        });
        match looked.await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!("the machine could not be looked at: {error}"),
            Err(_) => tracing::warn!("looking at the machine failed"),
        }
    }
}
