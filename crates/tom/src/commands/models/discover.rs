//! `tom models discover`: which servers of language models listen on this machine, and which models have they?

use std::time::Duration;

use serde_json::{Value, json};

use crate::exit::Failure;
use crate::{http, output};

/// Where such servers listen unless they are told otherwise.
const USUAL: [(u16, &str); 5] =
    [(11434, "Ollama"), (1234, "LM Studio"), (8080, "llama-server"), (8081, "llama-server"), (8000, "vLLM")];
/// How long one may take for an answer: it is on this machine, but may be loading a model.
const PATIENCE: Duration = Duration::from_secs(3);

/// A server that was found.
#[derive(Debug, PartialEq)]
struct Found {
    server: String,
    url: String,
    models: Vec<String>,
}

/// Looks at the usual addresses, or at those given.
pub(super) async fn discover(urls: &[String], as_json: bool) -> Result<(), Failure> {
    let usual = USUAL.map(|(port, name)| (format!("http://127.0.0.1:{port}"), name));
    let asked: Vec<(String, &str)> = match urls {
        [] => usual.to_vec(),
        urls => urls.iter().map(|url| (url.clone(), "server")).collect(),
    };
    for (url, _) in &asked {
        http::authority(url).map_err(|error| Failure::Usage(error.to_string()))?;
    }
    let looks = asked.into_iter().map(|(url, name)| tokio::spawn(async move { look(&url, name).await }));
    let mut found = Vec::new();
    for look in looks.collect::<Vec<_>>() {
        found.extend(look.await.ok().flatten());
    }
    if as_json {
        let described =
            |found: &Found| json!({ "server": found.server, "url": found.url, "models": found.models });
        output::json(&found.iter().map(described).collect());
        return Ok(());
    }
    let Some(first) = found.first() else {
        output::line(format_args!(
            "no server of language models listens here; docs/engines.md says how each is started, and llm.engine = \
             \"llama\" needs none"
        ));
        return Ok(());
    };
    for Found { server, url, models } in &found {
        output::line(format_args!("{server} at {url}"));
        for model in models {
            output::line(format_args!("    {model}"));
        }
        if models.is_empty() {
            output::line(format_args!("    no models yet"));
        }
    }
    if let Some(model) = first.models.first() {
        output::line(format_args!(
            "\nIn the configuration:\n\n[llm]\nengine = \"openai\"\nurl = \"{}\"\nmodel = \"{model}\"",
            first.url
        ));
    }
    Ok(())
}

/// The server at an address; none: nobody is there, or somebody else.
async fn look(url: &str, name: &str) -> Option<Found> {
    let authority = http::authority(url).ok()?;
    let asking = async {
        let stream = http::connect(&authority).await.ok()??;
        http::ask(stream, &authority, "GET", "/v1/models", None, None).await.ok()
    };
    let answer = tokio::time::timeout(PATIENCE, asking).await.ok()??;
    if answer.status != 200 {
        return None;
    }
    read(&answer.body, url, name)
}

/// What a list of models says. Who wrote it shows in whom the models belong to, where that is said.
fn read(body: &Value, url: &str, usual: &str) -> Option<Found> {
    const OWNERS: [(&str, &str); 4] = [
        ("library", "Ollama"),
        ("organization_owner", "LM Studio"),
        ("llamacpp", "llama-server"),
        ("vllm", "vLLM"),
    ];
    // A server without models may say null.
    let list = body.get("data")?;
    let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
    let owner = list.first().and_then(|model| model["owned_by"].as_str()).unwrap_or_default();
    let known = OWNERS.iter().find(|(word, _)| *word == owner).map_or(usual, |(_, name)| name);
    let clean = |text: &str| text.chars().filter(|c| !c.is_control()).take(120).collect::<String>();
    let models = list.iter().filter_map(|model| model["id"].as_str()).map(clean).take(200).collect();
    Some(Found { server: known.to_owned(), url: url.to_owned(), models })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_told_apart_by_what_they_say() {
        let body = json!({ "object": "list", "data": [
            { "id": "qwen3:4b", "owned_by": "library" }, { "id": "a\u{1b}[2Jb" }, { "name": "no id" },
        ] });
        let found = read(&body, "http://127.0.0.1:8080", "llama-server").expect("a list");
        assert_eq!(
            (&*found.server, &found.models[..]),
            ("Ollama", &["qwen3:4b".to_owned(), "a[2Jb".into()][..])
        );
        let empty = read(&json!({ "data": null }), "u", "vLLM").expect("a list");
        assert_eq!((&*empty.server, empty.models.len()), ("vLLM", 0));
        assert_eq!(read(&json!({ "error": "not found" }), "u", "vLLM"), None);
    }
}
