//! What does an answer that is none mean, and what helps?

use hyper::header::{LOCATION, RETRY_AFTER};
use serde_json::Value;
use tom_engine::{EngineError, ErrorKind, Side};

use super::Answer;
use crate::ServerOptions;

/// Bytes of an error's body that are looked at.
const MOST_BODY: usize = 16 << 10;
/// Characters of it that are shown.
const MOST_SHOWN: usize = 200;
/// Shorter texts stand in many a message by chance.
const PRIVATE_FROM: usize = 4;

/// The error that an answer with a bad status is. `private`: what the caller said, or what is said to them;
/// servers repeat it in their messages, and errors must not.
pub(crate) async fn refusal(options: &ServerOptions, mut answer: Answer, private: &[&str]) -> EngineError {
    let ServerOptions { section, url, model, .. } = options;
    let status = answer.status.as_u16();
    let body = answer.all(MOST_BODY).await.unwrap_or_default();
    let said = match excerpt(options, &body, private) {
        said if said.is_empty() => format!("{status}"),
        said => format!("{status}: {said}"),
    };
    let header = |name| answer.headers.get(name).and_then(|value| value.to_str().ok());
    let error = |kind, what: String| EngineError::new(kind, what);
    match status {
        300..=399 => {
            let to = header(LOCATION).map(|to| to.chars().take(MOST_SHOWN).collect::<String>());
            let to = to.unwrap_or_else(|| "elsewhere".into());
            error(
                ErrorKind::Missing,
                format!("{url} points to {to} ({status}); set {section}.url to where it is"),
            )
        }
        401 | 403 => error(
            ErrorKind::Missing,
            format!(
                "{url} does not let us in ({said}); set {section}.api_key_file to a file with a valid key"
            ),
        ),
        404 | 405 => error(
            ErrorKind::Missing,
            format!(
                "{url} does not have it ({said}); check that {section}.model = {model:?} is there and that {section}.url is right"
            ),
        ),
        408 => error(ErrorKind::Timeout, format!("{url} waited too long for the request ({said})")),
        429 => {
            // With a time to wait, at once is too soon.
            let wait = header(RETRY_AFTER).is_some_and(|wait| wait.trim() != "0");
            let what = format!(
                "{url} takes no more requests now ({said}); lower limits.max_calls, or ask its operator for more"
            );
            EngineError { side: Side::Engine, retry: !wait, ..error(ErrorKind::Overload, what) }
        }
        400..=499 => {
            let what =
                format!("{url} does not like the request ({said}); check {section}.model and its settings");
            EngineError { side: Side::Us, ..error(ErrorKind::BadRequest, what) }
        }
        500..=599 => error(ErrorKind::Unavailable, format!("{url} failed ({said}); look into its log")),
        _ => error(ErrorKind::Protocol, format!("{url} answered with the status {status}")),
    }
}

/// What an error's body says, shortened, without secrets.
pub(crate) fn excerpt(options: &ServerOptions, body: &[u8], private: &[&str]) -> String {
    let text = match serde_json::from_slice::<Value>(body) {
        Ok(json) => message(&json),
        Err(_) => String::from_utf8_lossy(body).into_owned(),
    };
    let key = options.key.as_ref().map(|key| key.reveal());
    let mut text = text;
    for secret in private.iter().copied().filter(|text| text.len() >= PRIVATE_FROM).chain(key) {
        text = text.replace(secret, "...");
    }
    // One line, whatever was sent.
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).collect();
    let line = words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MOST_SHOWN) {
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line,
    }
}

/// The message in an error of OpenAI's shape, of Ollama's, or of FastAPI's (whose `input` repeats the request).
fn message(json: &Value) -> String {
    let error = json.get("error").unwrap_or(json);
    let text = [error.get("message"), Some(error), json.get("message"), json.get("detail")];
    if let Some(text) = text.into_iter().flatten().find_map(Value::as_str) {
        return text.to_owned();
    }
    let details = json.get("detail").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let told: Vec<String> = details
        .iter()
        .filter_map(|detail| {
            let place = detail["loc"].as_array().map(Vec::as_slice).unwrap_or_default();
            let place: Vec<&str> = place.iter().filter_map(Value::as_str).collect();
            Some(format!("{}: {}", place.join("."), detail["msg"].as_str()?))
        })
        .collect();
    told.join("; ")
}
