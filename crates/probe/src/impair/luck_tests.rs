//! Layer: pure. A network of datagrams is as bad as it was asked to be, and the same for one seed.
use proptest::prelude::*;

use super::*;

fn weather(text: &str) -> Weather {
    text.parse().unwrap()
}

#[test]
fn a_specification_is_read() {
    let read = weather(
        "loss=5%,burst=3,jitter=50ms,delay=20,reorder=2%,duplicate=1,drift=-200ppm,partition=2s+500ms,seed=7",
    );
    let wanted = Weather {
        loss_percent: 5.0,
        burst: 3.0,
        jitter_ms: 50,
        delay_ms: 20,
        reorder_percent: 2.0,
        duplicate_percent: 1.0,
        drift_ppm: -200,
        partition_ms: Some((2_000, 500)),
        seed: 7,
    };
    assert_eq!(read, wanted);
    for bad in [
        "",
        "loss",
        "loss=101%",
        "loss=NaN",
        "burst=-1",
        "jitter=61s",
        "partition=5s",
        "partition=1s+x",
        "drift=200001",
        "speed=1",
        "loss=1%,",
        "delay=99999999999s",
    ] {
        assert!(bad.parse::<Weather>().is_err(), "{bad}");
    }
}

/// Shares of what was lost, and the mean length of a run of losses.
fn losses(text: &str) -> (f64, f64) {
    let mut luck = Luck::new(weather(text), 0);
    let lost: Vec<bool> = (0..200_000).map(|n| luck.next(n * 20_000)[0].is_none()).collect();
    let all = lost.iter().filter(|&&lost| lost).count() as f64;
    let runs = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count().max(1) as f64;
    (all / lost.len() as f64, all / runs)
}

#[test]
fn as_much_is_lost_as_was_asked_for_alone_or_in_bursts() {
    let (share, run) = losses("loss=5%,seed=3");
    assert!((0.045..0.055).contains(&share) && (1.0..1.1).contains(&run), "{share} {run}");
    let (share, run) = losses("loss=5%,burst=4,seed=3");
    assert!((0.045..0.055).contains(&share) && (3.7..4.3).contains(&run), "{share} {run}");
    assert_eq!(losses("loss=0").0, 0.0);
    assert_eq!(losses("loss=100%,burst=3").0, 1.0);
}

#[test]
fn datagrams_overtake_each_other_and_come_twice() {
    let mut luck = Luck::new(weather("reorder=10%,duplicate=5%,seed=9"), 0);
    let came: Vec<_> = (0..2_000).map(|n| luck.next(n * 20_000)).collect();
    let overtaken = came.windows(2).filter(|pair| pair[0][0] > pair[1][0]).count();
    let doubles = came.iter().filter(|came| came[1].is_some()).count();
    assert!((130..260).contains(&overtaken) && (60..150).contains(&doubles), "{overtaken} {doubles}");
}

#[test]
fn nothing_passes_while_the_network_is_cut() {
    let mut luck = Luck::new(weather("partition=1s+5s"), 0);
    let passed: Vec<bool> = (0..400).map(|n| luck.next(7_000_000 + n * 20_000)[0].is_some()).collect();
    assert!(passed[..50].iter().all(|&p| p) && passed[300..].iter().all(|&p| p));
    assert!(passed[50..300].iter().all(|&p| !p));
}

#[test]
fn a_clock_that_is_slow_makes_the_way_longer_and_a_fast_one_shorter() {
    let mut slow = Luck::new(weather("drift=200ppm"), 0);
    let mut fast = Luck::new(weather("delay=5ms,drift=-200ppm"), 0);
    for luck in [&mut slow, &mut fast] {
        luck.next(0);
    }
    assert_eq!(slow.next(10_000_000)[0], Some(10_002_000));
    assert_eq!(fast.next(10_000_000)[0], Some(10_003_000));
    assert_eq!(fast.next(60_000_000)[0], Some(60_000_000), "nothing comes before it was sent");
}

proptest! {
    #[test]
    fn nothing_is_earlier_or_later_than_asked(
        times in proptest::collection::vec(0u64..60_000_000, 1..200),
        seed in any::<u64>(), jitter_ms in 0u32..500, delay_ms in 0u32..500,
    ) {
        let spec = Weather {
            loss_percent: 20.0, burst: 2.0, reorder_percent: 10.0, duplicate_percent: 10.0,
            jitter_ms, delay_ms, seed, ..Weather::default()
        };
        let mut times = times;
        times.sort_unstable();
        let (mut one, mut same) = (Luck::new(spec, 1), Luck::new(spec, 1));
        for now in times {
            let came = one.next(now);
            prop_assert_eq!(came, same.next(now));
            for at in came.into_iter().flatten() {
                let earliest = now + u64::from(delay_ms) * 1_000;
                let latest = earliest + u64::from(jitter_ms + Weather::REORDER_MS) * 1_000;
                prop_assert!((earliest..=latest).contains(&at));
            }
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in ".*") {
        let _ = text.parse::<Weather>();
    }
}
