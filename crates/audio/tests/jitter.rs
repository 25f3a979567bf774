//! Layer: pure. The jitter buffer in simulated networks: order and length are the sender's, whatever the way does.
use std::collections::BTreeMap;
use std::time::Duration;

use proptest::prelude::*;
use tom_audio::jitter::{Gap, JitterBuffer, JitterCounters, Packet, Play, Release};

const FRAME_MS: u64 = 20;

/// What came out: at which millisecond, which packet (by its payload) or how long a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Out {
    Packet(u64, u32),
    Missing(u64, u32, Gap),
}

/// Sends `packets` of 20 ms through a network: `way` says after how many microseconds each arrives, more than once
/// or never. The buffer is asked when one came and every 20 ms.
fn through(release: Release, packets: u32, way: impl Fn(u32) -> Vec<u64>) -> (Vec<Out>, JitterBuffer) {
    let mut arrivals: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for packet in 0..packets {
        for way in way(packet) {
            arrivals.entry(u64::from(packet) * FRAME_MS * 1_000 + way).or_default().push(packet);
        }
    }
    for tick in 0..u64::from(packets) + 30 {
        arrivals.entry(tick * FRAME_MS * 1_000 + 7_000).or_default();
    }
    let mut buffer = JitterBuffer::new(8_000, release);
    let mut out = Vec::new();
    for (at, packets) in arrivals {
        let now = Duration::from_micros(at);
        for packet in packets {
            let payload = packet.to_be_bytes();
            let timestamp = 0xffff_f000_u32.wrapping_add(packet * 160);
            let place = 70_000 + u64::from(packet);
            buffer.push(Packet { place, timestamp, ticks: 160, tag: 0, payload: &payload }, now);
        }
        while let Some(play) = buffer.pop(now) {
            out.push(match play {
                Play::Packet { payload, .. } => {
                    let number = payload.try_into().map_or(u32::MAX, u32::from_be_bytes);
                    Out::Packet(at / 1_000, number)
                }
                Play::Missing { ticks, gap } => Out::Missing(at / 1_000, ticks, gap),
            });
        }
    }
    (out, buffer)
}

fn numbers(out: &[Out]) -> Vec<u32> {
    out.iter().filter_map(|out| if let Out::Packet(_, number) = out { Some(*number) } else { None }).collect()
}

/// Ticks of the sender's time given out, up to the last packet.
fn length(out: &[Out]) -> u32 {
    let end = out.iter().rposition(|out| matches!(out, Out::Packet(..))).map_or(0, |at| at + 1);
    out[..end].iter().map(|out| if let Out::Missing(_, ticks, _) = out { *ticks } else { 160 }).sum()
}

/// An even distribution that is the same every time.
fn random(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}

#[test]
fn on_a_clean_link_nothing_is_added_and_paced_at_most_40_ms() {
    let (out, buffer) = through(Release::OnArrival, 1_000, |_| vec![30_000]);
    for (number, out) in out.iter().take(1_000).enumerate() {
        assert_eq!(*out, Out::Packet(number as u64 * 20 + 30, number as u32));
    }
    assert_eq!(buffer.counters(), JitterCounters::default());
    let waited = buffer.waited();
    assert_eq!((waited.packets, waited.longest, waited.mean()), (1_000, Duration::ZERO, Duration::ZERO));
    let (out, buffer) = through(Release::Paced, 1_000, |_| vec![30_000]);
    assert_eq!(numbers(&out), (0..1_000).collect::<Vec<_>>());
    let added = |out: &Out| match out {
        Out::Packet(at, number) => at - u64::from(*number) * 20 - 30,
        Out::Missing(..) => 0,
    };
    let waits: Vec<u64> = out.iter().map(added).collect();
    assert!(waits.iter().all(|&ms| ms <= 60), "{waits:?}");
    assert!(waits[600..1_000].iter().all(|&ms| ms <= 40), "{:?}", &waits[600..]);
    assert_eq!(buffer.delay(), Duration::from_millis(20));
    let ms: u64 = waits.iter().sum();
    assert_eq!(buffer.waited().total.as_millis(), u128::from(ms), "it knows what it added");
}

#[test]
fn after_the_last_packet_speech_is_made_up_for_a_while_and_no_longer() {
    let (out, _) = through(Release::OnArrival, 50, |_| vec![0]);
    let tail: Vec<_> =
        out[50..].iter().map(|out| matches!(out, Out::Missing(_, 160, Gap::Stalled))).collect();
    assert_eq!(tail, [true; 10], "200 ms");
}

#[test]
fn it_says_when_it_is_about_to_give_up() {
    let mut buffer = JitterBuffer::new(8_000, Release::OnArrival);
    let at = Duration::from_millis;
    assert!(!buffer.is_overdue(at(0)), "nothing ever came");
    let packet =
        |place: u64| Packet { place, timestamp: (place * 160) as u32, ticks: 160, tag: 0, payload: &[1] };
    buffer.push(packet(0), at(0));
    assert!(!buffer.is_overdue(at(0)), "it is there");
    assert!(buffer.pop(at(0)).is_some());
    // The next one is due at 20 ms, and waited for 40 ms.
    assert!(!buffer.is_overdue(at(59)) && buffer.is_overdue(at(60)));
    buffer.push(packet(1), at(60));
    assert!(!buffer.is_overdue(at(60)));
}

#[test]
fn reordered_and_doubled_packets_come_out_once_in_order() {
    let way = |packet| match packet % 10 {
        4 => vec![30_000, 45_000],
        7 => vec![5_000, 5_000, 9_000],
        _ => vec![1_000],
    };
    for release in [Release::OnArrival, Release::Paced] {
        let (out, buffer) = through(release, 500, way);
        assert_eq!(numbers(&out), (0..500).collect::<Vec<_>>());
        let counters = buffer.counters();
        assert_eq!((counters.late, counters.lost, counters.reordered), (0, 0, 50));
        assert_eq!(counters.duplicates, 150);
        assert_eq!(length(&out), 500 * 160);
    }
}

#[test]
fn a_lost_packet_is_waited_for_and_then_made_up() {
    let (out, buffer) =
        through(Release::OnArrival, 1_000, |packet| if packet == 900 { vec![] } else { vec![0] });
    assert_eq!(numbers(&out).len(), 999);
    assert_eq!(length(&out), 1_000 * 160);
    // Sent at 18 000 ms, waited for 20 ms longer, seen at the tick 7 ms later or when the next one came.
    assert!(out.contains(&Out::Missing(18_020, 160, Gap::Lost)), "{:?}", &out[890..910]);
    assert_eq!(buffer.counters(), JitterCounters { lost: 1, ..JitterCounters::default() });
}

#[test]
fn five_per_cent_lost_and_50_ms_of_jitter_keep_order_and_length() {
    for seed in 0..20 {
        let way = |packet: u32| {
            let random = random(seed << 32 | u64::from(packet));
            if random % 100 < 5 { vec![] } else { vec![20_000 + (random >> 32) % 50_000] }
        };
        let (out, buffer) = through(Release::OnArrival, 3_000, way);
        let numbers = numbers(&out);
        assert!(numbers.is_sorted(), "seed {seed}");
        let sent = numbers[numbers.len() - 1] + 1 - numbers[0];
        assert_eq!(length(&out), sent * 160, "seed {seed}");
        let counters = buffer.counters();
        let sent = (0..3_000).filter(|&packet| !way(packet).is_empty()).count() as u64;
        assert_eq!(counters.restarts, 0, "seed {seed}");
        assert!(counters.late * 50 < sent, "seed {seed}: {counters:?}");
        assert!(buffer.delay() <= Duration::from_millis(65), "seed {seed}: {:?}", buffer.delay());
    }
}

#[test]
fn clocks_that_drift_apart_leave_nothing_behind() {
    // Ten minutes, 300 millionths too fast and too slow: the way seems to change by 180 ms.
    for drift in [-6_i64, 6] {
        let way = |packet: u32| {
            let shift = 200_000 + i64::from(packet) * drift;
            vec![shift.unsigned_abs() + random(u64::from(packet)) % 8_000]
        };
        for release in [Release::OnArrival, Release::Paced] {
            let (out, buffer) = through(release, 30_000, way);
            assert_eq!(numbers(&out), (0..30_000).collect::<Vec<_>>());
            assert_eq!(buffer.counters(), JitterCounters::default());
            assert_eq!(length(&out), 30_000 * 160);
            assert!(buffer.delay() <= Duration::from_millis(25));
        }
    }
}

#[test]
fn a_way_that_becomes_longer_is_believed() {
    // A new route after 10 s: 300 ms slower from one packet to the next.
    let way = |packet: u32| vec![if packet < 500 { 10_000 } else { 310_000 }];
    let (out, buffer) = through(Release::OnArrival, 1_000, way);
    let numbers = numbers(&out);
    assert!(numbers.len() >= 997, "two are given up until it is believed: {}", numbers.len());
    assert!(numbers.is_sorted());
    assert_eq!(buffer.counters().restarts, 1);
}

#[test]
fn a_pause_of_the_sender_is_as_long_as_its_clock_says() {
    let mut buffer = JitterBuffer::new(8_000, Release::OnArrival);
    let mut given = 0;
    for ms in (0..=1_100).step_by(20) {
        let now = Duration::from_millis(ms);
        let (place, timestamp, ticks) = match ms {
            0 => (1, 0, 160),
            20 => (2, 160, 0),
            1_020 => (3, 160 + 8_000, 160),
            _ => (0, 0, 0),
        };
        if place > 0 {
            buffer.push(Packet { place, timestamp, ticks, tag: 13, payload: &[] }, now);
        }
        while let Some(play) = buffer.pop(now) {
            given += match play {
                Play::Packet { ticks, .. } | Play::Missing { ticks, .. } => ticks,
            };
        }
        if ms == 1_020 {
            assert_eq!(given, 160 + 8_000 + 160, "a second of pause; comfort noise is no audio");
        }
    }
}

#[test]
fn a_jump_of_numbers_begins_anew() {
    let mut buffer = JitterBuffer::new(8_000, Release::OnArrival);
    for (place, timestamp) in [(1_u64, 0_u32), (500, 160), (20, 9_000_000), (21, 9_000_160)] {
        let now = Duration::from_millis(20);
        buffer.push(Packet { place, timestamp, ticks: 160, tag: 0, payload: &[1] }, now);
        assert!(matches!(buffer.pop(now), Some(Play::Packet { .. })), "{place}");
    }
    assert_eq!(buffer.counters().restarts, 2);
}

proptest! {
    #[test]
    fn whatever_comes_nothing_comes_out_twice_or_out_of_order(
        packets in prop::collection::vec((0u64..400, any::<bool>(), any::<u32>(), 0u32..1_000, 0u64..60), 0..300),
        paced: bool)
    {
        let release = if paced { Release::Paced } else { Release::OnArrival };
        let mut buffer = JitterBuffer::new(8_000, release);
        let (mut ms, mut last, mut restarts) = (0, None, 0);
        for (place, sane, timestamp, ticks, pause) in packets {
            ms += pause;
            let now = Duration::from_millis(ms);
            let timestamp = if sane { (place * 160) as u32 } else { timestamp };
            buffer.push(Packet { place, timestamp, ticks, tag: 0, payload: &place.to_be_bytes() }, now);
            if buffer.counters().restarts != restarts {
                restarts = buffer.counters().restarts;
                last = None;
            }
            let mut popped = 0;
            while let Some(play) = buffer.pop(now) {
                popped += 1;
                prop_assert!(popped < 2_000, "it ends");
                if let Play::Packet { payload, .. } = play {
                    let place = payload.try_into().map(u64::from_be_bytes).ok();
                    prop_assert!(place > last, "{place:?} after {last:?}");
                    last = place;
                }
            }
        }
    }
}
