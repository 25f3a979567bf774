//! Layer: pure. Percentiles by nearest rank, with misses above everything.
use super::*;

#[test]
fn percentiles_are_measurements_that_were_made() {
    let sample: Sample = (1..=100).rev().map(|n| Some(f64::from(n))).collect();
    let told = sample.summary();
    assert_eq!((told.p50, told.p95, told.p99), (Some(50.0), Some(95.0), Some(99.0)));
    assert_eq!((told.min, told.max, told.count, told.missed), (Some(1.0), Some(100.0), 100, 0));
    assert_eq!(sample.percentile(100.0), Some(100.0));
    assert_eq!(sample.percentile(0.0), Some(1.0));
}

#[test]
fn a_miss_is_never_hidden_by_a_percentile() {
    let mut sample: Sample = (1..=90).map(|n| Some(f64::from(n))).collect();
    (0..10).for_each(|_| sample.add(None));
    let told = sample.summary();
    assert_eq!((told.count, told.missed), (100, 10));
    assert_eq!((told.p50, told.p95, told.max), (Some(50.0), None, None));
}

#[test]
fn nothing_has_no_percentile() {
    assert_eq!(Sample::default().summary(), Summary::default());
    let one: Sample = [Some(7.0)].into_iter().collect();
    assert_eq!((one.summary().p50, one.summary().p99), (Some(7.0), Some(7.0)));
}
