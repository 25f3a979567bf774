//! Layer: wire. Our WebSocket reader takes and refuses what tungstenite's takes and refuses.

use std::io::{self, Read, Write};

use proptest::collection::vec;
use proptest::prelude::*;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, WebSocket};
use tom_wire::websocket::{Event, Kind, Reader, write, write_close};

const MAX: usize = 1_000;

/// Bytes that can be read, and room for what is written.
struct Tape<'a>(&'a [u8], Vec<u8>);

impl Read for Tape<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self.0.read(out) {
            Ok(0) => Err(io::ErrorKind::WouldBlock.into()),
            read => read,
        }
    }
}

impl Write for Tape<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a reader makes of some bytes, and whether there was a fault.
type Made = (Vec<Message>, bool);

fn theirs(bytes: &[u8]) -> Made {
    let config = WebSocketConfig::default().max_frame_size(Some(MAX)).max_message_size(Some(MAX));
    let mut socket = WebSocket::from_raw_socket(Tape(bytes, Vec::new()), Role::Server, Some(config));
    let mut said = Vec::new();
    loop {
        use tokio_tungstenite::tungstenite::Error;
        match socket.read() {
            Ok(Message::Close(_)) => {
                said.push(Message::Close(None));
                return (said, false);
            }
            Ok(message) => said.push(message),
            Err(Error::Io(_)) => return (said, false),
            Err(_) => return (said, true),
        }
    }
}

fn ours(bytes: &[u8]) -> Made {
    let (mut reader, mut bytes, mut said) = (Reader::new(MAX), bytes.to_vec(), Vec::new());
    loop {
        let step = match reader.take(&mut bytes) {
            Ok(Some(step)) => step,
            Ok(None) => return (said, false),
            Err(_) => return (said, true),
        };
        match step.event {
            None => {}
            Some(Event::Text(text)) => said.push(Message::text(text)),
            Some(Event::Binary(bytes)) => said.push(Message::binary(bytes.to_vec())),
            Some(Event::Ping(bytes)) => said.push(Message::Ping(bytes.to_vec().into())),
            Some(Event::Pong(bytes)) => said.push(Message::Pong(bytes.to_vec().into())),
            Some(Event::Close(_)) => {
                said.push(Message::Close(None));
                return (said, false);
            }
        }
        let used = step.used;
        bytes.drain(..used);
    }
}

/// A frame whose parts are more often right than by chance.
fn frame() -> impl Strategy<Value = Vec<u8>> {
    let first = prop_oneof![
        8 => prop_oneof![Just(0x81u8), Just(0x82), Just(0x01), Just(0x02), Just(0x00), Just(0x80)],
        3 => prop_oneof![Just(0x88u8), Just(0x89), Just(0x8a)],
        1 => any::<u8>(),
    ];
    let payload = prop_oneof![
        4 => "[a-zä€]{0,40}".prop_map(String::into_bytes),
        2 => vec(any::<u8>(), 0..300),
        1 => vec(any::<u8>(), 900..1_100),
    ];
    (first, any::<[u8; 4]>(), payload, prop::bool::weighted(0.97)).prop_map(
        |(first, mask, payload, masked)| {
            let bit = if masked { 0x80 } else { 0 };
            let mut out = vec![first];
            match payload.len() {
                short @ 0..126 => out.push(bit | short as u8),
                medium => {
                    out.push(bit | 126);
                    out.extend((medium as u16).to_be_bytes());
                }
            }
            if masked {
                out.extend(mask);
                out.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
            } else {
                out.extend(payload);
            }
            out
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn frames_that_are_mostly_right_mean_the_same_to_both(frames in vec(frame(), 0..6)) {
        let bytes = frames.concat();
        prop_assert_eq!(ours(&bytes), theirs(&bytes));
    }

    #[test]
    fn bytes_by_chance_end_the_same(mut bytes in vec(any::<u8>(), 0..60)) {
        // Ours tells what is wrong as soon as it can be seen, theirs when the frame is whole: so it is.
        bytes.extend([0; 2 * MAX]);
        prop_assert_eq!(ours(&bytes), theirs(&bytes));
    }

    #[test]
    fn a_client_understands_what_we_write(
        messages in vec((0u8..4, "[a-zä€]{0,50}"), 1..6),
        long in vec(any::<u8>(), 0..70_000),
    ) {
        let mut wire = Vec::new();
        write(Kind::Binary, &long, &mut wire);
        let mut meant = vec![Message::binary(long)];
        for (kind, text) in messages {
            let bytes = text.clone().into_bytes();
            let control = bytes[..text.floor_char_boundary(125)].to_vec();
            match kind {
                0 => (write(Kind::Text, &bytes, &mut wire), meant.push(Message::text(text))),
                1 => (write(Kind::Binary, &bytes, &mut wire), meant.push(Message::binary(bytes))),
                2 => (write(Kind::Ping, &control, &mut wire), meant.push(Message::Ping(control.into()))),
                _ => (write(Kind::Pong, &control, &mut wire), meant.push(Message::Pong(control.into()))),
            };
        }
        write_close(Some(1001), "bye", &mut wire);
        let mut client = WebSocket::from_raw_socket(Tape(&wire, Vec::new()), Role::Client, None);
        for message in meant {
            prop_assert_eq!(client.read().ok(), Some(message));
        }
        let Ok(Message::Close(Some(close))) = client.read() else { panic!("no close") };
        prop_assert_eq!((u16::from(close.code), close.reason.as_str()), (1001, "bye"));
    }
}
