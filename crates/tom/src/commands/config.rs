//! `tom config show` and `tom config check`.

use crate::cli::{ConfigCommand, Global};
use crate::config;
use crate::exit::Failure;
use crate::output;

pub(crate) fn run(global: &Global, command: &ConfigCommand) -> Result<(), Failure> {
    match command {
        ConfigCommand::Show { env: true, .. } => {
            output::line(format_args!("{}", config::env_sample().trim_end()));
            Ok(())
        }
        ConfigCommand::Show { json, .. } => {
            let (_, settings) = config::read(global, Vec::new())?;
            if *json {
                output::json(&config::shown_json(&settings));
            } else {
                output::line(format_args!("{}", config::shown(&settings)));
            }
            Ok(())
        }
        ConfigCommand::Check(as_json) => check(global, as_json.json),
    }
}

fn check(global: &Global, as_json: bool) -> Result<(), Failure> {
    let read = config::read(global, Vec::new());
    if as_json {
        let (problems, notices) = match &read {
            Ok((_, settings)) => (Vec::new(), settings.notices.clone()),
            Err(problems) => (problems.clone(), Vec::new()),
        };
        let problems: Vec<_> =
            problems.iter().map(|p| serde_json::json!({ "place": p.place, "problem": p.what })).collect();
        output::json(&serde_json::json!({
            "valid": problems.is_empty(),
            "problems": problems,
            "notices": notices,
        }));
        return read.map(|_| ()).map_err(|_| Failure::Config(Vec::new()));
    }
    let (_, settings) = read?;
    for notice in &settings.notices {
        output::line(format_args!("note: {notice}"));
    }
    output::line(format_args!("the configuration is valid"));
    Ok(())
}
