//! To which address does a call go?

use tokio_tungstenite::tungstenite::http::Uri;
use tom_base::{CallId, Rate};
use tom_wire::{AudioForm, Dialect};

use crate::{CallOptions, ClientError};

/// The whole address: path and query completed from the options.
pub(crate) fn complete(options: &CallOptions) -> Result<Uri, ClientError> {
    let wrong = |why: &str| ClientError::Address { url: shown(&options.url), why: why.into() };
    let uri: Uri = options.url.parse().map_err(|_| wrong("it cannot be read"))?;
    match uri.scheme_str() {
        Some("ws") => {}
        Some("wss") => {
            return Err(wrong("this client does not speak TLS; call the server itself, behind its proxy"));
        }
        _ => return Err(wrong("it does not begin with ws://")),
    }
    let authority = uri.authority().ok_or_else(|| wrong("it names no host"))?;
    let mut path = uri.path().to_owned();
    if path.is_empty() || path == "/" {
        path = "/ws/stream".into();
        if let Some(id) = &options.call_id {
            let id: CallId = id.parse().map_err(|e| ClientError::Option(format!("{e}")))?;
            path = format!("/ws/stream/{id}");
        }
    }
    let mut query: Vec<String> =
        uri.query().into_iter().flat_map(|q| q.split('&')).map(str::to_owned).collect();
    let rate = Rate::Hz16000.hz().to_string();
    let audio = match options.audio {
        AudioForm::Binary => "binary",
        AudioForm::Json => "json",
    };
    let dialect = match options.dialect {
        Dialect::A => "a",
        Dialect::B => "b",
        Dialect::Native => "native",
    };
    let wanted = [
        ("rate", Some(rate.as_str())),
        ("audio", Some(audio)),
        ("dialect", Some(dialect)),
        ("lang", options.lang.as_deref()),
    ];
    for (name, value) in wanted {
        let Some(value) = value else { continue };
        let fits = value.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
        if !fits {
            return Err(ClientError::Option(format!("{name} cannot be {value:?}")));
        }
        if !query.iter().any(|q| q.split('=').next() == Some(name)) {
            query.push(format!("{name}={value}"));
        }
    }
    Uri::builder()
        .scheme("ws")
        .authority(authority.clone())
        .path_and_query(format!("{path}?{}", query.join("&")))
        .build()
        .map_err(|_| wrong("it cannot be completed"))
}

/// An address as messages may show it: without its query, which may hold a token.
pub(crate) fn shown(url: &str) -> String {
    url.split('?').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
