//! Layer: real. Files that people bring along, and local sources.
use crate::world::{World, bytes, catalogue};

#[tokio::test]
async fn files_are_known_by_their_content() {
    let (a, b) = (bytes(1, 2_000_000), bytes(2, 77));
    let world = World::new();
    let known = catalogue(&[("thing/a", &a, String::new()), ("thing/b", &b, String::new())]);
    let brought = world.home.path().join("stick");
    std::fs::create_dir_all(brought.join("deep/er")).unwrap();
    std::fs::write(brought.join("download(1)"), &a).unwrap();
    std::fs::write(brought.join("deep/er/x"), &b).unwrap();
    // Of the right size, and something else.
    std::fs::write(brought.join("y"), bytes(3, 77)).unwrap();
    let lock = world.shelf.lock().unwrap();
    let done = world.shelf.import(&known, std::slice::from_ref(&brought), &lock).await.unwrap();
    let taken: Vec<_> = done.iter().filter(|one| !one.as_files.is_empty()).collect();
    assert_eq!((done.len(), taken.len()), (3, 2));
    assert_eq!(world.read("thing/a").as_ref(), Some(&a));
    assert_eq!(world.read("thing/b").as_ref(), Some(&b));
    assert!(world.parts().is_empty());
    let missing = world.shelf.import(&known, &[brought.join("nothing")], &lock).await.unwrap_err();
    assert!(missing.to_string().contains("nothing cannot be read"), "{missing}");
}

#[tokio::test]
async fn a_local_source_is_copied_and_checked() {
    let body = bytes(4, 3_000_000);
    let world = World::new();
    let file = world.home.path().join("weights");
    let source = format!("{{ file = \"{}\" }}", file.display());
    let wanted = catalogue(&[("thing/a", &body, source)]);
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(error.to_string().contains("cannot be read"), "{error}");
    let mut other = body.clone();
    other[1_000_000] ^= 1;
    std::fs::write(&file, &other).unwrap();
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(error.to_string().contains("SHA-256"), "{error}");
    std::fs::write(&file, &body).unwrap();
    world.pull(&wanted).await.unwrap();
    assert_eq!(world.read("thing/a").as_ref(), Some(&body));
}
