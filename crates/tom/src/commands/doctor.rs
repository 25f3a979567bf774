//! `tom doctor`: what works on this machine, what does not, and what to do about it.

mod means;

use std::net::TcpListener;
use std::path::Path;

use tom_base::Lang;
use tom_cloud::{Check, ServerOptions};
use tom_engine::Health;

use super::models::{Store, profiles};
use crate::cli::{Global, Json};
use crate::config::{self, Config};
use crate::dialogue;
use crate::engines::{self, Local};
use crate::exit::Failure;
use crate::{output, page};
use means::Means;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    Ok,
    /// Works, but not as well as it could.
    Note,
    Fail,
}

#[derive(Debug)]
struct Finding {
    grade: Grade,
    part: &'static str,
    what: String,
    /// What to do; empty: nothing.
    fix: String,
}

pub(crate) async fn run(global: &Global, args: Json) -> Result<(), Failure> {
    let mut findings = Vec::new();
    let data_dir = config::data_dir(global.data_dir.as_deref());
    match config::read(global, Vec::new()) {
        Err(problems) => findings.extend(problems.iter().map(|problem| Finding {
            grade: Grade::Fail,
            part: "config",
            what: problem.to_string(),
            fix: "correct it; tom config show lists every setting".into(),
        })),
        Ok((config, settings)) => {
            findings.push(ok("config", "valid".into()));
            findings.extend(settings.notices.iter().map(|what| note("config", what.clone(), "")));
            inspect(&config, &data_dir, &mut findings).await;
            let profile = settings.profile.as_ref();
            let store = Store::of(config.models.clone(), &data_dir);
            findings
                .extend(Means::here().findings(profile, store.as_ref().ok().map(|store| &store.catalogue)));
            findings.extend(match (store, profile) {
                (Ok(store), profile) => profile.map(|profile| models(&store, &profile.name)),
                (Err(failure), _) => {
                    let fix = "correct the catalogue; docs/models.md describes it";
                    Some(fail("models", failure.to_string(), fix))
                }
            });
        }
    }
    report(&findings, args.json);
    if findings.iter().any(|finding| finding.grade == Grade::Fail) { Err(Failure::Said) } else { Ok(()) }
}

async fn inspect(config: &Config, data_dir: &Path, findings: &mut Vec<Finding>) {
    match dialogue::load(&config.flow, config.llm) {
        Ok(flow) => findings.push(ok("flow", format!("{} is valid", flow.name()))),
        Err(problems) => findings.extend(problems.iter().map(|problem| {
            fail("flow", problem.to_string(), "correct it; tom flow check FILE shows all mistakes")
        })),
    }
    match Local::start(config, data_dir) {
        Err(problems) => {
            findings.extend(problems.iter().map(|problem| fail("engines", problem.to_string(), "")));
        }
        Ok(local) => {
            let (stt, tts) = local.ready(engines::START_DEADLINE).await;
            let remote = &config.remote;
            let servers = [
                remote.stt.as_ref().map(|settings| &settings.server),
                remote.llm.as_ref().map(|settings| &settings.server),
                remote.llm_fallback.as_ref().map(|settings| &settings.server),
                remote.tts.as_ref().map(|settings| &settings.server),
            ];
            for server in servers.into_iter().flatten() {
                findings.push(looked(server, tom_cloud::check(server.clone()).await));
            }
            match local.stt_fallback_health() {
                Some(health) => findings.push(stand_in(&health)),
                None if remote.stt.is_none() => findings.push(graded("stt", &stt)),
                None => {}
            }
            if remote.tts.is_none() {
                findings.push(graded("tts", &tts));
            }
            if config.llama.is_some() {
                findings.push(language_model(&local.llm_health()));
            }
            findings.push(vad(&local));
            findings.push(end_of_turn(config.end_of_turn, &local.end_of_turn_health()));
            if let Some(stt) = local.stt().filter(|stt| !stt.speaks(Lang::DE)) {
                findings.push(note(
                    "stt",
                    format!("{} understands English only: German calls lead by keys, and say so", stt.name()),
                    "",
                ));
            }
            local.close();
        }
    }
    findings.push(match page::find(config.web_dir.as_deref()) {
        Some(dir) => ok("page", dir.display().to_string()),
        None => note("page", "not built: the address shows a plain page".into(), "cargo xtask run builds it"),
    });
    findings.push(match TcpListener::bind(config.listen) {
        Ok(_) => ok("port", format!("{} is free", config.listen)),
        Err(error) => note(
            "port",
            format!("{} cannot be listened on: {error}", config.listen),
            "stop what runs there (TOM itself?), or choose another: tom serve --listen 127.0.0.1:8081",
        ),
    });
}

/// What the profile's models come to. Whether those that are used work is told by their engines.
fn models(store: &Store, name: &str) -> Finding {
    let looked = Store::profile(name).and_then(|profile| {
        Ok((profiles::missing(store, &profile)?.is_empty(), profiles::lacking(store, &profile)?))
    });
    match looked {
        Err(failure) => fail("models", failure.to_string(), ""),
        Ok((true, lacking)) => ok("models", format!("{name}: {lacking}")),
        Ok((false, lacking)) => note("models", format!("{name}: {lacking}"), ""),
    }
}

/// What a look at a server over HTTP showed.
fn looked(server: &ServerOptions, check: Check) -> Finding {
    let ServerOptions { section, url, model, .. } = server;
    match check {
        Check::Ready => ok(section, format!("{model} is ready at {url}")),
        Check::NoList => note(
            section,
            format!("{url} answers, but does not say which models it has"),
            "whether the model is there shows at the first request: tom say and tom transcribe try it",
        ),
        Check::ModelMissing { remedy, .. } => fail(section, format!("{url} has no model {model}"), &remedy),
        // The error brings its own remedy.
        Check::Failed(error) => fail(section, error.to_string(), ""),
    }
}

/// Whether PocketSphinx can stand in for the server that transcribes. It need not.
fn stand_in(health: &Health) -> Finding {
    match health {
        Health::Ok => ok("stt", "pocketsphinx stands in, in English, when the server fails".into()),
        Health::Degraded(why) | Health::Down(why) => note(
            "stt",
            format!("pocketsphinx, which is to stand in when the server fails: {why}"),
            "cargo xtask run installs and builds what is missing; stt.fallback = \"off\" goes without",
        ),
        Health::Off => note("stt", "nobody stands in when the server fails".into(), ""),
    }
}

/// The language model on this machine. What is wrong with it brings its own remedy.
fn language_model(health: &Health) -> Finding {
    match health {
        Health::Ok => ok("llm", "the language model is loaded".into()),
        Health::Off => note("llm", "switched off".into(), ""),
        Health::Degraded(why) => {
            note("llm", why.clone(), "a large model takes some time to load; look again")
        }
        Health::Down(why) => fail("llm", why.clone(), ""),
    }
}

fn vad(local: &Local) -> Finding {
    match local.vad.note() {
        None => ok("vad", local.vad.name().into()),
        // The note brings its own remedy.
        Some(why) => note("vad", format!("{}: {why}", local.vad.name()), ""),
    }
}

/// Calls do without it, so nothing here is a failure.
fn end_of_turn(wanted: bool, health: &Health) -> Finding {
    let fix = "tom models pull smart-turn brings the weights; cargo xtask run builds its worker, too";
    match health {
        Health::Ok => ok("turn", "ends of turns are judged by text and by sound (smart-turn)".into()),
        Health::Off if wanted => note("turn", "by text only: smart-turn's weights are not here".into(), fix),
        Health::Off => note("turn", "by text only: turn.model is off".into(), ""),
        Health::Degraded(why) | Health::Down(why) => note("turn", format!("by text only: {why}"), fix),
    }
}

fn graded(part: &'static str, health: &Health) -> Finding {
    match health {
        Health::Ok => ok(part, "ready".into()),
        Health::Off => note(part, "switched off".into(), ""),
        Health::Degraded(why) => note(part, why.clone(), ""),
        Health::Down(why) => fail(part, why.clone(), "cargo xtask run installs and builds what is missing"),
    }
}

fn ok(part: &'static str, what: String) -> Finding {
    Finding { grade: Grade::Ok, part, what, fix: String::new() }
}

fn note(part: &'static str, what: String, fix: &str) -> Finding {
    Finding { grade: Grade::Note, part, what, fix: fix.into() }
}

fn fail(part: &'static str, what: String, fix: &str) -> Finding {
    Finding { grade: Grade::Fail, part, what, fix: fix.into() }
}

fn report(findings: &[Finding], as_json: bool) {
    let word = |grade| match grade {
        Grade::Ok => "ok",
        Grade::Note => "note",
        Grade::Fail => "fail",
    };
    if as_json {
        let all: Vec<_> = findings
            .iter()
            .map(|f| serde_json::json!({ "grade": word(f.grade), "part": f.part, "what": f.what, "fix": f.fix }))
            .collect();
        output::json(&serde_json::json!(all));
        return;
    }
    for finding in findings {
        output::line(format_args!("{:<5} {:<7} {}", word(finding.grade), finding.part, finding.what));
        if !finding.fix.is_empty() {
            output::line(format_args!("{:<13} -> {}", "", finding.fix));
        }
    }
}
