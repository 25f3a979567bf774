//! Layer: real. The worker as a process of its own, watched by its supervisor.

use std::sync::mpsc;
use std::time::Duration;

use tom_base::Epoch;
use tom_worker::{Event, FaultKind, Stream, Supervisor, SupervisorOptions};
use tom_worker_llama::options::Options;
use tom_worker_llama::request::{Ask, Piece, Tally};

use crate::form::with;
use crate::support::{ask, options, system, user};

/// A machine that is busy with other tests.
const LONG: Duration = Duration::from_secs(60);

fn start(options: &Options) -> Supervisor {
    let mut run = SupervisorOptions::new("llama.cpp", env!("CARGO_BIN_EXE_tom-worker-llama"));
    run.shards = 1;
    run.args = vec![serde_json::to_string(options).unwrap()];
    run.hello_within = LONG;
    run.hung_after = LONG;
    Supervisor::start(run).unwrap()
}

fn open(supervisor: &Supervisor) -> (Stream, mpsc::Receiver<Event>) {
    let (tx, rx) = mpsc::channel();
    let sink = Box::new(move |event| {
        let _ = tx.send(event);
        Ok(())
    });
    (supervisor.open("{}", sink).unwrap(), rx)
}

fn put(stream: &Stream, turn: u32, ask: &Ask) {
    stream.begin(Epoch::new(turn, 0), "", &serde_json::to_string(ask).unwrap()).unwrap();
}

/// Text and tally of the next reply.
fn listen(rx: &mpsc::Receiver<Event>) -> Result<(String, Tally), FaultKind> {
    let mut all = String::new();
    loop {
        match rx.recv_timeout(LONG).expect("something is told") {
            Event::Partial { text, .. } => match serde_json::from_str(&text).unwrap() {
                Piece::Text { at, text } => {
                    all.truncate(at);
                    all.push_str(&text);
                }
                Piece::Call(call) => panic!("{call:?}"),
            },
            Event::Final { text, .. } => return Ok((all, serde_json::from_str(&text).unwrap())),
            Event::Error { fault, .. } => return Err(fault.kind),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn replies_come_through_the_process_and_a_cancelled_one_ends() {
    let supervisor = start(&options());
    let status = supervisor.wait_ready(LONG);
    assert_eq!(status.up, 1, "{:?}", status.fault);
    let hello = status.hello.unwrap();
    assert!(hello.engine == "llama.cpp" && hello.details.contains("\"qwen2\""), "{hello:?}");
    let ((one, heard), (two, other)) = (open(&supervisor), open(&supervisor));
    let messages = [system("Be brief, and say what you know."), user("Who are you?")];
    put(&one, 1, &ask(&messages, 20));
    put(&two, 1, &ask(&messages, 2000));
    let (text, tally) = listen(&heard).unwrap();
    assert!(!text.is_empty() && tally.written == 20, "{text:?} {tally:?}");
    // The long reply is under way; nobody wants it any more, and the next one is there at once.
    other.recv_timeout(LONG).unwrap();
    two.cancel();
    while other.try_recv().is_ok() {}
    put(&two, 2, &ask(&messages, 20));
    let (again, tally) = listen(&other).unwrap();
    assert_eq!((again, tally.written), (text, 20));
    supervisor.close();
}

#[test]
fn what_cannot_be_asked_is_told_and_harms_nobody() {
    let supervisor = start(&options());
    assert_eq!(supervisor.wait_ready(LONG).up, 1);
    let (stream, rx) = open(&supervisor);
    stream.begin(Epoch::new(1, 0), "", "{\"messages\": 7}").unwrap();
    assert_eq!(listen(&rx), Err(FaultKind::BadRequest));
    stream.speak(Epoch::new(1, 0), 1, "Hello").unwrap();
    assert_eq!(listen(&rx), Err(FaultKind::BadRequest));
    put(&stream, 2, &ask(&[user("Hi")], 4));
    assert!(listen(&rx).is_ok());
    assert_eq!(supervisor.status().restarts, 0);
    supervisor.close();
}

#[test]
fn a_worker_without_a_sound_file_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("renamed.gguf");
    std::fs::write(&path, b"<!DOCTYPE html> not found").unwrap();
    let supervisor = start(&Options { model: path, ..options() });
    let fault = supervisor.wait_ready(LONG).fault.expect("it is refused");
    assert!(fault.message.contains("renamed.gguf cannot be used: it is no GGUF file"), "{fault}");
    supervisor.close();
}

/// Writes what was said, and something small that holds itself twice, sixty times over, where somebody says so.
const GREEDY: &str = "{% set ns = namespace(x=[1]) %}{% for i in range(60) %}{% set ns.x = [ns.x, ns.x] %}{% endfor %}\
                      {% for m in messages %}{{ m.role }}: {{ ns.x if m.content == 'grow' else m.content }}\n{% endfor %}";

/// A reply of one word; a conversation that the template cannot stand; then another reply, of a new process.
fn survives(template: &str) {
    let (_folder, path) = with(template);
    let supervisor = start(&Options { model: path, ..options() });
    let status = supervisor.wait_ready(LONG);
    let details = status.hello.map(|hello| hello.details.clone()).unwrap_or_default();
    assert!(details.contains("\"template\":\"file\""), "{details} {:?}", status.fault);
    let (stream, rx) = open(&supervisor);
    put(&stream, 1, &ask(&[user("Hi")], 4));
    assert!(listen(&rx).is_ok());
    put(&stream, 2, &ask(&[user("grow")], 4));
    assert_eq!(listen(&rx), Err(FaultKind::BadRequest));
    let until = std::time::Instant::now() + LONG;
    while supervisor.status().restarts == 0 || supervisor.status().up == 0 {
        assert!(std::time::Instant::now() < until, "{:?}", supervisor.status());
        std::thread::sleep(Duration::from_millis(20));
    }
    let (stream, rx) = open(&supervisor);
    put(&stream, 3, &ask(&[user("Hi")], 4));
    assert!(listen(&rx).is_ok());
    supervisor.close();
}

#[test]
fn a_template_that_wants_all_memory_costs_the_process_and_another_one_answers() {
    survives(GREEDY);
}

#[test]
fn a_template_that_never_ends_costs_the_process_and_another_one_answers() {
    // The same again under another name, to compare the two.
    let (lists, messages) = GREEDY.split_at(GREEDY.find("{% for m in").unwrap());
    survives(
        &(lists.to_owned() + &lists.replace("ns", "b") + &messages.replace("ns.x if", "(ns.x == b.x) if")),
    );
}
