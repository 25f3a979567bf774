//! Layer: pure. Durations as people read them, and failures that name their step.
use std::time::Duration;

use super::{Steps, short};

#[test]
fn durations_read_well() {
    assert_eq!(short(Duration::from_millis(1_240)), "1.2 s");
    assert_eq!(short(Duration::from_secs(61)), "1 min 01 s");
    assert_eq!(short(Duration::from_secs(3_600)), "60 min 00 s");
}

#[test]
fn a_failed_step_names_itself() {
    let mut steps = Steps::new(2);
    steps.step("first", |_| Ok("done".into())).unwrap();
    let error = steps.step("second", |_| anyhow::bail!("no luck")).unwrap_err();
    assert_eq!(format!("{error:#}"), "second failed: no luck");
}
