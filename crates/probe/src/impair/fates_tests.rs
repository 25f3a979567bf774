//! Layer: pure. The network is as bad as it was asked to be, and the same for one seed.
use proptest::prelude::*;

use super::*;

#[test]
fn a_specification_is_read() {
    let read: Impairment = "loss=1.5%,jitter=30ms,delay=20,seed=7".parse().unwrap();
    assert_eq!(read, Impairment { loss_percent: 1.5, jitter_ms: 30, delay_ms: 20, seed: 7 });
    for bad in [
        "",
        "loss",
        "loss=x",
        "loss=101%",
        "loss=-1",
        "loss=NaN",
        "jitter=-3",
        "delay=10001ms",
        "speed=1",
        "loss=1%,",
    ] {
        assert!(bad.parse::<Impairment>().is_err(), "{bad}");
    }
}

#[test]
fn as_much_is_lost_as_was_asked_for_and_only_audio() {
    let spec: Impairment = "loss=10%,seed=3".parse().unwrap();
    let mut fates = Fates::new(spec, 0);
    let lost = (0..10_000).filter(|n| fates.next(n * 20_000, true).is_none()).count();
    assert!((900..1_100).contains(&lost), "{lost}");
    assert!((0..1_000).all(|n| fates.next(n, false).is_some()));
    assert_eq!(
        Fates::new("loss=0".parse().unwrap(), 0).next(5, true),
        Some(5),
        "a good network changes nothing"
    );
    assert_eq!(Fates::new("loss=100%".parse().unwrap(), 0).next(5, true), None);
}

proptest! {
    #[test]
    fn order_is_kept_and_nothing_is_later_than_asked(
        mut times in proptest::collection::vec(0u64..60_000_000, 1..200),
        seed in any::<u64>(), jitter in 0u32..500, delay in 0u32..500,
    ) {
        times.sort_unstable();
        let spec = Impairment { loss_percent: 20.0, jitter_ms: jitter, delay_ms: delay, seed };
        let (mut one, mut same) = (Fates::new(spec, 1), Fates::new(spec, 1));
        let mut before = 0;
        for now in times {
            let fate = one.next(now, true);
            prop_assert_eq!(fate, same.next(now, true));
            if let Some(at) = fate {
                prop_assert!(at >= before.max(now + u64::from(delay) * 1_000));
                prop_assert!(at <= (now + u64::from(delay + jitter) * 1_000).max(before));
                before = at;
            }
        }
    }
}
