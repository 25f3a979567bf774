//! Layer: real. smart-turn judges through its worker, also under load and when the worker is killed.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::PathBuf;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::{self, error::TryRecvError};
use tom_engine::{EndOfTurn, EndOfTurnEvent, EndOfTurnStream, Epoch, ErrorKind, Health};
use tom_models::end_of_turn::{Limits, SmartTurn, SmartTurnOptions, WEIGHTS};

const LONG: Duration = Duration::from_secs(60);

/// Limits that a slow machine does not meet by accident.
fn patient() -> Limits {
    Limits { queue: 4, deadline: LONG, share: 64.0 }
}

/// smart-turn, or the printed reason why it is not here. Where TOM_WORKERS_DIR is set, as in CI, it must be.
fn smart_turn(limits: Limits) -> Option<SmartTurn> {
    let set = |name| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let data = set("TOM_DATA_DIR")
        .or_else(|| set("XDG_DATA_HOME").map(|base| base.join("tom")))
        .or_else(|| set("HOME").map(|home| home.join(".local/share/tom")))?;
    let weights = data.join("models").join(WEIGHTS);
    let judge = SmartTurn::start(SmartTurnOptions { weights, limits }).unwrap();
    match judge.wait_ready(LONG) {
        Health::Ok => Some(judge),
        other => {
            assert!(std::env::var_os("TOM_WORKERS_DIR").is_none(), "{other:?}");
            eprintln!("skipped: {other:?}");
            None
        }
    }
}

/// A call's judge and what it says.
struct Line {
    stream: Box<dyn EndOfTurnStream>,
    events: mpsc::Receiver<EndOfTurnEvent>,
}

impl Line {
    fn open(judge: &SmartTurn) -> Self {
        let (sender, events) = mpsc::channel(8);
        Self { stream: judge.open(sender).unwrap(), events }
    }

    /// Two seconds of a hum, in frames.
    fn hum(&mut self) {
        let wave: Vec<i16> = (0..32_000).map(|n| ((n * 7 % 160) * 50 - 4_000) as i16).collect();
        wave.chunks(320).for_each(|frame| self.stream.push(frame).unwrap());
    }

    fn next(&mut self) -> EndOfTurnEvent {
        let end = Instant::now() + LONG;
        loop {
            match self.events.try_recv() {
                Ok(event) => return event,
                Err(TryRecvError::Empty) => {
                    assert!(Instant::now() < end, "waited in vain");
                    std::thread::sleep(Duration::from_millis(1));
                }
                Err(TryRecvError::Disconnected) => panic!("the stream is gone"),
            }
        }
    }

    fn judged(&mut self) -> (Epoch, f32) {
        match self.next() {
            EndOfTurnEvent::Judged { epoch, p } => (epoch, p),
            EndOfTurnEvent::Failed { error, .. } => panic!("{error}"),
        }
    }
}

#[test]
fn the_same_turn_is_judged_the_same_and_a_forgotten_one_is_not() {
    let Some(judge) = smart_turn(patient()) else { return };
    let mut line = Line::open(&judge);
    assert_eq!(line.stream.judge(Epoch::new(1, 0)).unwrap_err().kind, ErrorKind::BadRequest);
    line.hum();
    line.stream.judge(Epoch::new(1, 0)).unwrap();
    let (epoch, first) = line.judged();
    assert_eq!(epoch, Epoch::new(1, 0));
    assert!((0.0..=1.0).contains(&first));
    line.stream.judge(Epoch::new(1, 1)).unwrap();
    assert_eq!(line.judged(), (Epoch::new(1, 1), first));
    // More of it is another question.
    line.stream.push(&[0; 16_000]).unwrap();
    line.stream.judge(Epoch::new(1, 2)).unwrap();
    assert_ne!(line.judged().1, first);
    line.stream.reset();
    assert_eq!(line.stream.judge(Epoch::new(2, 0)).unwrap_err().kind, ErrorKind::BadRequest);
    line.hum();
    line.stream.judge(Epoch::new(2, 0)).unwrap();
    assert_eq!(line.judged(), (Epoch::new(2, 0), first));
    let counts = judge.status().counts;
    assert_eq!((counts.asked, counts.answered), (4, 4));
}

#[test]
fn too_many_calls_at_once_are_told_so_at_once() {
    let Some(judge) = smart_turn(patient()) else { return };
    let mut lines: Vec<Line> = (0..12).map(|_| Line::open(&judge)).collect();
    lines.iter_mut().for_each(Line::hum);
    let outcomes: Vec<bool> = lines
        .iter_mut()
        .map(|line| match line.stream.judge(Epoch::new(1, 0)) {
            Ok(()) => true,
            Err(error) => {
                assert_eq!(error.kind, ErrorKind::Overload, "{error}");
                false
            }
        })
        .collect();
    assert!(outcomes[..4].iter().all(|put| *put));
    for (line, put) in lines.iter_mut().zip(&outcomes) {
        if *put {
            line.judged();
        }
    }
    let counts = judge.status().counts;
    assert_eq!((counts.asked, counts.answered + counts.refused_queue), (12, 12));
    // There is room again, also for those that were refused.
    lines[11].stream.judge(Epoch::new(1, 1)).unwrap();
    lines[11].judged();
}

#[test]
fn a_question_whose_time_is_over_is_not_answered() {
    let Some(judge) = smart_turn(Limits { deadline: Duration::from_nanos(1), ..patient() }) else { return };
    let mut line = Line::open(&judge);
    line.hum();
    line.stream.judge(Epoch::new(1, 0)).unwrap();
    let event = line.next();
    assert!(
        matches!(&event, EndOfTurnEvent::Failed { error, .. } if error.kind == ErrorKind::Timeout),
        "{event:?}"
    );
    // The next one is not even put: the worker is tried again after a second.
    assert_eq!(line.stream.judge(Epoch::new(1, 1)).unwrap_err().kind, ErrorKind::Overload);
    let counts = judge.status().counts;
    assert_eq!((counts.late, counts.refused_deadline), (1, 1));
}

#[test]
fn calls_go_on_when_the_worker_is_killed() {
    let Some(judge) = smart_turn(patient()) else { return };
    let mut line = Line::open(&judge);
    line.hum();
    line.stream.judge(Epoch::new(1, 0)).unwrap();
    let (_, first) = line.judged();
    let kill = |pid: u32| {
        let pid = rustix::process::Pid::from_raw(pid.cast_signed()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    };
    line.stream.judge(Epoch::new(1, 1)).unwrap();
    kill(judge.status().workers.pids[0]);
    // Answered by whoever came first: the old worker before it died, or the new one.
    assert_eq!(line.judged(), (Epoch::new(1, 1), first));
    let end = Instant::now() + LONG;
    while judge.status().workers.restarts == 0 || judge.health() != Health::Ok {
        assert!(Instant::now() < end, "the worker did not come back");
        std::thread::sleep(Duration::from_millis(5));
    }
    line.stream.judge(Epoch::new(1, 2)).unwrap();
    assert_eq!(line.judged(), (Epoch::new(1, 2), first));
}

#[test]
fn missing_weights_are_named_with_the_remedy() {
    let options = SmartTurnOptions { weights: "/nowhere/weights.onnx".into(), limits: patient() };
    let judge = SmartTurn::start(options).unwrap();
    match judge.wait_ready(LONG) {
        Health::Down(why) if why.contains("tom-worker-onnx") => {
            assert!(std::env::var_os("TOM_WORKERS_DIR").is_none(), "{why}");
            eprintln!("skipped: {why}");
        }
        Health::Down(why) => {
            assert!(why.contains("/nowhere/weights.onnx") && why.contains("xtask setup"), "{why}")
        }
        other => panic!("{other:?}"),
    }
}
