//! Layer: wire. Frames of RFC 6455: what is written is read, and no bytes whatever break the reader.
use proptest::prelude::*;

use super::*;

#[test]
fn the_examples_of_the_standard_are_read() {
    // RFC 6455, 5.7: "Hello" unmasked and masked, and the lengths of 256 and 65 536 bytes.
    let plain = [0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f];
    let read = head(&plain).unwrap().unwrap();
    assert_eq!((read.last, read.kind, read.mask, read.len()), (true, Kind::Text, None, 7));
    let masked = [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
    assert_eq!(head(&masked).unwrap().unwrap().mask, Some([0x37, 0xfa, 0x21, 0x3d]));
    let medium = head(&[0x82, 0x7e, 0x01, 0x00]).unwrap().unwrap();
    assert_eq!((medium.kind, medium.head, medium.payload), (Kind::Binary, 4, 256));
    let long = head(&[0x82, 0x7f, 0, 0, 0, 0, 0, 1, 0, 0]).unwrap().unwrap();
    assert_eq!((long.head, long.payload), (10, 65_536));
}

#[test]
fn what_cannot_be_a_frame_is_refused() {
    assert_eq!(head(&[0xc1, 0]), Err(FrameError::Unknown(0xc1)), "a compressed frame nobody asked for");
    assert_eq!(head(&[0x83, 0]), Err(FrameError::Unknown(0x83)));
    assert!(matches!(head(&[0x82, 0x7f, 0xff, 0, 0, 0, 0, 0, 0, 0]), Err(FrameError::TooLong(_))));
}

proptest! {
    #[test]
    fn what_is_written_is_read(payload in proptest::collection::vec(any::<u8>(), 0..70_000)) {
        let mut out = Vec::new();
        write(Kind::Binary, &payload, &mut out);
        let read = head(&out).unwrap().unwrap();
        prop_assert_eq!((read.kind, read.last, read.payload, read.len()), (Kind::Binary, true, payload.len(), out.len()));
        prop_assert_eq!(&out[read.head..], &payload[..]);
        for cut in 0..read.head {
            prop_assert_eq!(head(&out[..cut]), Ok(None));
        }
    }

    #[test]
    fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
        if let Ok(Some(read)) = head(&bytes) {
            prop_assert!(read.head <= bytes.len() && read.payload as u64 <= MAX_PAYLOAD);
        }
    }
}
