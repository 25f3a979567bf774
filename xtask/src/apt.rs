//! How Debian's packages get installed: as root, through sudo, or by telling what to install.

use std::io::IsTerminal;

use anyhow::Result;

use crate::cmd::Cmd;
use crate::place::program;
use crate::step::Line;

/// What may be done about missing packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// We are root.
    Root,
    /// sudo works without asking.
    Sudo,
    /// sudo asks for a password, and somebody is there to give it.
    SudoAsks,
    /// Neither: say what to install.
    Tell,
    /// There is no apt-get: say what to install.
    NoApt,
}

/// What is known about this machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Powers {
    pub(crate) apt: bool,
    pub(crate) root: bool,
    pub(crate) sudo: bool,
    pub(crate) sudo_free: bool,
    pub(crate) terminal: bool,
}

impl Powers {
    fn look() -> Self {
        let sudo = program("sudo").is_some();
        Self {
            apt: program("apt-get").is_some(),
            root: Cmd::new("id").arg("-u").read().is_ok_and(|id| id.trim() == "0"),
            sudo,
            sudo_free: sudo && Cmd::new("sudo").args(["-n", "true"]).succeeds(),
            terminal: std::io::stdin().is_terminal() && !crate::place::in_ci(),
        }
    }

    pub(crate) fn way(self) -> Way {
        match self {
            Self { apt: false, .. } => Way::NoApt,
            Self { root: true, .. } => Way::Root,
            Self { sudo_free: true, .. } => Way::Sudo,
            Self { sudo: true, terminal: true, .. } => Way::SudoAsks,
            _ => Way::Tell,
        }
    }
}

/// Installs packages, or fails with the command that a person has to give.
pub(crate) fn install(packages: &[&str], line: &Line) -> Result<()> {
    let way = Powers::look().way();
    if matches!(way, Way::Tell | Way::NoApt) {
        anyhow::bail!("{}", advice(way, packages));
    }
    line.say("refreshing the package lists");
    // Old lists may do; what really fails is the install.
    if let Err(error) = apt(way, &["update", "-q"], line) {
        line.note(&format!("the package lists could not be refreshed: {}", brief(&error)));
    }
    line.say(&format!("installing {}", packages.join(" ")));
    let mut args = vec!["install", "-y", "-q", "--no-install-recommends"];
    args.extend(packages);
    apt(way, &args, line)
}

fn apt(way: Way, args: &[&str], line: &Line) -> Result<()> {
    const QUIET: &str = "DEBIAN_FRONTEND=noninteractive";
    match way {
        Way::Root => Cmd::new("env").arg(QUIET).arg("apt-get").args(args).follow(line),
        Way::Sudo => Cmd::new("sudo").args(["-n", "env", QUIET, "apt-get"]).args(args).follow(line),
        // The password is asked for on the terminal.
        _ => Cmd::new("sudo").args(["env", QUIET, "apt-get"]).args(args).show(line),
    }
}

/// What a person has to do.
pub(crate) fn advice(way: Way, packages: &[&str]) -> String {
    let list = packages.join(" ");
    match way {
        Way::NoApt => format!("this system has no apt-get; install what Debian calls: {list}"),
        _ => format!("not root, and sudo cannot be used; ask for: apt-get install {list}"),
    }
}

/// An error in one line: what was tried, and the last word of whoever failed at it.
pub(crate) fn brief(error: &anyhow::Error) -> String {
    let what = error.to_string();
    let what = what.lines().next().unwrap_or_default();
    let cause = error.root_cause().to_string();
    match cause.lines().rev().map(str::trim).find(|line| !line.is_empty()) {
        Some(why) if why != what => format!("{what}: {why}"),
        _ => what.to_owned(),
    }
}

#[cfg(test)]
mod tests;
