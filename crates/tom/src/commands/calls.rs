//! `tom calls`: the calls of a running server, or those in the database where none runs.

use std::collections::HashMap;
use std::net::IpAddr;

use anyhow::Context as _;
use serde_json::Value;
use tom_server::{read_call, read_calls};
use tom_store::Reader;

use crate::cli::{ApiServer, Calls, Global};
use crate::config::{self, Config};
use crate::exit::Failure;
use crate::{http, output};

pub(crate) async fn run(global: &Global, command: &Calls) -> Result<(), Failure> {
    let (config, _) = config::read(global, Vec::new())?;
    let data_dir = config::data_dir(global.data_dir.as_deref());
    let file = config.store.file(&data_dir);
    match command {
        Calls::Ls { filters, limit, server } => {
            let query = query(filters, *limit)?;
            let words: Vec<_> = query
                .iter()
                .map(|(name, value)| format!("{}={}", http::escaped(name), http::escaped(value)))
                .collect();
            let path = format!("/api/v1/calls?{}", words.join("&"));
            let page = match ask(&config, server, "GET", &path).await? {
                Some(answer) => found(answer)?,
                None => offline(file, server, move |reader| read_calls(reader, &query)).await?,
            };
            if server.json { output::json(&page) } else { list(&page) }
        }
        Calls::Show { id, server } => {
            let path = format!("/api/v1/calls/{}", http::escaped(id));
            let wanted = id.clone();
            let call = match ask(&config, server, "GET", &path).await? {
                Some(answer) => found(answer)?,
                None => {
                    offline(file, server, move |reader| {
                        read_call(reader, &wanted)?.ok_or_else(|| format!("no call {wanted} is kept"))
                    })
                    .await?
                }
            };
            if server.json { output::json(&call) } else { show(&call) }
        }
        Calls::Rm { id, server } => {
            let path = format!("/api/v1/calls/{}", http::escaped(id));
            let Some(answer) = ask(&config, server, "DELETE", &path).await? else {
                let what =
                    "no server runs there, and calls are deleted by a running one: start it with tom serve";
                return Err(Failure::NotReady(what.into()));
            };
            found(answer)?;
            if server.json {
                output::json(&serde_json::json!({ "deleted": id }));
            } else {
                output::line(format_args!("{id} is deleted"));
            }
        }
    }
    Ok(())
}

fn query(filters: &[String], limit: u16) -> Result<HashMap<String, String>, Failure> {
    let mut query = HashMap::from([("limit".to_owned(), limit.to_string())]);
    for filter in filters {
        let Some((name, value)) = filter.split_once('=') else {
            return Err(Failure::Usage(format!("--where {filter}: write NAME=VALUE, such as state=live")));
        };
        query.insert(name.to_owned(), value.to_owned());
    }
    Ok(query)
}

/// The server's answer; none: no server runs there.
async fn ask(
    config: &Config,
    server: &ApiServer,
    method: &str,
    path: &str,
) -> Result<Option<http::Answer>, Failure> {
    ask_with(config, server, method, path, None).await
}

/// The same with a body.
pub(crate) async fn ask_with(
    config: &Config,
    server: &ApiServer,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Option<http::Answer>, Failure> {
    let authority = match &server.url {
        Some(url) => http::authority(url).map_err(|error| Failure::Usage(error.to_string()))?,
        None => {
            // What listens everywhere is reached here.
            let mut address = config.listen;
            match address.ip() {
                IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip([127, 0, 0, 1].into()),
                IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(std::net::Ipv6Addr::LOCALHOST.into()),
                _ => {}
            }
            address.to_string()
        }
    };
    let token = server.token.as_deref().or(config.token.as_deref());
    match http::connect(&authority).await? {
        Some(stream) => Ok(Some(http::ask(stream, &authority, method, path, token, body).await?)),
        None => Ok(None),
    }
}

pub(crate) fn found(answer: http::Answer) -> Result<Value, Failure> {
    if answer.status < 300 {
        return Ok(answer.body);
    }
    let message = answer.body["message"].as_str().unwrap_or("the server refuses that");
    match answer.status {
        400 => Err(Failure::Usage(message.into())),
        503 => Err(Failure::NotReady(message.into())),
        _ => Err(Failure::Failed(anyhow::anyhow!("{message}"))),
    }
}

/// Reads the database, where no server runs and none was named.
async fn offline(
    file: Option<std::path::PathBuf>,
    server: &ApiServer,
    read: impl FnOnce(&Reader) -> Result<Value, String> + Send + 'static,
) -> Result<Value, Failure> {
    if let Some(url) = &server.url {
        return Err(Failure::NotReady(format!("no server runs at {url}")));
    }
    let Some(file) = file.filter(|file| file.exists()) else {
        let what = "no server runs here, and no call was kept: tom serve starts one (store.path says where it keeps calls)";
        return Err(Failure::NotReady(what.into()));
    };
    let reading = tokio::task::spawn_blocking(move || {
        let reader = Reader::open(file).map_err(|error| error.to_string())?;
        read(&reader)
    });
    let read = reading.await.context("the database was not read to the end")?;
    read.map_err(|why| Failure::Failed(anyhow::anyhow!(why)))
}

fn list(page: &Value) {
    let calls = page["calls"].as_array().map(Vec::as_slice).unwrap_or_default();
    output::line(format_args!(
        "{:<24} {:<9} {:>8} {:>5}  {:<4} {:<11} {}",
        "BEGAN (UTC)", "TRANSPORT", "SECONDS", "TURNS", "LANG", "END", "CALL"
    ));
    for call in calls {
        output::line(format_args!(
            "{:<24} {:<9} {:>8} {:>5}  {:<4} {:<11} {}",
            text(&call["started_at"]),
            text(&call["transport"]),
            seconds(&call["duration_ms"]),
            text(&call["turns"]),
            text(&call["language"]),
            end(call),
            text(&call["id"]),
        ));
    }
    if !page["next"].is_null() {
        output::line(format_args!("there are more: --limit, or --where to=... for earlier ones"));
    }
    if let Some(detail) = page["store"]["detail"].as_str() {
        output::line(format_args!("note: {detail}"));
    }
}

fn show(detail: &Value) {
    let call = &detail["call"];
    output::line(format_args!("{}, {}, {}", text(&call["id"]), text(&call["started_at"]), end(call)));
    output::line(format_args!(
        "{} s over {}, {}, variant {}; interrupted {} times, {} failures{}",
        seconds(&call["duration_ms"]),
        text(&call["transport"]),
        text(&call["language"]),
        text(&call["variant"]),
        text(&call["interruptions"]),
        text(&call["failures"]),
        call["rating"].as_u64().map_or(String::new(), |rating| format!("; rated {rating}")),
    ));
    for action in detail["actions"].as_array().into_iter().flatten() {
        let data = if action["data"].is_null() { String::new() } else { format!(" {}", action["data"]) };
        output::line(format_args!("  done: {}{data}", text(&action["kind"])));
    }
    for turn in detail["turns"].as_array().into_iter().flatten() {
        let times: Vec<_> = turn["latency"]
            .as_object()
            .into_iter()
            .flatten()
            .filter_map(|(name, ms)| Some(format!("{} {} ms", name.trim_end_matches("_ms"), ms.as_u64()?)))
            .collect();
        let mark = if turn["interrupted"] == true { ", interrupted" } else { "" };
        output::line(format_args!(
            "  turn {}: {}{mark}; {}",
            text(&turn["turn"]),
            text(&turn["cause"]),
            times.join(", ")
        ));
        for (who, what) in [("caller", &turn["said"]), ("agent", &turn["heard"])] {
            if let Some(what) = what.as_str() {
                output::line(format_args!("    {who}: {what}"));
            }
        }
    }
}

fn end(call: &Value) -> &str {
    call["reason"].as_str().unwrap_or("(runs)")
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn seconds(ms: &Value) -> String {
    ms.as_f64().map_or("-".into(), |ms| format!("{:.1}", ms / 1000.0))
}
