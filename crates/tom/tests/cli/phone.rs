//! Layer: real. `tom trunk check`, `tom sip status` and `tom dial`: against a registrar, and against a server.

use std::net::UdpSocket;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::serve::Serving;
use crate::support::{json, stderr, stdout, tom};

/// A registrar that takes everybody, or nobody. It answers whatever it is asked.
struct Registrar {
    port: u16,
    over: Arc<AtomicBool>,
}

impl Registrar {
    fn start(first_line: &'static str) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(Duration::from_millis(200))).expect("a timeout");
        let port = socket.local_addr().expect("an address").port();
        let over = Arc::new(AtomicBool::new(false));
        let stops = over.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while !stops.load(Ordering::Relaxed) {
                let Ok((length, from)) = socket.recv_from(&mut bytes) else { continue };
                let request = String::from_utf8_lossy(&bytes[..length]).into_owned();
                let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
                let headers: Vec<&str> =
                    request.lines().filter(|line| kept.iter().any(|name| line.starts_with(name))).collect();
                let answer = format!(
                    "{first_line}\r\n{}\r\nExpires: 300\r\nContent-Length: 0\r\n\r\n",
                    headers.join("\r\n")
                );
                socket.send_to(answer.as_bytes(), from).expect("sent");
            }
        });
        Self { port, over }
    }
}

impl Drop for Registrar {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
    }
}

fn file(home: &std::path::Path, registrar: u16) -> std::path::PathBuf {
    let file = home.join("tom.toml");
    let text = format!(
        "[stt]\nengine = \"off\"\n[tts]\nengine = \"off\"\n[server]\ntoken = \"correct-horse-battery\"\n\
         [sip]\nlisten = \"127.0.0.1:0\"\nrtp_ports = \"41000-41999\"\n\
         [[sip.trunk]]\nname = \"home\"\nregistrar = \"127.0.0.1:{registrar}\"\nusername = \"tom\"\npassword = \"x\"\n"
    );
    std::fs::write(&file, text).expect("written");
    file
}

#[test]
fn a_trunk_is_checked_without_a_server() {
    let home = tempfile::tempdir().expect("a folder");
    let good = Registrar::start("SIP/2.0 200 OK");
    let bad = Registrar::start("SIP/2.0 403 Forbidden");
    let check = |port: u16, more: &[&str]| {
        let file = file(home.path(), port);
        tom(home.path()).arg("--config").arg(file).args(["trunk", "check"]).args(more).output().expect("runs")
    };
    let taken = check(good.port, &[]);
    assert_eq!(taken.status.code(), Some(0), "{}{}", stdout(&taken), stderr(&taken));
    assert!(stdout(&taken).contains("home: registered, for 300 s"), "{}", stdout(&taken));
    let refused = check(bad.port, &["--json"]);
    assert_eq!(refused.status.code(), Some(1), "{}", stderr(&refused));
    let told = json(&refused);
    assert_eq!(told["trunks"][0]["good"], false);
    assert!(told["trunks"][0]["detail"].as_str().is_some_and(|what| what.contains("password")), "{told:#}");
    assert_eq!(check(good.port, &["other"]).status.code(), Some(2));
    let none = tom(home.path()).args(["trunk", "check"]).output().expect("runs");
    assert!(stderr(&none).contains("[[sip.trunk]]"), "{}", stderr(&none));
}

#[test]
fn the_telephone_of_a_server_is_told_and_calls_only_whom_it_may() {
    let home = tempfile::tempdir().expect("a folder");
    let registrar = Registrar::start("SIP/2.0 200 OK");
    let file = file(home.path(), registrar.port);
    let server = Serving::start(home.path(), &["--config", file.to_str().expect("a path")]);
    let url = format!("http://{}", server.address);
    let run = |args: &[&str]| {
        tom(home.path()).arg("--config").arg(&file).args(args).args(["--url", &url]).output().expect("runs")
    };
    let status = json(&run(&["sip", "status", "--json"]));
    assert_eq!(status["trunks"][0]["name"], "home", "{status:#}");
    let text = stdout(&run(&["sip", "status"]));
    assert!(text.contains("listens  udp 127.0.0.1:") && text.contains("trunk    home:"), "{text}");
    for (number, why) in
        [("112", "calls for help"), ("+1 212 555 0100", "dial.prefixes"), ("0900 1", "dial.deny")]
    {
        let refused = run(&["dial", number]);
        assert_eq!(refused.status.code(), Some(2), "{number}: {}", stderr(&refused));
        assert!(stderr(&refused).contains(why), "{number}: {}", stderr(&refused));
    }
    // The registrar answers an INVITE like everything else: without a session there is no call.
    let dialled = run(&["dial", "+49 30 1", "--wait"]);
    assert!(stdout(&dialled).contains("no session"), "{}{}", stdout(&dialled), stderr(&dialled));
    assert_eq!(dialled.status.code(), Some(1));
    server.signal("TERM");
    let (code, log) = server.end(Duration::from_secs(20));
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains("+49 30 1"), "no number in the log: {log}");
}
