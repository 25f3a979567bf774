//! Layer: real. What is kept of a call in a real file, for how long, and what is never kept.

use crate::common::{DAY, NOW, call, detail, keeping};
use tom_store::{Detail, Filter, Key, LOST, Options, Policy, Progress, Reader, State, Store};

fn ids(reader: &Reader) -> Vec<String> {
    let calls = reader.calls(&Filter::default(), None, 1_000).unwrap();
    calls.into_iter().map(|call| call.id).collect()
}

/// Every byte of the database and its side files.
fn bytes(folder: &std::path::Path) -> Vec<u8> {
    let files = std::fs::read_dir(folder).unwrap();
    files.flat_map(|file| std::fs::read(file.unwrap().path()).unwrap()).collect()
}

fn has(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_call_comes_back_as_it_was_but_for_numbers() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("deep/down/tom.db");
    let store = keeping(&path, true);
    store.began(call("a", NOW));
    store.flush().unwrap();
    assert_eq!(store.reader().call("a").unwrap(), None, "it runs: others know it better");
    store.ended(detail("a", NOW));
    store.flush().unwrap();
    let kept = store.reader().call("a").unwrap().unwrap();
    let mut wanted = detail("a", NOW);
    wanted.turns[1].said = Some("call me at xxxx xxxxxxx please".into());
    wanted.actions[0].data = Some(vec![("text".into(), "call xxxx xxxxxxx".into())]);
    assert_eq!(kept, wanted);
    assert_eq!(store.health().written, 1);
    drop(store);
    let again = Reader::open(&path).unwrap();
    assert_eq!(again.call("a").unwrap(), Some(wanted));
    assert_eq!(again.call("b").unwrap(), None);
    assert!(!has(&bytes(path.parent().unwrap()), "5551234"));
}

#[test]
fn without_transcripts_no_word_reaches_the_disk() {
    let home = tempfile::tempdir().unwrap();
    let store = keeping(&home.path().join("tom.db"), false);
    store.ended(detail("a", NOW));
    store.flush().unwrap();
    let mut wanted = detail("a", NOW);
    wanted.forget_texts();
    assert_eq!(store.reader().call("a").unwrap(), Some(wanted));
    for word in ["please", "Thank you", "5551234", "Hello"] {
        assert!(!has(&bytes(home.path()), word), "{word}");
    }
}

#[test]
fn transcripts_can_be_switched_while_calls_run() {
    let home = tempfile::tempdir().unwrap();
    let store = keeping(&home.path().join("tom.db"), false);
    store.set_policy(Policy { transcripts: true, ..store.policy() });
    store.ended(detail("with", NOW));
    store.flush().unwrap();
    store.set_policy(Policy { transcripts: false, ..store.policy() });
    store.ended(detail("without", NOW));
    store.flush().unwrap();
    let said = |id| store.reader().call(id).unwrap().unwrap().turns[1].said.clone();
    assert!(said("with").is_some() && said("without").is_none());
}

#[test]
fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let store = keeping(&home.path().join("tom.db"), true);
    store.ended(detail("a", NOW));
    store.flush().unwrap();
    let mut seen = 0;
    for file in std::fs::read_dir(home.path()).unwrap() {
        let file = file.unwrap();
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", file.path());
        seen += 1;
    }
    assert_eq!(seen, 3, "the file, its log and the log's index");
}

#[test]
fn a_deleted_call_is_gone_from_every_byte() {
    let home = tempfile::tempdir().unwrap();
    let store = keeping(&home.path().join("tom.db"), true);
    for (id, at) in [("gone", NOW), ("stays", NOW), ("gone", NOW + 5)] {
        store.ended(detail(id, at));
    }
    store.flush().unwrap();
    assert!(has(&bytes(home.path()), "gone"));
    assert_eq!(store.delete("gone"), Ok(2));
    assert_eq!(store.delete("gone"), Ok(0));
    assert_eq!(ids(&store.reader()), ["stays"]);
    assert!(!has(&bytes(home.path()), "gone"), "overwritten, in the log too");
}

#[test]
fn what_is_too_old_goes_and_the_file_shrinks() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, true);
    for n in 0..1_500 {
        store.ended(detail(&format!("old-{n}"), NOW - 31 * DAY - n));
        if n % 100 == 0 {
            store.flush().unwrap();
        }
    }
    store.ended(detail("young", NOW - 30 * DAY));
    store.flush().unwrap();
    assert_eq!(store.sweep(NOW), Ok(0), "a hundred years are not over");
    let before = std::fs::metadata(&path).unwrap().len();
    store.set_policy(Policy { retention_days: 30, ..store.policy() });
    assert_eq!(store.sweep(NOW), Ok(1_500));
    assert_eq!(ids(&store.reader()), ["young"]);
    let after = std::fs::metadata(&path).unwrap().len();
    assert!(after < before / 4, "{before} -> {after} bytes");
}

#[test]
fn old_calls_go_by_themselves_at_the_start() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, false);
    store.ended(detail("of 1970", 1));
    store.ended(detail("of the far future", u64::MAX / 4));
    drop(store);
    let store = Store::open(&Options::new(&path)).unwrap();
    let waited = std::time::Instant::now();
    while ids(&store.reader()).len() > 1 {
        assert!(waited.elapsed().as_secs() < 20, "never");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert_eq!(ids(&store.reader()), ["of the far future"]);
}

#[test]
fn a_call_whose_server_broke_off_is_lost() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, false);
    store.began(call("broken", NOW));
    store.ended(detail("whole", NOW + 1));
    drop(store);
    let lost = |reader: &Reader| {
        let found = reader.calls(&Filter { state: Some(State::Lost), ..Filter::default() }, None, 9).unwrap();
        found.into_iter().map(|call| (call.id, call.reason)).collect::<Vec<_>>()
    };
    let wanted = vec![("broken".to_owned(), Some(LOST.to_owned()))];
    assert_eq!(lost(&Reader::open(&path).unwrap()), wanted, "read while no server runs");
    let store = keeping(&path, false);
    assert_eq!(lost(&store.reader()), wanted, "found by the next server");
}

/// The first turn of a call, and its second with an action.
fn progress(id: &str) -> [Progress; 2] {
    let Detail { call: whole, turns, actions } = detail(id, NOW);
    let [first, second] = <[_; 2]>::try_from(turns).unwrap();
    let so_far = |turns| tom_store::Call { turns, outcomes: whole.outcomes.clone(), ..call(id, NOW) };
    [
        Progress { call: so_far(1), turn: (0, first), ..Progress::default() },
        Progress { call: so_far(2), turn: (1, second), first_action: 0, actions },
    ]
}

#[test]
fn turns_that_ended_outlive_their_server() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, true);
    store.began(call("broken", NOW));
    for progress in progress("broken") {
        store.turn_ended(progress);
    }
    store.flush().unwrap();
    assert_eq!(store.reader().call("broken").unwrap(), None, "it runs: others know it better");
    // Read as after a crash, while the writer still has the file.
    let kept = Reader::open(&path).unwrap().call("broken").unwrap().unwrap();
    assert_eq!((kept.call.reason.as_deref(), kept.call.turns), (Some(LOST), 2));
    assert_eq!(kept.turns.len(), 2);
    assert_eq!(kept.turns[1].said.as_deref(), Some("call me at xxxx xxxxxxx please"));
    assert_eq!((kept.actions.len(), kept.call.outcomes), (1, vec!["message".to_owned()]));
    assert_eq!(store.health().written, 0, "it is not over");
}

#[test]
fn the_end_of_a_call_has_the_last_word_on_its_turns() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("tom.db");
    let store = keeping(&path, false);
    // Its beginning found the queue full.
    for progress in progress("a").into_iter().chain(progress("a")) {
        store.turn_ended(progress);
    }
    let mut wanted = detail("a", NOW);
    store.ended(wanted.clone());
    store.flush().unwrap();
    wanted.forget_texts();
    assert_eq!(store.reader().call("a").unwrap(), Some(wanted));
    assert_eq!((store.health().written, store.health().dropped, store.health().failed), (1, 0, 0));
}

#[test]
fn a_name_may_be_used_again() {
    let home = tempfile::tempdir().unwrap();
    let store = keeping(&home.path().join("tom.db"), false);
    for at in [NOW, NOW + 9, NOW + 5] {
        store.ended(detail("a", at));
    }
    // Handed over twice, it is still one call.
    store.ended(Detail { turns: Vec::new(), ..detail("a", NOW + 9) });
    store.flush().unwrap();
    assert_eq!(ids(&store.reader()).len(), 3);
    let latest = store.reader().call("a").unwrap().unwrap();
    assert_eq!((latest.call.started_ms, latest.turns.len()), (NOW + 9, 0));
    let key = Key { started_ms: NOW + 9, id: "a".into() };
    let rest = store.reader().calls(&Filter::default(), Some(&key), 9).unwrap();
    assert_eq!(rest.iter().map(|call| call.started_ms).collect::<Vec<_>>(), [NOW + 5, NOW]);
}
