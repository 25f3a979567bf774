//! Layer: pure. Answers of DNS are read, whatever comes.
use proptest::prelude::*;

use super::*;

/// An answer with compressed names, as servers send it: two SRV records and an address that was added.
fn srv_answer() -> Vec<u8> {
    let mut bytes = question(7, "_sip._udp.example.org", Kind::Srv).unwrap();
    (bytes[2], bytes[3], bytes[7], bytes[11]) = (0x81, 0x80, 2, 1);
    // The name of the question lies at 12, "example" in it at 22.
    for (weight, host) in [(60_u8, b"a"), (40, b"b")] {
        bytes.extend([0xc0, 12, 0, 33, 0, 1, 0, 0, 1, 0x2c, 0, 10, 0, 10, 0, weight, 0x13, 0xc4]);
        bytes.extend([1, host[0], 0xc0, 22]);
    }
    bytes.extend([1, b'A', 0xc0, 22, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1]);
    bytes
}

#[test]
fn an_answer_is_read_with_its_names() {
    let read = reply(&srv_answer()).unwrap();
    assert_eq!((read.id, read.cut, read.code), (7, false, 0));
    assert_eq!(read.question, ("_sip._udp.example.org".into(), 33));
    let srv = |weight, host: &str| Record {
        name: "_sip._udp.example.org".into(),
        ttl: 300,
        data: Data::Srv { priority: 10, weight, port: 5060, target: format!("{host}.example.org") },
    };
    let added =
        Record { name: "a.example.org".into(), ttl: 60, data: Data::Address("192.0.2.1".parse().unwrap()) };
    assert_eq!(read.records, [srv(60, "a"), srv(40, "b"), added]);
}

#[test]
fn a_rule_of_naming_is_read() {
    let mut bytes = question(1, "example.org", Kind::Naptr).unwrap();
    (bytes[2], bytes[7]) = (0x80, 1);
    let data =
        [&[0, 50, 0, 100, 1][..], b"S", &[7], b"SIP+D2U", &[0], &[4], b"_sip", &[4], b"_udp", &[0xc0, 12]]
            .concat();
    bytes.extend([0xc0, 12, 0, 35, 0, 1, 0, 0, 0, 9, 0, data.len() as u8]);
    bytes.extend(data);
    let wanted = Data::Naptr {
        order: 50,
        preference: 100,
        flags: "s".into(),
        service: "sip+d2u".into(),
        replacement: "_sip._udp.example.org".into(),
    };
    assert_eq!(reply(&bytes).unwrap().records[0].data, wanted);
}

#[test]
fn what_is_no_name_is_not_asked_for() {
    for name in ["", "a..b", ".a", "a b", "ü.de", &"a".repeat(64), &"a.".repeat(130)] {
        assert_eq!(question(1, name, Kind::A), None, "{name}");
    }
    assert!(question(1, "_sip._udp.a-b.example.", Kind::Srv).is_some());
}

#[test]
fn a_name_that_leads_in_a_circle_ends() {
    let mut bytes = question(1, "example.org", Kind::A).unwrap();
    (bytes[2], bytes[7]) = (0x80, 1);
    let here = bytes.len() as u8;
    bytes.extend([0xc0, here, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 1, 2, 3, 4]);
    assert!(reply(&bytes).unwrap().records.is_empty());
}

proptest! {
    #[test]
    fn whatever_comes_is_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = reply(&bytes);
    }

    #[test]
    fn an_answer_that_was_damaged_harms_nobody(at in 0usize..200, byte in any::<u8>(), len in 0usize..200) {
        let mut bytes = srv_answer();
        let at = at % bytes.len();
        bytes[at] = byte;
        bytes.truncate(len.max(12));
        if let Some(read) = reply(&bytes) {
            prop_assert!(read.records.len() <= MOST);
        }
    }
}
