//! Layer: pure. What is found of a machine is said with what would be faster.

use super::super::Grade;
use super::*;
use crate::config::Part;

fn pi() -> Means {
    Means {
        machine: Machine { device: "Raspberry Pi 5".into(), memory_mb: 8_000, cores: 4, gpu: false },
        free_mb: 6_000,
        swap_mb: 0,
        flags: ["fp", "asimd", "asimddp"].map(str::to_owned).to_vec(),
        governor: Some("ondemand".into()),
        onnxruntime: None,
    }
}

fn find<'a>(all: &'a [Finding], part: &str) -> &'a Finding {
    all.iter().find(|finding| finding.part == part).expect("it is looked at")
}

#[test]
fn what_would_be_faster_comes_with_how_to_get_it() {
    let all = pi().findings(None, None);
    assert_eq!(find(&all, "cpu").grade, Grade::Ok);
    assert!(find(&all, "cpu").what.contains("NEON dot products"));
    let clock = find(&all, "clock");
    assert!(clock.grade == Grade::Note && clock.fix.contains("performance"), "{clock:?}");
    let old = Means { flags: vec!["sse2".into()], governor: None, ..pi() };
    let all = old.findings(None, None);
    assert_eq!(find(&all, "cpu").grade, Grade::Note);
    assert!(!all.iter().any(|finding| finding.part == "clock"));
    let gpu = Means { machine: Machine { gpu: true, ..pi().machine }, ..pi() };
    let all = gpu.findings(None, None);
    assert!(find(&all, "gpu").fix.contains("onnxruntime-gpu"));
}

#[test]
fn a_profile_is_told_with_what_it_lacks_and_whether_it_fits() {
    let part = |section: &str, model: &str, state| Part {
        section: section.into(),
        engine: "piper".into(),
        model: model.into(),
        state,
    };
    let profile = |state| Applied {
        name: "pi5_performance".into(),
        auto: true,
        budget_mb: 3_000,
        parts: vec![
            part("tts", "de-thorsten-medium", PartState::Set),
            part("stt", "whisper-base-int8", state),
        ],
    };
    let catalogue = Catalogue::built_in().expect("sound");
    let all = pi().findings(Some(&profile(PartState::Missing)), Some(&catalogue));
    let told: Vec<&Finding> = all.iter().filter(|finding| finding.part == "profile").collect();
    assert!(told[0].what.contains("suits this machine") && told[0].what.contains("tts piper"), "{told:?}");
    assert_eq!(find(&all, "memory").grade, Grade::Ok);
    let all = pi().findings(Some(&profile(PartState::NoEngine)), Some(&catalogue));
    assert!(all.iter().any(|finding| finding.what.contains("does not have")), "{all:?}");
    let tight = Means { free_mb: 50, ..pi() };
    let all = tight.findings(Some(&profile(PartState::Set)), Some(&catalogue));
    assert!(find(&all, "memory").fix.contains("--profile minimal"), "{all:?}");
}

#[test]
fn the_library_of_a_python_package_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    assert_eq!(below(folder.path()), None);
    let capi = folder.path().join("python3.11/dist-packages/onnxruntime/capi");
    std::fs::create_dir_all(&capi).expect("made");
    std::fs::write(capi.join("onnxruntime_pybind11_state.so"), "").expect("written");
    assert_eq!(below(folder.path()), None);
    std::fs::write(capi.join("libonnxruntime.so.1.32.0"), "").expect("written");
    assert_eq!(below(folder.path()), Some(capi.join("libonnxruntime.so.1.32.0")));
}
