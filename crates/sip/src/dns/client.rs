//! How is a name server asked, and what does it mean when it does not answer?

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, UdpSocket};
use tokio::time::timeout;

use super::resolv;
use super::wire::{self, Kind, Record, Reply};

/// How long a server may take for an answer, and how often all are asked.
const PATIENCE: Duration = Duration::from_secs(2);
const ROUNDS: usize = 2;
/// The longest answer over UDP that is asked for without EDNS, and some more.
const DATAGRAM: usize = 4_096;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum DnsError {
    /// The name servers say that there is no such name, or nothing of that kind.
    #[error("the name {0} is not known to DNS: check its spelling")]
    Unknown(String),
    /// No server answered.
    #[error("no name server answers ({servers}): check the network, and that these are the right ones")]
    Silent { servers: String },
    /// A server answered that it cannot say.
    #[error("the name servers cannot say where {name} is (code {code}): try again later")]
    Failed { name: String, code: u8 },
}

/// Asks name servers.
#[derive(Clone, Debug)]
pub(crate) struct Dns {
    /// None: those of the system, looked up each time, since they change with the network.
    servers: Option<Vec<SocketAddr>>,
}

impl Dns {
    /// Those servers; none: the system's.
    pub(crate) fn new(servers: Vec<SocketAddr>) -> Self {
        Self { servers: Some(servers).filter(|servers| !servers.is_empty()) }
    }

    /// Whether an operator named the servers.
    pub(crate) fn is_named(&self) -> bool {
        self.servers.is_some()
    }

    /// The records of a kind that a name has, and what was added to them. Not found is no error: there are none.
    ///
    /// # Errors
    /// [`DnsError::Silent`] and [`DnsError::Failed`]; [`DnsError::Unknown`] for what can be no name.
    pub(super) async fn ask(&self, name: &str, kind: Kind) -> Result<Vec<Record>, DnsError> {
        if wire::question(0, name, kind).is_none() {
            return Err(DnsError::Unknown(name.to_owned()));
        }
        let servers = match &self.servers {
            Some(servers) => servers.clone(),
            None => {
                let read = || std::fs::read_to_string(resolv::FILE).unwrap_or_default();
                // Without the file the system asks the machine itself.
                resolv::servers(&tokio::task::spawn_blocking(read).await.unwrap_or_default())
            }
        };
        let mut failed = None;
        for _ in 0..ROUNDS {
            for server in &servers {
                match timeout(PATIENCE, exchange(*server, name, kind)).await {
                    Ok(Some(Reply { code: 0 | 3, records, .. })) => return Ok(records),
                    Ok(Some(reply)) => failed = Some(reply.code),
                    // Silence, a closed port or nonsense: the next one.
                    Ok(None) | Err(_) => {}
                }
            }
        }
        Err(match failed {
            Some(code) => DnsError::Failed { name: name.to_owned(), code },
            None => {
                let servers: Vec<String> = servers.iter().map(ToString::to_string).collect();
                DnsError::Silent { servers: servers.join(", ") }
            }
        })
    }
}

/// One question to one server, over TCP where the answer is too long for UDP.
async fn exchange(server: SocketAddr, name: &str, kind: Kind) -> Option<Reply> {
    let id = crate::random::number() as u16;
    let question = wire::question(id, name, kind)?;
    let asked = (name.trim_end_matches('.').to_ascii_lowercase(), kind.number());
    let answers = |reply: &Reply| reply.id == id && reply.question == asked;
    // A port of its own for each question, and connected: answers of others do not come through.
    let any: SocketAddr =
        if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { (Ipv6Addr::UNSPECIFIED, 0).into() };
    let socket = UdpSocket::bind(any).await.ok()?;
    socket.connect(server).await.ok()?;
    socket.send(&question).await.ok()?;
    let mut bytes = vec![0; DATAGRAM];
    let reply = loop {
        let length = socket.recv(&mut bytes).await.ok()?;
        // What answers another question is waited past.
        if let Some(reply) = wire::reply(&bytes[..length]).filter(answers) {
            break reply;
        }
    };
    if !reply.cut {
        return Some(reply);
    }
    let mut stream = TcpStream::connect(server).await.ok()?;
    let length = u16::try_from(question.len()).ok()?;
    stream.write_all(&[&length.to_be_bytes()[..], &question].concat()).await.ok()?;
    let length = stream.read_u16().await.ok()?;
    let mut bytes = vec![0; usize::from(length)];
    stream.read_exact(&mut bytes).await.ok()?;
    wire::reply(&bytes).filter(answers)
}
