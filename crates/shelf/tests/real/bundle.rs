//! Layer: real. Bundles: made, restored, cut at every place, changed at any place, hostile.
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use proptest::prelude::*;
use tom_shelf::{Bundle, Catalogue, Digest, Model, Quiet, Restore, Restored, ShelfError, State};

use crate::world::{World, bytes, catalogue};

/// A machine that has a model, and its bundle.
struct Source {
    world: World,
    known: Catalogue,
    archive: PathBuf,
    sha256: Digest,
}

fn source() -> Source {
    let world = World::new();
    let (a, b) = (bytes(1, 5_000), bytes(2, 512));
    let known = catalogue(&[("thing/a.onnx", &a, String::new()), ("thing/b.json", &b, String::new())]);
    std::fs::create_dir_all(world.file("thing")).unwrap();
    std::fs::write(world.file("thing/a.onnx"), &a).unwrap();
    std::fs::write(world.file("thing/b.json"), &b).unwrap();
    let archive = world.home.path().join("bundle.tar");
    let config = Some("[agent]\nlanguage = \"de\"\n".to_owned());
    let models: Vec<&Model> = known.models().iter().collect();
    let made = world.shelf.bundle(&archive, &Bundle { models, config, replace: false }, &Quiet).unwrap();
    assert_eq!(made.bytes, archive.metadata().unwrap().len());
    assert_eq!(Digest::of_file(&archive).unwrap(), (made.sha256, made.bytes));
    Source { world, known, archive, sha256: made.sha256 }
}

fn restore(to: &World, archive: &Path, sha256: Option<Digest>) -> Result<Restored, ShelfError> {
    let lock = to.shelf.lock()?;
    let built_in = Catalogue::built_in()?;
    to.shelf.restore(archive, &Restore { catalogue: &built_in, sha256, keep: &|_, _| Ok(()) }, &Quiet, &lock)
}

/// All files below a folder and their contents, but not the lock.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut all = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if !path.ends_with(".lock") {
                all.insert(path.clone(), std::fs::read(&path).unwrap());
            }
        }
    }
    all
}

#[test]
fn a_bundle_brings_models_settings_and_their_catalogue() {
    let source = source();
    let target = World::new();
    let restored = restore(&target, &source.archive, Some(source.sha256)).unwrap();
    assert_eq!(restored.models, ["thing"]);
    assert_eq!(restored.config.as_deref(), Some("[agent]\nlanguage = \"de\"\n"));
    let brought = Catalogue::read("brought", &restored.catalogue.unwrap(), None).unwrap();
    assert_eq!(target.shelf.model_state(&brought.models()[0]), State::There);
    for file in &source.known.models()[0].files {
        assert_eq!(target.shelf.verify(file).unwrap(), State::There);
    }
    assert!(target.parts().is_empty());
    // Twice is no mistake.
    restore(&target, &source.archive, None).unwrap();
    let other = restore(&target, &source.archive, Some(Digest::of_bytes(b"x"))).unwrap_err();
    assert!(other.to_string().contains("not the one that was asked for"), "{other}");
}

#[test]
fn where_the_texts_have_no_place_nothing_is_restored() {
    let source = source();
    let target = World::new();
    std::fs::create_dir_all(target.file(".parts")).unwrap();
    std::fs::write(target.file(".parts/restore-7.part"), "left by a killed run").unwrap();
    let lock = target.shelf.lock().unwrap();
    let built_in = Catalogue::built_in().unwrap();
    let keep = |config: Option<&str>, catalogue: Option<&str>| {
        assert!(config.is_some_and(|text| text.contains("language")) && catalogue.is_some());
        Err(ShelfError::Catalogue("no place".into()))
    };
    let how = Restore { catalogue: &built_in, sha256: None, keep: &keep };
    let error = target.shelf.restore(&source.archive, &how, &Quiet, &lock).unwrap_err();
    assert_eq!(error.to_string(), "no place");
    assert!(files(target.shelf.folder()).is_empty());
}

#[test]
fn any_tar_can_read_a_bundle() {
    let source = source();
    let listed = Command::new("tar").arg("tf").arg(&source.archive).output().unwrap();
    let names = String::from_utf8(listed.stdout).unwrap();
    assert_eq!(
        names.lines().collect::<Vec<_>>(),
        [
            "tom-bundle.json",
            "tom.toml",
            "catalogue.toml",
            "models/thing/a.onnx",
            "models/thing/b.json",
            "tom-bundle.sha256"
        ]
    );
}

#[test]
fn a_bundle_is_made_of_whole_models_only() {
    let source = source();
    let models: Vec<&Model> = source.known.models().iter().collect();
    let make = |to: &str, replace| {
        let what = Bundle { models: models.clone(), config: None, replace };
        let to = source.world.home.path().join(to);
        let made = source.world.shelf.bundle(&to, &what, &Quiet).map_err(|error| error.to_string());
        (made, to)
    };
    let (there, _) = make("bundle.tar", false);
    assert!(there.unwrap_err().contains("--force"));
    make("bundle.tar", true).0.unwrap();
    let mut damaged = source.world.read("thing/a.onnx").unwrap();
    damaged[7] ^= 1;
    std::fs::write(source.world.file("thing/a.onnx"), damaged).unwrap();
    let (made, to) = make("other.tar", false);
    assert!(made.unwrap_err().contains("damaged") && !to.exists());
    std::fs::remove_file(source.world.file("thing/b.json")).unwrap();
    let (made, to) = make("other.tar", false);
    assert!(made.unwrap_err().contains("not here") && !to.exists());
    let left: Vec<_> =
        std::fs::read_dir(source.world.home.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
}

#[test]
fn a_bundle_that_is_cut_anywhere_is_refused() {
    let source = source();
    let whole = std::fs::read(&source.archive).unwrap();
    for length in (0..whole.len()).step_by(256).chain([1, 511, whole.len() - 1]) {
        let target = World::new();
        let cut = target.home.path().join("cut.tar");
        std::fs::write(&cut, &whole[..length]).unwrap();
        let error = restore(&target, &cut, None).unwrap_err();
        assert!(matches!(error, ShelfError::Bundle { .. }), "{length}: {error}");
        assert!(files(target.shelf.folder()).is_empty(), "{length}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Whatever is changed: either nothing is restored, or exactly what was bundled.
    #[test]
    fn a_changed_bundle_is_refused_or_was_not_changed_where_it_matters(
        at in any::<prop::sample::Index>(), put in any::<u8>(), more in 0..3_usize,
    ) {
        let source = source();
        let mut bytes = std::fs::read(&source.archive).unwrap();
        let at = at.index(bytes.len());
        let changed = bytes[at] != put || more > 0;
        bytes[at] = put;
        bytes.extend(std::iter::repeat_n(0, more));
        let target = World::new();
        let archive = target.home.path().join("changed.tar");
        std::fs::write(&archive, &bytes).unwrap();
        match restore(&target, &archive, None) {
            Err(_) => prop_assert!(files(target.shelf.folder()).is_empty()),
            Ok(_) => {
                let relative = |world: &World| -> BTreeMap<PathBuf, Vec<u8>> {
                    let root = world.shelf.folder();
                    files(root).into_iter().map(|(path, body)| (path.strip_prefix(root).unwrap().to_owned(), body)).collect()
                };
                prop_assert_eq!(relative(&target), relative(&source.world));
            }
        }
        // Nothing beside the models folder and the archive.
        prop_assert_eq!(std::fs::read_dir(target.home.path()).unwrap().count(), 2);
        if changed {
            // The archive's own checksum sees every change.
            prop_assert!(restore(&target, &archive, Some(source.sha256)).is_err());
        }
    }
}

#[test]
fn archives_of_others_are_refused() {
    let target = World::new();
    let folder = target.home.path().join("evil");
    std::fs::create_dir_all(folder.join("models")).unwrap();
    std::fs::write(folder.join("tom-bundle.json"), "{}").unwrap();
    std::os::unix::fs::symlink("/etc/passwd", folder.join("models/link")).unwrap();
    let archive = target.home.path().join("evil.tar");
    for args in [
        &["tom-bundle.json"][..],
        &["models/link", "tom-bundle.json"],
        &["--absolute-names", "/etc/hostname"],
    ] {
        let made = Command::new("tar")
            .current_dir(&folder)
            .args(["--format=ustar", "-cf"])
            .arg(&archive)
            .args(args)
            .output();
        assert!(made.unwrap().status.success());
        let error = restore(&target, &archive, None).unwrap_err();
        assert!(matches!(error, ShelfError::Bundle { .. }), "{args:?}: {error}");
        assert!(files(target.shelf.folder()).is_empty());
    }
}

#[test]
fn a_text_that_a_bundle_brought_replaces_nothing() {
    let world = World::new();
    let path = world.home.path().join("catalogue.toml");
    tom_shelf::keep(&path, "one").unwrap();
    tom_shelf::keep(&path, "one").unwrap();
    assert!(tom_shelf::keep(&path, "two").unwrap_err().to_string().contains("something else"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "one");
    let link = world.home.path().join("link");
    std::os::unix::fs::symlink(world.home.path().join("nowhere"), &link).unwrap();
    assert!(tom_shelf::keep(&link, "three").is_err());
    assert!(!world.home.path().join("nowhere").exists());
}
