//! Layer: real. What is counted by day is counted over restarts, by everybody who has the file, and no further than it may.

use crate::common::keeping;

const DAY: u64 = 20_000;

#[test]
fn a_days_count_outlives_the_process_and_ends_with_the_day() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, false);
    assert_eq!(store.one_more("calls", DAY, 3).unwrap(), Some(1));
    assert_eq!(store.one_more("calls", DAY, 3).unwrap(), Some(2));
    drop(store);
    let store = keeping(&path, false);
    assert_eq!(store.reader().counted("calls", DAY).unwrap(), 2);
    assert_eq!(store.one_more("calls", DAY, 3).unwrap(), Some(3));
    assert_eq!(store.one_more("calls", DAY, 3).unwrap(), None);
    assert_eq!(store.one_more("calls", DAY, 0).unwrap(), None);
    assert_eq!(store.one_more("other", DAY, 1).unwrap(), Some(1), "each by itself");
    assert_eq!(store.one_more("calls", DAY + 1, 3).unwrap(), Some(1));
    assert_eq!(store.reader().counted("calls", DAY).unwrap(), 0, "yesterday is forgotten");
    assert_eq!(store.reader().counted("other", DAY).unwrap(), 1);
}

#[test]
fn two_servers_with_one_file_have_one_limit() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let stores = [keeping(&path, false), keeping(&path, false)];
    let threads = stores.map(|store| {
        std::thread::spawn(move || {
            (0..30).filter(|_| store.one_more("calls", DAY, 40).unwrap().is_some()).count()
        })
    });
    let counted: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    assert_eq!(counted, 40);
}
