//! Layer: pure. What comes through bad networks, in simulated time: order, length, gaps, and when it is heard.
use std::collections::BTreeMap;

use tom_audio::{Law, level};
use tom_wire::sdp::Direction;

use super::*;

const FROM: ([u8; 4], u16) = ([192, 0, 2, 1], 4_000);

fn agreed() -> Negotiated {
    Negotiated {
        codec: Codec::Pcma,
        payload: 8,
        receive: vec![(8, Codec::Pcma), (9, Codec::G722), (96, Codec::Opus)],
        event_out: None,
        event_in: Some(101),
        event_clock: 8_000,
        noise: true,
        remote: FROM.into(),
        remote_rtcp: FROM.into(),
        mux: false,
        direction: Direction::SendRecv,
        secure: None,
    }
}

fn packet(payload_type: u8, number: u32, payload: &[u8]) -> Vec<u8> {
    let header =
        RtpHeader { marker: false, payload_type, sequence: number as u16, timestamp: number * 160, ssrc: 7 };
    [&header.write()[..], payload].concat()
}

/// A voiced sound that never pauses, 20 ms a packet: what is silent in it was lost.
fn voiced(number: u32) -> Vec<u8> {
    let sample = |at: u32| {
        let phase = f64::from(at % 8_000) / 8_000.0 * std::f64::consts::TAU * 150.0;
        ((phase.sin() + (phase * 2.0).sin() / 2.0) * 8_000.0) as i16
    };
    (0..160).map(|at| Law::A.encode(sample(number * 160 + at))).collect()
}

/// Sends packets through a network: `way` says after how many milliseconds each arrives, if it does. Gives what was
/// heard, and for each of the sender's milliseconds when it was heard.
fn through(packets: u32, way: impl Fn(u32) -> Option<u64>) -> (Vec<i16>, Vec<u64>, Ear) {
    let mut arrivals: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
    for number in 0..packets {
        if let Some(way) = way(number) {
            arrivals.entry(u64::from(number) * 20 + way).or_default().push(number);
        }
    }
    for ms in (0..u64::from(packets) * 20 + 300).step_by(20) {
        arrivals.entry(ms + 13).or_default();
    }
    let mut ear = Ear::new(&agreed(), Options::default()).unwrap();
    let (mut heard, mut when) = (Vec::new(), Vec::new());
    for (ms, numbers) in arrivals {
        let now = Duration::from_millis(ms);
        let mut sink = |pcm: &[i16]| {
            heard.extend_from_slice(pcm);
            when.resize(heard.len() / 16, ms);
        };
        for number in numbers {
            ear.take(&packet(8, number, &voiced(number)), FROM.into(), now, &mut sink).unwrap();
        }
        ear.tick(now, &mut sink);
    }
    (heard, when, ear)
}

fn random(seed: u64) -> u64 {
    let mut x = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x ^ (x >> 29)
}

/// The longest stretch, in milliseconds, in which nobody hears anything.
fn longest_gap(pcm: &[i16]) -> usize {
    let (mut longest, mut running) = (0, 0);
    for millisecond in pcm.chunks_exact(16).skip(50) {
        running = if level::is_audible(millisecond) { 0 } else { running + 1 };
        longest = longest.max(running);
    }
    longest
}

#[test]
fn on_a_clean_link_everything_is_heard_when_it_arrives() {
    let (heard, when, ear) = through(500, |_| Some(30));
    assert_eq!(heard.len() / 16 - 200, 500 * 20, "and 200 ms are made up when it ends");
    for (at, ms) in when[..10_000].iter().enumerate() {
        assert_eq!(*ms, at as u64 / 20 * 20 + 30);
    }
    assert_eq!(ear.concealed(), Duration::from_millis(200));
}

#[test]
fn at_five_per_cent_loss_and_50_ms_of_jitter_no_gap_is_longer_than_40_ms() {
    let (mut worst, mut made_up) = (0, Duration::ZERO);
    for seed in 0..10 {
        let way = |number: u32| {
            let random = random(seed << 32 | u64::from(number));
            (random % 100 >= 5).then_some(20 + (random >> 32) % 50)
        };
        let (heard, _, ear) = through(3_000, way);
        let first = (0..).find(|&number| way(number).is_some()).unwrap_or(0);
        let last = (0..3_000).rev().find(|&number| way(number).is_some()).unwrap_or(0);
        let length = heard.len() / 16 - 200;
        // The very last packets may come when their time has been made up for.
        assert!(length.abs_diff((last - first + 1) as usize * 20) <= 60, "seed {seed}: {length} ms");
        worst = worst.max(longest_gap(&heard[..length * 16]));
        made_up += ear.concealed();
    }
    let share = made_up.as_secs_f64() / 600.0;
    println!("longest gap {worst} ms, {:.1} % made up", share * 100.0);
    assert!(worst <= 40, "{worst} ms");
    assert!(share < 0.075, "5 % are lost, few more may come too late: {share:.3}");
}

#[test]
fn a_packet_that_is_lost_delays_the_next_ones_for_20_ms_only() {
    let (_, when, _) = through(1_000, |number| (number != 900).then_some(30));
    let delays: Vec<u64> = (18_000..18_200).map(|at| when[at] - (at as u64 / 20 * 20 + 30)).collect();
    assert!(delays[..20].iter().all(|&ms| ms <= 40), "{:?}", &delays[..20]);
    assert!(delays[40..].iter().all(|&ms| ms == 0), "{:?}", &delays[40..]);
}

#[test]
fn a_pause_filled_with_comfort_noise_is_heard_as_long_as_it_was() {
    let mut ear = Ear::new(&agreed(), Options::default()).unwrap();
    let mut heard = Vec::new();
    for step in 0..150_u32 {
        let now = Duration::from_millis(u64::from(step) * 20);
        let mut sink = |pcm: &[i16]| heard.extend_from_slice(pcm);
        // Speech, then one description of noise, then speech again after a second and a half.
        let bytes = match step {
            0..50 => Some(packet(8, step, &voiced(step))),
            50 => Some(packet(13, 50, &[40])),
            125.. => Some({
                let mut bytes = packet(8, step, &voiced(step));
                bytes[2..4].copy_from_slice(&(step as u16 - 74).to_be_bytes());
                bytes
            }),
            _ => None,
        };
        if let Some(bytes) = bytes {
            ear.take(&bytes, FROM.into(), now, &mut sink).unwrap();
        }
        ear.tick(now, &mut sink);
    }
    assert_eq!(heard.len(), 150 * 320);
    let noise = level::rms_dbfs(&heard[16_000 + 1_600..16_000 + 20_000]);
    assert!((noise + 40.0).abs() < 3.0, "{noise}");
    assert_eq!(ear.concealed(), Duration::ZERO);
}

#[test]
fn codecs_of_other_clocks_may_follow_each_other() {
    let mut ear = Ear::new(&agreed(), Options::default()).unwrap();
    let (mut g722, mut opus) = (Vec::new(), Vec::new());
    let loud: Vec<i16> = (0..320_i32).map(|at| ((at % 40 - 20) * 400) as i16).collect();
    tom_audio::G722Encoder::default().encode_into(&loud, &mut g722);
    tom_audio::opus::OpusEncode::new().unwrap().encode_into(&loud, &mut opus).unwrap();
    let mut heard = 0;
    for step in 0..60_u32 {
        let (payload_type, payload) = match step / 20 {
            0 => (8, voiced(step)),
            1 => (9, g722.clone()),
            _ => (96, opus.clone()),
        };
        let mut bytes = packet(payload_type, step, &payload);
        if payload_type == 96 {
            bytes[4..8].copy_from_slice(&(step * 960).to_be_bytes());
        }
        let now = Duration::from_millis(u64::from(step) * 20);
        ear.take(&bytes, FROM.into(), now, &mut |pcm| heard += pcm.len()).unwrap();
    }
    assert_eq!(heard, 60 * 320);
    let mut bad = packet(96, 60, &[0x4b, 0x03, 1, 2]);
    bad[4..8].copy_from_slice(&57_600_u32.to_be_bytes());
    assert_eq!(ear.take(&bad, FROM.into(), Duration::from_secs(2), &mut |_| {}), Ok(None));
    assert_eq!(ear.unreadable(), 1);
}

#[test]
fn a_new_stream_of_the_far_end_is_believed_the_second_time_and_nothing_is_forgotten() {
    let mut ear = Ear::new(&agreed(), Options::default()).unwrap();
    let mut heard = 0;
    let mut take = |ear: &mut Ear, number: u32, ssrc: u8| {
        let mut bytes = packet(8, number, &voiced(number));
        bytes[11] = ssrc;
        let now = Duration::from_millis(u64::from(number) * 20);
        ear.take(&bytes, FROM.into(), now, &mut |pcm| heard += pcm.len())
    };
    (0..10).for_each(|number| assert_eq!(take(&mut ear, number, 1), Ok(None)));
    assert_eq!(take(&mut ear, 10, 2), Err(Reject::Stream), "it may be anything");
    assert_eq!(take(&mut ear, 11, 1), Ok(None), "the old stream goes on");
    assert_eq!(take(&mut ear, 500, 2), Err(Reject::Stream));
    assert_eq!(take(&mut ear, 501, 2), Ok(None));
    assert_eq!(take(&mut ear, 502, 2), Ok(None));
    assert_eq!(ear.received().0, 11 + 2);
    assert_eq!((ear.received().1, ear.counters().restarts), (1, 1));
    assert_eq!(heard, 12 * 320, "what waited behind the missing packet went with the old stream");
}
