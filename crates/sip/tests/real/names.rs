//! Layer: real. A name server on loopback, for tests.
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::task::AbortOnDropHandle;

/// A record.
#[derive(Clone, Debug)]
pub(crate) enum Rr {
    Host(IpAddr),
    Srv(u16, u16, u16, &'static str),
    Naptr(u16, u16, &'static str, &'static str),
}

/// How it answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Manner {
    Good,
    /// Not at all.
    Silent,
    /// That it cannot say.
    Failing,
    /// Over UDP only that it was too much.
    Cut,
    /// Something wrong first: another id, another question, noise.
    Lying,
}

/// A name server.
pub(crate) struct Names {
    pub(crate) address: SocketAddr,
    /// What was asked, names and types.
    pub(crate) asked: Arc<Mutex<Vec<(String, u16)>>>,
    _tasks: [AbortOnDropHandle<()>; 2],
}

type Zone = Vec<(String, Rr)>;

impl Names {
    pub(crate) async fn start(manner: Manner, zone: &[(&str, Rr)]) -> Self {
        let zone: Zone = zone.iter().map(|(name, rr)| ((*name).to_owned(), rr.clone())).collect();
        let asked = Arc::<Mutex<Vec<(String, u16)>>>::default();
        // Both sockets have one port; where somebody else has that of TCP, another try.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind("127.0.0.1:0").await.unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()).await {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let over_udp = tokio::spawn(datagrams(udp, manner, zone.clone(), asked.clone()));
        let over_tcp = tokio::spawn(streams(tcp, zone, asked.clone()));
        Self { address, asked, _tasks: [over_udp, over_tcp].map(AbortOnDropHandle::new) }
    }

    pub(crate) fn asked(&self, name: &str, kind: u16) -> bool {
        self.asked.lock().unwrap().iter().any(|(n, k)| n == name && *k == kind)
    }
}

async fn datagrams(socket: UdpSocket, manner: Manner, zone: Zone, asked: Arc<Mutex<Vec<(String, u16)>>>) {
    let mut bytes = [0; 1_024];
    loop {
        let (length, from) = socket.recv_from(&mut bytes).await.unwrap();
        let question = &bytes[..length];
        let mut reply = answer(question, &zone, &asked);
        match manner {
            Manner::Good => {}
            Manner::Silent => continue,
            Manner::Failing => {
                reply = [&question[..2], &[0x81, 0x82, 0, 1, 0, 0, 0, 0, 0, 0], &question[12..]].concat()
            }
            Manner::Cut => {
                reply = [&question[..2], &[0x83, 0x80, 0, 1, 0, 0, 0, 0, 0, 0], &question[12..]].concat();
            }
            Manner::Lying => {
                let mut other = reply.clone();
                other[0] ^= 0xff;
                let mut elsewhere = reply.clone();
                elsewhere[13] ^= 1;
                for lie in [other, elsewhere, b"noise".to_vec(), Vec::new(), vec![0xc0; 600]] {
                    socket.send_to(&lie, from).await.unwrap();
                }
            }
        }
        socket.send_to(&reply, from).await.unwrap();
    }
}

async fn streams(listener: TcpListener, zone: Zone, asked: Arc<Mutex<Vec<(String, u16)>>>) {
    loop {
        let (mut stream, _) = listener.accept().await.unwrap();
        let length = stream.read_u16().await.unwrap();
        let mut question = vec![0; usize::from(length)];
        stream.read_exact(&mut question).await.unwrap();
        let reply = answer(&question, &zone, &asked);
        stream.write_u16(reply.len() as u16).await.unwrap();
        stream.write_all(&reply).await.unwrap();
    }
}

fn write_name(name: &str, out: &mut Vec<u8>) {
    for label in name.split('.').filter(|label| !label.is_empty()) {
        out.push(label.len() as u8);
        out.extend(label.bytes());
    }
    out.push(0);
}

fn write_text(text: &str, out: &mut Vec<u8>) {
    out.push(text.len() as u8);
    out.extend(text.bytes());
}

/// The answer to a question: what the zone has, or that there is no such name.
fn answer(question: &[u8], zone: &Zone, asked: &Mutex<Vec<(String, u16)>>) -> Vec<u8> {
    let (mut name, mut at) = (String::new(), 12);
    while question[at] > 0 {
        let length = usize::from(question[at]);
        if !name.is_empty() {
            name.push('.');
        }
        name.push_str(std::str::from_utf8(&question[at + 1..=at + length]).unwrap());
        at += length + 1;
    }
    let kind = u16::from_be_bytes([question[at + 1], question[at + 2]]);
    asked.lock().unwrap().push((name.clone(), kind));
    let known = zone.iter().any(|(known, _)| *known == name);
    let mut records = Vec::new();
    let mut count = 0_u16;
    for (_, rr) in zone.iter().filter(|(known, _)| *known == name) {
        let mut data = Vec::new();
        let of = match rr {
            Rr::Host(IpAddr::V4(ip)) => {
                data.extend(ip.octets());
                1
            }
            Rr::Host(IpAddr::V6(ip)) => {
                data.extend(ip.octets());
                28
            }
            Rr::Srv(priority, weight, port, target) => {
                for word in [priority, weight, port] {
                    data.extend(word.to_be_bytes());
                }
                write_name(target, &mut data);
                33
            }
            Rr::Naptr(order, preference, service, replacement) => {
                data.extend(order.to_be_bytes());
                data.extend(preference.to_be_bytes());
                for text in ["s", service, ""] {
                    write_text(text, &mut data);
                }
                write_name(replacement, &mut data);
                35
            }
        };
        if of != kind {
            continue;
        }
        count += 1;
        // The name of the question, the type, the class, a minute.
        records.extend([0xc0, 12]);
        records.extend(u16::to_be_bytes(of));
        records.extend([0, 1, 0, 0, 0, 60]);
        records.extend((data.len() as u16).to_be_bytes());
        records.extend(data);
    }
    let code = if known { 0 } else { 3 };
    let mut out = question[..2].to_vec();
    out.extend([0x81, 0x80 | code, 0, 1]);
    out.extend(count.to_be_bytes());
    out.extend([0, 0, 0, 0]);
    out.extend(&question[12..at + 5]);
    out.extend(records);
    out
}
