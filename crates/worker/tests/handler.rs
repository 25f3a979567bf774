//! Layer: wire. A worker answers each request once, whatever its handler does.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::net::UnixStream;
use std::thread;

use tom_base::Epoch;
use tom_worker::child::{Handler, Link, Reply, Trouble, serve};
use tom_worker::{Event, Fault, FaultKind, FrameBuffer, Hello, Job, Request};

/// Says what it heard as the number of samples, and a text as a sample per byte.
#[derive(Default)]
struct Counter {
    samples: usize,
    log: Vec<String>,
}

impl Handler for Counter {
    fn open(&mut self, _: u32, options: &str) -> Result<(), Fault> {
        if options == "bad" {
            return Err(Fault::bad_request("no such voice"));
        }
        Ok(())
    }
    fn begin(&mut self, _: u32, id: &str, _: &str, _: &mut Reply<'_>) -> Result<(), Trouble> {
        self.samples = 0;
        if id == "bad" {
            return Err(Fault::bad_request("no such grammar").into());
        }
        Ok(())
    }
    fn audio(&mut self, _: u32, pcm: &[i16], reply: &mut Reply<'_>) -> Result<(), Trouble> {
        self.samples += pcm.len();
        reply.partial(&self.samples.to_string())?;
        if pcm.contains(&666) {
            return Err(Fault::new(FaultKind::Protocol, "cannot go on").into());
        }
        Ok(())
    }
    fn finish(&mut self, _: u32, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        if self.samples != 13 {
            reply.heard(&self.samples.to_string(), f32::NAN)?;
        }
        Ok(())
    }
    fn speak(&mut self, _: u32, text: &str, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        reply.word(0, 0)?;
        reply.pcm(&vec![1; text.len()])?;
        Ok(())
    }
    fn cancel(&mut self, stream: u32) {
        self.log.push(format!("cancel {stream}"));
    }
    fn close(&mut self, stream: u32) {
        self.log.push(format!("close {stream}"));
    }
}

/// All events a worker gives to the requests, and what its handler noted.
fn run(requests: &[(u32, Request)]) -> (Vec<(u32, Event)>, Vec<String>) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let worker = thread::spawn(move || {
        let mut counter = Counter::default();
        let hello = Hello { engine: "counter".into(), version: "1".into(), details: "{}".into() };
        serve(&mut Link::new(theirs), hello, &mut counter).unwrap();
        counter.log
    });
    let mut socket = ours.try_clone().unwrap();
    for (stream, request) in requests {
        std::io::Write::write_all(&mut socket, &request.encode(*stream).unwrap()).unwrap();
    }
    ours.shutdown(std::net::Shutdown::Write).unwrap();
    let mut buffer = FrameBuffer::new();
    let mut events = Vec::new();
    while buffer.read_from(&mut socket).unwrap() > 0 {
        while let Some(frame) = buffer.next_frame().unwrap() {
            events.push((frame.stream, Event::decode(frame).unwrap()));
        }
    }
    (events, worker.join().unwrap())
}

fn job(serial: u32) -> Job {
    Job { serial, epoch: Epoch::new(serial, 0), clause: 0 }
}

fn begin(serial: u32, id: &str) -> Request {
    Request::Begin { job: job(serial), context_id: id.into(), context: String::new() }
}

#[test]
fn an_utterance_is_heard_with_the_epoch_it_was_finished_with() {
    let later = Job { epoch: Epoch::new(1, 4), ..job(1) };
    let (events, log) = run(&[
        (5, Request::Open { options: "{}".into() }),
        (5, begin(1, "")),
        (5, Request::Audio { pcm: vec![1; 320] }),
        (5, Request::Finish { job: later }),
        (5, Request::Ping { nonce: 9 }),
        (5, Request::Close),
    ]);
    let (hello, rest) = events.split_first().unwrap();
    assert!(matches!(hello, (0, Event::Hello(h)) if h.engine == "counter"));
    assert_eq!(
        rest,
        [
            (5, Event::Partial { job: job(1), text: "320".into() }),
            (5, Event::Final { job: later, text: "320".into(), confidence: 0.0 }),
            (0, Event::Pong { nonce: 9 }),
        ]
    );
    assert_eq!(log, ["close 5"]);
}

#[test]
fn speech_comes_in_pieces_of_at_most_a_second_and_ends_with_done() {
    let (events, _) = run(&[(2, Request::Speak { job: job(3), text: "x".repeat(33_000) })]);
    let pieces: Vec<usize> = events
        .iter()
        .filter_map(|(_, e)| match e {
            Event::Pcm { samples, .. } => Some(samples.len()),
            _ => None,
        })
        .collect();
    assert_eq!(pieces, [16_000, 16_000, 1_000]);
    assert_eq!(events.last(), Some(&(2, Event::Done { job: job(3) })));
}

#[test]
fn a_failed_utterance_is_answered_once() {
    let error = |serial, kind, message: &str| {
        (1, Event::Error { job: job(serial), fault: Fault::new(kind, message) })
    };
    let (events, log) = run(&[
        (1, begin(1, "bad")),
        (1, Request::Audio { pcm: vec![0; 4] }),
        (1, Request::Finish { job: job(1) }),
        (1, begin(2, "")),
        (1, Request::Audio { pcm: vec![666] }),
        (1, Request::Finish { job: job(2) }),
        (1, begin(3, "")),
        (1, begin(4, "")),
        (1, Request::Cancel),
        (1, Request::Finish { job: job(4) }),
    ]);
    assert_eq!(
        events[1..],
        [
            error(1, FaultKind::BadRequest, "no such grammar"),
            (1, Event::Partial { job: job(2), text: "1".into() }),
            error(2, FaultKind::Protocol, "cannot go on"),
        ]
    );
    // Two that failed, one that another replaced, one that was cancelled.
    assert_eq!(log, ["cancel 1"; 4]);
}

#[test]
fn an_utterance_without_a_result_fails() {
    let (events, _) = run(&[
        (1, begin(1, "")),
        (1, Request::Audio { pcm: vec![0; 13] }),
        (1, Request::Finish { job: job(1) }),
    ]);
    let (_, last) = events.last().unwrap();
    assert!(matches!(last, Event::Error { fault, .. } if fault.kind == FaultKind::Protocol), "{last:?}");
}

#[test]
fn a_stream_that_cannot_be_opened_fails_each_request() {
    let (events, _) = run(&[
        (1, Request::Open { options: "bad".into() }),
        (1, Request::Speak { job: job(1), text: "a".into() }),
        (1, begin(2, "")),
        (1, Request::Open { options: "good".into() }),
        (1, Request::Speak { job: job(3), text: "a".into() }),
    ]);
    let fault = Fault::bad_request("no such voice");
    assert_eq!(
        events[1..3],
        [(1, Event::Error { job: job(1), fault: fault.clone() }), (1, Event::Error { job: job(2), fault }),]
    );
    assert_eq!(events.last(), Some(&(1, Event::Done { job: job(3) })));
}

#[test]
fn a_clause_that_is_taken_back_before_its_turn_is_not_spoken() {
    let speak = |serial| Request::Speak { job: job(serial), text: "ab".into() };
    let (events, log) = run(&[
        (1, speak(1)),
        (2, speak(2)),
        (1, Request::Ping { nonce: 7 }),
        (1, Request::Cancel),
        (1, speak(3)),
        (2, Request::Close),
    ]);
    // What the worker read before it came to the first clause depends on the machine; the last one is always spoken, the
    // pong always comes, and nothing of the streams is mixed up.
    assert!(events.contains(&(0, Event::Pong { nonce: 7 })));
    assert_eq!(events.last(), Some(&(1, Event::Done { job: job(3) })));
    assert_eq!(log[0], "cancel 1");
}

/// Speaks a sample at a time, as long as it is wanted.
struct Endless;

impl Handler for Endless {
    fn speak(&mut self, _: u32, _: &str, reply: &mut Reply<'_>) -> Result<(), Trouble> {
        while reply.wanted()? {
            reply.pcm(&[1])?;
            thread::sleep(std::time::Duration::from_millis(1));
        }
        Ok(())
    }
}

#[test]
fn a_clause_that_is_taken_back_while_it_is_spoken_ends() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let worker = thread::spawn(move || {
        let hello = Hello { engine: "endless".into(), version: "1".into(), details: "{}".into() };
        serve(&mut Link::new(theirs), hello, &mut Endless)
    });
    let mut ask = |request: Request| {
        std::io::Write::write_all(&mut ours, &request.encode(1).unwrap()).unwrap();
    };
    ask(Request::Speak { job: job(1), text: "a".into() });
    thread::sleep(std::time::Duration::from_millis(50));
    ask(Request::Cancel);
    ask(Request::Ping { nonce: 3 });
    let mut buffer = FrameBuffer::new();
    loop {
        while let Some(frame) = buffer.next_frame().unwrap() {
            if Event::decode(frame).unwrap() == (Event::Pong { nonce: 3 }) {
                ours.shutdown(std::net::Shutdown::Both).unwrap();
                assert!(worker.join().unwrap().is_ok());
                return;
            }
        }
        assert!(buffer.read_from(&mut ours).unwrap() > 0, "the worker is gone");
    }
}
