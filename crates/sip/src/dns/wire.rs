//! How do questions and answers of DNS look as bytes (RFC 1035, 2782, 3403)?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    A,
    Aaaa,
    Srv,
    Naptr,
}

impl Kind {
    pub(crate) const fn number(self) -> u16 {
        match self {
            Self::A => 1,
            Self::Aaaa => 28,
            Self::Srv => 33,
            Self::Naptr => 35,
        }
    }
}

/// What a record says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Data {
    Address(IpAddr),
    /// The name has another one.
    Alias(String),
    Srv {
        priority: u16,
        weight: u16,
        port: u16,
        target: String,
    },
    Naptr {
        order: u16,
        preference: u16,
        flags: String,
        service: String,
        replacement: String,
    },
}

/// A record of an answer. Names are in lower case, without the last dot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) name: String,
    /// Seconds it may be kept.
    pub(crate) ttl: u32,
    pub(crate) data: Data,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Reply {
    pub(crate) id: u16,
    /// It did not fit into a datagram.
    pub(crate) cut: bool,
    /// 0: good, 3: there is no such name, others: the server cannot say.
    pub(crate) code: u8,
    /// The question it answers: name and type.
    pub(crate) question: (String, u16),
    /// Answers, then what was added to them.
    pub(crate) records: Vec<Record>,
}

/// Records of an answer that are read; more are left.
const MOST: usize = 256;
/// The class of the internet.
const INTERNET: u16 = 1;

/// A question. None: the name cannot be one of DNS.
pub(crate) fn question(id: u16, name: &str, kind: Kind) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(name.len() + 18);
    out.extend(id.to_be_bytes());
    // Recursion, please; one question.
    out.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    let name = name.strip_suffix('.').unwrap_or(name);
    if name.len() > 253 {
        return None;
    }
    for label in name.split('.') {
        let length = u8::try_from(label.len()).ok().filter(|length| (1..64).contains(length))?;
        if !label.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b)) {
            return None;
        }
        out.push(length);
        out.extend(label.bytes());
    }
    out.push(0);
    out.extend(kind.number().to_be_bytes());
    out.extend(INTERNET.to_be_bytes());
    Some(out)
}

/// Reads an answer. None: it is none, or broken.
pub(crate) fn reply(bytes: &[u8]) -> Option<Reply> {
    let mut at = At { bytes, at: 0 };
    let id = at.word()?;
    let flags = at.word()?;
    let [questions, answers, authorities, added] = [at.word()?, at.word()?, at.word()?, at.word()?];
    if flags & 0x8000 == 0 || questions != 1 {
        return None;
    }
    let asked = at.name()?;
    let question = (asked, at.word()?);
    at.word()?;
    let mut reply =
        Reply { id, cut: flags & 0x0200 != 0, code: (flags & 0xf) as u8, question, records: Vec::new() };
    let all = [answers, authorities, added].map(usize::from);
    for nth in 0..all.iter().sum::<usize>().min(MOST) {
        // What was cut off, or is broken, ends the answer; what came before it holds.
        let Some((record, class)) = at.record() else { break };
        let authority = (all[0]..all[0] + all[1]).contains(&nth);
        if let Some(record) = record.filter(|_| class == INTERNET && !authority) {
            reply.records.push(record);
        }
    }
    Some(reply)
}

/// A place in a message.
struct At<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> At<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1).map(|taken| taken[0])
    }

    fn word(&mut self) -> Option<u16> {
        self.take(2).map(|taken| u16::from_be_bytes([taken[0], taken[1]]))
    }

    /// A name, which may go on elsewhere, but only further ahead: so it ends.
    fn name(&mut self) -> Option<String> {
        let (mut name, mut reads, mut jumped) = (String::new(), self.at, false);
        let mut before = self.at;
        loop {
            let length = usize::from(*self.bytes.get(reads)?);
            if length & 0xc0 == 0xc0 {
                let to = (length & 0x3f) << 8 | usize::from(*self.bytes.get(reads + 1)?);
                if !jumped {
                    self.at = reads + 2;
                    jumped = true;
                }
                if to >= before {
                    return None;
                }
                (reads, before) = (to, to);
                continue;
            }
            if length > 63 {
                return None;
            }
            reads += 1;
            if length == 0 {
                break;
            }
            let label = self.bytes.get(reads..reads + length)?;
            if !name.is_empty() {
                name.push('.');
            }
            // Bytes that no name of a host has are no reason to fail; they match nothing.
            name.extend(
                label
                    .iter()
                    .map(|b| if b.is_ascii_graphic() { b.to_ascii_lowercase() } else { b'?' } as char),
            );
            reads += length;
            if name.len() > 255 {
                return None;
            }
        }
        if !jumped {
            self.at = reads;
        }
        Some(name)
    }

    /// A text of a length of its own.
    fn text(&mut self) -> Option<String> {
        let length = usize::from(self.byte()?);
        self.take(length).map(|text| String::from_utf8_lossy(text).into_owned())
    }

    /// A record and its class; no record: of a type we do not ask for.
    fn record(&mut self) -> Option<(Option<Record>, u16)> {
        let name = self.name()?;
        let (kind, class) = (self.word()?, self.word()?);
        let ttl = u32::from(self.word()?) << 16 | u32::from(self.word()?);
        let length = usize::from(self.word()?);
        let end = self.at.checked_add(length).filter(|end| *end <= self.bytes.len())?;
        let data = self.data(kind, length);
        // A record that reads beyond its own end is broken, and is left out.
        let data = data.filter(|_| self.at <= end);
        self.at = end;
        Some((data.map(|data| Record { name, ttl, data }), class))
    }

    fn data(&mut self, kind: u16, length: usize) -> Option<Data> {
        Some(match kind {
            1 => Data::Address(Ipv4Addr::from(<[u8; 4]>::try_from(self.take(length)?).ok()?).into()),
            28 => Data::Address(Ipv6Addr::from(<[u8; 16]>::try_from(self.take(length)?).ok()?).into()),
            5 => Data::Alias(self.name()?),
            33 => Data::Srv {
                priority: self.word()?,
                weight: self.word()?,
                port: self.word()?,
                target: self.name()?,
            },
            35 => {
                let (order, preference) = (self.word()?, self.word()?);
                let (flags, service) = (self.text()?.to_ascii_lowercase(), self.text()?.to_ascii_lowercase());
                // A rule to rewrite names by is for telephone numbers, not for us.
                let _rule = self.text()?;
                Data::Naptr { order, preference, flags, service, replacement: self.name()? }
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
