//! Layer: wire. Messages survive the way through bytes, and bytes that are no messages are refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use tom_base::Epoch;
use tom_worker::{Event, Fault, FaultKind, FrameBuffer, Hello, Job, MAX_PAYLOAD, Request, WireError};

fn job() -> impl Strategy<Value = Job> {
    (any::<u32>(), any::<u32>(), any::<u32>(), any::<u32>()).prop_map(|(serial, turn, revision, clause)| {
        Job { serial, epoch: Epoch::new(turn, revision), clause }
    })
}

fn request() -> impl Strategy<Value = Request> {
    prop_oneof![
        any::<String>().prop_map(|options| Request::Open { options }),
        (job(), any::<String>(), any::<String>())
            .prop_map(|(job, context_id, context)| { Request::Begin { job, context_id, context } }),
        any::<Vec<i16>>().prop_map(|pcm| Request::Audio { pcm }),
        job().prop_map(|job| Request::Finish { job }),
        (job(), any::<String>()).prop_map(|(job, text)| Request::Speak { job, text }),
        Just(Request::Cancel),
        any::<u32>().prop_map(|ms| Request::Rest { ms }),
        Just(Request::Close),
        any::<u32>().prop_map(|nonce| Request::Ping { nonce }),
    ]
}

fn event() -> impl Strategy<Value = Event> {
    let kind = proptest::sample::select(FaultKind::ALL.to_vec());
    prop_oneof![
        (any::<String>(), any::<String>(), any::<String>())
            .prop_map(|(engine, version, details)| { Event::Hello(Hello { engine, version, details }) }),
        (job(), any::<String>()).prop_map(|(job, text)| Event::Partial { job, text }),
        (job(), any::<String>()).prop_map(|(job, text)| Event::Guess { job, text }),
        (job(), any::<String>(), 0.0..=1.0f32).prop_map(|(job, text, confidence)| Event::Final {
            job,
            text,
            confidence
        }),
        (job(), any::<Vec<i16>>()).prop_map(|(job, samples)| Event::Pcm { job, samples }),
        (job(), any::<u32>(), any::<u64>()).prop_map(|(job, offset, at)| Event::Word { job, offset, at }),
        (job(), proptest::collection::vec((any::<u32>(), "\\PC{0,9}"), 0..5))
            .prop_map(|(job, words)| Event::Phonemes { job, words }),
        job().prop_map(|job| Event::Done { job }),
        (job(), kind, any::<String>())
            .prop_map(|(job, kind, message)| Event::Error { job, fault: Fault { kind, message } }),
        any::<u32>().prop_map(|nonce| Event::Pong { nonce }),
    ]
}

/// What a buffer gives that gets the bytes in pieces of a size.
fn requests_of(bytes: &[u8], piece: usize) -> Result<Vec<(u32, Request)>, WireError> {
    let mut buffer = FrameBuffer::new();
    let mut got = Vec::new();
    for piece in bytes.chunks(piece) {
        buffer.extend(piece);
        while let Some(frame) = buffer.next_frame()? {
            got.push((frame.stream, Request::decode(frame)?));
        }
    }
    Ok(got)
}

proptest! {
    #[test]
    fn requests_come_back_as_they_were(
        sent in proptest::collection::vec((any::<u32>(), request()), 0..8),
        piece in 1usize..64,
    ) {
        let mut bytes = Vec::new();
        for (stream, message) in &sent {
            bytes.extend(message.encode(*stream).unwrap());
        }
        prop_assert_eq!(requests_of(&bytes, piece), Ok(sent));
    }

    #[test]
    fn events_come_back_as_they_were(stream in any::<u32>(), sent in event()) {
        let mut buffer = FrameBuffer::new();
        buffer.extend(&sent.encode(stream).unwrap());
        let frame = buffer.next_frame().unwrap().unwrap();
        prop_assert_eq!(frame.stream, stream);
        prop_assert_eq!(Event::decode(frame), Ok(sent));
        prop_assert_eq!(buffer.next_frame(), Ok(None));
    }

    #[test]
    fn what_is_read_from_garbage_is_written_as_the_same_garbage(
        kind in prop_oneof![1u8..9, 64u8..72, any::<u8>()],
        payload in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        let mut bytes = (payload.len() as u32).to_le_bytes().to_vec();
        bytes.push(kind);
        bytes.extend(7u32.to_le_bytes());
        bytes.extend(&payload);
        let mut buffer = FrameBuffer::new();
        buffer.extend(&bytes);
        let frame = buffer.next_frame().unwrap().unwrap();
        if let Ok(request) = Request::decode(frame) {
            prop_assert_eq!(request.encode(7), Ok(bytes.clone()));
        }
        if let Ok(event) = Event::decode(frame) {
            prop_assert_eq!(event.encode(7), Ok(bytes));
        }
    }

    #[test]
    fn a_message_cut_short_or_too_long_is_refused(message in request(), cut in any::<prop::sample::Index>()) {
        let bytes = message.encode(1).unwrap();
        let payload = &bytes[9..];
        // Audio has as many samples as there are; the others know their length.
        if !payload.is_empty() && !matches!(message, Request::Audio { .. }) {
            for other in [payload[..cut.index(payload.len())].to_vec(), [payload, &[0]].concat()] {
                let mut bytes = (other.len() as u32).to_le_bytes().to_vec();
                bytes.push(bytes_kind(&message));
                bytes.extend([1, 0, 0, 0]);
                bytes.extend(other);
                prop_assert!(requests_of(&bytes, 1000).is_err());
            }
        }
    }

    #[test]
    fn streams_of_garbage_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), piece in 1usize..50) {
        let _ = requests_of(&bytes, piece);
    }
}

fn bytes_kind(message: &Request) -> u8 {
    message.encode(0).unwrap()[4]
}

#[test]
fn the_limit_of_a_frame_holds_both_ways() {
    let most = Request::Audio { pcm: vec![0; MAX_PAYLOAD / 2] };
    assert!(most.encode(1).is_ok());
    let over = Request::Audio { pcm: vec![0; MAX_PAYLOAD / 2 + 1] };
    assert_eq!(over.encode(1), Err(WireError::TooLong(MAX_PAYLOAD + 2)));
    let mut header = (MAX_PAYLOAD as u32 + 1).to_le_bytes().to_vec();
    header.extend([3, 0, 0, 0, 0]);
    assert_eq!(requests_of(&header, 9), Err(WireError::TooLong(MAX_PAYLOAD + 1)));
}

#[test]
fn impossible_values_are_refused() {
    let job = Job { serial: 1, epoch: Epoch::new(1, 0), clause: 0 };
    let mut nan = Event::Final { job, text: String::new(), confidence: 1.0 }.encode(1).unwrap();
    let end = nan.len();
    nan[end - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
    let mut buffer = FrameBuffer::new();
    buffer.extend(&nan);
    let frame = buffer.next_frame().unwrap().unwrap();
    assert_eq!(Event::decode(frame), Err(WireError::BadField(66)));

    let mut hello = Event::Hello(Hello { engine: "x".into(), version: "1".into(), details: "{}".into() })
        .encode(0)
        .unwrap();
    hello[9] = 99;
    let mut buffer = FrameBuffer::new();
    buffer.extend(&hello);
    let frame = buffer.next_frame().unwrap().unwrap();
    assert_eq!(Event::decode(frame), Err(WireError::OtherVersion(99)));
}
