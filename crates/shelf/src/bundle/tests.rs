//! Layer: pure. Tar headers and manifests, also hostile ones.
use proptest::prelude::*;

use super::manifest::Manifest;
use super::tar::{self, BLOCK, Entry};

proptest! {
    #[test]
    fn what_is_written_is_read(
        name in "[a-z]{1,40}(/[a-z.]{1,90}){0,3}",
        bytes in prop_oneof![0..10_000_u64, any::<u64>(), Just(8 << 30), Just((8 << 30) - 1)],
    ) {
        let entry = Entry { name, bytes };
        if let Some(header) = tar::header(&entry) {
            prop_assert_eq!(tar::next(&mut &header[..]).unwrap().unwrap(), entry);
        } else {
            prop_assert!(entry.name.len() > 100);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_fall_over(bytes in proptest::collection::vec(any::<u8>(), 0..1100)) {
        let _ = tar::next(&mut &bytes[..]);
        let _ = Manifest::read(&bytes);
    }

    #[test]
    fn a_changed_bit_is_seen_or_means_nothing(at in 0..BLOCK * 8) {
        let entry = Entry { name: "models/thing/a.onnx".into(), bytes: 12_345 };
        let mut header = tar::header(&entry).unwrap();
        header[at / 8] ^= 1 << (at % 8);
        if let Ok(read) = tar::next(&mut &header[..]) {
            prop_assert_eq!(read, Some(entry));
        }
    }
}

#[test]
fn manifests_that_lead_elsewhere_are_refused() {
    let good = r#"{"schema":1,"made_by":"tom","models":["a"],"files":[{"path":"tom.toml","bytes":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},{"path":"models/a","bytes":3,"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}]}"#;
    Manifest::read(good.as_bytes()).unwrap();
    for (from, to, reason) in [
        ("models/a", "models/../a", "no plain path"),
        ("models/a", "/etc/passwd", "no plain path"),
        ("models/a", "elsewhere/a", "no business"),
        ("models/a", "tom.toml", "twice"),
        ("\"bytes\":3", "\"bytes\":30000000", "too large"),
        ("\"bytes\":3", "\"bytes\":-3", "cannot be read"),
        ("\"schema\":1", "\"schema\":2", "knows 1"),
        ("ba78", "BA78", "64 hexadecimal digits"),
        ("\"made_by\":\"tom\"", "\"made_by\":\"tom\",\"run\":\"rm\"", "unknown field"),
    ] {
        let text = good.replacen(from, to, 1);
        assert_ne!(text, good);
        let why = Manifest::read(text.as_bytes()).unwrap_err();
        assert!(why.contains(reason), "{to}: {why}");
    }
    let swapped =
        good.replace("tom.toml", "x").replace("models/a", "tom.toml").replace("\"x\"", "\"models/a\"");
    assert!(Manifest::read(swapped.as_bytes()).unwrap_err().contains("in the wrong place"));
    let twice = good.replace("tom.toml", "models/A");
    assert!(Manifest::read(twice.as_bytes()).unwrap_err().contains("twice"));
}
