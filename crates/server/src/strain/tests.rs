//! Layer: pure. The machine is spared in steps, comes back in steps, does not flap, and is read right from its files.

use std::path::Path;
use std::time::Duration;

use proptest::prelude::*;

use super::signs::Kernel;
use super::{Level, Sign, Signs, Strain};

const LOOK: Duration = Duration::from_secs(5);

fn pi(available: u64) -> Signs {
    Signs { memory: Some(8_000_000_000), available: Some(available), ..Signs::default() }
}

/// Looks at the same signs so many times, from a time on.
fn looks(strain: &mut Strain, from: u32, times: u32, signs: &Signs) -> Vec<Level> {
    (from..from + times)
        .map(|n| {
            strain.look(LOOK * n, signs);
            strain.level()
        })
        .collect()
}

#[test]
fn little_memory_spares_and_much_comes_back_step_by_step() {
    let mut strain = Strain::default();
    assert_eq!(looks(&mut strain, 0, 2, &pi(900_000_000)), [Level::Normal, Level::Lean]);
    assert_eq!(looks(&mut strain, 2, 2, &pi(150_000_000)), [Level::Lean, Level::Full]);
    let back = looks(&mut strain, 4, 60, &pi(4_000_000_000));
    let mut steps = back.clone();
    steps.dedup();
    assert_eq!(steps, [Level::Full, Level::BuiltIn, Level::Lean, Level::Normal]);
    let first = back.iter().position(|level| *level < Level::Full).expect("it comes back");
    assert!(LOOK * first as u32 >= Duration::from_secs(60), "only after a minute of calm");
}

#[test]
fn one_bad_look_changes_nothing() {
    let mut strain = Strain::default();
    for n in 0..20 {
        let signs = if n % 2 == 0 { pi(100_000_000) } else { pi(4_000_000_000) };
        assert_eq!(strain.look(LOOK * n, &signs), None);
    }
}

#[test]
fn between_the_bounds_the_level_stays() {
    let mut strain = Strain::default();
    looks(&mut strain, 0, 2, &Signs { celsius: Some(78.0), ..pi(4_000_000_000) });
    assert_eq!(strain.level(), Level::Lean);
    for (n, celsius) in (2..200).zip([74.0, 71.0].into_iter().cycle()) {
        strain.look(LOOK * n, &Signs { celsius: Some(celsius), ..pi(4_000_000_000) });
        assert_eq!(strain.level(), Level::Lean);
    }
    let cool = looks(&mut strain, 200, 20, &Signs { celsius: Some(60.0), ..pi(4_000_000_000) });
    assert_eq!(cool.last(), Some(&Level::Normal));
}

#[test]
fn each_sign_asks_for_its_levels_and_is_named() {
    let fine = pi(4_000_000_000);
    for (signs, level, sign) in [
        (pi(900_000_000), Level::Lean, Sign::Memory),
        (pi(400_000_000), Level::BuiltIn, Sign::Memory),
        (pi(100_000_000), Level::Full, Sign::Memory),
        (Signs { celsius: Some(76.0), ..fine }, Level::Lean, Sign::Heat),
        (Signs { celsius: Some(83.0), ..fine }, Level::BuiltIn, Sign::Heat),
        (Signs { celsius: Some(90.0), ..fine }, Level::Full, Sign::Heat),
        (Signs { swapped: Some(600_000_000), ..fine }, Level::Lean, Sign::Swap),
        (Signs { swapping: Some(2_000.0), ..fine }, Level::BuiltIn, Sign::Swap),
        (Signs { waiting: Some(70.0), ..fine }, Level::Full, Sign::Waiting),
    ] {
        let mut strain = Strain::default();
        strain.look(LOOK, &signs);
        let change = strain.look(LOOK * 2, &signs).expect("it rises");
        assert_eq!((change.to, change.because), (level, Some(sign)), "{signs:?}");
    }
    // A small machine is not short of memory because it is small.
    let small = Signs { memory: Some(1_000_000_000), available: Some(600_000_000), ..Signs::default() };
    assert_eq!(looks(&mut Strain::default(), 0, 5, &small).last(), Some(&Level::Normal));
}

fn signs() -> impl Strategy<Value = Signs> {
    let some = |most: u64| proptest::option::of(0..most);
    let real = || proptest::option::of(-50.0_f32..200.0);
    (some(16_000_000_000), some(16_000_000_000), real(), some(4_000_000_000), real(), real()).prop_map(
        |(memory, available, celsius, swapped, swapping, waiting)| Signs {
            memory,
            available,
            celsius,
            swapped,
            swapping: swapping.map(|n| n * 40.0),
            waiting,
        },
    )
}

proptest! {
    #[test]
    fn it_falls_by_one_and_never_within_a_minute_of_a_change(all in proptest::collection::vec(signs(), 1..120)) {
        let mut strain = Strain::default();
        let mut changed = None;
        for (n, signs) in all.iter().enumerate() {
            let at = LOOK * n as u32;
            let before = strain.level();
            let change = strain.look(at, signs);
            let after = strain.level();
            prop_assert_eq!(change.is_some(), before != after);
            if after < before {
                prop_assert_eq!(before as u8 - after as u8, 1);
                prop_assert!(changed.is_none_or(|then| at - then >= Duration::from_secs(60)));
            }
            if after > before {
                prop_assert!(change.is_some_and(|change| change.because.is_some()));
            }
            if change.is_some() {
                changed = Some(at);
            }
        }
    }

    #[test]
    fn what_does_not_change_comes_to_rest(one in signs(), start in signs()) {
        let mut strain = Strain::default();
        looks(&mut strain, 0, 3, &start);
        looks(&mut strain, 3, 60, &one);
        let rest = strain.level();
        let later = looks(&mut strain, 63, 200, &one);
        prop_assert!(later.iter().all(|level| *level == rest));
    }

    #[test]
    fn what_is_not_told_asks_for_nothing(at in 0_u32..50) {
        let mut strain = Strain::default();
        let levels = looks(&mut strain, at, 10, &Signs::default());
        prop_assert!(levels.iter().all(|level| *level == Level::Normal));
    }

    #[test]
    fn files_of_any_content_are_survived(text in "(?s).{0,200}", temp in "(?s).{0,20}") {
        let root = tempfile::tempdir().expect("a folder");
        write(root.path(), "proc/meminfo", &text);
        write(root.path(), "proc/vmstat", &text);
        write(root.path(), "proc/pressure/memory", &text);
        write(root.path(), "sys/class/thermal/thermal_zone0/temp", &temp);
        let mut kernel = Kernel::below(root.path());
        kernel.look(Duration::ZERO);
        let signs = kernel.look(LOOK);
        prop_assert!(signs.celsius.is_none_or(f32::is_finite));
        prop_assert!(signs.waiting.is_none_or(f32::is_finite));
    }
}

fn write(root: &Path, file: &str, text: &str) {
    let path = root.join(file);
    std::fs::create_dir_all(path.parent().expect("below the root")).expect("made");
    std::fs::write(path, text).expect("written");
}

#[test]
fn a_machine_is_read_from_its_files() {
    let root = tempfile::tempdir().expect("a folder");
    let root = root.path();
    let mut kernel = Kernel::below(root);
    assert_eq!(kernel.look(Duration::ZERO), Signs::default(), "an empty folder tells nothing");
    let meminfo = "MemTotal:        8000000 kB\nMemFree:  1 kB\nMemAvailable:    900000 kB\nSwapTotal:       2000000 kB\nSwapFree:        1500000 kB\n";
    write(root, "proc/meminfo", meminfo);
    write(root, "proc/vmstat", "nr_free_pages 1\npswpin 1000\npswpout 500\n");
    write(
        root,
        "proc/pressure/memory",
        "some avg10=12.50 avg60=1.00 avg300=0.10 total=1\nfull avg10=3.00 avg60=0 avg300=0 total=1\n",
    );
    for (zone, kind, temp) in
        [(0, "acpitz", "99000"), (1, "cpu-thermal", "76500"), (2, "x86_pkg_temp", "71000")]
    {
        write(root, &format!("sys/class/thermal/thermal_zone{zone}/type"), kind);
        write(root, &format!("sys/class/thermal/thermal_zone{zone}/temp"), &format!("{temp}\n"));
    }
    let first = kernel.look(LOOK);
    assert_eq!((first.memory, first.available), (Some(8_192_000_000), Some(921_600_000)));
    assert_eq!((first.celsius, first.waiting), (Some(76.5), Some(12.5)));
    assert_eq!((first.swapped, first.swapping), (Some(512_000_000), None));
    write(root, "proc/vmstat", "pswpin 2000\npswpout 1500\n");
    assert_eq!(kernel.look(LOOK * 2).swapping, Some(400.0));
}
