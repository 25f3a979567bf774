//! Layer: wire. Session descriptions: what telephones write is read, what is wrong is refused, what is read is
//! written again.
use std::net::IpAddr;

use proptest::prelude::*;
use tom_wire::sdp::{
    Crypto, Direction, MAX_BYTES, MasterKey, Media, Origin, Proto, RtpMap, Sdp, SdpError, Suite,
};

/// As a softphone offers it: everything an m-line can say.
const PHONE: &str = "v=0\r
o=alice 2890844526 2890844527 IN IP4 192.0.2.10\r
s=Call\r
i=a line nobody needs\r
c=IN IP4 192.0.2.10\r
b=AS:80\r
t=0 0\r
a=tool:anything\r
m=audio 49170 RTP/SAVP 96 9 8 0 101 13\r
a=rtpmap:96 opus/48000/2\r
a=fmtp:96 useinbandfec=1\r
a=rtpmap:101 telephone-event/8000\r
a=fmtp:101 0-16\r
a=crypto:1 AES_CM_256_HMAC_SHA1_80 inline:AAAA\r
a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20\r
a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz|2^20|1:4\r
a=crypto:4 AES_CM_128_HMAC_SHA1_32 inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz UNENCRYPTED_SRTP\r
a=rtcp:49999 IN IP4 192.0.2.10\r
a=rtcp-mux\r
a=ptime:20\r
a=sendonly\r
m=video 0 RTP/AVP 31\r
a=unknown:31 whatever\r
m=image 49180 udptl t38\r
c=IN IP6 2001:db8::2\r
a=T38FaxVersion:0\r
";

#[test]
fn a_phones_offer_is_read() {
    let sdp = Sdp::parse(PHONE.as_bytes()).unwrap();
    assert_eq!((sdp.origin.id, sdp.origin.version), (2_890_844_526, 2_890_844_527));
    assert_eq!(sdp.connection, Some("192.0.2.10".parse().unwrap()));
    assert_eq!(sdp.media.len(), 3);
    let audio = &sdp.media[0];
    assert_eq!((&*audio.kind, audio.port, &audio.proto), ("audio", 49_170, &Proto::Savp));
    assert_eq!(audio.formats, ["96", "9", "8", "0", "101", "13"]);
    let opus = RtpMap { payload: 96, name: "opus".into(), clock: 48_000, channels: 2 };
    assert_eq!(audio.maps[0], opus);
    assert_eq!(audio.fmtp[1], (101, "0-16".to_owned()));
    assert_eq!((audio.rtcp, audio.mux, audio.ptime), (Some(49_999), true, Some(20)));
    assert_eq!(audio.direction, Some(Direction::SendOnly));
    let [key] = &audio.crypto[..] else { panic!("only one line is of a form we speak: {:?}", audio.crypto) };
    assert_eq!((key.tag, key.suite), (2, Suite::Aes128Sha1Tag80));
    // The key of RFC 4568's example.
    assert_eq!(&key.key.0, b"YS___semctl () {\t220;}\n}\nunles");
    assert_eq!(sdp.media[2].proto, Proto::Other("udptl".into()));
    assert_eq!(sdp.media[2].connection, Some("2001:db8::2".parse().unwrap()));
}

#[test]
fn lines_may_end_without_a_carriage_return() {
    let sdp = Sdp::parse(PHONE.replace('\r', "").as_bytes());
    assert_eq!(sdp, Sdp::parse(PHONE.as_bytes()));
}

#[test]
fn a_key_is_not_told_to_logs() {
    let sdp = Sdp::parse(PHONE.as_bytes()).unwrap();
    assert!(!format!("{sdp:?}").contains("semctl"));
    assert!(format!("{:?}", sdp.media[0].crypto).contains("MasterKey(…)"));
}

#[test]
fn what_is_wrong_is_refused_with_its_line() {
    let head = "v=0\no=- 1 1 IN IP4 192.0.2.1\ns=-\nt=0 0\n";
    for (line, why) in [
        ("m=audio", "kind"),
        ("m=audio 99999 RTP/AVP 0", "port"),
        ("m=audio 5000 RTP/AVP", "formats"),
        ("m=audio 5000 RTP/AVP 128", "127"),
        ("m=audio 5000 RTP/AVP -1", "127"),
        ("c=IN IP4 phone.example.com", "IPv4"),
        ("c=IN IP4 224.2.36.42/127", "IPv4"),
        ("c=IN IP4 224.2.36.42", "multicast"),
        ("c=IN IP6 192.0.2.1", "IPv6"),
        ("c=ATM IP4 192.0.2.1", "IN"),
        ("y=1", "letter"),
        ("v=0", "first"),
        ("o=- 1 1 IN IP4 192.0.2.1", "one o="),
        ("nonsense", "letter"),
        ("", "letter"),
    ] {
        let text = format!("{head}{line}\na=x");
        let SdpError::Line { line: at, what } = Sdp::parse(text.as_bytes()).unwrap_err() else {
            panic!("{line}");
        };
        assert_eq!(at, 5, "{line}");
        assert!(what.contains(why), "{line}: {what}");
    }
    for (attribute, why) in [
        ("rtpmap:0", "rtpmap"),
        ("rtpmap:0 PCMU", "rtpmap"),
        ("rtpmap:200 PCMU/8000", "type"),
        ("rtpmap:0 /8000", "rtpmap"),
        ("ptime:soon", "ptime"),
        ("rtcp:x", "rtcp"),
        ("fmtp:101", "fmtp"),
    ] {
        let text = format!("{head}m=audio 5000 RTP/AVP 0\na={attribute}\n");
        let error = Sdp::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("line 6") && error.contains(why), "{attribute}: {error}");
        // The same in a stream that is not ours to understand.
        assert!(Sdp::parse(text.replace("RTP/AVP", "udptl").as_bytes()).is_ok(), "{attribute}");
    }
    assert!(matches!(Sdp::parse(b"v=1\n"), Err(SdpError::Line { line: 1, .. })));
    assert_eq!(Sdp::parse(b"v=0\ns=-\n"), Err(SdpError::Missing("o=")));
    assert_eq!(Sdp::parse(b""), Err(SdpError::Line { line: 1, what: "a line is a letter, =, and a value" }));
    assert_eq!(Sdp::parse(b"v=0\n\0"), Err(SdpError::NotText));
    assert_eq!(Sdp::parse(b"v=0\n\xff"), Err(SdpError::NotText));
}

#[test]
fn bombs_are_bounded() {
    assert_eq!(Sdp::parse(&vec![b'a'; MAX_BYTES + 1]), Err(SdpError::TooLong(MAX_BYTES + 1)));
    let head = "v=0\no=- 1 1 IN IP4 192.0.2.1\n";
    let many = format!("{head}{}", "m=audio 5000 RTP/AVP 0\n".repeat(17));
    assert_eq!(Sdp::parse(many.as_bytes()), Err(SdpError::TooMany("m= lines")));
    let many = format!("{head}m=audio 5000 RTP/AVP{}\n", " 0".repeat(65));
    assert_eq!(Sdp::parse(many.as_bytes()), Err(SdpError::TooMany("formats in an m= line")));
    let many = format!("{head}m=audio 5000 RTP/AVP 0\n{}", "a=rtpmap:0 PCMU/8000\n".repeat(65));
    assert_eq!(Sdp::parse(many.as_bytes()), Err(SdpError::TooMany("rtpmap lines")));
}

fn word() -> impl Strategy<Value = String> {
    "[A-Za-z0-9_.-]{1,12}"
}

fn address() -> impl Strategy<Value = IpAddr> {
    any::<IpAddr>().prop_filter("telephones are unicast", |address| !address.is_multicast())
}

prop_compose! {
    fn media()(
        kind in word(),
        port: u16,
        proto in prop_oneof![
            Just(Proto::Avp), Just(Proto::Savp), Just(Proto::Avpf), Just(Proto::Savpf)],
        formats in prop::collection::vec(0u8..128, 1..9),
        connection in prop::option::of(address()),
        rtcp: Option<u16>,
        mux: bool,
        ptime: Option<u16>,
        direction in prop::option::of(prop::sample::select(&Direction::ALL[..])),
        maps in prop::collection::vec((0u8..128, word(), 1u32..200_000, 1u8..9), 0..5),
        fmtp in prop::collection::vec((0u8..128, word()), 0..4),
        crypto in prop::collection::vec((any::<u32>(), prop::sample::select(&Suite::ALL[..]),
            prop::array::uniform30(any::<u8>())), 0..3),
    ) -> Media {
        Media {
            kind, port, proto, connection, rtcp, mux, ptime, direction, fmtp,
            formats: formats.iter().map(u8::to_string).collect(),
            maps: maps.into_iter()
                .map(|(payload, name, clock, channels)| RtpMap { payload, name, clock, channels }).collect(),
            crypto: crypto.into_iter()
                .map(|(tag, suite, key)| Crypto { tag, suite, key: MasterKey(key) }).collect(),
        }
    }
}

prop_compose! {
    fn description()(
        user in word(), id: u64, version: u64, name in word(),
        connection in prop::option::of(address()),
        direction in prop::option::of(prop::sample::select(&Direction::ALL[..])),
        media in prop::collection::vec(media(), 0..4),
    ) -> Sdp {
        let host = "IN IP4 192.0.2.7".to_owned();
        Sdp { origin: Origin { user, id, version, host }, name, connection, direction, media }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(sdp in description()) {
        prop_assert_eq!(Sdp::parse(sdp.to_string().as_bytes()), Ok(sdp));
    }

    #[test]
    fn no_bytes_are_too_wild(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Sdp::parse(&bytes);
    }

    #[test]
    fn no_damage_is_too_wild(at in 0..PHONE.len(), byte: u8, cut in 0..PHONE.len()) {
        let mut bytes = PHONE.as_bytes().to_vec();
        bytes[at] = byte;
        let _ = Sdp::parse(&bytes);
        bytes.truncate(cut);
        if let Ok(sdp) = Sdp::parse(&bytes) {
            prop_assert_eq!(Sdp::parse(sdp.to_string().as_bytes()), Ok(sdp));
        }
    }
}
