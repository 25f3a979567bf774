//! Layer: real. Files over HTTP: whole, cut, resumed, redirected, refused.
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tom_shelf::{ShelfError, State};

use crate::server::{Server, say, send};
use crate::world::{World, bytes, catalogue, url};

#[tokio::test]
async fn files_come_whole_and_under_their_names() {
    let (a, b) = (bytes(1, 700_000), bytes(2, 5));
    let server = Server::good(vec![("/x/a", a.clone()), ("/b", b.clone())]);
    let world = World::new();
    let wanted = catalogue(&[
        ("thing/a.onnx", &a, url(&server.url("/x/a"))),
        ("thing/b.json", &b, url(&server.url("/b"))),
    ]);
    assert_eq!(world.shelf.model_state(&wanted.models()[0]), State::Missing);
    let pulled = world.pull(&wanted).await.unwrap();
    assert_eq!((pulled.files, pulled.bytes), (2, 700_005));
    assert_eq!(world.read("thing/a.onnx").as_ref(), Some(&a));
    assert_eq!(world.read("thing/b.json").as_ref(), Some(&b));
    assert_eq!(world.shelf.model_state(&wanted.models()[0]), State::There);
    assert_eq!(world.shelf.path(&wanted.models()[0]), world.file("thing"));
    assert!(world.parts().is_empty());

    // Once pulled, nobody is asked again.
    let asked = server.asked().len();
    assert_eq!(world.pull(&wanted).await.unwrap().files, 0);
    assert_eq!(server.asked().len(), asked);
}

#[tokio::test]
async fn a_cut_download_goes_on_at_the_byte_where_it_was_cut() {
    let body = bytes(3, 3_000_000);
    let (served, cut) = (body.clone(), 1_000_000);
    let server = Server::start(move |_, asked, stream| send(stream, asked, &served, cut));
    let world = World::new();
    let wanted = catalogue(&[("a", &body, url(&server.url("/a")))]);
    world.pull(&wanted).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
    let from: Vec<_> = server.asked().iter().map(|asked| asked.from()).collect();
    assert_eq!(from, [None, Some(1_000_000), Some(2_000_000)]);
    assert!(world.notes.said.lock().unwrap().iter().any(|said| said.contains("going on")));
}

#[tokio::test]
async fn a_later_run_goes_on_with_what_an_earlier_one_left() {
    let body = bytes(4, 2_000_000);
    let served = body.clone();
    let broken = Arc::new(AtomicUsize::new(0));
    let count = broken.clone();
    // The first run gets a megabyte, and then nothing but failures.
    let server = Server::start(move |_, asked, stream| match count.fetch_add(1, Ordering::SeqCst) {
        0 => send(stream, asked, &served, 1_000_000),
        1..=3 => say(stream, "503 Service Unavailable", "content-length: 0\r\n"),
        _ => send(stream, asked, &served, usize::MAX),
    });
    let world = World::new();
    let wanted = catalogue(&[("a", &body, url(&server.url("/a")))]);
    let error = world.pull(&wanted).await.unwrap_err().to_string();
    assert!(error.contains("failed (503)"), "{error}");
    assert_eq!(world.read("a"), None, "half a file has no name");
    assert_eq!(world.shelf.model_state(&wanted.models()[0]), State::Begun(1_000_000));
    world.pull(&wanted).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
    assert_eq!(server.asked().last().unwrap().from(), Some(1_000_000));
}

#[tokio::test]
async fn a_server_without_ranges_is_begun_again() {
    let body = bytes(5, 900_000);
    let served = body.clone();
    let server = Server::start(move |number, asked, stream| {
        let mut plain = asked.clone();
        plain.headers.clear();
        send(stream, &plain, &served, if number == 0 { 400_000 } else { usize::MAX });
    });
    let world = World::new();
    world.pull(&catalogue(&[("a", &body, url(&server.url("/a")))])).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
    assert_eq!(*world.notes.began.lock().unwrap(), [0, 0]);
}

#[tokio::test]
async fn what_an_earlier_run_left_may_be_damaged() {
    let body = bytes(6, 500_000);
    let server = Server::good(vec![("/a", body.clone())]);
    for left in [&b"rubbish"[..], &[0; 600_000], &bytes(9, 500_000)] {
        let world = World::new();
        let wanted = catalogue(&[("a", &body, url(&server.url("/a")))]);
        let digest = wanted.models()[0].files[0].sha256.unwrap();
        std::fs::create_dir_all(world.file(".parts")).unwrap();
        std::fs::write(world.file(&format!(".parts/{digest}.part")), left).unwrap();
        world.pull(&wanted).await.unwrap();
        assert_eq!(world.read("a").as_ref(), Some(&body), "{} bytes", left.len());
    }
}

#[tokio::test]
async fn the_wrong_file_is_never_shelved() {
    let body = bytes(7, 100_000);
    let mut other = body.clone();
    other[50_000] ^= 1;
    let short = body[..99_999].to_vec();
    let long = [body.clone(), vec![0]].concat();
    let endless = body.clone();
    let server = Server::start(move |_, asked, stream| match asked.target() {
        "/other" => send(stream, asked, &other, usize::MAX),
        "/short" => send(stream, asked, &short, usize::MAX),
        "/long" => send(stream, asked, &long, usize::MAX),
        // Without a length, and without an end.
        _ => {
            say(stream, "200 OK", "");
            while stream.write_all(&endless).is_ok() {}
        }
    });
    for (path, why) in [
        ("/other", "SHA-256"),
        ("/short", "99999 bytes, and the catalogue wants one of 100000"),
        ("/long", "100001 bytes, and the catalogue wants one of 100000"),
        ("/endless", "more than the 100000 bytes"),
    ] {
        let world = World::new();
        let error = world.pull(&catalogue(&[("a", &body, url(&server.url(path)))])).await.unwrap_err();
        assert!(error.to_string().contains(why), "{path}: {error}");
        assert_eq!(world.read("a"), None, "{path}");
    }
}

#[tokio::test]
async fn a_wrong_file_of_one_source_is_made_good_by_the_next() {
    let body = bytes(8, 300_000);
    let mut other = body.clone();
    other[0] ^= 1;
    let server = Server::good(vec![("/bad", other), ("/good", body.clone())]);
    let world = World::new();
    let sources = ["/none", "/bad", "/good"].map(|path| url(&server.url(path))).join(", ");
    world.pull(&catalogue(&[("a", &body, sources)])).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
}

#[tokio::test]
async fn redirects_are_followed_but_not_for_ever() {
    let body = bytes(10, 10_000);
    let served = body.clone();
    let server = Server::start(move |_, asked, stream| {
        let to = match asked.target() {
            "/start/here" => "../there?key=1#part",
            "/start/../there?key=1" => "/end",
            "/round" => "/round",
            "/out" => "ftp://127.0.0.1/a",
            _ => return send(stream, asked, &served, usize::MAX),
        };
        say(stream, "302 Found", &format!("location: {to}\r\ncontent-length: 0\r\n"));
    });
    let world = World::new();
    world.pull(&catalogue(&[("a", &body, url(&server.url("/start/here")))])).await.unwrap();
    assert_eq!(world.read("a").as_ref(), Some(&body));
    for (path, why) in [("/round", "without end"), ("/out", "no web address")] {
        let error = world.pull(&catalogue(&[("b", &body, url(&server.url(path)))])).await.unwrap_err();
        assert!(error.to_string().contains(why), "{path}: {error}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_once_and_at_once() {
    let server = Server::good(vec![]);
    let body = bytes(11, 10);
    let world = World::new();
    let error = world.pull(&catalogue(&[("a", &body, url(&server.url("/a")))])).await.unwrap_err();
    assert!(error.to_string().contains("does not have it (404)"), "{error}");
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_slow_server_is_waited_for_and_a_silent_one_is_not() {
    let body = bytes(12, 40);
    let served = body.clone();
    let server = Server::start(move |number, asked, stream| match (asked.target(), number) {
        ("/slow", _) => {
            say(stream, "200 OK", "content-length: 40\r\n");
            for byte in &served {
                let _ = stream.write_all(&[*byte]).and_then(|()| stream.flush());
                std::thread::sleep(Duration::from_millis(10));
            }
        }
        // Never answers, and keeps the connection.
        _ => std::thread::park(),
    });
    let mut world = World::new();
    world.pull(&catalogue(&[("slow", &body, url(&server.url("/slow")))])).await.unwrap();
    assert_eq!(world.read("slow").as_ref(), Some(&body));
    world.net.patience.silence = Duration::from_millis(300);
    let error = world.pull(&catalogue(&[("a", &body, url(&server.url("/silent")))])).await.unwrap_err();
    assert!(error.to_string().contains("does not answer"), "{error}");
    let tries = server.asked().iter().filter(|asked| asked.target() == "/silent").count();
    assert!(tries > 1, "it is asked again");
}

#[tokio::test]
async fn one_failure_does_not_stop_the_other_files() {
    let (a, b, c) = (bytes(13, 10), bytes(14, 10), bytes(15, 10));
    let server = Server::good(vec![("/a", a.clone())]);
    let world = World::new();
    let wanted = catalogue(&[
        ("a", &a, url(&server.url("/a"))),
        ("b", &b, url(&server.url("/b"))),
        ("c", &c, String::new()),
    ]);
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(matches!(error, ShelfError::Several(_)), "{error}");
    let error = error.to_string();
    assert!(error.contains("b could not be had") && error.contains("names no place"), "{error}");
    assert_eq!(world.read("a").as_ref(), Some(&a));
}

#[tokio::test]
async fn one_content_of_two_files_is_fetched_once() {
    let body = bytes(16, 10_000);
    let server = Server::good(vec![("/a", body.clone())]);
    let world = World::new();
    let wanted =
        catalogue(&[("one/a", &body, url(&server.url("/a"))), ("two/a", &body, url(&server.url("/a")))]);
    world.pull(&wanted).await.unwrap();
    assert_eq!(world.read("one/a").as_ref(), Some(&body));
    assert_eq!(world.read("two/a").as_ref(), Some(&body));
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_mirror_is_asked_and_nobody_else() {
    let (a, b) = (bytes(17, 10_000), bytes(18, 10));
    let home = Server::good(vec![("/a", a.clone()), ("/b", b.clone())]);
    let mirror = Server::good(vec![("/models/thing/a", a.clone())]);
    let mut world = World::new();
    let wanted = catalogue(&[("thing/a", &a, url(&home.url("/a"))), ("thing/b", &b, url(&home.url("/b")))]);
    world.mirror = Some(mirror.url("/models/"));
    let error = world.pull(&wanted).await.unwrap_err();
    assert!(error.to_string().contains("/models/thing/b does not have it"), "{error}");
    assert!(home.asked().is_empty());
    assert_eq!(world.read("thing/a").as_ref(), Some(&a));
    // A folder is a mirror, too: that of another TOM.
    let mut other = World::new();
    other.mirror = Some(world.shelf.folder().display().to_string());
    let only = catalogue(&[("thing/a", &a, url(&home.url("/a")))]);
    other.pull(&only).await.unwrap();
    assert_eq!(other.read("thing/a").as_ref(), Some(&a));
    assert!(home.asked().is_empty());
    for mirror in ["ftp://127.0.0.1/", "/no/such/folder", "http://me:pw@127.0.0.1/"] {
        other.mirror = Some(mirror.into());
        let error = other.pull(&catalogue(&[("b", &b, String::new())])).await.unwrap_err();
        assert!(matches!(error, ShelfError::Mirror { .. }), "{mirror}: {error}");
    }
}
