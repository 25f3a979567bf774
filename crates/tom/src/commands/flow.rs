//! `tom flow check`: whether a dialogue file can be used.

use crate::cli::Flow as Command;
use crate::dialogue;
use crate::exit::Failure;
use crate::output;

pub(crate) fn run(command: &Command) -> Result<(), Failure> {
    let Command::Check { file, json } = command;
    // Whether a model is set up is no matter of the file.
    let loaded = dialogue::load(file, true);
    let (errors, warnings) = match &loaded {
        Ok(flow) => (Vec::new(), flow.warnings().iter().map(ToString::to_string).collect()),
        Err(errors) => (errors.iter().map(ToString::to_string).collect::<Vec<_>>(), Vec::new()),
    };
    if *json {
        output::json(&serde_json::json!({ "valid": loaded.is_ok(), "errors": errors, "warnings": warnings }));
    } else {
        for line in errors.iter().chain(&warnings) {
            output::line(format_args!("{line}"));
        }
        match &loaded {
            Ok(flow) => output::line(format_args!("{file}: {} states, valid", flow.states().count())),
            Err(_) => output::line(format_args!("{file}: {} mistakes", errors.len())),
        }
    }
    if loaded.is_ok() { Ok(()) } else { Err(Failure::Said) }
}
