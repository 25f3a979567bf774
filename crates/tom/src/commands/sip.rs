//! `tom sip status`: how the telephone of a running server does.

use serde_json::Value;

use super::calls::{ask_with, found, text};
use crate::cli::{Global, Sip};
use crate::exit::Failure;
use crate::{config, output};

pub(crate) async fn run(global: &Global, command: &Sip) -> Result<(), Failure> {
    let Sip::Status { server } = command;
    let (config, _) = config::read(global, Vec::new())?;
    let Some(answer) = ask_with(&config, server, "GET", "/api/v1/sip", None).await? else {
        return Err(Failure::NotReady("no server runs there: start it with tom serve".into()));
    };
    let status = found(answer)?;
    if server.json {
        output::json(&status)
    } else {
        show(&status)
    }
    let failed = rows(&status, "trunks").any(|trunk| trunk["state"] == "failed");
    if failed { Err(Failure::Said) } else { Ok(()) }
}

fn rows<'a>(status: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    status[name].as_array().into_iter().flatten()
}

fn show(status: &Value) {
    for place in rows(status, "listens") {
        output::line(format_args!("listens  {} {}", text(&place["transport"]), text(&place["address"])));
    }
    for trunk in rows(status, "trunks") {
        let detail = trunk["detail"].as_str().map_or(String::new(), |detail| format!(": {detail}"));
        output::line(format_args!(
            "trunk    {}: {} for {} s{detail}",
            text(&trunk["name"]),
            text(&trunk["state"]),
            text(&trunk["since_seconds"]),
        ));
    }
    output::line(format_args!(
        "audio    {} pairs of ports free; calls out today {}, now {}",
        text(&status["rtp_ports_free"]),
        text(&status["dialled_today"]),
        text(&status["dialled_now"]),
    ));
}
