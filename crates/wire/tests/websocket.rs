//! Layer: wire. Messages of clients come out whole however they are cut, and no bytes do harm.

use proptest::collection::vec;
use proptest::prelude::*;
use tom_wire::websocket::{Event, Fault, Kind, Reader, write, write_close};

const MAX: usize = 70_000;

/// A message or a sign of life, as a client means it.
#[derive(Clone, Debug, PartialEq)]
enum Said {
    Text(String),
    Binary(Vec<u8>),
    Ping(Vec<u8>),
    Pong(Vec<u8>),
    Close(Option<u16>),
}

impl From<Event<'_>> for Said {
    fn from(event: Event<'_>) -> Self {
        match event {
            Event::Text(text) => Self::Text(text.into()),
            Event::Binary(bytes) => Self::Binary(bytes.into()),
            Event::Ping(bytes) => Self::Ping(bytes.into()),
            Event::Pong(bytes) => Self::Pong(bytes.into()),
            Event::Close(code) => Self::Close(code),
        }
    }
}

/// A client's frame.
fn frame(first: u8, mask: [u8; 4], payload: &[u8]) -> Vec<u8> {
    let mut out = vec![first];
    match payload.len() {
        short @ 0..126 => out.push(0x80 | short as u8),
        medium @ 126..=0xffff => {
            out.push(0x80 | 126);
            out.extend((medium as u16).to_be_bytes());
        }
        long => {
            out.push(0x80 | 127);
            out.extend((long as u64).to_be_bytes());
        }
    }
    out.extend(mask);
    out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    out
}

/// Everything that comes out of some bytes, fed in pieces as a transport does.
fn read(pieces: &[&[u8]], max: usize) -> (Vec<Said>, Option<Fault>) {
    let (mut reader, mut waiting, mut said) = (Reader::new(max), Vec::new(), Vec::new());
    for piece in pieces {
        waiting.extend_from_slice(piece);
        loop {
            let used = match reader.take(&mut waiting) {
                Ok(Some(step)) => {
                    said.extend(step.event.map(Said::from));
                    step.used
                }
                Ok(None) => break,
                Err(fault) => return (said, Some(fault)),
            };
            waiting.drain(..used);
        }
    }
    (said, None)
}

fn read_whole(bytes: &[u8]) -> (Vec<Said>, Option<Fault>) {
    read(&[bytes], MAX)
}

fn said() -> impl Strategy<Value = Said> {
    prop_oneof![
        ".{0,80}".prop_map(Said::Text),
        vec(any::<u8>(), 0..400).prop_map(Said::Binary),
        vec(any::<u8>(), 65_500..65_600).prop_map(Said::Binary),
        vec(any::<u8>(), 0..126).prop_map(Said::Ping),
        vec(any::<u8>(), 0..126).prop_map(Said::Pong),
        prop_oneof![Just(None), (3_000u16..5_000).prop_map(Some)].prop_map(Said::Close),
    ]
}

proptest! {
    #[test]
    fn messages_come_out_whole_however_they_are_cut(
        messages in vec((said(), any::<[u8; 4]>(), 1usize..600), 1..8),
        cut in 1usize..5_000,
    ) {
        let mut wire = Vec::new();
        for (message, mask, piece) in &messages {
            let (code, payload) = match message {
                Said::Text(text) => (1, text.clone().into_bytes()),
                Said::Binary(bytes) => (2, bytes.clone()),
                Said::Ping(bytes) => (9, bytes.clone()),
                Said::Pong(bytes) => (10, bytes.clone()),
                Said::Close(code) => (8, code.map_or(Vec::new(), |code| code.to_be_bytes().to_vec())),
            };
            if code >= 8 {
                wire.extend(frame(0x80 | code, *mask, &payload));
                continue;
            }
            // In pieces, with a sign of life between them.
            let mut pieces: Vec<&[u8]> = payload.chunks((*piece).max(payload.len() / 9)).collect();
            if pieces.is_empty() {
                pieces.push(&[]);
            }
            for (n, part) in pieces.iter().enumerate() {
                let last = if n + 1 == pieces.len() { 0x80 } else { 0 };
                wire.extend(frame(last | if n == 0 { code } else { 0 }, *mask, part));
                if last == 0 {
                    wire.extend(frame(0x8a, *mask, b"alive"));
                }
            }
        }
        let pieces: Vec<&[u8]> = wire.chunks(cut).collect();
        let (out, fault) = read(&pieces, MAX);
        prop_assert_eq!(fault, None);
        let alive = Said::Pong(b"alive".to_vec());
        let out: Vec<_> = out.into_iter().filter(|said| *said != alive).collect();
        prop_assert_eq!(out, messages.into_iter().map(|(said, ..)| said).collect::<Vec<_>>());
    }

    #[test]
    fn no_bytes_do_harm(bytes in vec(any::<u8>(), 0..300), cut in 1usize..40) {
        let pieces: Vec<&[u8]> = bytes.chunks(cut).collect();
        let (in_pieces, fault) = read(&pieces, 100);
        // Where they are cut makes no difference.
        prop_assert_eq!((in_pieces, fault), read(&[&bytes], 100));
    }

    #[test]
    fn what_a_server_writes_is_what_it_was_given(payload in vec(any::<u8>(), 0..66_000)) {
        let mut out = Vec::new();
        write(Kind::Binary, &payload, &mut out);
        let head = match payload.len() {
            0..126 => 2,
            126..=0xffff => 4,
            _ => 10,
        };
        prop_assert_eq!(out[0], 0x82);
        prop_assert!(out[1] < 0x80, "a server masks nothing");
        prop_assert_eq!(&out[head..], &payload[..]);
    }
}

#[test]
fn a_server_s_heads_have_the_shortest_length() {
    let head = |len: usize, n: usize| {
        let mut out = Vec::new();
        write(Kind::Text, &vec![b'a'; len], &mut out);
        out[..n].to_vec()
    };
    assert_eq!(head(125, 2), [0x81, 125]);
    assert_eq!(head(126, 4), [0x81, 126, 0, 126]);
    assert_eq!(head(0xffff, 4), [0x81, 126, 0xff, 0xff]);
    assert_eq!(head(0x1_0000, 10), [0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]);
}

#[test]
fn a_close_has_a_code_and_a_reason_that_fits() {
    let mut out = Vec::new();
    write_close(Some(1001), "bye", &mut out);
    assert_eq!(out, [0x88, 5, 0x03, 0xe9, b'b', b'y', b'e']);
    out.clear();
    write_close(None, "nobody reads it", &mut out);
    assert_eq!(out, [0x88, 0]);
    out.clear();
    write_close(Some(1000), &"ü".repeat(100), &mut out);
    assert_eq!(out[1], 124, "a character is not cut in two");
    assert!(std::str::from_utf8(&out[4..]).is_ok());
}

#[test]
fn the_mask_of_rfc_6455_comes_off() {
    // The example of section 5.7, and the same in two pieces.
    let whole = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(read_whole(&whole), (vec![Said::Text("Hello".into())], None));
    let pieces = [frame(0x01, [1, 2, 3, 4], b"Hel"), frame(0x80, [5, 6, 7, 8], b"lo")].concat();
    assert_eq!(read_whole(&pieces), (vec![Said::Text("Hello".into())], None));
}

#[test]
fn what_rfc_6455_forbids_is_refused() {
    let mask = [7; 4];
    let too_long_ping = frame(0x89, mask, &[0; 126]);
    let mut beyond = vec![0x82, 0xff];
    beyond.extend(u64::MAX.to_be_bytes());
    for (bytes, what) in [
        (vec![0xc2, 0x80], "a reserved bit"),
        (vec![0x83, 0x80], "an unknown opcode of data"),
        (vec![0x8b, 0x80], "an unknown opcode of control"),
        (vec![0x82, 0x05], "no mask"),
        (vec![0x09, 0x80], "a ping in pieces"),
        (too_long_ping, "a ping of 126 bytes"),
        (frame(0x80, mask, b"x"), "the end of nothing"),
        ([frame(0x01, mask, b"x"), frame(0x81, mask, b"y")].concat(), "a message inside another"),
        (frame(0x88, mask, &[3]), "half a code"),
    ] {
        let (said, fault) = read_whole(&bytes);
        assert!(matches!(fault, Some(Fault::Broken(_))) && said.is_empty(), "{what}: {said:?} {fault:?}");
    }
    assert_eq!(read_whole(&beyond).1, Some(Fault::TooLong(MAX)));
}

#[test]
fn text_must_be_utf_8_and_is_refused_as_soon_as_it_cannot_be() {
    let mask = [0; 4];
    assert_eq!(read_whole(&frame(0x81, mask, &[0xc3, 0x28])).1, Some(Fault::Utf8));
    assert_eq!(read_whole(&frame(0x81, mask, &[0xc3])).1, Some(Fault::Utf8));
    assert_eq!(read_whole(&frame(0x01, mask, &[b'a', 0xff])).1, Some(Fault::Utf8), "in the first piece");
    let cut = [frame(0x01, mask, &[0xe2, 0x82]), frame(0x80, mask, &[0xac])].concat();
    assert_eq!(read_whole(&cut), (vec![Said::Text("€".into())], None));
    let unended = [frame(0x01, mask, &[0xe2, 0x82]), frame(0x80, mask, &[])].concat();
    assert_eq!(read_whole(&unended).1, Some(Fault::Utf8));
    assert_eq!(
        read_whole(&frame(0x88, mask, &[3, 0xe8, 0xff])).1,
        Some(Fault::Utf8),
        "the reason of a close"
    );
    assert_eq!(read_whole(&frame(0x82, mask, &[0xff])).1, None, "bytes are bytes");
}

#[test]
fn nothing_longer_than_the_limit_is_collected() {
    let mask = [1, 2, 3, 4];
    assert_eq!(read(&[&frame(0x82, mask, &[0; 100])], 100).1, None);
    // The head alone tells.
    assert_eq!(read(&[&frame(0x82, mask, &[0; 200])[..4]], 100).1, Some(Fault::TooLong(100)));
    let pieces = [frame(0x02, mask, &[0; 60]), frame(0x00, mask, &[0; 60])].concat();
    assert_eq!(read(&[&pieces], 100).1, Some(Fault::TooLong(100)));
    let pieces = [frame(0x02, mask, &[0; 60]), frame(0x80, mask, &[0; 40]), frame(0x82, mask, &[0; 100])];
    assert_eq!(read(&[&pieces.concat()], 100), (vec![Said::Binary(vec![0; 100]); 2], None));
}

#[test]
fn a_code_that_nobody_may_send_is_answered_as_a_fault_of_the_protocol() {
    let close = |code: u16| read_whole(&frame(0x88, [9; 4], &code.to_be_bytes()));
    for (given, answer) in
        [(1000, 1000), (1001, 1001), (4999, 4999), (1005, 1002), (1006, 1002), (999, 1002), (5000, 1002)]
    {
        assert_eq!(close(given), (vec![Said::Close(Some(answer))], None), "{given}");
    }
}
