//! How are bytes had from a web server, past proxies, redirects and cuts?

mod connect;
mod get;
mod proxy;
mod url;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tom_tls::{Trust, TrustError};

pub(crate) use get::NetError;
pub use proxy::Proxies;
pub use url::{BadUrl, Url};

/// How long is waited for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For the next bytes, however many.
    pub silence: Duration,
    /// Before a file is asked for again after a cut; doubled with every cut that brought nothing.
    pub pause: Duration,
    /// Cuts in a row that brought nothing, after which a source is given up.
    pub cuts: u32,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(15),
            silence: Duration::from_secs(30),
            pause: Duration::from_millis(500),
            cuts: 5,
        }
    }
}

/// How servers are reached.
#[derive(Clone, Debug, Default)]
pub struct NetOptions {
    /// A PEM file with certificates to trust beside the system's (which `SSL_CERT_FILE` and `SSL_CERT_DIR` name).
    pub ca_file: Option<PathBuf>,
    /// The proxies in between.
    pub proxies: Proxies,
    /// How long is waited.
    pub patience: Patience,
}

/// Asks web servers for files.
#[derive(Clone)]
pub struct Client {
    options: Arc<NetOptions>,
    /// Read when the first address wants it.
    trust: Arc<OnceLock<Result<Trust, TrustError>>>,
    /// Some server was reached; what cannot be reached now may come back.
    reached: Arc<AtomicBool>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Client {
    /// Nothing is read or reached yet.
    pub fn new(options: NetOptions) -> Self {
        Self { options: Arc::new(options), trust: Arc::default(), reached: Arc::default() }
    }

    pub(crate) fn patience(&self) -> Patience {
        self.options.patience
    }

    /// Whether nothing has been reached so far: then there is no way out, and patience is no help.
    pub(crate) fn is_cut_off(&self) -> bool {
        !self.reached.load(Ordering::Relaxed)
    }
}
