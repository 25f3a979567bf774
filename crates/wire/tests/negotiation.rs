//! Layer: wire. Offer and answer: what two sides agree on, hold and resume, and what is answered with 488.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::net::SocketAddr;

use proptest::prelude::*;
use tom_wire::sdp::{
    Codec, Direction, MasterKey, Media, Negotiated, Negotiation, Proto, Refusal, Sdp, SrtpPolicy, Terms,
};

const ALL: [Codec; 4] = [Codec::Opus, Codec::G722, Codec::Pcma, Codec::Pcmu];

fn side(port: u16, codecs: &[Codec], srtp: SrtpPolicy) -> Negotiation {
    let local = SocketAddr::from(([192, 0, 2, 1], port));
    let key = MasterKey([port as u8; 30]);
    Negotiation::new(local, port.into(), key, Terms { codecs: codecs.to_vec(), srtp, noise: true })
}

fn plain(port: u16) -> Negotiation {
    side(port, &ALL, SrtpPolicy::Accept)
}

/// Through the text, as it travels.
fn travel(sdp: &Sdp) -> Sdp {
    let read = Sdp::parse(sdp.to_string().as_bytes()).unwrap();
    assert_eq!(&read, sdp);
    read
}

fn exchange(a: &mut Negotiation, b: &mut Negotiation) -> (Negotiated, Negotiated) {
    let offer = travel(&a.offer());
    let (answer, theirs) = b.answer(&offer).unwrap();
    (a.accept(&travel(&answer)).unwrap(), theirs)
}

fn offer(lines: &str) -> Sdp {
    Sdp::parse(format!("v=0\no=- 7 7 IN IP4 192.0.2.9\ns=-\nc=IN IP4 192.0.2.9\nt=0 0\n{lines}").as_bytes())
        .unwrap()
}

const G711: &str = "m=audio 5000 RTP/AVP 0 8 101\na=rtpmap:0 PCMU/8000\na=rtpmap:8 PCMA/8000\n\
    a=rtpmap:101 telephone-event/8000\na=fmtp:101 0-16\na=ptime:20\na=sendrecv\n";

#[test]
fn the_other_sides_first_codec_is_taken() {
    let (answer, agreed) = plain(6000).answer(&offer(G711)).unwrap();
    assert_eq!((agreed.codec, agreed.payload), (Codec::Pcmu, 0));
    assert_eq!(agreed.receive, [(0, Codec::Pcmu)]);
    assert_eq!((agreed.event_in, agreed.event_out, agreed.event_clock), (Some(101), Some(101), 8_000));
    assert_eq!(agreed.remote, "192.0.2.9:5000".parse().unwrap());
    assert_eq!(agreed.remote_rtcp.port(), 5_001);
    assert!(!agreed.noise && !agreed.mux && agreed.secure.is_none());
    assert_eq!(answer.media[0].formats, ["0", "101"]);
    assert_eq!(answer.media[0].port, 6_000);
    assert_eq!(
        side(6000, &[Codec::Pcma], SrtpPolicy::Off).answer(&offer(G711)).unwrap().1.codec,
        Codec::Pcma
    );
}

#[test]
fn fixed_payload_types_need_no_map() {
    let (_, agreed) = plain(6000).answer(&offer("m=audio 5000 RTP/AVP 9 13\n")).unwrap();
    assert_eq!((agreed.codec, agreed.payload, agreed.noise), (Codec::G722, 9, true));
    assert_eq!(agreed.event_in, None);
}

#[test]
fn what_others_write_a_little_differently_is_understood() {
    let lines = "m=audio 5000 RTP/AVP 116 120\na=rtpmap:116 OPUS/48000\na=rtpmap:120 Telephone-Event/8000\n\
        a=ptime:20.0\na=sendonly \n";
    let (_, agreed) = plain(6000).answer(&offer(lines)).unwrap();
    assert_eq!((agreed.codec, agreed.payload, agreed.event_in), (Codec::Opus, 116, Some(120)));
    assert_eq!(agreed.direction, Direction::RecvOnly);
}

#[test]
fn dynamic_numbers_are_the_offerers_and_stay() {
    let mut ours = plain(6000);
    let lines = "m=audio 5000 RTP/AVP 101 96 97\na=rtpmap:101 opus/48000/2\na=rtpmap:96 telephone-event/8000\n\
        a=rtpmap:97 telephone-event/48000\n";
    let (_, agreed) = ours.answer(&offer(lines)).unwrap();
    assert_eq!((agreed.codec, agreed.payload), (Codec::Opus, 101));
    assert_eq!((agreed.event_in, agreed.event_clock), (Some(97), 48_000));
    let again = ours.offer();
    let opus = again.media[0].maps.iter().find(|map| map.name == "opus").unwrap();
    let wide =
        again.media[0].maps.iter().find(|map| map.name == "telephone-event" && map.clock == 48_000).unwrap();
    assert_eq!((opus.payload, wide.payload), (101, 97));
    let mut numbers: Vec<u8> = again.media[0].maps.iter().map(|map| map.payload).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), again.media[0].maps.len(), "no number means two things: {again}");
}

#[test]
fn two_of_us_agree_on_the_offerers_first() {
    let (a, b) = exchange(&mut plain(6000), &mut plain(7000));
    assert_eq!((a.codec, b.codec), (Codec::Opus, Codec::Opus));
    assert_eq!((a.remote.port(), b.remote.port()), (7_000, 6_000));
    assert_eq!((a.event_out, a.event_clock), (b.event_in, b.event_clock));
    let (a, b) = exchange(&mut side(6000, &[Codec::Pcma, Codec::G722], SrtpPolicy::Off), &mut plain(7000));
    assert_eq!((a.codec, b.codec, a.noise, b.noise), (Codec::Pcma, Codec::Pcma, true, true));
}

#[test]
fn what_cannot_be_agreed_on_is_488() {
    for (lines, why) in [
        ("", Refusal::NoAudio),
        ("m=video 5000 RTP/AVP 31\n", Refusal::NoAudio),
        ("m=audio 0 RTP/AVP 0\n", Refusal::NoAudio),
        ("m=audio 5000 UDP/TLS/RTP/SAVPF 0\n", Refusal::NoAudio),
        ("m=audio 5000 RTP/AVP 3 18\n", Refusal::NoCommonCodec),
        ("m=audio 5000 RTP/AVP 96\na=rtpmap:96 opus/16000/2\n", Refusal::NoCommonCodec),
        ("m=audio 5000 RTP/SAVP 0\n", Refusal::Encryption),
    ] {
        let refusal = plain(6000).answer(&offer(lines)).unwrap_err();
        assert_eq!((refusal, refusal.status()), (why, 488), "{lines}");
    }
    let secret = "m=audio 5000 RTP/SAVP 0\na=crypto:5 AES_CM_128_HMAC_SHA1_32 \
        inline:WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz\n";
    assert_eq!(side(1, &ALL, SrtpPolicy::Off).answer(&offer(secret)).unwrap_err(), Refusal::Encryption);
    assert_eq!(side(1, &ALL, SrtpPolicy::Require).answer(&offer(G711)).unwrap_err(), Refusal::Encryption);
    let (answer, agreed) = plain(6000).answer(&offer(secret)).unwrap();
    assert_eq!((answer.media[0].crypto[0].tag, &answer.media[0].proto), (5, &Proto::Savp));
    assert_eq!(agreed.secure.unwrap().theirs, offer(secret).media[0].crypto[0].key);
}

#[test]
fn a_refused_offer_leaves_everything_in_force() {
    let mut ours = plain(6000);
    let (answer, agreed) = ours.answer(&offer(G711)).unwrap();
    ours.answer(&offer("m=audio 5000 RTP/AVP 3\n")).unwrap_err();
    assert_eq!(ours.agreed(), Some(&agreed));
    let (again, _) = ours.answer(&offer(G711)).unwrap();
    assert_eq!(again, answer, "the same offer gets the same answer, version and all");
}

#[test]
fn keys_go_both_ways() {
    let (a, b) =
        exchange(&mut side(6000, &ALL, SrtpPolicy::Require), &mut side(7000, &ALL, SrtpPolicy::Accept));
    let (a, b) = (a.secure.unwrap(), b.secure.unwrap());
    assert_eq!((a.suite, a.ours, a.theirs), (b.suite, b.theirs, b.ours));
    assert_ne!(a.ours, a.theirs);
}

#[test]
fn other_streams_are_refused_in_place() {
    let mut ours = plain(6000);
    let lines = format!("m=video 6000 RTP/AVP 31\n{G711}m=image 7000 udptl t38\n");
    let (answer, _) = ours.answer(&offer(&lines)).unwrap();
    let shape = |sdp: &Sdp| sdp.media.iter().map(|m| (m.kind.clone(), m.port)).collect::<Vec<_>>();
    let wanted = [("video".to_owned(), 0), ("audio".to_owned(), 6_000), ("image".to_owned(), 0)];
    assert_eq!(shape(&answer), wanted);
    assert_eq!(shape(&ours.offer()), wanted, "the lines of a dialogue keep their places");
    assert_eq!(travel(&answer), answer);
}

#[test]
fn hold_and_resume_both_ways() {
    let (mut a, mut b) = (plain(6000), plain(7000));
    exchange(&mut a, &mut b);
    let before = a.offer().origin.version;
    a.hold(true);
    let (ours, theirs) = exchange(&mut a, &mut b);
    assert_eq!((ours.direction, theirs.direction), (Direction::SendOnly, Direction::RecvOnly));
    assert_eq!(a.offer().origin.version, before + 1, "one change, one version");
    // The other side holds as well: nobody sends.
    b.hold(true);
    let (theirs, ours) = exchange(&mut b, &mut a);
    assert_eq!((ours.direction, theirs.direction), (Direction::Inactive, Direction::Inactive));
    a.hold(false);
    let (ours, theirs) = exchange(&mut a, &mut b);
    assert_eq!((ours.direction, theirs.direction), (Direction::RecvOnly, Direction::SendOnly));
    b.hold(false);
    let (theirs, ours) = exchange(&mut b, &mut a);
    assert_eq!((ours.direction, theirs.direction), (Direction::SendRecv, Direction::SendRecv));
}

#[test]
fn an_offer_of_sendonly_is_answered_with_recvonly() {
    let mut ours = plain(6000);
    let (first, _) = ours.answer(&offer(G711)).unwrap();
    let (held, agreed) = ours.answer(&offer(&G711.replace("sendrecv", "sendonly"))).unwrap();
    assert_eq!(held.media[0].direction, Some(Direction::RecvOnly));
    assert_eq!(agreed.direction, Direction::RecvOnly);
    assert_eq!(held.origin.version, first.origin.version + 1);
    let (quiet, _) = ours.answer(&offer(&G711.replace("sendrecv", "inactive"))).unwrap();
    assert_eq!(quiet.media[0].direction, Some(Direction::Inactive));
    let (back, agreed) = ours.answer(&offer(G711)).unwrap();
    assert_eq!((back.origin.version, agreed.direction), (first.origin.version + 3, Direction::SendRecv));
}

#[test]
fn an_address_of_nowhere_is_a_hold_too() {
    let nowhere =
        Sdp::parse(offer(G711).to_string().replace("c=IN IP4 192.0.2.9", "c=IN IP4 0.0.0.0").as_bytes());
    let (_, agreed) = plain(6000).answer(&nowhere.unwrap()).unwrap();
    assert_eq!(agreed.direction, Direction::RecvOnly);
}

#[test]
fn answers_that_do_not_fit_are_refused() {
    let mut ours = plain(6000);
    let stray = offer(G711);
    assert_eq!(ours.accept(&stray), Err(Refusal::NotOffered));
    let sent = ours.offer();
    assert_eq!(ours.accept(&offer("")), Err(Refusal::Rejected));
    assert_eq!(ours.accept(&offer(&G711.replace("5000", "0"))), Err(Refusal::Rejected));
    assert_eq!(ours.accept(&offer(&format!("{G711}{G711}"))), Err(Refusal::Rejected));
    assert_eq!(ours.accept(&offer("m=audio 5000 RTP/AVP 3\n")), Err(Refusal::NoCommonCodec));
    assert!(ours.accept(&stray).is_ok(), "a bad answer does not use the offer up: {sent}");
    assert_eq!(ours.accept(&stray), Err(Refusal::NotOffered), "a good one does");
}

#[test]
fn whoever_may_send_several_codecs_is_understood() {
    let mut ours = side(6000, &[Codec::Pcma, Codec::Pcmu], SrtpPolicy::Off);
    let _ = ours.offer();
    let agreed = ours.accept(&offer(G711)).unwrap();
    assert_eq!(agreed.codec, Codec::Pcmu, "the answer's first");
    assert_eq!(agreed.receive, [(8, Codec::Pcma), (0, Codec::Pcmu)]);
}

#[test]
fn rtcp_goes_where_it_is_said() {
    let at = |more: &str| plain(6000).answer(&offer(&format!("{G711}{more}"))).unwrap();
    assert_eq!(at("a=rtcp:9999\n").1.remote_rtcp.port(), 9_999);
    let (answer, agreed) = at("a=rtcp-mux\n");
    assert!(answer.media[0].mux && agreed.mux);
    assert_eq!(agreed.remote_rtcp, agreed.remote);
    let six = "m=audio 5000 RTP/AVP 0\nc=IN IP6 2001:db8::9\n";
    assert_eq!(plain(6000).answer(&offer(six)).unwrap().1.remote, "[2001:db8::9]:5000".parse().unwrap());
}

fn media() -> impl Strategy<Value = Media> {
    let codecs = prop::sample::subsequence(vec!["0", "8", "9", "13", "18", "101"], 1..6);
    (codecs, 0u16..3, any::<bool>(), prop::sample::select(&Direction::ALL[..])).prop_map(
        |(formats, port, audio, direction)| Media {
            kind: if audio { "audio" } else { "video" }.to_owned(),
            port: port * 1_000,
            formats: formats.into_iter().map(str::to_owned).collect(),
            direction: Some(direction),
            ..Media::default()
        },
    )
}

proptest! {
    #[test]
    fn an_answer_has_the_offers_shape(media in prop::collection::vec(media(), 0..5), hold: bool) {
        let mut sdp = offer("");
        sdp.media = media;
        let mut ours = plain(6000);
        ours.hold(hold);
        if let Ok((answer, agreed)) = ours.answer(&sdp) {
            prop_assert_eq!(answer.media.len(), sdp.media.len());
            for (answered, offered) in answer.media.iter().zip(&sdp.media) {
                prop_assert_eq!(&answered.kind, &offered.kind);
                prop_assert!(answered.port == 0 || offered.port != 0);
                let (theirs, mine) = (offered.direction.unwrap_or_default(), answered.direction.unwrap_or_default());
                prop_assert!(answered.port == 0 || mine == mine.and(theirs.reversed()));
            }
            prop_assert_eq!(answer.media.iter().filter(|line| line.port != 0).count(), 1);
            prop_assert!(!(hold && agreed.direction.receives()));
        }
    }
}
