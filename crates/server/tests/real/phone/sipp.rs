//! Layer: real. sipp, which plays one side of a call as a scenario of `tests/sipp` tells.

use std::path::PathBuf;
use std::process::Stdio;

use tokio::process::{Child, Command};

use crate::common::PATIENCE;

/// A running sipp.
pub(crate) struct Sipp {
    child: Child,
    folder: tempfile::TempDir,
}

impl Sipp {
    /// Starts a scenario against an address. `outcome` stands where the scenario says OUTCOME.
    pub(crate) fn start(name: &str, to: &str, outcome: &str) -> Self {
        let scenario = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("tests/sipp/{name}.xml"));
        let port = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        let text = std::fs::read_to_string(scenario).unwrap().replace("OUTCOME", outcome);
        std::fs::write(folder.path().join("scenario.xml"), text).unwrap();
        let log = std::fs::File::create(folder.path().join("screen")).unwrap();
        let child = Command::new("sipp")
            .args(["-sf", "scenario.xml"])
            .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-m", "1", "-nostdin", "-trace_err"])
            .args(["-timeout", "50s", "-timeout_error", "-recv_timeout", "40000"])
            .arg(to)
            .current_dir(folder.path())
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        Self { child, folder }
    }

    /// Waits for its end, which has to be a good one.
    pub(crate) async fn good(mut self) {
        let ended = tokio::time::timeout(PATIENCE, self.child.wait()).await;
        if ended.as_ref().is_ok_and(|ended| ended.as_ref().is_ok_and(std::process::ExitStatus::success)) {
            return;
        }
        let files = std::fs::read_dir(self.folder.path()).unwrap().map(|file| file.unwrap().path());
        let told: Vec<String> = files.map(|path| std::fs::read_to_string(path).unwrap_or_default()).collect();
        panic!("sipp ended with {ended:?}\n{}", told.join("\n"));
    }
}
