//! Layer: real. Idle workers are ended to spare memory, never at work, and the next stream wakes one.

use tom_worker::{Event, Supervisor, SupervisorOptions};

use super::common::{Inbox, epoch, options, ready, spoken, until};

#[test]
fn what_nobody_uses_sleeps_and_the_next_stream_wakes_it() {
    let supervisor = ready(options(3));
    supervisor.allow(1);
    let status = until(&supervisor, |status| status.pids.len() == 1);
    assert_eq!((status.shards, status.up), (1, 1), "one is all there should be");
    supervisor.allow(0);
    let status = until(&supervisor, |status| status.pids.is_empty());
    assert_eq!((status.shards, status.up), (0, 0));
    assert!(supervisor.idle().is_some());

    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).expect("it is woken");
    assert!(supervisor.idle().is_none());
    stream.speak(epoch(1), 0, "good morning").expect("it waits for the worker");
    assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: good morning"]);
    assert_eq!(supervisor.status().pids.len(), 1);
    drop(stream);

    supervisor.allow(usize::MAX);
    let status = until(&supervisor, |status| status.up == 3);
    assert_eq!((status.shards, status.lost, status.restarts), (3, 0, 0));
    assert!(status.fault.is_none());
}

#[test]
fn who_sleeps_from_the_start_is_started_when_it_is_wanted() {
    let supervisor = Supervisor::start(SupervisorOptions { asleep: true, ..options(2) }).expect("starts");
    std::thread::sleep(std::time::Duration::from_millis(300));
    let status = supervisor.status();
    assert_eq!((status.shards, status.starting, status.pids.len()), (0, 0, 0), "nobody wants it yet");
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).expect("it is woken");
    stream.speak(epoch(1), 0, "good morning").expect("it waits for the worker");
    assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: good morning"]);
    drop(stream);
    supervisor.allow(2);
    until(&supervisor, |status| status.up == 2);
}

#[test]
fn a_worker_with_a_stream_is_left_alone_until_the_call_is_over() {
    let supervisor = ready(options(2));
    let inboxes = [Inbox::default(), Inbox::default()];
    let streams: Vec<_> =
        inboxes.iter().map(|inbox| supervisor.open("{}", inbox.sink()).expect("there is room")).collect();
    streams.iter().for_each(|stream| stream.speak(epoch(1), 0, "slow slow slow").expect("taken"));
    supervisor.allow(0);
    for (inbox, stream) in inboxes.iter().zip(&streams) {
        assert_eq!(spoken(&inbox.wait_for(1)), ["1.0 0: slow slow slow"]);
        stream.speak(epoch(2), 0, "more").expect("the call goes on");
    }
    for inbox in &inboxes {
        let events = inbox.wait_for(2);
        assert!(!events.iter().any(|event| matches!(event, Event::Error { .. })), "{events:?}");
    }
    assert_eq!(supervisor.status().pids.len(), 2, "both are in use");
    drop(streams);
    until(&supervisor, |status| status.pids.is_empty());
}
