//! `tom replay`: a call's journal becomes its timeline again.

use anyhow::Context as _;

use crate::cli::Replay;
use crate::exit::Failure;
use crate::output;

pub(crate) fn run(args: &Replay) -> Result<(), Failure> {
    let name = args.journal.display();
    let text = std::fs::read_to_string(&args.journal).with_context(|| format!("{name} cannot be read"))?;
    let timeline = tom_turn::journal::replay(&text).with_context(|| name.to_string())?;
    if args.json {
        output::json(&timeline.lines().collect());
    } else {
        output::line(format_args!("{}", timeline.trim_end()));
    }
    Ok(())
}
