//! Layer: pure. SRTP: known packets look as they must, changed and repeated ones are refused.
use proptest::prelude::*;
use tom_wire::rtp::RtpHeader;

use super::*;

fn bytes(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[at * 2..at * 2 + 2], 16).unwrap()).collect()
}

fn pair(suite: Suite) -> (Srtp, Srtp) {
    let master = |first: u8| {
        let mut key = [first; 30];
        if first == 0 {
            key.copy_from_slice(&bytes("E1F97A0D3E018BE0D64FA32C06DE41390EC675AD498AFEEBB6960B3AABE6"));
        }
        MasterKey(key)
    };
    let one = Secure { suite, ours: master(0), theirs: master(9) };
    let other = Secure { suite, ours: master(9), theirs: master(0) };
    (Srtp::new(&one), Srtp::new(&other))
}

fn packet(sequence: u16, payload: &[u8]) -> Vec<u8> {
    let header = RtpHeader { sequence, timestamp: 160, ssrc: 7, ..RtpHeader::default() };
    [&header.write()[..], payload].concat()
}

/// The packets every SRTP implementation is compared with: the key of RFC 3711, B.3, and one packet of each kind.
#[test]
fn known_packets_look_as_they_must() {
    let (mut ours, mut theirs) = pair(Suite::Aes128Sha1Tag80);
    let plain = bytes("800f1234decafbadcafebabeabababababababababababababababab");
    let mut packet = plain.clone();
    ours.protect(&mut packet);
    let secret = "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb";
    assert_eq!(packet, bytes(secret));
    assert_eq!(theirs.open(&mut packet), Ok(plain.len()));
    assert_eq!(packet[..plain.len()], plain);

    let plain = bytes("81c8000bcafebabeabababababababababababababababab");
    let mut report = plain.clone();
    ours.protect_report(&mut report);
    let secret = "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798";
    assert_eq!(report, bytes(secret));
    assert_eq!(theirs.open_report(&mut report), Ok(plain.len()));
    assert_eq!(report[..plain.len()], plain);
}

#[test]
fn what_was_changed_or_came_before_is_not_taken() {
    for (suite, tag) in [(Suite::Aes128Sha1Tag80, 10), (Suite::Aes128Sha1Tag32, 4)] {
        let (mut ours, mut theirs) = pair(suite);
        let mut good = packet(1, &[0xd5; 160]);
        ours.protect(&mut good);
        assert_eq!(good.len(), 172 + tag);
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 4;
            assert!(theirs.open(&mut bad).is_err(), "byte {at}");
        }
        assert_eq!(theirs.open(&mut good[..15].to_vec()), Err(Reject::Short));
        assert_eq!(theirs.open(&mut good[..30].to_vec()), Err(Reject::Authentication));
        assert_eq!(theirs.open(&mut [0x80; 3]), Err(Reject::Short));
        assert_eq!(theirs.open(&mut good.clone()), Ok(172));
        assert_eq!(theirs.open(&mut good), Err(Reject::Replay));
        let mut report = bytes("81c8000bcafebabe00000000");
        ours.protect_report(&mut report);
        let mut bad = report.clone();
        bad[9] ^= 1;
        assert_eq!(theirs.open_report(&mut bad), Err(Reject::Authentication));
        assert_eq!(theirs.open_report(&mut report.clone()), Ok(12));
        assert_eq!(theirs.open_report(&mut report), Err(Reject::Replay));
        assert_eq!(theirs.open_report(&mut [0x81; 13]), Err(Reject::Short));
    }
}

#[test]
fn the_sequence_number_may_go_around_and_packets_may_change_places() {
    let (mut ours, mut theirs) = pair(Suite::Aes128Sha1Tag80);
    let mut sent: Vec<Vec<u8>> = (0..400_u16)
        .map(|step| {
            let mut packet = packet(65_400_u16.wrapping_add(step), &step.to_be_bytes());
            ours.protect(&mut packet);
            packet
        })
        .collect();
    sent.chunks_mut(7).for_each(<[_]>::reverse);
    for mut packet in sent {
        assert!(theirs.open(&mut packet).is_ok());
    }
}

#[test]
fn a_key_that_stays_goes_on_counting() {
    let (mut ours, mut theirs) = pair(Suite::Aes128Sha1Tag80);
    let (agreed, expected) = (ours.agreed, theirs.agreed);
    let mut first = packet(65_535, b"before");
    ours.protect(&mut first);
    ours.renegotiate(&agreed);
    theirs.open(&mut first.clone()).unwrap();
    theirs.renegotiate(&expected);
    let mut second = packet(0, b"after");
    ours.protect(&mut second);
    assert!(theirs.open(&mut second).is_ok(), "it has gone around once on both sides");
    assert_eq!(theirs.open(&mut first), Err(Reject::Replay));
    theirs.renegotiate(&Secure { theirs: MasterKey([3; 30]), ..expected });
    let mut third = packet(1, b"foreign");
    ours.protect(&mut third);
    assert_eq!(theirs.open(&mut third), Err(Reject::Authentication));
}

#[test]
fn many_streams_are_not_remembered_for_ever() {
    let (mut ours, mut theirs) = pair(Suite::Aes128Sha1Tag32);
    for ssrc in 0..100_u32 {
        let mut packet = packet(1, &[1]);
        packet[8..12].copy_from_slice(&ssrc.to_be_bytes());
        ours.protect(&mut packet);
        theirs.open(&mut packet).unwrap();
    }
    assert_eq!(theirs.theirs.streams.len(), STREAMS);
}

proptest! {
    #[test]
    fn no_bytes_are_too_wild(mut bytes in prop::collection::vec(any::<u8>(), 0..200), valid: bool) {
        let (_, mut theirs) = pair(Suite::Aes128Sha1Tag32);
        if let (true, Some(first)) = (valid, bytes.first_mut()) {
            *first = *first & 0x3f | 0x80;
        }
        prop_assert!(theirs.open(&mut bytes.clone()).is_err());
        prop_assert!(theirs.open_report(&mut bytes).is_err());
    }

    #[test]
    fn an_index_is_taken_once(steps in prop::collection::vec(-40i16..60, 1..200)) {
        let mut window = Window::default();
        let mut taken = std::collections::HashSet::new();
        let (mut sequence, mut newest) = (1_000_u16, 0);
        for step in steps {
            sequence = sequence.wrapping_add_signed(step);
            let index = window.nearest(sequence);
            let fresh = index + LEN_OF_WINDOW > newest;
            newest = newest.max(index);
            let is_new = taken.insert(index);
            prop_assert_eq!(window.take(index), is_new && fresh);
        }
    }
}

/// What the window looks back on, as the RFC's test of replays needs it.
const LEN_OF_WINDOW: u64 = 128;
