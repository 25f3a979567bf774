//! Layer: real. The corpus is what it says, and the same for one seed. Needs flite, espeak-ng and sox.
use std::process::Command;

use super::*;
use tom_probe::voice::{edges, pauses};

/// Whether the programs are there; in CI they must be.
fn programs() -> bool {
    let there =
        ["flite", "espeak-ng", "sox"].iter().all(|p| Command::new(p).arg("--version").output().is_ok());
    assert!(there || std::env::var_os("CI").is_none(), "CI has flite, espeak-ng and sox");
    if !there {
        eprintln!("left out: flite, espeak-ng or sox is missing; cargo xtask test installs them");
    }
    there
}

fn maker(dir: &Path) -> Maker {
    Maker::new(dir, Path::new("nowhere"), 7).unwrap()
}

#[test]
fn phrases_are_labelled_where_they_sound() {
    if !programs() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let items = maker(home.path()).interruptions(&Sizes { onsets: 6, ..Sizes::quick() }).unwrap();
    assert_eq!(items.len(), 6);
    assert_eq!(items.iter().filter(|i| i.tongue == Tongue::De).count(), 2);
    assert_eq!(items.iter().filter(|i| i.band == Band::Telephone).count(), 3);
    for item in &items {
        let (from, to) = item.voiced().unwrap();
        assert!(from < to && to < item.pcm.len(), "{}", item.name);
        // What was labelled on the clean sound is where the line's sound is, but for what noise and filters add
        // to a voice that dies away.
        let (first, last) = edges(&item.pcm).unwrap();
        let far = first.abs_diff(from) > 800 || last.abs_diff(to) > 2_400;
        assert!(!far, "{}: {from} to {to}, heard {first} to {last}", item.name);
    }
    assert_eq!(items[0].pcm, maker(home.path()).interruptions(&Sizes::quick()).unwrap()[0].pcm);
}

#[test]
fn a_pause_is_as_long_as_it_was_drawn_and_both_parts_are_labelled() {
    if !programs() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    for item in maker(home.path()).paused(&Sizes { pauses: 6, ..Sizes::quick() }).unwrap() {
        let [first, second] = &item.segments[..] else { panic!("{} has two parts", item.name) };
        let pause = second.from - first.to;
        assert!((4_000..28_000).contains(&pause), "{}: {pause} samples", item.name);
        assert!(second.text.ends_with(['.', '?']) && first.text.ends_with(','), "{}", item.name);
    }
}

#[test]
fn noises_are_of_every_kind_and_audible() {
    if !programs() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let items = maker(home.path()).noises(&Sizes::quick()).unwrap();
    assert_eq!(items.len(), 10);
    for item in items {
        let echo = matches!(item.kind, Kind::Echo20 | Kind::Echo30);
        assert_eq!(item.voiced().is_none(), echo, "{}", item.name);
    }
}

#[test]
fn the_agent_never_falls_silent() {
    if !programs() {
        return;
    }
    let home = tempfile::tempdir().unwrap();
    let pcm = maker(home.path()).agent().unwrap();
    assert!(pcm.len() > 16_000 * 25, "{} samples", pcm.len());
    assert!(pauses(&pcm, 16 * 150).is_empty());
}
