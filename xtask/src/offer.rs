//! Which models would make this machine's TOM better, and does somebody want them brought?

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::path::Path;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::apt::brief;
use crate::cmd::Cmd;
use crate::place::in_ci;
use crate::step::Line;

/// What somebody said about downloads on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Say {
    /// Nothing: whoever sits at the terminal is asked.
    Ask,
    /// `--yes`: licences are accepted.
    Yes,
    /// `--offline`: nothing is brought.
    Offline,
}

/// A profile as `tom models profiles --json` tells it, as far as it matters here.
#[derive(Debug, Deserialize)]
pub(crate) struct Profile {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) missing: Vec<String>,
    pub(crate) suits_this_machine: bool,
}

/// What is done about a profile's missing models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Nothing is missing.
    Nothing,
    /// It is said what runs without them.
    Tell,
    /// Somebody is asked.
    Ask,
    /// They are brought.
    Bring,
}

/// What is done: never a download that nobody asked for, where nobody can be asked.
pub(crate) fn deed(missing: usize, say: Say, terminal: bool, ci: bool) -> Deed {
    match say {
        _ if missing == 0 => Deed::Nothing,
        Say::Offline => Deed::Tell,
        _ if ci => Deed::Tell,
        Say::Yes => Deed::Bring,
        Say::Ask if terminal => Deed::Ask,
        Say::Ask => Deed::Tell,
    }
}

/// Offers the models of the profile that suits this machine. Whatever goes wrong is a remark: TOM runs without them.
pub(crate) fn models(tom: &Path, say: Say, line: &Line) -> Result<String> {
    let looked = Cmd::new(tom).args(["models", "profiles", "--json"]).read();
    let profiles: Vec<Profile> = match looked.and_then(|text| Ok(serde_json::from_str(&text)?)) {
        Ok(profiles) => profiles,
        Err(error) => {
            line.note(&brief(&error));
            return Ok("could not be looked for".into());
        }
    };
    let Some(profile) = profiles.into_iter().find(|profile| profile.suits_this_machine) else {
        return Ok("no profile is for this machine".into());
    };
    let terminal = std::io::stdin().is_terminal() && std::io::stderr().is_terminal();
    let name = &profile.name;
    let pull = format!("tom models pull --profile {name}");
    let without = "PocketSphinx (English), the flow and espeak-ng do what they would";
    match deed(profile.missing.len(), say, terminal, in_ci()) {
        Deed::Nothing => return Ok(format!("{name}: all there")),
        Deed::Tell => {
            line.note(&format!("{} not here: {without}; {pull} brings them", profile.missing.join(", ")));
            return Ok(format!("{name}: going on without {} models", profile.missing.len()));
        }
        Deed::Bring => {}
        Deed::Ask => {
            line.hide();
            eprintln!("      {name}: {}", profile.title);
            eprintln!("      not here: {}", profile.missing.join(", "));
            eprintln!("      without them {without}.");
            if !asked("      Bring them now? Licences and sizes are shown first. [y/N] ")? {
                return Ok(format!("not now; later: {pull}"));
            }
        }
    }
    let mut bring = Cmd::new(tom).args(["models", "pull", "--profile", name.as_str()]);
    if say == Say::Yes {
        bring = bring.arg("--yes");
    }
    Ok(match bring.show(line) {
        Ok(()) => format!("{name}: all there"),
        Err(error) => {
            line.note(&format!("{}; {pull} goes on where it stopped", brief(&error)));
            format!("going on without: {without}")
        }
    })
}

fn asked(question: &str) -> Result<bool> {
    eprint!("{question}");
    std::io::stderr().flush().context("nothing can be asked")?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("no answer can be read")?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes" | "j" | "ja"))
}

#[cfg(test)]
mod tests;
