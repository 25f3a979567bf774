//! Layer: real. A writer that is killed at any moment loses at most what was not yet committed.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use crate::common::{NOW, detail, keeping};
use tom_store::{Filter, Reader};

const FILE: &str = "TOM_TEST_KILLED_STORE";

/// Not a test: what the killed process does.
#[test]
fn child() {
    let Some(path) = std::env::var_os(FILE) else { return };
    let store = keeping(path.as_ref(), true);
    for n in 0_u64.. {
        store.ended(detail(&format!("call-{n}"), NOW + n));
        if n % 7 == 0 {
            store.flush().unwrap();
            let mut out = std::io::stdout().lock();
            if writeln!(out, "committed {n}").and_then(|()| out.flush()).is_err() {
                return;
            }
        }
    }
}

#[test]
fn nothing_committed_is_lost_and_nothing_is_broken() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    for lines in [1, 2, 9, 40] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "kill::child", "--nocapture"])
            .env(FILE, &path)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        let committed: Vec<u64> = said
            .filter_map(|line| line.strip_prefix("committed ").and_then(|n| n.parse().ok()))
            .take(lines)
            .collect();
        child.kill().unwrap();
        child.wait().unwrap();
        assert_eq!(committed.len(), lines);

        let reader = Reader::open(&path).unwrap();
        let there = reader.calls(&Filter::default(), None, 1_000_000).unwrap();
        let last = committed.last().unwrap();
        for n in 0..=*last {
            assert!(there.iter().any(|call| call.id == format!("call-{n}")), "call {n} of {last}");
        }
        // Each is whole: its turns and actions came in the same transaction.
        for call in &there {
            let whole = reader.call(&call.id).unwrap().unwrap();
            assert_eq!((whole.turns.len(), whole.actions.len()), (2, 1), "{}", call.id);
        }
        drop(reader);
        let db = rusqlite::Connection::open(&path).unwrap();
        let check: String = db.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(check, "ok");
    }
}
