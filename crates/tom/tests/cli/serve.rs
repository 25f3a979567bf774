//! Layer: real. The server as a process: start, reload, stop, refuse.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{flite, json, run, stderr, tom};

/// A server that is killed when the test is over.
pub(crate) struct Serving {
    child: Child,
    pub(crate) address: String,
}

impl Serving {
    pub(crate) fn start(home: &Path, args: &[&str]) -> Self {
        Self::with(home, args, &[])
    }

    /// With variables of the environment.
    pub(crate) fn with(home: &Path, args: &[&str], variables: &[(&str, &Path)]) -> Self {
        let mut child = tom(home)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(args)
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let ready = lines
            .find_map(|line| line.ok().filter(|l| l.starts_with("ready in ")))
            .expect("it says that it is ready");
        let address = ready.rsplit("http://").next().unwrap_or_default().trim_end_matches('/').to_owned();
        Self { child, address }
    }

    pub(crate) fn get(&self, path: &str) -> String {
        let mut socket = TcpStream::connect(&self.address).expect("it listens");
        write!(socket, "GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").expect("sent");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("answered");
        answer
    }

    pub(crate) fn signal(&self, name: &str) {
        let sent = Command::new("kill").args(["-s", name, &self.child.id().to_string()]).status();
        assert!(sent.is_ok_and(|status| status.success()));
    }

    /// Waits for the end, and returns the exit code and what was logged.
    pub(crate) fn end(mut self, within: Duration) -> (Option<i32>, String) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("its state") {
                let mut log = String::new();
                let mut stderr = self.child.stderr.take().expect("piped");
                stderr.read_to_string(&mut log).expect("readable");
                return (status.code(), log);
            }
            assert!(began.elapsed() < within, "it does not stop");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // Already gone is as good.
        drop(self.child.kill());
    }
}

#[test]
fn it_starts_takes_a_call_and_stops_when_told() {
    let home = tempfile::tempdir().expect("a folder");
    let server = Serving::start(home.path(), &[]);
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/readyz").starts_with("HTTP/1.1 200"));
    assert!(server.get("/health").contains("\"stt\""));
    assert!(server.get("/").contains("<!doctype html>"));

    let wav = flite(home.path(), "q.wav", "what are your opening hours");
    let url = format!("ws://{}", server.address);
    let call = tom(home.path()).args(["call", "--json", "--url", &url]).arg(&wav).output().expect("runs");
    assert_eq!(call.status.code(), Some(0), "{:#} {}", json(&call), stderr(&call));
    let metrics = server.get("/metrics");
    assert!(metrics.contains("tom_calls_total"), "{metrics}");

    server.signal("TERM");
    let (code, log) = server.end(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("opening hours"), "nothing that was said is logged: {log}");
}

#[test]
fn a_reload_takes_what_it_can_and_says_what_it_cannot() {
    let home = tempfile::tempdir().expect("a folder");
    let file = home.path().join("tom.toml");
    std::fs::write(&file, "[agent]\nlanguage = \"en\"\n").expect("written");
    let server = Serving::start(home.path(), &["--config", file.to_str().expect("a path")]);
    std::fs::write(&file, "[agent]\nlanguage = \"de\"\n[limits]\nmax_calls = 3\n").expect("written");
    server.signal("HUP");
    std::thread::sleep(Duration::from_millis(500));
    std::fs::write(&file, "[agent]\nlanguage = 3\n").expect("written");
    server.signal("HUP");
    std::thread::sleep(Duration::from_millis(500));
    assert!(server.get("/healthz").starts_with("HTTP/1.1 200"));
    server.signal("INT");
    let (code, log) = server.end(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains("limits has changed; it takes effect after a restart"), "{log}");
    assert!(log.contains("the configuration stays as it was"), "{log}");
}

#[test]
fn an_open_door_and_a_taken_port_are_refused() {
    let home = tempfile::tempdir().expect("a folder");
    let open = run(home.path(), &["serve", "--listen", "0.0.0.0:0"]);
    assert_eq!(open.status.code(), Some(4), "{}", stderr(&open));
    assert!(stderr(&open).contains("server.token_file"), "{}", stderr(&open));
    let holder = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let taken = holder.local_addr().expect("its address").to_string();
    let refused = run(home.path(), &["serve", "--listen", &taken]);
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    assert!(stderr(&refused).contains("choose another"), "{}", stderr(&refused));
}
