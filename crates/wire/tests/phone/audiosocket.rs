//! Layer: wire. AudioSocket frames are read and written as Asterisk has them.

use crate::common::{Line, Sent};
use proptest::prelude::*;
use tom_base::Key;
use tom_wire::ErrorCode;
use tom_wire::audiosocket::{AudioSocketIn, AudioSocketSession, HANG_UP, frame_len};
use tom_wire::phone::{PhoneEvent, PhoneSession};

const UUID: [u8; 16] = [0x12, 0x34, 0x56, 0x78, 0x9a, 0xbc, 0xde, 0xf0, 1, 2, 3, 4, 5, 6, 7, 8];

fn frame(kind: u8, payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[kind, len[0], len[1]], payload].concat()
}

fn started() -> Line<AudioSocketSession> {
    let mut line = Line(AudioSocketSession::new());
    line.hear_bytes(&frame(0x01, &UUID)).unwrap();
    line
}

#[test]
fn a_call_has_a_name_audio_keys_and_an_end() {
    let mut line = Line(AudioSocketSession::new());
    let (event, _) = line.hear_bytes(&frame(0x01, &UUID)).unwrap();
    let PhoneEvent::Started(start) = event else { panic!("{event:?}") };
    assert_eq!(start.call, "12345678-9abc-def0-0102-030405060708");
    assert_eq!(line.hear_bytes(&frame(0x10, &[1, 0, 0xff, 0xff])), Ok((PhoneEvent::Audio, vec![1, -1])));
    let seven = PhoneEvent::Key(Key::from_char('7').unwrap());
    assert_eq!(line.hear_bytes(&frame(0x03, b"7")), Ok((seven, vec![])));
    assert_eq!(line.hear_bytes(&HANG_UP), Ok((PhoneEvent::Stopped, vec![])));
}

#[test]
fn it_answers_in_the_kind_of_audio_it_is_sent() {
    let mut line = started();
    assert_eq!(line.0.rate(), 8_000, "what the dialplan application takes, until it is known better");
    for (kind, rate) in [(0x10, 8_000), (0x12, 16_000), (0x13, 24_000), (0x15, 44_100), (0x16, 48_000)] {
        let mut line = started();
        line.hear_bytes(&frame(kind, &[0; 4])).unwrap();
        assert_eq!(line.0.rate(), rate);
        let sent = line.sent(|s, sink| s.audio(&[1, -1], sink));
        assert_eq!(sent, [Sent::Bytes(vec![kind, 0, 4, 1, 0, 0xff, 0xff])]);
    }
    assert_eq!(line.sent(|s, sink| s.audio(&[], sink)), [], "a frame without audio would end the call");
    assert_eq!(line.sent(|s, sink| s.clear(sink)), [], "there is nothing to flush");
    assert_eq!(line.sent(|s, sink| s.mark(1, sink)), []);
}

#[test]
fn what_asterisk_must_not_send_has_a_code() {
    let code = |mut line: Line<AudioSocketSession>, bytes: &[u8]| line.hear_bytes(bytes).unwrap_err().code;
    let new = || Line(AudioSocketSession::new());
    assert_eq!(code(new(), &frame(0x10, &[0; 320])), ErrorCode::BadEvent, "audio before the UUID");
    assert_eq!(code(new(), &frame(0x01, &[0; 15])), ErrorCode::BadEvent);
    assert_eq!(code(started(), &frame(0x01, &UUID)), ErrorCode::BadEvent, "a second UUID");
    assert_eq!(code(started(), &frame(0x10, &[0; 3])), ErrorCode::BadAudio, "half a sample");
    assert_eq!(code(started(), &frame(0x18, &[0; 4])), ErrorCode::BadAudio, "192 kHz");
    assert_eq!(code(started(), &frame(0x42, b"x")), ErrorCode::BadAudio, "an unknown type");
    assert_eq!(code(started(), &frame(0x03, b"x")), ErrorCode::BadEvent, "no key");
    assert_eq!(code(started(), &frame(0x03, b"77")), ErrorCode::BadEvent, "two keys");
    assert_eq!(code(started(), &frame(0xff, &[1])), ErrorCode::BadEvent, "an error of Asterisk's");
    assert_eq!(code(started(), &[0x10, 0, 9, 0]), ErrorCode::BadEvent, "a length that lies");
    let mut line = started();
    line.hear_bytes(&frame(0x10, &[0; 4])).unwrap();
    assert_eq!(line.hear_bytes(&frame(0x12, &[0; 4])).unwrap_err().code, ErrorCode::BadAudio, "another rate");
    assert_eq!(line.hear("{}").unwrap_err().code, ErrorCode::BadEvent);
}

proptest! {
    #[test]
    fn no_bytes_panic(frames in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..20)) {
        let mut line = started();
        for frame in frames {
            let _ = line.hear_bytes(&frame);
        }
    }

    #[test]
    fn what_is_written_is_read_again(kind in 0x10u8..=0x16, pcm in proptest::collection::vec(any::<i16>(), 0..70_000)) {
        let mut line = started();
        line.hear_bytes(&frame(kind, &[0; 2])).unwrap();
        let mut bytes = Vec::new();
        for sent in line.sent(|s, sink| s.audio(&pcm, sink)) {
            let Sent::Bytes(frame) = sent else { panic!("a text") };
            prop_assert_eq!(frame_len([frame[0], frame[1], frame[2]]), frame.len());
            let Ok(AudioSocketIn::Audio(rate, piece)) = AudioSocketIn::read(&frame) else { panic!("no audio") };
            prop_assert!(!piece.is_empty() && rate == line.0.rate());
            bytes.extend_from_slice(piece);
        }
        prop_assert_eq!(tom_wire::bytes_to_pcm(&bytes).unwrap(), pcm);
    }
}
