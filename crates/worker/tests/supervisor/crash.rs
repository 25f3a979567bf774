//! Layer: real. A worker that dies at work is started again and fed again; what kills it twice is given up.

use super::common::{Inbox, epoch, only_fault, options, ready, spoken, until, words};
use rustix::process::{Pid, Signal, kill_process};
use tom_worker::{Event, FaultKind};

fn once(folder: &tempfile::TempDir) -> String {
    format!(r#"{{"once":"{}"}}"#, folder.path().display())
}

#[test]
fn a_clause_is_spoken_whole_although_the_worker_dies_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open(once(&folder), inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "before ").unwrap();
    stream.speak(epoch(1), 1, "one two crash three four").unwrap();
    stream.speak(epoch(1), 2, "after").unwrap();
    let events = inbox.wait_for(3);
    // Nothing twice, nothing missing, in order.
    assert_eq!(spoken(&events), ["1.0 0: before ", "1.0 1: one two crash three four", "1.0 2: after"]);
    assert_eq!(words(&events, 1), [(0, 0), (4, 40), (8, 80), (14, 140), (20, 200)]);
    let status = supervisor.status();
    assert_eq!((status.restarts, status.lost, status.fed_again), (1, 0, 1));
}

#[test]
fn an_utterance_is_heard_whole_although_the_worker_dies_in_the_middle() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open(once(&folder), inbox.sink()).unwrap();
    stream.begin(epoch(1), "", "").unwrap();
    for n in 0..200 {
        let sample = if n == 100 { 666 } else { 0 };
        stream.audio(&[sample; 320]).unwrap();
    }
    stream.finish(epoch(2)).unwrap();
    stream.begin(epoch(3), "", "").unwrap();
    stream.finish(epoch(3)).unwrap();
    let ends: Vec<(String, String)> = inbox
        .wait_for(2)
        .into_iter()
        .filter_map(|event| match event {
            Event::Final { job, text, .. } => Some((job.epoch.to_string(), text)),
            _ => None,
        })
        .collect();
    let heard = |epoch: &str, text: &str| (epoch.to_owned(), text.to_owned());
    assert_eq!(ends, [heard("2.0", "64000"), heard("3.0", "0")]);
    assert_eq!(supervisor.status().restarts, 1);
}

#[test]
fn a_worker_that_is_killed_from_outside_costs_nobody_anything() {
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    let text = "slow ".repeat(4);
    for clause in 0..3 {
        stream.speak(epoch(1), clause, &text).unwrap();
    }
    inbox.wait_for(1);
    let pid = Pid::from_raw(supervisor.status().pids[0] as i32).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    let expected: Vec<String> = (0..3).map(|n| format!("1.0 {n}: {text}")).collect();
    assert_eq!(spoken(&inbox.wait_for(3)), expected);
    assert_eq!(until(&supervisor, |s| s.up == 1).restarts, 1);
}

#[test]
fn a_poisonous_request_is_given_up_and_hurts_no_other() {
    let supervisor = ready(options(1));
    let poison = Inbox::default();
    let bad = supervisor.open("{}", poison.sink()).unwrap();
    let others: Vec<_> = (0..8)
        .map(|_| {
            let inbox = Inbox::default();
            (supervisor.open("{}", inbox.sink()).unwrap(), inbox)
        })
        .collect();
    for (stream, _) in &others {
        stream.speak(epoch(1), 0, "slow a").unwrap();
    }
    bad.speak(epoch(1), 0, "crash").unwrap();
    bad.speak(epoch(1), 1, "still here").unwrap();
    for (stream, _) in &others {
        stream.speak(epoch(1), 1, "slow b").unwrap();
    }
    let events = poison.wait_for(2);
    assert_eq!(spoken(&events), ["1.0 0: crashed", "1.0 1: still here"]);
    assert_eq!(only_fault(&events).kind, FaultKind::Crashed);
    for (_, inbox) in &others {
        let heard = spoken(&inbox.wait_for(2));
        assert_eq!(heard, ["1.0 0: slow a", "1.0 1: slow b"]);
    }
    let status = supervisor.status();
    assert_eq!((status.restarts, status.lost), (2, 1), "{status:?}");
}

#[test]
fn a_poisonous_utterance_is_given_up() {
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.begin(epoch(4), "", "").unwrap();
    stream.audio(&[666; 320]).unwrap();
    assert_eq!(only_fault(&inbox.wait_for(1)).kind, FaultKind::Crashed);
    // More of it goes nowhere, and the next one is heard.
    stream.audio(&[0; 320]).unwrap();
    stream.finish(epoch(4)).unwrap();
    stream.begin(epoch(5), "", "").unwrap();
    stream.audio(&[0; 16]).unwrap();
    stream.finish(epoch(5)).unwrap();
    let events = inbox.wait_for(2);
    assert!(matches!(events.last(), Some(Event::Final { text, .. }) if text == "16"), "{events:?}");
}

#[test]
fn an_utterance_too_long_to_be_kept_is_lost_with_its_worker() {
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.begin(epoch(1), "", "").unwrap();
    stream.audio(&vec![0; 31 * 16_000]).unwrap();
    stream.audio(&[666]).unwrap();
    assert_eq!(only_fault(&inbox.wait_for(1)).kind, FaultKind::Crashed);
    assert_eq!(until(&supervisor, |s| s.up == 1).restarts, 1);
}

#[test]
fn a_worker_that_talks_nonsense_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open(once(&folder), inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "a garbage b").unwrap();
    assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: a garbage b"]);
    assert_eq!(supervisor.status().restarts, 1);
}

#[test]
fn a_worker_that_hangs_is_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let mut options = options(1);
    options.hung_after = std::time::Duration::from_secs(2);
    let supervisor = ready(options);
    let inbox = Inbox::default();
    let stream = supervisor.open(once(&folder), inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "a hang b").unwrap();
    assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: a hang b"]);
    assert!(supervisor.status().restarts >= 1);
}

#[test]
fn a_cancelled_request_is_not_fed_again() {
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    let pid = Pid::from_raw(supervisor.status().pids[0] as i32).unwrap();
    stream.speak(epoch(1), 0, &"slow ".repeat(100)).unwrap();
    stream.cancel();
    kill_process(pid, Signal::KILL).unwrap();
    // The same number again, meant anew.
    stream.speak(epoch(1), 0, "good").unwrap();
    // What had come before it was cancelled may stand in front.
    let spoken = spoken(&inbox.wait_for(1));
    let before = spoken[0].strip_prefix("1.0 0: ").and_then(|said| said.strip_suffix("good"));
    assert!(before.is_some_and(|before| before.len() < "slow ".len() * 100), "{spoken:?}");
    assert_eq!(supervisor.status().lost, 0);
}

#[test]
fn streams_of_a_shard_that_does_not_come_back_go_to_another() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("soon-gone");
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tom-worker-echo"), &program).unwrap();
    let mut options = options(2);
    options.program = program.display().to_string();
    let supervisor = ready(options);
    let streams: Vec<_> = (0..2)
        .map(|_| {
            let inbox = Inbox::default();
            let stream = supervisor.open("{}", inbox.sink()).unwrap();
            (stream, inbox)
        })
        .collect();
    let text = "slow ".repeat(10);
    for (stream, _) in &streams {
        stream.speak(epoch(1), 0, &text).unwrap();
    }
    std::fs::remove_file(program).unwrap();
    let pid = Pid::from_raw(supervisor.status().pids[0] as i32).unwrap();
    kill_process(pid, Signal::KILL).unwrap();
    for (stream, inbox) in &streams {
        assert_eq!(spoken(&inbox.wait_for(1)), [format!("1.0 0: {text}")]);
        stream.speak(epoch(1), 1, "again").unwrap();
        assert_eq!(spoken(&inbox.wait_for(2))[1], "1.0 1: again");
    }
    let status = until(&supervisor, |s| s.fault.is_some());
    assert_eq!((status.up, status.restarts, status.lost), (1, 0, 0));
}

#[test]
fn whatever_dies_when_each_request_is_answered_once_and_whole() {
    let supervisor = ready(options(2));
    let streams: Vec<_> = (0..20)
        .map(|_| {
            let inbox = Inbox::default();
            (supervisor.open("{}", inbox.sink()).unwrap(), inbox)
        })
        .collect();
    for clause in 0..10 {
        for (n, (stream, _)) in streams.iter().enumerate() {
            stream.speak(epoch(1), clause, &format!("slow stream {n} clause {clause}")).unwrap();
        }
    }
    for (round, (_, inbox)) in streams.iter().enumerate().take(6) {
        inbox.wait_for(round + 1);
        for pid in supervisor.status().pids.into_iter().skip(round % 2).step_by(2) {
            // It may have died of the last round already.
            kill_process(Pid::from_raw(pid as i32).unwrap(), Signal::KILL).ok();
        }
    }
    let mut crashed = 0;
    for (n, (_, inbox)) in streams.iter().enumerate() {
        let lines = spoken(&inbox.wait_for(10));
        assert_eq!(lines.len(), 10);
        for (clause, line) in lines.iter().enumerate() {
            let whole = format!("1.0 {clause}: slow stream {n} clause {clause}");
            // Twice at work in a crash: given up, and said so.
            let lost = *line == format!("1.0 {clause}: crashed");
            assert!(*line == whole || lost, "{line}");
            crashed += usize::from(lost);
        }
    }
    assert!(crashed < 100, "{crashed} of 200 were given up");
    assert!(supervisor.status().restarts >= 2);
}
