//! Which of our programs can be built on this machine, and how.

use anyhow::Result;

use crate::cmd::Cmd;
use crate::needs;
use crate::step::Line;

/// The packages of the workers whose C libraries are there, and a remark for each of the others.
pub(crate) fn workers() -> (Vec<&'static str>, Vec<String>) {
    let mut ready = Vec::new();
    let mut remarks = Vec::new();
    for (package, needs) in needs::WORKERS {
        let missing = needs::missing(*needs);
        if missing.is_empty() {
            ready.push(*package);
        } else {
            remarks.push(format!("{package} is left out; it needs {}", missing.join(" ")));
        }
    }
    (ready, remarks)
}

/// Builds the server and those workers that can be built, as users run them.
pub(crate) fn release(line: &Line) -> Result<String> {
    let (workers, remarks) = workers();
    for remark in &remarks {
        line.note(remark);
    }
    let mut cargo = Cmd::cargo().args(["build", "--release", "--package", "tom"]);
    for worker in &workers {
        cargo = cargo.args(["--package", worker]);
    }
    cargo.show(line)?;
    Ok(match remarks.len() {
        0 => "up to date".into(),
        _ => format!("up to date, with {} of {} workers", workers.len(), needs::WORKERS.len()),
    })
}
