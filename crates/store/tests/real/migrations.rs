//! Layer: real. A file of every earlier schema becomes one of today's, with its calls.

use crate::common::{NOW, detail, keeping};
use tom_store::{TurnTaking, VERSION};

/// The schema of a file, as SQLite tells it.
fn layout(path: &std::path::Path) -> (i64, Vec<String>) {
    let db = rusqlite::Connection::open(path).unwrap();
    let version = db.pragma_query_value(None, "user_version", |row| row.get(0)).unwrap();
    let mut statement =
        db.prepare("SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY name").unwrap();
    let all = statement.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap();
    (version, all)
}

#[test]
fn an_empty_file_becomes_a_database() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    std::fs::write(&path, "").unwrap();
    drop(keeping(&path, false));
    let (version, tables) = layout(&path);
    assert_eq!(version, VERSION);
    assert!(tables.iter().any(|sql| sql.starts_with("CREATE TABLE calls")), "{tables:?}");
}

#[test]
fn opening_again_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, true);
    store.ended(detail("a", NOW));
    drop(store);
    let before = layout(&path);
    let store = keeping(&path, true);
    assert_eq!(store.reader().call("a").unwrap().unwrap().turns.len(), 2);
    drop(store);
    assert_eq!(layout(&path), before);
}

#[test]
fn two_that_start_at_once_agree() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let threads: Vec<_> = (0..4)
        .map(|n| {
            let path = path.clone();
            std::thread::spawn(move || {
                let store = keeping(&path, false);
                store.ended(detail(&format!("by-{n}"), NOW));
                store.flush().unwrap();
                store.health()
            })
        })
        .collect();
    for thread in threads {
        let health = thread.join().unwrap();
        assert_eq!((health.written, health.failed), (1, 0), "{health:?}");
    }
    assert_eq!(layout(&path).0, VERSION);
}

#[test]
fn a_call_of_the_first_schema_is_still_there() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, true);
    store.ended(detail("old", NOW));
    drop(store);
    let today = layout(&path);
    // What later schemas added is taken away again.
    let db = rusqlite::Connection::open(&path).unwrap();
    for column in
        ["echoes", "drafts", "drafts_used", "judge_asked", "judge_in_time", "judge_late", "judge_failed"]
    {
        db.execute_batch(&format!("ALTER TABLE calls DROP COLUMN {column}")).unwrap();
    }
    db.execute_batch("DROP TABLE tallies").unwrap();
    db.pragma_update(None, "user_version", 1).unwrap();
    drop(db);
    let store = keeping(&path, true);
    let kept = store.reader().call("old").unwrap().unwrap();
    assert_eq!((kept.turns.len(), kept.call.failures), (2, 1));
    assert_eq!(kept.call.turn_taking, TurnTaking::default(), "nobody counted");
    drop(store);
    let (version, tables) = layout(&path);
    assert_eq!((version, tables.len()), (today.0, today.1.len()));
}
