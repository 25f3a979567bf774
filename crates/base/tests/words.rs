//! Layer: pure. The shared words keep their promises.

use proptest::prelude::*;
use tom_base::{CallId, Epoch, Key, Lang, MediaTime, Rate, Span};

#[test]
fn a_call_id_is_safe_in_a_path() {
    for good in ["a", "call_1.2-3", &"x".repeat(100)] {
        assert_eq!(good.parse::<CallId>().map(|id| id.to_string()), Ok(good.to_owned()));
    }
    for bad in ["", ".", "..", "a/b", "a b", "ä", "a\0", &"x".repeat(101)] {
        assert!(bad.parse::<CallId>().is_err(), "{bad:?} passed");
    }
}

#[test]
fn keys_have_a_face_and_a_number() {
    for event in 0..16 {
        let key = Key::from_event(event).expect("sixteen keys");
        assert_eq!(Key::from_char(key.as_char()), Some(key));
        assert_eq!(key.event(), event);
    }
    assert_eq!(Key::from_event(16), None);
    assert_eq!(Key::from_char('x'), None);
    assert_eq!(Key::from_char('d').map(Key::as_char), Some('D'));
}

#[test]
fn languages_are_spelt_one_way() {
    assert_eq!("de_DE".parse::<Lang>().map(|l| l.to_string()), Ok("de-de".into()));
    assert_eq!("pt-br".parse::<Lang>().map(|l| l.primary().to_string()), Ok("pt".into()));
    assert_eq!("en".parse::<Lang>(), Ok(Lang::EN));
    for bad in ["", "e", "1n", "e n", "toolongtag", "dé"] {
        assert!(bad.parse::<Lang>().is_err(), "{bad:?} passed");
    }
}

proptest! {
    #[test]
    fn epochs_only_grow(turn in 0u32..1000, revision in 0u32..1000) {
        let epoch = Epoch::new(turn, revision);
        prop_assert!(epoch < epoch.next_revision());
        prop_assert!(epoch.next_revision() < epoch.next_turn());
        prop_assert_eq!(epoch.to_string().parse(), Ok(epoch));
    }

    #[test]
    fn frames_last_twenty_milliseconds(frames in 0u64..100_000) {
        for rate in Rate::ALL {
            let span = Span::from_samples(frames * rate.frame_len() as u64, rate);
            prop_assert_eq!(span.as_millis(), frames * 20);
            prop_assert_eq!(MediaTime::ZERO + span, MediaTime::from_millis(frames * 20));
        }
    }
}
