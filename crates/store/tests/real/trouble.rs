//! Layer: real. Files that cannot be used, disks without room, and queues that are full: said clearly, and
//! nothing is broken.

use std::path::Path;

use crate::common::{NOW, call, detail, keeping};
use tom_store::{Filter, Options, Reader, Store, StoreError};

fn refused(path: &Path) -> (StoreError, String) {
    let error = Store::open(&Options::new(path)).unwrap_err();
    let text = error.to_string();
    (error, text)
}

fn count(store: &Store) -> usize {
    store.reader().calls(&Filter::default(), None, 100_000).unwrap().len()
}

#[test]
fn a_file_of_a_newer_version_is_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    drop(keeping(&path, false));
    let db = rusqlite::Connection::open(&path).unwrap();
    db.pragma_update(None, "user_version", 99).unwrap();
    drop(db);
    let before = std::fs::read(&path).unwrap();
    let (error, text) = refused(&path);
    assert!(matches!(error, StoreError::Newer { found: 99, .. }), "{text}");
    assert!(text.contains("use the newer version"), "{text}");
    assert!(matches!(Reader::open(&path).unwrap_err(), StoreError::Newer { .. }));
    assert!(std::fs::read(&path).unwrap() == before);
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let junk = b"this is the shopping list, and it is long enough to be mistaken for a page".repeat(100);
    std::fs::write(&path, &junk).unwrap();
    let (error, text) = refused(&path);
    assert!(matches!(error, StoreError::Damaged { .. }), "{text}");
    assert!(text.contains("tom.db") && text.contains("move it away"), "{text}");
    assert!(std::fs::read(&path).unwrap() == junk);
}

#[test]
fn damage_in_the_middle_breaks_no_program() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, true);
    for n in 0..500 {
        store.ended(detail(&format!("call-{n}"), NOW + n));
    }
    drop(store);
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 4;
    bytes[middle..].fill(0x5a);
    std::fs::write(&path, bytes).unwrap();
    // It may open, since its first page is whole; what it then says is an error or rows, never a panic.
    match Store::open(&Options::new(&path)) {
        Err(error) => assert!(matches!(error, StoreError::Damaged { .. }), "{error}"),
        Ok(store) => {
            store.ended(detail("new", NOW));
            store.flush().unwrap();
            let read = store.reader().calls(&Filter::default(), None, 1_000);
            let broken = matches!(read, Err(StoreError::Damaged { .. }));
            let noticed = store.health().trouble.is_some_and(|why| why.contains("damaged"));
            assert!(broken || noticed, "{read:?}");
        }
    }
}

#[test]
fn a_place_where_nothing_can_be_written_is_named() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("file");
    std::fs::write(&file, "").unwrap();
    // A folder that is a file, a folder of the kernel, and a folder that is the database.
    for path in [file.join("tom.db"), "/proc/tom/tom.db".into(), home.path().to_owned()] {
        let (error, text) = refused(&path);
        assert!(matches!(error, StoreError::Open { .. }), "{text}");
        assert!(text.contains("store.path"), "{text}");
    }
}

#[test]
fn a_full_disk_costs_what_does_not_fit_and_room_mends_it() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = Store::open(&Options { max_pages: Some(18), ..Options::new(&path) }).unwrap();
    for n in 0..300 {
        store.ended(detail(&format!("call-{n}"), u64::MAX / 4 + n));
        store.flush().unwrap();
    }
    let health = store.health();
    assert!(health.failed > 0 && health.written > 0, "{health:?}");
    assert_eq!(health.failed + health.written, 300);
    assert!(health.trouble.as_deref().unwrap().contains("no room"), "{health:?}");
    assert_eq!(count(&store) as u64, health.written, "what was counted as written is there");
    for n in 0..health.written {
        store.delete(&format!("call-{n}")).unwrap();
    }
    store.ended(detail("fits again", u64::MAX / 4));
    store.flush().unwrap();
    assert_eq!(store.health().trouble, None);
    assert_eq!(count(&store), 1);
}

#[test]
fn a_full_queue_drops_and_counts_and_waits_for_nobody() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = Store::open(&Options { queue: 2, ..Options::new(&path) }).unwrap();
    // Another process holds the file, so that the writer stands still.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    for n in 0..500 {
        store.began(call(&format!("call-{n}"), NOW + n));
    }
    let dropped = store.health().dropped;
    assert!(dropped >= 400, "{dropped}");
    other.execute_batch("ROLLBACK").unwrap();
    let waited = std::time::Instant::now();
    while store.flush().is_err() {
        assert!(waited.elapsed().as_secs() < 20, "the writer never comes back");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(store.health().dropped, dropped);
}
