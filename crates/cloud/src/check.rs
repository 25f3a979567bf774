//! Is the server there, does it let us in, and has it the model?

use std::time::Duration;

use serde_json::Value;
use tokio::runtime::Handle;
use tom_engine::EngineError;

use crate::ServerOptions;
use crate::core::Core;

/// What a look may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a list of models.
const MOST_LIST: usize = 4 << 20;
/// Models that are named when another is missing.
const MOST_NAMED: usize = 8;

/// What `GET /v1/models` showed.
#[derive(Debug)]
pub enum Check {
    /// The model is there.
    Ready,
    /// The server answers, but lists no models; whether this one is there shows at the first request.
    NoList,
    /// The server answers and has other models only.
    ModelMissing {
        /// Some of those it has.
        others: Vec<String>,
        /// What to do.
        remedy: String,
    },
    /// It cannot be used; the error says what to do.
    Failed(EngineError),
}

/// Looks at a server, for at most five seconds.
pub async fn check(options: ServerOptions) -> Check {
    let url = options.url.clone();
    let looked = tokio::time::timeout(PATIENCE, look(options)).await;
    looked.unwrap_or_else(|_| {
        let what = format!("{url} did not answer within {} s", PATIENCE.as_secs());
        Check::Failed(EngineError::new(tom_engine::ErrorKind::Timeout, what))
    })
}

async fn look(options: ServerOptions) -> Check {
    // Nothing is kept: the pool goes with the look.
    let core = match Core::start(options, &Handle::current()) {
        Ok(core) => core,
        Err(error) => return Check::Failed(error),
    };
    let body = match core.find("models").await {
        Ok(Some(mut answer)) => answer.all(MOST_LIST).await,
        // A server without such a list is none the worse.
        Ok(None) => return Check::NoList,
        Err(error) => Err(error),
    };
    let body = match body {
        Ok(body) => body,
        Err(error) => return Check::Failed(error),
    };
    let Ok(list) = serde_json::from_slice::<Value>(&body) else {
        return Check::Failed(
            core.unreadable("is no server of this kind: /models is no JSON; mend the address"),
        );
    };
    let list = list["data"].as_array().map(Vec::as_slice).unwrap_or_default();
    let names: Vec<&str> = list.iter().filter_map(|model| model["id"].as_str()).collect();
    if names.is_empty() {
        return Check::NoList;
    }
    let ServerOptions { section, model, .. } = &*core.options;
    if names.iter().any(|name| is_model(name, model)) {
        return Check::Ready;
    }
    let others: Vec<String> = names.into_iter().take(MOST_NAMED).map(str::to_owned).collect();
    let remedy = format!("load {model:?} there, or set {section}.model to one of: {}", others.join(", "));
    Check::ModelMissing { others, remedy }
}

/// Ollama lists `llama3:latest` and takes `llama3`.
fn is_model(listed: &str, wanted: &str) -> bool {
    listed == wanted || listed.strip_suffix(":latest") == Some(wanted)
}
