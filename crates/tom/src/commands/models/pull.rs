//! `tom models pull`: asks, then brings.

use std::io::{BufRead as _, IsTerminal as _, Write as _};
use std::sync::Arc;

use anyhow::Context as _;
use serde_json::json;
use tom_shelf::{Client, Model, NetOptions, Patience, Plan, Proxies, Wish};

use super::bars::Bars;
use super::{Store, failed, size};
use crate::cli::Pull;
use crate::exit::Failure;
use crate::output;

/// The exit code of what Ctrl-C ended.
const INTERRUPTED: u8 = 130;

pub(super) async fn run(store: &Store, args: &Pull) -> Result<(), Failure> {
    let mut names = args.names.clone();
    if let Some(profile) = &args.profile {
        names.extend(Store::profile(profile)?.models);
    }
    let models = store.pick(&names)?;
    let lock = store.shelf.lock().map_err(failed)?;
    let plan = store.shelf.plan(&models).map_err(failed)?;
    if plan.is_done() {
        told(args, &names, &plan, "all there", 0.0);
        return Ok(());
    }
    agree(&plan, args)?;
    let wish = Wish {
        client: Client::new(NetOptions {
            ca_file: store.settings.ca_file.clone(),
            proxies: Proxies::from_env(|name| std::env::var(name).ok()),
            patience: Patience::default(),
        }),
        mirror: args.mirror.clone().or_else(|| store.settings.mirror.clone()),
        parallel: usize::from(args.parallel),
    };
    let bars = Arc::new(Bars::new(args.json));
    let pulled = tokio::select! {
        pulled = store.shelf.pull(&plan, &wish, bars.clone(), &lock) => pulled,
        stop = tokio::signal::ctrl_c() => {
            stop.context("Ctrl-C cannot be waited for")?;
            bars.close();
            eprintln!("stopped; what came is kept, and the same command goes on with it");
            // A pip that runs hears Ctrl-C itself.
            std::process::exit(i32::from(INTERRUPTED));
        }
    };
    bars.close();
    let pulled = pulled.map_err(failed)?;
    told(args, &names, &plan, "pulled", pulled.took.as_secs_f64());
    Ok(())
}

fn told(args: &Pull, names: &[String], plan: &Plan, what: &str, seconds: f64) {
    if args.json {
        output::json(&json!({
            "models": names,
            "pulled": plan.models.iter().map(|model| &model.name).collect::<Vec<_>>(),
            "files": plan.files(),
            "bytes": plan.bytes,
            "seconds": seconds,
        }));
    } else if plan.is_done() {
        output::line(format_args!("{what}: {}", names.join(" ")));
    } else {
        let names: Vec<&str> = plan.models.iter().map(|model| &*model.name).collect();
        output::line(format_args!("{what}: {} ({}, {seconds:.1} s)", names.join(" "), size(plan.bytes)));
    }
}

/// Shows licences and sizes, and asks.
fn agree(plan: &Plan, args: &Pull) -> Result<(), Failure> {
    for model in &plan.models {
        eprintln!("{}", terms(model));
    }
    if args.yes {
        return Ok(());
    }
    if !std::io::stdin().is_terminal() || args.json {
        let what = "nobody can be asked whether these licences are accepted; read them and add --yes";
        return Err(Failure::Usage(what.into()));
    }
    eprint!("Download {} under these licences? [y/N] ", size(plan.bytes));
    std::io::stderr().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    match answer.trim().to_ascii_lowercase().as_str() {
        "y" | "yes" | "j" | "ja" => Ok(()),
        _ => Err(Failure::Usage("nothing was downloaded".into())),
    }
}

fn terms(model: &Model) -> String {
    let home = model.home.as_ref().map_or(String::new(), |home| format!(", {home}"));
    format!("{}: {}; {}, licence {}{home}", model.name, model.title, size(model.bytes()), model.licence)
}
