//! Layer: real. Many streams share the workers in order, and nobody waits for a queue.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::sync_channel;

use super::common::{Inbox, LONG, epoch, options, ready, spoken, until};
use tom_worker::{Event, FaultKind};

#[test]
fn fifty_streams_on_two_shards_each_get_their_own_in_order() {
    let supervisor = ready(options(2));
    let streams: Vec<_> = (0..50)
        .map(|_| {
            let inbox = Inbox::default();
            (supervisor.open("{}", inbox.sink()).unwrap(), inbox)
        })
        .collect();
    for clause in 0..10 {
        for (n, (stream, _)) in streams.iter().enumerate() {
            let text = format!("stream {n} clause {clause}");
            stream.speak(epoch(1), clause, &text).unwrap();
        }
    }
    for (n, (_, inbox)) in streams.iter().enumerate() {
        let expected: Vec<String> = (0..10).map(|c| format!("1.0 {c}: stream {n} clause {c}")).collect();
        assert_eq!(spoken(&inbox.wait_for(10)), expected);
    }
    let status = supervisor.status();
    assert_eq!((status.up, status.streams, status.restarts), (2, 50, 0));
    drop(streams);
    assert_eq!(supervisor.status().streams, 0);
}

#[test]
fn both_shards_get_streams_and_one_goes_on_when_the_other_hangs() {
    let supervisor = ready(options(2));
    let inboxes = [Inbox::default(), Inbox::default()];
    let first = supervisor.open("{}", inboxes[0].sink()).unwrap();
    first.speak(epoch(1), 0, "hang").unwrap();
    let second = supervisor.open("{}", inboxes[1].sink()).unwrap();
    second.speak(epoch(1), 0, "fine").unwrap();
    assert_eq!(spoken(&inboxes[1].wait_for(1)), ["1.0 0: fine"]);
    assert!(spoken(&inboxes[0].so_far()).is_empty());
}

#[test]
fn a_worker_that_does_not_keep_up_gets_no_more_and_nobody_waits() {
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.begin(epoch(1), "", "hang").unwrap();
    let refused = (0..100_000).find_map(|_| stream.audio(&[0; 320]).err());
    let fault = refused.unwrap();
    assert_eq!(fault.kind, FaultKind::Overload, "{fault}");
    assert!(supervisor.status().overloads >= 1);
    stream.cancel();
    // Closing is not forgotten, only put off.
    drop(stream);
    assert_eq!(supervisor.status().streams, 0);
}

#[test]
fn a_stream_can_have_sixty_four_requests_open() {
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    stream.speak(epoch(1), 0, "hang").unwrap();
    for clause in 1..64 {
        stream.speak(epoch(1), clause, "x").unwrap();
    }
    let fault = stream.speak(epoch(1), 64, "x").unwrap_err();
    assert_eq!(fault.kind, FaultKind::Overload);
    stream.cancel();
    assert!(stream.speak(epoch(2), 0, "x").is_ok());
}

#[test]
fn a_receiver_without_room_gets_all_later_and_holds_up_nobody() {
    let supervisor = ready(options(1));
    let (sender, receiver) = sync_channel(1);
    let closed = Arc::new(AtomicBool::new(true));
    let gate = Arc::clone(&closed);
    let sink = move |event| {
        if gate.load(Ordering::Relaxed) {
            return Err(event);
        }
        sender.try_send(event).map_err(|e| match e {
            std::sync::mpsc::TrySendError::Full(event) => event,
            std::sync::mpsc::TrySendError::Disconnected(event) => event,
        })
    };
    let slow = supervisor.open("{}", Box::new(sink)).unwrap();
    slow.speak(epoch(1), 0, "a b c d e f").unwrap();
    let inbox = Inbox::default();
    let quick = supervisor.open("{}", inbox.sink()).unwrap();
    quick.speak(epoch(1), 0, "quick").unwrap();
    inbox.wait_for(1);
    closed.store(false, Ordering::Relaxed);
    let mut events = Vec::new();
    while !matches!(events.last(), Some(Event::Done { .. })) {
        events.push(receiver.recv_timeout(LONG).unwrap());
    }
    assert_eq!(spoken(&events), ["1.0 0: a b c d e f"]);
}

#[test]
fn requests_that_make_no_sense_are_refused() {
    let supervisor = ready(options(1));
    let inbox = Inbox::default();
    let stream = supervisor.open("{}", inbox.sink()).unwrap();
    let long = "x".repeat(16 * 1024 + 1);
    let fault = stream.speak(epoch(1), 0, &long).unwrap_err();
    assert_eq!(fault.kind, FaultKind::BadRequest);
    let long = "x".repeat(600 * 1024);
    let fault = stream.begin(epoch(1), "g", &long).unwrap_err();
    assert_eq!(fault.kind, FaultKind::BadRequest);
    stream.speak(epoch(1), 0, "fault").unwrap();
    stream.speak(epoch(1), 1, "fine").unwrap();
    let events = inbox.wait_for(2);
    assert_eq!(spoken(&events), ["1.0 0: bad_request", "1.0 1: fine"]);
    // The worker did not die of it.
    assert_eq!(until(&supervisor, |s| s.up == 1).restarts, 0);
}
