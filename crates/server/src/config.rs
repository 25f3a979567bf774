//! What may an operator set about the server?

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use tom_urgency::Urgency;

use crate::api::Keep;
use crate::phone::{Carriers, MediaUrl};

/// The server's settings. [`ServerConfig::default`] has the documented limits and neither token nor page.
#[derive(Clone, Debug, Default)]
pub struct ServerConfig {
    /// What callers must show; needed to listen on anything but loopback.
    pub token: Option<Token>,
    /// Names the server may be addressed by, besides loopback names and IP addresses.
    pub hosts: Vec<String>,
    /// Origins of other sites whose pages may call, such as `https://example.org`.
    pub origins: Vec<String>,
    /// Addresses and networks that may use the server, such as `192.168.1.0/24`. Empty: all.
    pub clients: Vec<String>,
    /// Addresses and networks of PBXs, carriers and proxies, which bring many calls from one address: the limits by
    /// address are not theirs.
    pub peers: Vec<String>,
    /// Addresses and networks whose Asterisk may call over AudioSocket. Empty: all.
    pub audiosocket_allow: Vec<String>,
    /// Where channels of Asterisk wait for us to connect.
    pub asterisk_media: Option<MediaUrl>,
    /// What is agreed with carriers.
    pub carriers: Carriers,
    /// The folder of the built page.
    pub web_dir: Option<PathBuf>,
    /// What is kept of calls beyond the last ones.
    pub keep: Keep,
    /// The limits.
    pub limits: Limits,
    /// The waits.
    pub timing: Timing,
    /// Which machine is spared.
    pub spare: Spare,
    /// How urgent the threads of calls are, where the system lets them.
    pub urgency: Urgency,
}

/// Whether little memory, heat and swapping make calls cheaper, and whose.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Spare {
    /// This machine's.
    #[default]
    Here,
    /// That of which the folders `proc` and `sys` below a folder tell.
    Below(PathBuf),
    /// Nothing is spared.
    Never,
}

impl ServerConfig {
    /// Whether it is safe to listen there.
    ///
    /// # Errors
    /// When the address can be reached from outside and there is no token.
    pub fn check_listen(&self, address: SocketAddr) -> Result<(), ServerError> {
        if address.ip().to_canonical().is_loopback() || self.token.is_some() {
            Ok(())
        } else {
            Err(ServerError::Open(address))
        }
    }
}

/// How much of everything there may be.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Calls at once.
    pub max_calls: usize,
    /// Connections at once, all addresses together.
    pub connections: usize,
    /// Connections at once from one address (IPv6: from one /64).
    pub connections_per_address: usize,
    /// New calls a minute from one address.
    pub connections_per_minute: u32,
    /// Messages a second on one connection.
    pub messages_per_second: u32,
    /// Bytes a second on one connection.
    pub bytes_per_second: u32,
    /// The largest message, in bytes.
    pub max_frame_bytes: usize,
    /// Bad messages in a row that end a connection.
    pub bad_messages: u32,
    /// 20 ms frames of agent audio that wait for a client; the oldest is dropped.
    pub audio_backlog: usize,
    /// Other messages that wait for a client; one more, and it reads too slowly.
    pub event_backlog: usize,
    /// Reports of past calls kept in memory.
    pub reports: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_calls: 100,
            connections: 4096,
            connections_per_address: 20,
            connections_per_minute: 30,
            messages_per_second: 120,
            bytes_per_second: 262_144,
            max_frame_bytes: 65_536,
            bad_messages: 50,
            audio_backlog: 50,
            event_backlog: 256,
            reports: 50,
        }
    }
}

/// How long everything may take.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Between two heartbeats. Two without any sign of life in answer, and the far end is gone.
    pub heartbeat: Duration,
    /// Without any message.
    pub idle: Duration,
    /// For the first message with the token, or Twilio's `start`.
    pub auth: Duration,
    /// For the head of a request.
    pub header: Duration,
    /// For one message to be taken by a client.
    pub slow_client: Duration,
    /// For the last messages to leave and the far end to close.
    pub linger: Duration,
    /// For running calls to say goodbye when the server stops.
    pub drain: Duration,
    /// Between two signs of life on a stream of events.
    pub event_heartbeat: Duration,
    /// Between two looks at the machine.
    pub housekeeping: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat: Duration::from_secs(30),
            idle: Duration::from_secs(300),
            auth: Duration::from_secs(5),
            header: Duration::from_secs(10),
            slow_client: Duration::from_secs(10),
            linger: Duration::from_secs(2),
            drain: Duration::from_secs(10),
            event_heartbeat: Duration::from_secs(15),
            housekeeping: Duration::from_secs(5),
        }
    }
}

/// A secret callers must show. Never printed; compared in constant time.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// A token.
    ///
    /// # Errors
    /// When it is shorter than 16 characters or has characters that no header can carry.
    pub fn new(secret: &str) -> Result<Self, ServerError> {
        let fits = secret.len() >= 16 && secret.bytes().all(|b| b.is_ascii_graphic());
        if fits { Ok(Self(secret.to_owned())) } else { Err(ServerError::Token) }
    }

    /// Whether that is it, in a time that does not depend on where they differ.
    #[must_use]
    pub fn is(&self, given: &str) -> bool {
        let (ours, given) = (self.0.as_bytes(), given.as_bytes());
        let mut differs = usize::from(ours.len() != given.len());
        for (i, &byte) in ours.iter().enumerate() {
            differs |= usize::from(byte ^ given.get(i).copied().unwrap_or(0));
        }
        std::hint::black_box(differs) == 0
    }
}

impl Token {
    /// What keys are made from.
    pub(crate) fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

/// Why the server does not run.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// Anybody could call.
    #[error(
        "{0} can be reached from other machines, and there is no token: set server.token_file, or listen on 127.0.0.1"
    )]
    Open(SocketAddr),
    /// The token can be guessed or not be sent.
    #[error("the token must have at least 16 printable ASCII characters without blanks")]
    Token,
    /// A name in the configuration makes no sense.
    #[error("{0}")]
    Name(String),
    /// The page cannot be read.
    #[error(
        "the page in {path} cannot be read: {source}; build it with cargo xtask run, or unset server.web_dir"
    )]
    Page {
        /// The folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The socket does not work.
    #[error("the listening socket failed: {0}")]
    Listen(#[from] std::io::Error),
}
