//! Layer: real. Kamailio as registrar and proxy: lines register with it, calls go through it.

use std::process::Stdio;
use std::time::Duration;

use tokio::process::{Child, Command};
use tom_peers::there;
use tom_sip::{Ask, CallEvent, Credentials, Dial, EndedBy, Options, Transport, Trunk, TrunkState};

use crate::common::{Agent, PATIENCE, options, plays, sdp};

struct Kamailio {
    port: u16,
    _child: Child,
    _folder: tempfile::TempDir,
}

impl Kamailio {
    fn start() -> Self {
        let port = tom_peers::free_port().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let config = include_str!("kamailio.cfg").replace("PORT", &port.to_string());
        let path = folder.path().join("kamailio.cfg");
        std::fs::write(&path, config).unwrap();
        let log = std::fs::File::create(folder.path().join("log")).unwrap();
        let program = if std::path::Path::new("/usr/sbin/kamailio").exists() {
            "/usr/sbin/kamailio"
        } else {
            "kamailio"
        };
        let child = Command::new(program)
            .args([
                "-f",
                &path.to_string_lossy(),
                "-DD",
                "-E",
                "-m",
                "16",
                "-M",
                "4",
                "-Y",
                &folder.path().to_string_lossy(),
            ])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { port, _child: child, _folder: folder }
    }

    fn line(&self, user: &str, password: &str) -> Options {
        Options {
            trunks: vec![Trunk {
                name: "home".into(),
                registrar: format!("127.0.0.1:{}", self.port),
                username: user.into(),
                credentials: Some(Credentials { username: user.into(), password: password.into() }),
                ..Trunk::default()
            }],
            // Only the trunk may call.
            allow: Vec::new(),
            ..options(Transport::Udp)
        }
    }
}

async fn until(agent: &Agent, wanted: impl Fn(&TrunkState) -> bool) {
    let there = async {
        while !wanted(&agent.phone.trunks()[0].state) {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let came = tokio::time::timeout(PATIENCE, there).await;
    assert!(came.is_ok(), "{:?}", agent.phone.trunks());
}

#[tokio::test]
async fn lines_register_and_call_each_other_through_the_proxy() {
    if !there("kamailio") || !there("sipp") {
        return;
    }
    let kamailio = Kamailio::start();
    let line = Agent::start(kamailio.line("line", "secret")).await;
    let other = Agent::start(kamailio.line("other", "secret")).await;
    for agent in [&line, &other] {
        until(agent, |state| matches!(state, TrunkState::Registered { expires: 700 })).await;
    }
    // Somebody calls in through the proxy, which stays in the way.
    let proxy = format!("127.0.0.1:{}", kamailio.port);
    plays("call_by_proxy", &[&proxy, "-s", "line"]).await;
    line.wait_for("ended by peer").await;

    // One line calls the other; the proxy wants to know who it is.
    let dial = Dial { to: "other".into(), offer: sdp("sendrecv"), ..Dial::default() };
    let mut call = line.phone.dial(dial).await.unwrap();
    let ended = async {
        loop {
            match call.event().await.unwrap() {
                CallEvent::Answered { sdp } => {
                    assert!(sdp.is_some());
                    call.ask(Ask::HangUp { reason: "done".into() }).await.unwrap();
                }
                CallEvent::Ended(ended) => return ended,
                _ => {}
            }
        }
    };
    let ended = tokio::time::timeout(PATIENCE, ended).await.unwrap();
    assert_eq!(ended.by, EndedBy::Us, "{ended:?}");
    other.wait_for("ended by peer").await;

    // A number nobody has.
    let dial = Dial { to: "nobody".into(), offer: sdp("sendrecv"), ..Dial::default() };
    let mut call = line.phone.dial(dial).await.unwrap();
    let event = tokio::time::timeout(PATIENCE, call.event()).await.unwrap().unwrap();
    assert!(matches!(&event, CallEvent::Ended(ended) if ended.status == Some(404)), "{event:?}");
    line.phone.stop().await;
}

#[tokio::test]
async fn a_wrong_password_is_told() {
    if !there("kamailio") {
        return;
    }
    let kamailio = Kamailio::start();
    let agent = Agent::start(kamailio.line("line", "wrong")).await;
    until(&agent, |state| matches!(state, TrunkState::Failed { status: Some(401), .. })).await;
}
