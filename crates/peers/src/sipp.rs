//! sipp, which plays one side of one call as a scenario tells.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::process::{Child, Command};

use crate::free_port;

/// How long it may live. sipp gives up by itself before.
const PATIENCE: Duration = Duration::from_secs(60);

/// Lines of its last screen that are told when it fails.
const SCREEN: usize = 45;

/// Why a scenario was not played to its end.
#[derive(thiserror::Error)]
pub enum SippError {
    /// It could not be started or watched.
    #[error("sipp cannot be run: {0}")]
    Io(#[from] io::Error),
    /// It does not end.
    #[error("sipp never ends")]
    Endless,
    /// The call went another way. What it wrote.
    #[error("sipp ended with {0}\n{1}")]
    Failed(ExitStatus, String),
}

impl std::fmt::Debug for SippError {
    /// As it is meant for people: a test that fails shows lines.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// A running sipp. It is killed when this is dropped.
#[derive(Debug)]
pub struct Sipp {
    child: Child,
    folder: tempfile::TempDir,
    port: u16,
}

impl Sipp {
    /// Starts it for one call, with a scenario's text and further arguments. Needs tokio's runtime.
    ///
    /// # Errors
    /// When it is not installed, or there is no place for its files.
    pub fn start(scenario: &str, args: &[&str]) -> io::Result<Self> {
        let port = free_port()?;
        let folder = tempfile::tempdir()?;
        std::fs::write(folder.path().join("scenario.xml"), scenario)?;
        let screen = std::fs::File::create(folder.path().join("screen"))?;
        let child = Command::new("sipp")
            .args(["-sf", "scenario.xml", "-m", "1", "-nostdin", "-trace_err"])
            .args(["-i", "127.0.0.1", "-p", &port.to_string()])
            .args(["-timeout", "50s", "-timeout_error", "-recv_timeout", "40000"])
            .args(args)
            .current_dir(folder.path())
            .env("TERM", "dumb")
            .stdin(Stdio::null())
            .stdout(screen.try_clone()?)
            .stderr(screen)
            .kill_on_drop(true)
            .spawn()?;
        Ok(Self { child, folder, port })
    }

    /// Where it listens on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits until the scenario was played to its end.
    ///
    /// # Errors
    /// [`SippError::Failed`] when the call went another way.
    pub async fn good(mut self) -> Result<(), SippError> {
        let status = match tokio::time::timeout(PATIENCE, self.child.wait()).await {
            Ok(status) => status?,
            Err(_) => return Err(SippError::Endless),
        };
        if status.success() {
            return Ok(());
        }
        Err(SippError::Failed(status, told(self.folder.path())?))
    }
}

/// Its errors, and the end of its screen.
fn told(folder: &Path) -> io::Result<String> {
    let mut told = String::new();
    for file in std::fs::read_dir(folder)? {
        let path = file?.path();
        if path.to_string_lossy().contains("errors") {
            told.push_str(&std::fs::read_to_string(path)?);
        }
    }
    let screen = std::fs::read_to_string(folder.join("screen"))?;
    let lines: Vec<&str> = screen.lines().collect();
    told.push_str(&lines[lines.len().saturating_sub(SCREEN)..].join("\n"));
    Ok(told)
}
