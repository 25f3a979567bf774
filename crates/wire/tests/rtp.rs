//! Layer: wire. RTP and RTCP: packets are read as RFC 3550 has them, bombs are refused, and nothing panics.
use proptest::prelude::*;
use tom_wire::rtcp::{Arrival, Reception, Report, ReportBlock, RtcpFault, RtcpPacket, SenderInfo, compound};
use tom_wire::rtp::{MAX_PACKET, RtpFault, RtpHeader, RtpPacket, is_rtcp};

/// Marker, payload type 0, sequence 258, timestamp 160, two sources, an extension of one word, two bytes of padding.
const EVERYTHING: [u8; 35] = [
    0xb2, 0x80, 1, 2, 0, 0, 0, 160, 0xde, 0xad, 0xbe, 0xef, 0, 0, 0, 1, 0, 0, 0, 2, 0xbe, 0xde, 0, 1, 9, 9,
    9, 9, 0xff, 0x7f, 0x80, 0x00, 0xd5, 0, 2,
];

#[test]
fn a_packet_with_everything_is_read() {
    let packet = RtpPacket::parse(&EVERYTHING).unwrap();
    let header =
        RtpHeader { marker: true, payload_type: 0, sequence: 258, timestamp: 160, ssrc: 0xdead_beef };
    assert_eq!(packet.header, header);
    assert_eq!(packet.csrc.len(), 8);
    assert_eq!(packet.extension, Some((0xbede, &[9, 9, 9, 9][..])));
    assert_eq!(packet.payload, [0xff, 0x7f, 0x80, 0x00, 0xd5]);
    assert_eq!(RtpPacket::header_len(&EVERYTHING), Ok(28));
}

#[test]
fn bombs_are_refused() {
    let with = |at: usize, byte: u8| {
        let mut bytes = EVERYTHING;
        bytes[at] = byte;
        RtpPacket::parse(&bytes).map(|_| ()).unwrap_err()
    };
    assert_eq!(with(0, 0x72), RtpFault::Version);
    assert_eq!(with(0, 0xbf), RtpFault::Csrc, "fifteen sources");
    assert_eq!(with(22, 0xff), RtpFault::Extension);
    assert_eq!(with(34, 0), RtpFault::Padding);
    assert_eq!(with(34, 200), RtpFault::Padding);
    assert_eq!(RtpPacket::parse(&EVERYTHING[..11]).unwrap_err(), RtpFault::Short);
    assert_eq!(RtpPacket::parse(&[]).unwrap_err(), RtpFault::Short);
    let mut large = vec![0; 65_507];
    large[0] = 0x80;
    assert_eq!(RtpPacket::parse(&large).unwrap_err(), RtpFault::Long);
    assert!(RtpPacket::parse(&large[..MAX_PACKET]).is_ok());
    assert!(RtpPacket::parse(&large[..12]).unwrap().payload.is_empty());
    assert!(is_rtcp(&[0x80, 200]) && !is_rtcp(&[0x80, 0x80 | 101]) && !is_rtcp(&[0x80]));
}

/// A sender report, written by hand after RFC 3550, 6.4.1, and a goodbye.
const REPORT: [u8; 60] = [
    0x81, 200, 0, 12, 0, 0, 0, 7, 0x83, 0xaa, 0x7e, 0x80, 0x80, 0, 0, 0, 0, 0, 0, 160, 0, 0, 0, 3, 0, 0, 1,
    0xe0, 0, 0, 0, 9, 64, 0xff, 0xff, 0xfe, 0, 1, 0, 5, 0, 0, 0, 80, 0x7e, 0x80, 0x80, 0, 0, 1, 0, 0, 0x81,
    203, 0, 1, 0, 0, 0, 7,
];

#[test]
fn a_report_is_read_and_written_as_it_stands_in_the_rfc() {
    let packets: Vec<_> = compound(&REPORT).map(Result::unwrap).collect();
    let RtcpPacket::Sender { ssrc: 7, ntp, rtp: 160, packets: 3, bytes: 480, blocks } = packets[0] else {
        panic!("{packets:?}");
    };
    assert_eq!(ntp, 0x83aa_7e80_8000_0000);
    let block: Vec<_> = blocks.iter().collect();
    let wanted = ReportBlock {
        ssrc: 9,
        fraction_lost: 64,
        lost: -2,
        highest: 0x1_0005,
        jitter: 80,
        last_report: 0x7e80_8000,
        delay: 0x1_0000,
    };
    assert_eq!(block, [wanted]);
    assert_eq!(packets[1], RtcpPacket::Bye { ssrc: Some(7) });
    let mut ours = Vec::new();
    let sender = Some(SenderInfo { ntp, rtp: 160, packets: 3, bytes: 480 });
    Report { ssrc: 7, sender, block: Some(wanted), name: "tom", bye: true }.write(&mut ours);
    assert_eq!(ours[..52], REPORT[..52]);
    assert_eq!(
        ours[52..],
        [0x81, 202, 0, 3, 0, 0, 0, 7, 1, 3, b't', b'o', b'm', 0, 0, 0, 0x81, 203, 0, 1, 0, 0, 0, 7]
    );
    let again: Vec<_> = compound(&ours).map(Result::unwrap).collect();
    assert_eq!((again[0], again[1], again[2]), (packets[0], RtcpPacket::Other(202), packets[1]));
}

/// What baresip 1.0 sends at the beginning of each call, and at the end of one in which nothing was said.
#[test]
fn rtcp_may_begin_without_a_report() {
    let ping = [&[0x80, 204, 0, 3, 0, 0, 0, 7][..], b"PINGPONG"].concat();
    let packets: Vec<_> = compound(&ping).collect();
    assert_eq!(packets, [Ok(RtcpPacket::Other(204))]);
    let name = [0x81, 202, 0, 3, 0, 0, 0, 7, 1, 3, b't', b'o', b'm', 0, 0, 0];
    let goodbye = [&[0x81, 203, 0, 2, 0, 0, 0, 7, 4][..], b"Adj", &name].concat();
    let packets: Vec<_> = compound(&goodbye).collect();
    assert_eq!(packets, [Ok(RtcpPacket::Bye { ssrc: Some(7) }), Ok(RtcpPacket::Other(202))]);
}

#[test]
fn rtcp_that_is_none_is_refused() {
    let first = |bytes: &[u8]| compound(bytes).next().unwrap().map(|_| ());
    assert_eq!(first(&[]), Err(RtcpFault::Short));
    assert_eq!(first(&[0x81, 200, 0]), Err(RtcpFault::Short));
    assert_eq!(first(&[0x41, 200, 0, 0]), Err(RtcpFault::Version));
    assert_eq!(first(&[0x81, 203, 0, 0]), Err(RtcpFault::Short), "a goodbye of one who is not named");
    for kind in [0, 72, 192, 199, 208, 223, 255] {
        assert_eq!(first(&[0x80, kind, 0, 1, 0, 0, 0, 7]), Err(RtcpFault::Kind), "{kind}");
    }
    assert_eq!(first(&[0x81, 200, 255, 255]), Err(RtcpFault::Short));
    assert_eq!(first(&[0x9f, 201, 0, 1, 0, 0, 0, 1]), Err(RtcpFault::Short), "31 blocks, none of them there");
    let faults: Vec<_> = compound(&REPORT[..56]).collect();
    assert_eq!(faults.len(), 2);
    assert_eq!(faults[1], Err(RtcpFault::Short));
}

#[test]
fn the_round_trip_is_the_example_of_the_rfc() {
    // RFC 3550, figure 2: sent at b705:2000, answered 5.25 s later, received at b710:8000.
    let block = ReportBlock { last_report: 0xb705_2000, delay: 0x0005_4000, ..ReportBlock::default() };
    assert_eq!(block.round_trip(0xb710_8000), Some(0x0006_2000));
    assert_eq!(block.round_trip(0xb705_2000), None, "answered before it was asked");
    assert_eq!(ReportBlock::default().round_trip(77), None);
}

#[test]
fn losses_are_what_did_not_come() {
    let mut stream = Reception::new(1, 65_530);
    let mut now = 0;
    for step in 0..20_u16 {
        now += 160;
        if step % 5 != 2 {
            let arrival = stream.take(65_530_u16.wrapping_add(step), now, now);
            assert_eq!(arrival, Arrival::Valid(65_536 + 65_530 + u64::from(step)));
        }
    }
    let report = stream.report();
    assert_eq!((report.lost, report.fraction_lost, report.jitter), (4, 51, 0));
    assert_eq!(report.highest, 65_530 + 19, "once around");
    assert_eq!(stream.report().fraction_lost, 0, "nothing since");
    stream.take(1, 0, 0);
    stream.take(1, 0, 0);
    assert_eq!((stream.lost(), stream.received()), (2, 18), "late ones and duplicates came");
}

#[test]
fn a_jump_is_believed_the_second_time() {
    let mut stream = Reception::new(1, 100);
    for sequence in 100..110 {
        stream.take(sequence, 0, 0);
    }
    assert_eq!(stream.take(30_000, 0, 0), Arrival::Jump);
    assert_eq!(stream.take(110, 0, 0), Arrival::Valid(65_536 + 110), "a stray packet changes nothing");
    assert_eq!(stream.take(30_000, 0, 0), Arrival::Jump);
    assert!(matches!(stream.take(30_001, 0, 0), Arrival::Valid(_)));
    assert!(matches!(stream.take(30_002, 0, 0), Arrival::Valid(_)));
    assert_eq!((stream.lost(), stream.received()), (0, 13));
}

#[test]
fn jitter_is_the_mean_deviation() {
    let mut stream = Reception::new(1, 0);
    for step in 0..2_000_u16 {
        let late = if step % 2 == 0 { 0 } else { 80 };
        stream.take(step, u32::from(step) * 160, u32::from(step) * 160 + late);
    }
    assert!(stream.jitter().abs_diff(80) <= 1, "{}", stream.jitter());
}

proptest! {
    #[test]
    fn no_datagram_is_too_wild(mut bytes in prop::collection::vec(any::<u8>(), 0..200), valid: bool, kind in 190u8..210) {
        if let (true, Some(first)) = (valid, bytes.first_mut()) {
            *first = *first & 0x3f | 0x80;
        }
        if let Ok(packet) = RtpPacket::parse(&bytes) {
            let len = RtpPacket::header_len(&bytes).unwrap();
            prop_assert!(len + packet.payload.len() <= bytes.len());
            prop_assert!(bytes[len..].starts_with(packet.payload));
        }
        if let (true, Some(second)) = (valid, bytes.get_mut(1)) {
            *second = kind;
        }
        let mut seen = 0;
        for packet in compound(&bytes) {
            seen += 1;
            if let Ok(RtcpPacket::Sender { blocks, .. } | RtcpPacket::Receiver { blocks, .. }) = packet {
                prop_assert!(blocks.iter().count() <= 31);
            }
        }
        prop_assert!(seen <= bytes.len() / 4 + 1);
    }

    #[test]
    fn a_header_is_read_as_written(marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32) {
        let header = RtpHeader { marker, payload_type, sequence, timestamp, ssrc };
        let bytes = header.write();
        let packet = RtpPacket::parse(&bytes).unwrap();
        prop_assert_eq!(packet.header, header);
    }

    #[test]
    fn reports_are_read_as_written(ssrc: u32, sends: bool, receives: bool, lost in -0x80_0000i32..0x80_0000,
        words in prop::array::uniform6(any::<u32>()), name in "[a-z@.]{0,40}", bye: bool)
    {
        let block = ReportBlock { ssrc: words[0], fraction_lost: 3, lost, highest: words[1], jitter: words[2],
            last_report: words[3], delay: words[4] };
        let sender = SenderInfo { ntp: u64::from(words[5]) << 16, rtp: 1, packets: 2, bytes: 3 };
        let mut bytes = Vec::new();
        let report = Report { ssrc, sender: sends.then_some(sender), block: receives.then_some(block), name: &name, bye };
        report.write(&mut bytes);
        let packets: Vec<_> = compound(&bytes).map(Result::unwrap).collect();
        prop_assert_eq!(packets.len(), 2 + usize::from(bye));
        match packets[0] {
            RtcpPacket::Sender { ssrc: read, ntp, blocks, .. } => {
                prop_assert!(sends && read == ssrc && ntp == sender.ntp);
                prop_assert_eq!(blocks.iter().next(), receives.then_some(block));
            }
            RtcpPacket::Receiver { ssrc: read, blocks } => {
                prop_assert!(!sends && read == ssrc);
                prop_assert_eq!(blocks.iter().next(), receives.then_some(block));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn whatever_comes_the_counts_make_sense(packets in prop::collection::vec((any::<u16>(), any::<u32>(), any::<u32>()), 0..200)) {
        let mut stream = Reception::new(1, packets.first().map_or(0, |packet| packet.0));
        for (sequence, timestamp, now) in packets {
            stream.take(sequence, timestamp, now);
            let report = stream.report();
            prop_assert!((-0x80_0000..0x80_0000).contains(&report.lost));
        }
    }
}
