//! Layer: wire. A question over the worker protocol is answered once, and late ones are not computed.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, channel};

use tom_base::Epoch;
use tom_worker::child::{Link, serve};
use tom_worker::{Event, FaultKind, FrameBuffer, Hello, Job, Request};
use tom_worker_onnx::features::{BANDS, FRAMES};
use tom_worker_onnx::{Judge, Runtime, clock};

/// Answers with the share of frames that are not silent, and tells that it was asked.
struct Counting(std::sync::mpsc::Sender<()>);

impl Runtime for Counting {
    fn judge(&mut self, spectrum: &[f32]) -> Result<f32, String> {
        self.0.send(()).unwrap();
        assert_eq!(spectrum.len(), FRAMES * BANDS);
        let least = spectrum.iter().copied().fold(f32::MAX, f32::min);
        let loud = spectrum.chunks_exact(BANDS).filter(|frame| frame[40] > least + 0.5).count();
        Ok(loud as f32 / FRAMES as f32)
    }

    fn name(&self) -> String {
        "counting".into()
    }
}

/// Sends requests of stream 1 to a judge and gives its events, without the greeting.
fn talk(requests: &[Request]) -> (Vec<Event>, Receiver<()>) {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let (asked, questions) = channel();
    let worker = std::thread::spawn(move || {
        let hello = Hello { engine: "test".into(), version: "1".into(), details: "{}".into() };
        serve(&mut Link::new(theirs), hello, &mut Judge::new(Counting(asked)))
    });
    let writer = ours.try_clone().unwrap();
    let bytes: Vec<u8> = requests.iter().flat_map(|request| request.encode(1).unwrap()).collect();
    let sender = std::thread::spawn(move || {
        std::io::Write::write_all(&mut &writer, &bytes).unwrap();
        writer.shutdown(std::net::Shutdown::Write).unwrap();
    });
    let (mut buffer, mut events) = (FrameBuffer::new(), Vec::new());
    loop {
        while let Some(frame) = buffer.next_frame().unwrap() {
            events.push(Event::decode(frame).unwrap());
        }
        if buffer.read_from(&mut ours).unwrap() == 0 {
            break;
        }
    }
    sender.join().unwrap();
    worker.join().unwrap().unwrap();
    events.remove(0);
    (events, questions)
}

fn question(serial: u32, until: u64, pcm: &[i16]) -> Vec<Request> {
    let job = Job { serial, epoch: Epoch::new(serial, 0), clause: 0 };
    let mut all = vec![Request::Begin { job, context_id: String::new(), context: until.to_string() }];
    all.extend(pcm.chunks(16_000).map(|piece| Request::Audio { pcm: piece.to_vec() }));
    all.push(Request::Finish { job });
    all
}

#[test]
fn the_last_eight_seconds_are_judged() {
    let later = clock::now() + 60_000_000_000;
    let loud = |count: usize| (0..count).map(|n| ((n * n) % 4001) as i16).collect::<Vec<i16>>();
    let mut requests = question(1, later, &loud(32_000));
    requests.extend(question(2, later, &[loud(100_000), vec![0; 96_000]].concat()));
    let (events, _) = talk(&requests);
    let judged: Vec<(u32, f32)> = events
        .iter()
        .map(|event| match event {
            Event::Final { job, confidence, text } => {
                assert!(text.parse::<f64>().unwrap() >= 0.0, "{text}");
                (job.epoch.turn.0, *confidence)
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(
        matches!(judged[..], [(1, a), (2, b)] if (0.24..0.27).contains(&a) && (0.24..0.27).contains(&b)),
        "{judged:?}"
    );
}

#[test]
fn a_question_that_is_too_late_costs_nothing() {
    let (events, questions) = talk(&question(1, clock::now(), &[1; 16_000]));
    assert!(
        matches!(&events[..], [Event::Error { fault, .. }] if fault.kind == FaultKind::Timeout),
        "{events:?}"
    );
    assert_eq!(questions.try_iter().count(), 0);
}

#[test]
fn nonsense_is_refused_and_the_next_question_answered() {
    let mut requests = question(1, 0, &[]);
    requests[0] = Request::Begin {
        job: Job { serial: 1, epoch: Epoch::new(1, 0), clause: 0 },
        context_id: String::new(),
        context: "soon".into(),
    };
    requests.extend(question(2, clock::now() + 60_000_000_000, &[]));
    let (events, questions) = talk(&requests);
    assert!(
        matches!(&events[..], [Event::Error { fault, .. }, Event::Final { job, .. }]
            if fault.kind == FaultKind::BadRequest && job.serial == 2),
        "{events:?}"
    );
    assert_eq!(questions.try_iter().count(), 1);
}
