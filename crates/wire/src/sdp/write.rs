//! How does a session description become text?

use std::fmt;
use std::net::IpAddr;

use super::{Media, Sdp};

impl fmt::Display for Sdp {
    /// A body of type `application/sdp`, lines ending with CRLF.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = &self.origin;
        write!(f, "v=0\r\no={} {} {} {}\r\n", origin.user, origin.id, origin.version, origin.host)?;
        write!(f, "s={}\r\n", self.name)?;
        connection(f, self.connection)?;
        write!(f, "t=0 0\r\n")?;
        if let Some(direction) = self.direction {
            write!(f, "a={}\r\n", direction.name())?;
        }
        self.media.iter().try_for_each(|media| stream(f, media))
    }
}

fn connection(f: &mut fmt::Formatter<'_>, address: Option<IpAddr>) -> fmt::Result {
    match address {
        Some(address) => write!(f, "c={}\r\n", host(address)),
        None => Ok(()),
    }
}

/// An address as `o=` and `c=` write it.
pub(super) fn host(address: IpAddr) -> String {
    let family = if address.is_ipv4() { "IP4" } else { "IP6" };
    format!("IN {family} {address}")
}

fn stream(f: &mut fmt::Formatter<'_>, media: &Media) -> fmt::Result {
    write!(f, "m={} {} {} {}\r\n", media.kind, media.port, media.proto.name(), media.formats.join(" "))?;
    connection(f, media.connection)?;
    for map in &media.maps {
        write!(f, "a=rtpmap:{} {}/{}", map.payload, map.name, map.clock)?;
        if map.channels != 1 {
            write!(f, "/{}", map.channels)?;
        }
        f.write_str("\r\n")?;
    }
    for (payload, parameters) in &media.fmtp {
        write!(f, "a=fmtp:{payload} {parameters}\r\n")?;
    }
    for crypto in &media.crypto {
        write!(f, "a=crypto:{crypto}\r\n")?;
    }
    if let Some(ptime) = media.ptime {
        write!(f, "a=ptime:{ptime}\r\n")?;
    }
    if let Some(port) = media.rtcp {
        write!(f, "a=rtcp:{port}\r\n")?;
    }
    if media.mux {
        f.write_str("a=rtcp-mux\r\n")?;
    }
    if let Some(direction) = media.direction {
        write!(f, "a={}\r\n", direction.name())?;
    }
    Ok(())
}
