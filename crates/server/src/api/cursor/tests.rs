//! Layer: pure. Cursors come back as they went, and nothing else is one.

use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn a_place_comes_back(started_ms: u64, id in "[A-Za-z0-9_-][A-Za-z0-9._-]{0,40}") {
        let key = Key { started_ms, id };
        prop_assert_eq!(read(&write(&key)), Some(key));
    }

    #[test]
    fn whatever_is_read_is_what_would_be_written(cursor in ".{0,60}") {
        if let Some(key) = read(&cursor) {
            prop_assert_eq!(write(&key), cursor);
        }
    }

    #[test]
    fn bytes_that_are_base64_are_no_trouble(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        let cursor = URL_SAFE_NO_PAD.encode(bytes);
        if let Some(key) = read(&cursor) {
            prop_assert_eq!(write(&key), cursor);
        }
    }
}
