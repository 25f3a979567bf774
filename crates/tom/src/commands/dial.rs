//! `tom dial`: the running server calls somebody.

use std::time::Duration;

use serde_json::{Value, json};

use super::calls::{ask_with, found};
use crate::cli::{Dial, Global};
use crate::exit::Failure;
use crate::{config, http, output};

/// Between two looks at how far the call is.
const LOOK: Duration = Duration::from_millis(250);
/// Looks for who picked up, 3.5 s.
const LOOKS: u32 = 14;

pub(crate) async fn run(global: &Global, args: &Dial) -> Result<(), Failure> {
    let (config, _) = config::read(global, Vec::new())?;
    let body = json!({
        "to": args.number,
        "trunk": args.trunk,
        "language": args.lang,
        "skill": args.skill,
        "ring": args.ring,
        "machine": args.machine,
        "message": args.message,
    });
    let asked = ask_with(&config, &args.server, "POST", "/api/v1/calls", Some(&body)).await?;
    let Some(answer) = asked else {
        return Err(Failure::NotReady("no server runs there: start it with tom serve".into()));
    };
    let made = found(answer)?;
    let id = made["id"].as_str().unwrap_or_default().to_owned();
    let path = format!("/api/v1/dials/{}", http::escaped(&id));
    let (mut told, mut looks) = (String::new(), 0);
    loop {
        let Some(answer) = ask_with(&config, &args.server, "GET", &path, None).await? else {
            return Err(Failure::NotReady("the server has stopped".into()));
        };
        let dial = found(answer)?;
        let stage = dial["stage"].as_str().unwrap_or_default();
        let picked_up = dial["picked_up_by"].as_str().unwrap_or_default();
        let now = format!("{stage} {picked_up}");
        if now != told {
            told = now;
            if !args.server.json {
                output::line(format_args!("{}", words(&id, &dial)));
            }
        }
        // Who picked up is known a little later; where nobody looks, never.
        looks += u32::from(stage == "answered");
        let answered = stage == "answered" && (!picked_up.is_empty() || looks > LOOKS);
        let done = stage == "ended" || (answered && !args.wait);
        if done {
            if args.server.json {
                output::json(&dial);
            }
            return if is_good(&dial) { Ok(()) } else { Err(Failure::Said) };
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Whether a call came about: one that did ends without a status and without a word on it.
fn is_good(dial: &Value) -> bool {
    let no_reason = dial["reason"].as_str().is_none_or(str::is_empty);
    let over = matches!(dial["end"].as_str(), Some("us" | "peer")) && dial["status"].is_null() && no_reason;
    dial["stage"] == "answered" || over
}

fn words(id: &str, dial: &Value) -> String {
    match dial["stage"].as_str() {
        Some("ringing") => "it rings".into(),
        Some("answered") => match dial["picked_up_by"].as_str() {
            Some("human") => "a person picked up".into(),
            Some("machine") => "a machine picked up".into(),
            Some(_) => "it was picked up, and nobody says anything".into(),
            None => format!("answered: call {id}"),
        },
        Some("ended") => {
            let machine = dial["picked_up_by"] == "machine" && dial["end"] == "us";
            let end = match dial["end"].as_str().unwrap_or_default() {
                "busy" => "busy",
                "declined" => "they do not want the call",
                "no_answer" => "nobody answers, or nobody has this number",
                "moved" => "the number has moved; it is not followed",
                "unauthorized" => "the trunk did not take our name and password: tom trunk check",
                "lost" => "nobody answers at the trunk's address: tom trunk check",
                "peer" => "the other side hung up",
                "us" if machine => "over: a machine had picked up",
                "us" => "over",
                _ => "refused",
            };
            let status = dial["status"].as_u64().map_or(String::new(), |status| format!(" ({status})"));
            let reason = dial["reason"].as_str().filter(|reason| !reason.is_empty());
            format!("{end}{status}{}", reason.map_or(String::new(), |reason| format!(": {reason}")))
        }
        _ => format!("calling: call {id}"),
    }
}
