//! Layer: real. Two pulls at once, links in the way, folders that cannot be written, a disk without room.
use std::os::unix::fs::symlink;

use tom_shelf::{ShelfError, State};

use crate::server::Server;
use crate::world::{World, bytes, catalogue, url};

#[tokio::test]
async fn two_pulls_at_once_are_one_and_a_refusal() {
    let world = World::new();
    let held = world.shelf.lock().unwrap();
    let refused = world.pull(&catalogue(&[("a", &[1], String::new())])).await.unwrap_err();
    let ours = format!("process {}", std::process::id());
    assert!(refused.to_string().contains(&ours), "{refused}");
    drop(held);
    assert!(world.shelf.lock().is_ok());
}

#[tokio::test]
async fn links_are_not_written_through() {
    let body = bytes(1, 1_000);
    let server = Server::good(vec![("/a", body.clone())]);
    let world = World::new();
    let outside = world.home.path().join("outside");
    std::fs::create_dir_all(&outside).unwrap();
    std::fs::create_dir_all(world.file(".parts")).unwrap();
    let target = outside.join("precious");
    std::fs::write(&target, "mine").unwrap();
    let unharmed = || std::fs::read(&target).unwrap() == b"mine" && outside.read_dir().unwrap().count() == 1;

    // A folder that is a link.
    symlink(&outside, world.file("thing")).unwrap();
    let wanted = catalogue(&[("thing/a", &body, url(&server.url("/a")))]);
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(matches!(error, ShelfError::InTheWay { .. }), "{error}");
    assert!(unharmed());
    // A part that is a link.
    let digest = wanted.models()[0].files[0].sha256.unwrap();
    let part = world.file(&format!(".parts/{digest}.part"));
    std::fs::remove_file(&part).unwrap_or_default();
    symlink(&target, &part).unwrap();
    let error = world.pull(&catalogue(&[("b", &body, url(&server.url("/a")))])).await.unwrap_err();
    assert!(matches!(error, ShelfError::Io { .. }), "{error}");
    assert!(unharmed());
    std::fs::remove_file(&part).unwrap();
    // A file that is a link: the link is replaced, not what it leads to.
    symlink(&target, world.file("c")).unwrap();
    let wanted = catalogue(&[("c", &body, url(&server.url("/a")))]);
    world.pull(&wanted).await.unwrap();
    assert_eq!(world.read("c").as_ref(), Some(&body));
    assert!(unharmed());
    // Of a link, the link is deleted.
    std::fs::remove_file(world.file("c")).unwrap();
    symlink(&target, world.file("c")).unwrap();
    let lock = world.shelf.lock().unwrap();
    assert_eq!(world.shelf.remove(&wanted.models()[0], &lock).unwrap(), 0);
    assert!(unharmed() && world.file("c").symlink_metadata().is_err());
}

#[tokio::test]
async fn a_damaged_file_is_found_and_replaced() {
    let body = bytes(2, 1_000);
    let server = Server::good(vec![("/a", body.clone())]);
    let world = World::new();
    let wanted = catalogue(&[("thing/a", &body, url(&server.url("/a")))]);
    world.pull(&wanted).await.unwrap();
    let file = &wanted.models()[0].files[0];
    let mut damaged = body.clone();
    damaged[999] ^= 0x80;
    std::fs::write(world.file("thing/a"), &damaged).unwrap();
    assert_eq!(world.shelf.state(file), State::There, "its size is right");
    assert_eq!(world.shelf.verify(file).unwrap(), State::Wrong);
    world.pull(&wanted).await.unwrap();
    assert_eq!(world.shelf.verify(file).unwrap(), State::There);
    std::fs::write(world.file("thing/a"), "short").unwrap();
    assert_eq!(world.shelf.state(file), State::Wrong);
    let lock = world.shelf.lock().unwrap();
    assert_eq!(world.shelf.remove(&wanted.models()[0], &lock).unwrap(), 5);
    assert!(!world.file("thing").exists(), "an empty folder goes as well");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_before_anybody_is_asked() {
    let server = Server::good(vec![]);
    let world = World::new();
    let text = format!(
        "schema = 1\n[[model]]\nname = \"huge\"\ntitle = \"Huge\"\nkind = \"voice\"\nlicence = \"MIT\"\n\
         languages = [\"any\"]\nmemory_mb = 1\n[[model.file]]\npath = \"huge\"\nbytes = {}\nsha256 = \"{}\"\n\
         source = [{}]\n",
        200_u64 << 30,
        "0".repeat(64),
        url(&server.url("/huge"))
    );
    let wanted = tom_shelf::Catalogue::read("test", &text, None).unwrap();
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(matches!(error, ShelfError::Full { .. }), "{error}");
    assert!(error.to_string().contains("214.7 GB more are needed"), "{error}");
    assert!(server.asked().is_empty());
}

#[tokio::test]
async fn what_has_no_checksum_is_refused() {
    let world = World::new();
    let text = "schema = 1\n[[model]]\nname = \"new\"\ntitle = \"New\"\nkind = \"voice\"\nlicence = \"MIT\"\n\
         languages = [\"any\"]\nmemory_mb = 1\n[[model.file]]\npath = \"new\"\nsha256 = \"none yet\"\n\
         source = [{ url = \"http://127.0.0.1:1/new\" }]\n";
    let wanted = tom_shelf::Catalogue::read("test", text, None).unwrap();
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(matches!(error, ShelfError::NoChecksum { .. }), "{error}");
    assert!(error.to_string().contains("sha256sum"), "{error}");
}
