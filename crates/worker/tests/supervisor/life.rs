//! Layer: real. Workers come up, say why if they cannot, end with TOM, and never outlive it.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::common::{Inbox, LONG, epoch, only_fault, options, ready, spoken, until};
use rustix::process::{Pid, test_kill_process};
use tom_worker::{FaultKind, Supervisor};

fn lives(pid: u32) -> bool {
    // A zombie answers to signals still; only its parent can bury it, and that is not always us.
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let state = status.rsplit(") ").next().unwrap_or_default();
    test_kill_process(Pid::from_raw(pid as i32).unwrap()).is_ok() && !state.starts_with('Z')
}

fn wait_until_dead(pids: &[u32]) {
    let end = Instant::now() + LONG;
    while pids.iter().any(|pid| lives(*pid)) {
        assert!(Instant::now() < end, "an orphan lives: {pids:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// How nice a process is to others: field 19 of its `stat`, counted after the name, which may hold blanks.
fn niceness(pid: u32) -> i32 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    fields.split_whitespace().nth(16).unwrap().parse().unwrap()
}

#[test]
fn a_worker_lets_the_sound_of_calls_go_first() {
    let supervisor = ready(options(1));
    let worker = niceness(supervisor.status().pids[0]);
    assert!(worker > niceness(std::process::id()), "it is as nice as TOM: {worker}");
}

#[test]
fn a_worker_says_who_it_is_and_ends_when_asked() {
    let supervisor = ready(options(2));
    let status = supervisor.status();
    assert_eq!(status.hello.unwrap().engine, "echo");
    assert_eq!(status.pids.len(), 2);
    for pid in &status.pids {
        // A group of its own: Ctrl-C in a terminal does not reach it.
        let pid = Pid::from_raw(*pid as i32);
        assert_eq!(rustix::process::getpgid(pid).ok(), pid);
    }
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "print and go on").unwrap();
    assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: print and go on"]);
    supervisor.close();
    assert!(status.pids.iter().all(|pid| !lives(*pid)));
    let fault = stream.speak(epoch(1), 1, "too late").unwrap_err();
    assert_eq!(fault.kind, FaultKind::Unavailable);
}

#[test]
fn a_worker_that_hangs_is_killed_at_the_end_and_its_request_fails() {
    let mut options = options(1);
    options.close_within = Duration::from_millis(50);
    let supervisor = ready(options);
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "hang").unwrap();
    let pids = supervisor.status().pids;
    drop(supervisor);
    assert!(!lives(pids[0]));
    assert_eq!(only_fault(&inbox.wait_for(1)).kind, FaultKind::Unavailable);
}

#[test]
fn no_orphan_is_left_when_the_parent_is_killed() {
    let mut parent = Command::new(env!("CARGO_BIN_EXE_tom-worker-echo"))
        .arg("parent")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(parent.stdout.take().unwrap()).lines();
    let pids: Vec<u32> = lines.take(2).map(|line| line.unwrap().parse().unwrap()).collect();
    assert!(pids.iter().all(|pid| lives(*pid)));
    // SIGKILL: nothing can be tidied up.
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until_dead(&pids);
}

#[test]
fn a_worker_started_by_hand_says_how_it_is_meant() {
    let output = Command::new(env!("CARGO_BIN_EXE_tom-worker-echo")).stdin(Stdio::null()).output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("tom"), "{said}");
}

#[test]
fn what_is_not_installed_is_told_with_its_remedy() {
    let mut options = options(2);
    options.program = "/nowhere/tom-worker-nobody".into();
    options.remedy = "build it".into();
    let supervisor = Supervisor::start(options).unwrap();
    let status = supervisor.wait_ready(LONG);
    assert_eq!(status.up, 0);
    let fault = status.fault.unwrap();
    assert_eq!(fault.kind, FaultKind::Missing);
    assert!(fault.message.contains("build it"), "{fault}");
    let inbox = Inbox::default();
    let refused = supervisor.open("{}", inbox.sink()).unwrap_err();
    assert_eq!(refused, fault);
}

#[test]
fn a_worker_that_cannot_load_says_why() {
    for (argument, kind, word) in [
        ("refuse", FaultKind::Missing, "apt install"),
        ("die", FaultKind::Unavailable, "exit status 1"),
        ("mute", FaultKind::Timeout, "300ms"),
    ] {
        let mut options = options(1);
        options.args = vec![argument.into()];
        if argument == "mute" {
            options.hello_within = Duration::from_millis(300);
        }
        let supervisor = Supervisor::start(options).unwrap();
        let fault = supervisor.wait_ready(LONG).fault.unwrap();
        assert_eq!(fault.kind, kind, "{fault}");
        assert!(fault.message.contains(word), "{fault}");
    }
}

#[test]
fn a_worker_that_is_installed_later_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("late");
    let mut options = options(1);
    options.program = program.display().to_string();
    let supervisor = Supervisor::start(options).unwrap();
    assert_eq!(supervisor.wait_ready(LONG).up, 0);
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_tom-worker-echo"), &program).unwrap();
    until(&supervisor, |s| s.up == 1 && s.fault.is_none());
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "here").unwrap();
    assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: here"]);
}

#[test]
fn requests_before_the_worker_is_ready_are_done_when_it_is() {
    let supervisor = Supervisor::start(options(2)).unwrap();
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "early bird").unwrap();
    assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: early bird"]);
}
