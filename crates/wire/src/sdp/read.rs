//! How does text become a session description?

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{
    Crypto, Direction, MAX_BYTES, MAX_ITEMS, MAX_MEDIA, Media, Origin, Proto, RtpMap, Sdp, SdpError,
};

type Fault = &'static str;

impl Sdp {
    /// Reads a body of type `application/sdp`. Lines end with CRLF or LF.
    ///
    /// # Errors
    /// [`SdpError`]: too long, no text, or a line that RFC 8866 does not allow.
    pub fn parse(body: &[u8]) -> Result<Self, SdpError> {
        if body.len() > MAX_BYTES {
            return Err(SdpError::TooLong(body.len()));
        }
        let text = std::str::from_utf8(body).map_err(|_| SdpError::NotText)?;
        if text.contains('\0') {
            return Err(SdpError::NotText);
        }
        let mut reader = Reader::default();
        for (index, line) in text.trim_end_matches(['\r', '\n']).split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            reader.line(index, line).map_err(|fault| fault.at(index + 1))?;
        }
        Ok(Self {
            origin: reader.origin.ok_or(SdpError::Missing("o="))?,
            name: reader.name.unwrap_or_else(|| "-".to_owned()),
            connection: reader.connection,
            direction: reader.direction,
            media: reader.media,
        })
    }
}

/// What is wrong with a line, before it is known which one it is.
enum Wrong {
    Line(Fault),
    TooMany(&'static str),
}

impl From<Fault> for Wrong {
    fn from(what: Fault) -> Self {
        Self::Line(what)
    }
}

impl Wrong {
    fn at(self, line: usize) -> SdpError {
        match self {
            Self::Line(what) => SdpError::Line { line, what },
            Self::TooMany(what) => SdpError::TooMany(what),
        }
    }
}

#[derive(Default)]
struct Reader {
    origin: Option<Origin>,
    name: Option<String>,
    connection: Option<IpAddr>,
    direction: Option<Direction>,
    media: Vec<Media>,
}

impl Reader {
    fn line(&mut self, index: usize, line: &str) -> Result<(), Wrong> {
        let (kind, value) = line.split_once('=').ok_or("a line is a letter, =, and a value")?;
        if (index == 0) != (kind == "v") {
            return Err("the first line, and only it, is v=0".into());
        }
        match kind {
            "v" if value == "0" => {}
            "v" => return Err("version 0 is the only one there is".into()),
            "o" if self.origin.is_none() && self.media.is_empty() => self.origin = Some(origin(value)?),
            "o" => return Err("there is one o= line, before all media".into()),
            "s" => self.name = Some(value.to_owned()),
            "c" => {
                let address = Some(address(value)?);
                match self.media.last_mut() {
                    Some(media) => media.connection = address,
                    None => self.connection = address,
                }
            }
            "m" => {
                if self.media.len() >= MAX_MEDIA {
                    return Err(Wrong::TooMany("m= lines"));
                }
                self.media.push(media(value)?);
            }
            "a" => self.attribute(value)?,
            "i" | "u" | "e" | "p" | "b" | "t" | "r" | "z" | "k" => {}
            _ => return Err("no line begins with this letter".into()),
        }
        Ok(())
    }

    fn attribute(&mut self, text: &str) -> Result<(), Wrong> {
        let text = text.trim_end();
        let (name, value) = text.split_once(':').unwrap_or((text, ""));
        if let Some(direction) = Direction::from_name(text) {
            match self.media.last_mut() {
                Some(media) => media.direction = Some(direction),
                None => self.direction = Some(direction),
            }
            return Ok(());
        }
        // The others belong to a stream, and say nothing about streams that are no RTP.
        let Some(media) = self.media.last_mut().filter(|media| media.proto.is_rtp()) else { return Ok(()) };
        match name {
            "rtpmap" => add(&mut media.maps, rtp_map(value)?, "rtpmap lines")?,
            "fmtp" => {
                let (payload, parameters) =
                    value.split_once(' ').ok_or("fmtp is a payload type and its parameters")?;
                add(&mut media.fmtp, (payload_type(payload)?, parameters.trim().to_owned()), "fmtp lines")?;
            }
            // Some write fractions; whole milliseconds are all there is to them.
            "ptime" => {
                let whole = value.trim().split('.').next().unwrap_or_default();
                media.ptime = Some(whole.parse().map_err(|_| "ptime is a number of milliseconds")?);
            }
            "rtcp" => {
                let port = value.split(' ').next().unwrap_or_default();
                media.rtcp = Some(port.parse().map_err(|_| "rtcp is a port, and an address perhaps")?);
            }
            "rtcp-mux" => media.mux = true,
            // A suite we do not speak is passed over: another line may have one we do.
            "crypto" => {
                if let Some(crypto) = Crypto::parse(value) {
                    add(&mut media.crypto, crypto, "crypto lines")?;
                }
            }
            _ => {}
        }
        Ok(())
    }
}

fn add<T>(list: &mut Vec<T>, item: T, what: &'static str) -> Result<(), Wrong> {
    if list.len() >= MAX_ITEMS {
        return Err(Wrong::TooMany(what));
    }
    list.push(item);
    Ok(())
}

fn origin(value: &str) -> Result<Origin, Fault> {
    let mut words = value.splitn(4, ' ');
    let (Some(user), Some(id), Some(version), Some(host)) =
        (words.next(), words.next(), words.next(), words.next())
    else {
        return Err("o= is a user, two numbers and an address");
    };
    let number = |text: &str| text.parse().map_err(|_| "the session's number and version are whole numbers");
    if host.split(' ').count() != 3 {
        return Err("the address in o= is IN, IP4 or IP6, and an address or a name");
    }
    Ok(Origin { user: user.to_owned(), id: number(id)?, version: number(version)?, host: host.to_owned() })
}

fn address(value: &str) -> Result<IpAddr, Fault> {
    let mut words = value.split(' ');
    let (net, family, text) = (words.next(), words.next(), words.next().unwrap_or_default());
    if net != Some("IN") || words.next().is_some() {
        return Err("c= is IN, IP4 or IP6, and an address");
    }
    let address: IpAddr = match family {
        Some("IP4") => {
            text.parse::<Ipv4Addr>().map_err(|_| "c= has no IPv4 address (names are not looked up)")?.into()
        }
        Some("IP6") => {
            text.parse::<Ipv6Addr>().map_err(|_| "c= has no IPv6 address (names are not looked up)")?.into()
        }
        _ => return Err("c= is IN, IP4 or IP6, and an address"),
    };
    if address.is_multicast() {
        return Err("a telephone has no multicast address");
    }
    Ok(address)
}

fn media(value: &str) -> Result<Media, Wrong> {
    let mut words = value.split(' ');
    let (Some(kind), Some(port), Some(proto)) = (words.next(), words.next(), words.next()) else {
        return Err("m= is a kind, a port, a protocol and formats".into());
    };
    // `49170/2` asks for two pairs of ports; the first is all an answer needs.
    let port = port.split('/').next().unwrap_or_default();
    let formats: Vec<String> = words.filter(|word| !word.is_empty()).map(str::to_owned).collect();
    if formats.len() > MAX_ITEMS {
        return Err(Wrong::TooMany("formats in an m= line"));
    }
    if kind.is_empty() || formats.is_empty() {
        return Err("m= is a kind, a port, a protocol and formats".into());
    }
    let proto = Proto::from_name(proto);
    if proto.is_rtp() && formats.iter().any(|format| payload_type(format).is_err()) {
        return Err("the formats of RTP are payload types, 0 to 127".into());
    }
    Ok(Media {
        kind: kind.to_owned(),
        port: port.parse().map_err(|_| "the port in m= is a number up to 65535")?,
        proto,
        formats,
        ..Media::default()
    })
}

fn rtp_map(value: &str) -> Result<RtpMap, Fault> {
    const FORM: Fault = "rtpmap is a payload type and name/clock";
    let (payload, encoding) = value.split_once(' ').ok_or(FORM)?;
    let mut parts = encoding.trim().split('/');
    let (name, clock) = (parts.next().unwrap_or_default(), parts.next().ok_or(FORM)?);
    let channels = parts.next().map_or(Ok(1), str::parse).map_err(|_| FORM)?;
    if name.is_empty() {
        return Err(FORM);
    }
    Ok(RtpMap {
        payload: payload_type(payload)?,
        name: name.to_owned(),
        clock: clock.parse().map_err(|_| FORM)?,
        channels,
    })
}

fn payload_type(text: &str) -> Result<u8, Fault> {
    text.parse().ok().filter(|&payload| payload < 128).ok_or("a payload type is a number from 0 to 127")
}
